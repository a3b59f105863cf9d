/**
 * The two primitives that the seal rests on, HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869), as they are used here and
 * nowhere else, so that published vectors can be run against this very use. Which key and which label is `key-ring.ts`'s.
 */
import { createHmac, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";

/** The 32-byte tag of a message. A key object, as raw key bytes cost seven times as much on newer versions of Node. */
export function tagOf(key: KeyObject, message: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(message).digest();
}

/** Whether this is the tag of the message: all 32 bytes, compared in constant time. A shorter tag is a wrong one. */
export function isTagOf(key: KeyObject, message: Uint8Array, tag: Uint8Array): boolean {
  const right = tagOf(key, message);
  return tag.length === right.length && timingSafeEqual(right, tag);
}

/** A key derived from another. */
export function deriveKey(
  key: Uint8Array | KeyObject,
  salt: string | Uint8Array,
  info: string | Uint8Array,
  length: number,
): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, info, length));
}
