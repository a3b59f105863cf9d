/**
 * The list of parts that begins the bodies of codecs 1 and 3: a big-endian u32 count, then count digests of 32 bytes.
 * It names the values that are stored separately; here none are, so the list is written empty and read as such.
 */
import { DecodeError } from "../errors.ts";

/** The list of no parts. */
export const NO_PARTS: Uint8Array = Uint8Array.of(0, 0, 0, 0);

/** The body behind its list of parts; a `DecodeError` where the list is cut or names parts. */
export function behindParts(body: Uint8Array): Uint8Array {
  if (body.length < 4) throw new DecodeError("the list of parts is cut");
  const count = new DataView(body.buffer, body.byteOffset).getUint32(0);
  if (count !== 0) throw new DecodeError(`${count} parts are stored separately, which this version cannot read`);
  return body.subarray(4);
}
