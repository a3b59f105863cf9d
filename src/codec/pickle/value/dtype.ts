/** numpy's element types: what a dtype such as `<f8` says, and elements as JavaScript values. */
import { DTYPES, type TypedArrayName } from "../../../digest/builtin.ts";
import { invalidArgument } from "../../../errors.ts";
import { PyComplex } from "./numbers.ts";

/** What a dtype says. */
export interface Dtype {
  /** Order of bytes, kind, size: `<f8`. */
  readonly text: string;
  /** `b`ool, `i`nt, `u`nsigned, `f`loat, `c`omplex, `S` bytes, `U` text. */
  readonly kind: string;
  /** Bytes of an element. */
  readonly size: number;
  readonly bigEndian: boolean;
}

const FORM = /^([<>|])([biufcSU])(0|[1-9]\d{0,8})$/;
const SIZES: { readonly [kind: string]: readonly number[] } = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8],
  c: [8, 16],
};

/** A dtype from its text, as numpy's `dtype.str` gives it; `undefined` for any other. */
export function parseDtype(text: unknown): Dtype | undefined {
  const [, order, kind = "", count = ""] = (typeof text === "string" && FORM.exec(text)) || [];
  const size = Number(count) * (kind === "U" ? 4 : 1);
  const known = SIZES[kind] ?? [size];
  // What one byte, or bytes without an order, have is written |.
  const ordered = kind !== "S" && !(known.includes(1) && size === 1);
  if (order === undefined || !known.includes(size) || ordered === (order === "|")) return undefined;
  return { text: text as string, kind, size, bigEndian: order === ">" };
}

/** As {@link parseDtype}; a `TypeError` for what is none. */
export function dtypeOf(text: unknown): Dtype {
  const dtype = parseDtype(text);
  if (dtype === undefined) throw invalidArgument(`no dtype that is known: ${JSON.stringify(text)?.slice(0, 40)}`);
  return dtype;
}

const CLASSES = new Map<string, TypedArrayName>(
  Object.entries(DTYPES).map(([name, dtype]) => [dtype, name as TypedArrayName]),
);

/** The class of typed arrays with these elements; `undefined` where this Node has none. */
export function arrayClass(dtype: string): (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined {
  const name = CLASSES.get(dtype);
  return name === undefined ? undefined : Reflect.get(globalThis, name);
}

/** The element at an offset. */
export function elementAt(dtype: Dtype, bytes: Uint8Array, offset: number): unknown {
  const { kind, size, bigEndian } = dtype;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, size);
  switch (kind) {
    case "b":
      return view.getUint8(0) !== 0;
    case "i":
      if (size === 8) return view.getBigInt64(0, !bigEndian);
      return size === 1 ? view.getInt8(0) : size === 2 ? view.getInt16(0, !bigEndian) : view.getInt32(0, !bigEndian);
    case "u":
      if (size === 8) return view.getBigUint64(0, !bigEndian);
      return size === 1 ? view.getUint8(0) : size === 2 ? view.getUint16(0, !bigEndian) : view.getUint32(0, !bigEndian);
    case "f":
      return floatAt(view, 0, size, !bigEndian);
    case "c":
      return new PyComplex(floatAt(view, 0, size / 2, !bigEndian), floatAt(view, size / 2, size / 2, !bigEndian));
    case "S":
      return Buffer.from(bytes.subarray(offset, offset + withoutZeros(bytes.subarray(offset, offset + size))));
    default:
      return textAt(view, !bigEndian);
  }
}

function floatAt(view: DataView, offset: number, size: number, littleEndian: boolean): number {
  if (size === 8) return view.getFloat64(offset, littleEndian);
  return size === 4 ? view.getFloat32(offset, littleEndian) : halfFloat(view.getUint16(offset, littleEndian));
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** numpy fills with zeros, and takes those at the end for filling. */
function withoutZeros(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

function textAt(view: DataView, littleEndian: boolean): string {
  const points: number[] = [];
  for (let at = 0; at < view.byteLength; at += 4) points.push(view.getUint32(at, littleEndian));
  while (points.at(-1) === 0) points.pop();
  let text = "";
  for (const point of points) {
    if (point > 0x10ffff) throw invalidArgument("an array of texts with an element that is no text");
    text += String.fromCodePoint(point);
  }
  return text;
}
