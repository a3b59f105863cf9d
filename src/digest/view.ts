/**
 * The memory behind typed arrays and DataViews, read through the built-in getters, so that an own property of the same
 * name cannot answer in their place.
 */
import { types } from "node:util";

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

function getter(prototype: object, name: PropertyKey): (this: object) => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: object) => unknown;
}

const OF_TYPED = {
  buffer: getter(typedArray, "buffer"),
  byteOffset: getter(typedArray, "byteOffset"),
  byteLength: getter(typedArray, "byteLength"),
};
const OF_DATA_VIEW = {
  buffer: getter(DataView.prototype, "buffer"),
  byteOffset: getter(DataView.prototype, "byteOffset"),
  byteLength: getter(DataView.prototype, "byteLength"),
};
const lengthOf = getter(typedArray, "length");
const tagOf = getter(typedArray, Symbol.toStringTag);

/** The buffer that a view looks at. */
export function bufferOf(view: ArrayBufferView): ArrayBufferLike {
  return (types.isDataView(view) ? OF_DATA_VIEW : OF_TYPED).buffer.call(view) as ArrayBufferLike;
}

/** The bytes that a view covers, not copied. */
export function bytesOf(view: ArrayBufferView): Buffer {
  const get = types.isDataView(view) ? OF_DATA_VIEW : OF_TYPED;
  const buffer = get.buffer.call(view) as ArrayBuffer;
  const bytes = new Uint8Array(buffer, get.byteOffset.call(view) as number, get.byteLength.call(view) as number);
  // `Buffer.from` would ask the buffer how long it is, and whatever it holds or inherits could answer.
  return Buffer.prototype.subarray.call(bytes) as Buffer;
}

/** Whether the bytes are there: not those of a buffer that was moved elsewhere, or made too small for a DataView. */
export function isReadable(view: ArrayBufferView): boolean {
  try {
    bytesOf(view);
    return true;
  } catch {
    return false;
  }
}

/** How many elements a typed array has. */
export function typedLength(view: ArrayBufferView): number {
  return lengthOf.call(view) as number;
}

/** The name of a typed array's class, from its slot; `undefined` for anything else. */
export function typedArrayTag(value: object): string | undefined {
  return tagOf.call(value) as string | undefined;
}
