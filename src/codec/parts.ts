/**
 * The list of parts that begins the bodies of codecs 1 and 3: a big-endian u32 count, then count digests of 32 bytes. It
 * names the values that are stored separately, so that whoever collects garbage or follows a value's origin need not
 * decode it.
 */
import { DecodeError } from "../errors.ts";

/** The codecs whose bodies begin with the list: `json` and `structured`. */
const LISTING: readonly number[] = [1, 3];

const DIGEST_SIZE = 32;

/** The list of these digests. */
export function formatParts(digests: readonly string[]): Uint8Array {
  const list = Buffer.alloc(4 + digests.length * DIGEST_SIZE);
  list.writeUInt32BE(digests.length);
  digests.forEach((digest, i) => {
    list.write(digest, 4 + i * DIGEST_SIZE, "hex");
  });
  return list;
}

/** The digests of the parts that a body of this codec names; a `DecodeError` where the list is cut. */
export function partsOf(codec: number, body: Uint8Array): string[] {
  if (!LISTING.includes(codec)) return [];
  const end = endOfParts(body);
  if (end === 4) return [];
  const list = Buffer.from(body.buffer, body.byteOffset, end);
  const digests: string[] = [];
  for (let at = 4; at < end; at += DIGEST_SIZE) digests.push(list.toString("hex", at, at + DIGEST_SIZE));
  return digests;
}

/** The body behind its list of parts; a `DecodeError` where the list is cut. */
export function behindParts(body: Uint8Array): Uint8Array {
  return body.subarray(endOfParts(body));
}

function endOfParts(body: Uint8Array): number {
  if (body.length < 4) throw new DecodeError("the list of parts is cut");
  const count = Buffer.prototype.readUInt32BE.call(body, 0);
  const end = 4 + count * DIGEST_SIZE;
  if (end > body.length) throw new DecodeError("the list of parts is cut");
  return end;
}
