/**
 * gzip around a body. What it inflates to is bounded by the length that the header declares, which is signed; a body
 * that is cut, longer than declared, in several members, or followed by anything is refused.
 */
import { DecodeError } from "../errors.ts";

/** What `gzipSync` writes first: the magic, deflate, no optional fields; then time, hints and system, which do not matter. */
const MAGIC = Uint8Array.of(0x1f, 0x8b, 8, 0);
const HEADER_SIZE = 10;
/** CRC-32 and length of the body, little-endian. */
const TRAILER_SIZE = 8;

/** Loaded with the first body that is compressed: it costs as much as a tenth of importing all of this package. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** A body as gzip; the same input gives the same bytes. */
export function compress(body: Uint8Array): Uint8Array {
  return zlib().gzipSync(body);
}

/** The body again, exactly `length` bytes; a `DecodeError` for anything else. Never inflates further than that. */
export function decompress(bytes: Uint8Array, length: number): Uint8Array {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) throw new DecodeError("not the gzip of a body");
  const { body, size } = inflate(bytes.subarray(HEADER_SIZE), length);
  if (body.length !== length) throw new DecodeError(`${body.length} bytes where ${length} are declared`);
  // Node's own reading of gzip goes on with a further member; here the trailer must be there and be the end.
  if (HEADER_SIZE + size + TRAILER_SIZE !== bytes.length) {
    throw new DecodeError("the compressed body is cut, or something is behind it");
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + HEADER_SIZE + size);
  if (trailer.getUint32(0, true) !== zlib().crc32(body) || trailer.getUint32(4, true) !== length % 2 ** 32) {
    throw new DecodeError("the compressed body is not the one that its trailer names");
  }
  return body;
}

/** What deflated bytes give, and how many of them there are. */
function inflate(bytes: Uint8Array, length: number): { body: Buffer; size: number } {
  try {
    const options = { maxOutputLength: Math.max(1, length), info: true } as const;
    // With `info` it returns the bytes together with the engine that made them.
    const result = zlib().inflateRawSync(bytes, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { body: result.buffer, size: result.engine.bytesWritten };
  } catch (error) {
    throw new DecodeError("not the gzip of a body", { cause: error });
  }
}
