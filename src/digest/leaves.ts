/** Digests of built-ins whose parts are bytes, texts and numbers. */
import { DTYPES, type TypedArrayName } from "./builtin.ts";
import { hashArray, hashBytes, hashChildren, hashText } from "./hash.ts";
import { digestNumber } from "./number.ts";
import { assertOnlyIndices } from "./only-indices.ts";
import { assertOnly } from "./own-fields.ts";
import type { Run } from "./run.ts";
import { bytesOf, typedLength } from "./view.ts";

/** Whether a typed array's memory has the order of bytes that digests and codecs are defined by. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A Buffer: what Python calls bytes. */
export function digestBuffer(buffer: Buffer, run: Run): string {
  assertOnlyElements(buffer, run);
  return hashBytes("bytes", bytesOf(buffer));
}

/** A typed array: a one-dimensional numpy array. */
export function digestTypedArray(array: ArrayBufferView, className: TypedArrayName, run: Run): string {
  if (!LITTLE_ENDIAN) run.refuse("a typed array on a machine that stores numbers big-endian");
  assertOnlyElements(array, run);
  return hashArray(DTYPES[className], [digestNumber(typedLength(array), run.numbers)], bytesOf(array));
}

/** A Uint8ClampedArray, which differs from a Uint8Array in what may be written to it. */
export function digestClamped(array: ArrayBufferView, run: Run): string {
  assertOnlyElements(array, run);
  return hashChildren("Uint8ClampedArray", [hashBytes("bytes", bytesOf(array))]);
}

function assertOnlyElements(array: ArrayBufferView, run: Run): void {
  const length = typedLength(array);
  assertOnlyIndices(array, length, length, run.refuse);
}

/** A DataView: the bytes it covers. */
export function digestDataView(view: ArrayBufferView, run: Run): string {
  assertOnly(view, [], run.refuse);
  return hashChildren("DataView", [hashBytes("bytes", bytesOf(view))]);
}

/** An ArrayBuffer; how far it may grow is part of it. */
export function digestArrayBuffer(buffer: ArrayBuffer, run: Run): string {
  assertOnly(buffer, [], run.refuse);
  const bytes = hashBytes("bytes", bytesOfBuffer(buffer, run));
  const limit = growthLimit(buffer);
  return hashChildren("ArrayBuffer", limit === undefined ? [bytes] : [bytes, digestNumber(limit, run.numbers)]);
}

function bytesOfBuffer(buffer: ArrayBuffer, run: Run): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    return run.refuse("an ArrayBuffer whose memory was moved elsewhere");
  }
}

/** `maxByteLength` of a resizable ArrayBuffer, `undefined` of any other. */
export function growthLimit(buffer: ArrayBuffer): number | undefined {
  const { resizable, maxByteLength } = buffer as { resizable?: boolean; maxByteLength?: number };
  return resizable === true ? maxByteLength : undefined;
}

/** A Date: its time in milliseconds, or NaN. */
export function digestDate(date: Date, run: Run): string {
  assertOnly(date, [], run.refuse);
  return hashChildren("Date", [digestNumber(Date.prototype.getTime.call(date), run.numbers)]);
}

/** A regular expression, with the place where its next search begins. */
export function digestRegExp(expression: RegExp, run: Run): string {
  assertOnly(expression, ["lastIndex"], run.refuse);
  const { lastIndex } = expression;
  // A program may have put anything there.
  if (typeof lastIndex !== "number") run.refuse("not a number", "lastIndex");
  const texts = [hashText("str", expression.source), hashText("str", expression.flags)];
  return hashChildren("RegExp", [...texts, digestNumber(lastIndex, run.numbers)]);
}

/** A URL: its text in normal form. */
export function digestUrl(url: URL, run: Run): string {
  assertOnly(url, [], run.refuse);
  return hashChildren("URL", [hashText("str", url.href)]);
}
