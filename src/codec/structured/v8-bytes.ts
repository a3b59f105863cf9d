/**
 * A tree as V8 serialises it, and back. V8's reader is given bytes that were checked already, and what it makes of them
 * is walked by `read.ts`; nothing is decided here about what a tree may hold.
 */
import type { DefaultDeserializer } from "node:v8";
import { DecodeError, EncodeError, FlecheError } from "../../errors.ts";

/** The bytes of a tree, behind these. */
export function writeV8(tree: unknown, before: Uint8Array): Uint8Array {
  try {
    const serializer = new (v8().DefaultSerializer)();
    // Raw bytes may stand before V8's header, so what comes first costs no copy of the body.
    serializer.writeRawBytes(before);
    serializer.writeHeader();
    serializer.writeValue(tree);
    return serializer.releaseBuffer();
  } catch (error) {
    throw new EncodeError("", "V8 cannot serialise it", { cause: error });
  }
}

/** The tree of these bytes; a `DecodeError` for anything else, and for bytes behind it. */
export function readV8(bytes: Uint8Array): unknown {
  try {
    const deserializer = owningDeserializer(bytes);
    deserializer.readHeader();
    const value: unknown = deserializer.readValue();
    // V8 does not mind what follows; then two different bodies would be one value.
    const rest = bytes.byteOffset + bytes.length - deserializer.readRawBytes(0).byteOffset;
    if (rest !== 0) throw new DecodeError(`${rest} bytes behind the value`);
    return value;
  } catch (error) {
    throw error instanceof FlecheError ? error : new DecodeError("not V8's serialisation of a value", { cause: error });
  }
}

/** Throws a `DecodeError` where this version of V8 would not read these bytes. */
export function assertV8Header(bytes: Uint8Array): void {
  try {
    new (v8().DefaultDeserializer)(bytes).readHeader();
  } catch (error) {
    throw new DecodeError("not V8's serialisation of a value", { cause: error });
  }
}

/** Loaded with the first value, as it costs a tenth of importing all of this package. */
const v8 = () => process.getBuiltinModule("node:v8");

/** Node's reader, with its method for typed arrays and Buffers, which its types do not declare. */
type HostReader = DefaultDeserializer & { _readHostObject(): ArrayBufferView };

/**
 * A reader that gives every array memory of its own, exactly its size. Node's gives views of the body where the bytes
 * happen to be aligned: then `array.buffer` would be the whole entry, and two values would share memory.
 */
function owningDeserializer(bytes: Uint8Array): DefaultDeserializer {
  const deserializer = new (v8().DefaultDeserializer)(bytes) as HostReader;
  deserializer._readHostObject = readOwning;
  return deserializer;
}

/** In the place of the method that a reader inherits. */
function readOwning(this: HostReader): ArrayBufferView {
  const view = (Object.getPrototypeOf(this) as HostReader)._readHostObject.call(this);
  if (view.buffer.byteLength === view.byteLength) return view;
  if (!(view instanceof DataView)) return Uint8Array.prototype.slice.call(view);
  return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
