/**
 * gzip around a body. What it inflates to is bounded by the length that the header declares, which is signed; a body
 * that is cut, longer than declared, or followed by anything is refused.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { DecodeError } from "../errors.ts";

/** A body as gzip; the same input gives the same bytes. */
export function compress(body: Uint8Array): Uint8Array {
  return gzipSync(body);
}

/** The body again, exactly `length` bytes; a `DecodeError` for anything else. Never inflates further than that. */
export function decompress(bytes: Uint8Array, length: number): Uint8Array {
  try {
    const options = { maxOutputLength: Math.max(1, length), info: true } as const;
    // With `info` it returns the bytes together with the engine that made them.
    const result = gunzipSync(bytes, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (result.buffer.length !== length)
      throw new DecodeError(`${result.buffer.length} bytes where ${length} are declared`);
    if (result.engine.bytesWritten !== bytes.length) throw new DecodeError("bytes behind the compressed body");
    return result.buffer;
  } catch (error) {
    throw error instanceof DecodeError ? error : new DecodeError("not the gzip of a body", { cause: error });
  }
}
