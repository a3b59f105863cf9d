/**
 * Bodies that are one typed array or Buffer: V8 writes a frame of a dozen bytes, then those of the array as they are. So they
 * can lie in memory of their own from the first, and a hit makes an array over them instead of copying them (of 64 MiB, copying
 * took as long as hashing). Writing is V8's; what is not exactly such a body is left to V8's reader.
 */
import { DecodeError } from "../../errors.ts";

/** A list of no parts, V8's mark and version (left to V8 to judge), Node's mark of an array, its class. */
const CLASS_AT = 7;

interface ArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (tail: ArrayBuffer): ArrayBufferView;
}

/** Classes by the number that Node writes. DataViews (9) are left out: V8's reader has them. */
const CLASSES: ReadonlyMap<number | undefined, ArrayClass> = new Map<number, ArrayClass>([
  [0, Int8Array],
  [1, Uint8Array],
  [2, Uint8ClampedArray],
  [3, Int16Array],
  [4, Uint16Array],
  [5, Int32Array],
  [6, Uint32Array],
  [7, Float32Array],
  [8, Float64Array],
  [10, Uint8Array],
  [11, BigInt64Array],
  [12, BigUint64Array],
]);

/** The number of Buffers, which are no class to be made with `new`. */
const BUFFER = 10;

/** From where on a body of so many bytes is nothing but the bytes of its array; `undefined` where it may be anything else. */
export function arrayAt(head: Uint8Array, length: number): number | undefined {
  if (head.length <= CLASS_AT || head[0] || head[1] || head[2] || head[3]) return undefined;
  if (head[4] !== 0xff || head[6] !== 0x5c) return undefined;
  const size = CLASSES.get(head[CLASS_AT])?.BYTES_PER_ELEMENT;
  if (size === undefined) return undefined;
  // How many bytes: seven bits each, the lowest first, the last one without its eighth.
  let count = 0;
  let at = CLASS_AT + 1;
  for (let unit = 1; ; unit *= 128) {
    const byte = head[at++];
    if (byte === undefined || unit > 2 ** 28) return undefined;
    count += (byte % 128) * unit;
    if (byte < 128) break;
  }
  return count > 0 && at + count === length && count % size === 0 ? at : undefined;
}

/** The array whose frame this is, over its bytes. Throws a `DecodeError` where it is no such frame. */
export function arrayOver(frame: Uint8Array, tail: ArrayBuffer): ArrayBufferView {
  const Class = CLASSES.get(frame[CLASS_AT]);
  if (Class === undefined || arrayAt(frame, frame.length + tail.byteLength) !== frame.length) {
    throw new DecodeError("no frame of an array");
  }
  return frame[CLASS_AT] === BUFFER ? Buffer.from(tail) : new Class(tail);
}
