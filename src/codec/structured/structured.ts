/**
 * The default codec, `structured`: V8's serialisation of a tree in which everything that V8 would lose is a tagged
 * record. `write.ts` makes the tree, `read.ts` reads it back; here are the bytes.
 */
import type { DefaultDeserializer } from "node:v8";
import { DecodeError, EncodeError, FlecheError } from "../../errors.ts";
import type { Codec } from "../codec.ts";
import { behindParts, formatParts } from "../parts.ts";
import { readTree } from "./read.ts";
import { splitInto, WHOLE } from "./split.ts";
import { writeTree } from "./write.ts";

/** For everything that has a digest, but functions and what a class names only as an argument. */
export const structuredCodec: Codec = {
  name: "structured",
  id: 3,
  encode(value, splitter) {
    const parts = splitter === undefined ? WHOLE : splitInto(value, splitter, serialize);
    const tree = writeTree(value, parts);
    return serialize(tree, parts.named());
  },
  decode(body, { part }) {
    return readTree(readV8(behindParts(body)), body.length, (digest) => {
      if (part === undefined) throw new DecodeError("it names parts, and there are none here");
      const found = part(digest);
      return { raw: readV8(behindParts(found)), size: found.length };
    });
  },
};

function serialize(tree: unknown, named: readonly string[]): Uint8Array {
  try {
    const serializer = new (v8().DefaultSerializer)();
    // Raw bytes may stand before V8's header, so the list of parts costs no copy of the body.
    serializer.writeRawBytes(formatParts(named));
    serializer.writeHeader();
    serializer.writeValue(tree);
    return serializer.releaseBuffer();
  } catch (error) {
    throw new EncodeError("", "V8 cannot serialise it", { cause: error });
  }
}

function readV8(bytes: Uint8Array): unknown {
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
