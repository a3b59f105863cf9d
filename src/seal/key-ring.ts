/**
 * The signing keys: the first one signs, all of them verify, and one map look-up picks the key, however many there are.
 * The keys themselves never leave this file: what is handed out can sign and verify in one namespace, and prints as ids.
 */
import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Reason } from "../observe/reason.ts";
import { parseKeys } from "./key-text.ts";

const SALT = "fleche/v1";
const KEY_ID_SIZE = 8;

/** What a ring can do in one namespace. */
export interface Signer {
  /** Id of the key that signs, 16 hex characters. */
  readonly keyId: string;
  /** The 32-byte tag of a message under the first key. */
  sign(message: Uint8Array): Uint8Array;
  /** `undefined` where `tag` is the tag of `message` under the key of this id, else which check failed. */
  verify(keyId: string, message: Uint8Array, tag: Uint8Array): Reason | undefined;
}

/** What a ring can do with its keys as they are, for files whose tags name no key: those of the Python library. */
export interface RawSigner {
  /** Id of the key that signs, 16 hex characters. */
  readonly keyId: string;
  /** The HMAC-SHA-256 of a message under the first key, 32 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /** Id of the key under which this is the tag of the message; `undefined` where it is none's. Tries one after the other. */
  signedBy(message: Uint8Array, tag: Uint8Array): string | undefined;
}

interface Key {
  readonly id: string;
  readonly bytes: KeyObject;
  readonly weak: boolean;
}

/** Signing keys; made by {@link keyRing}. */
export class KeyRing {
  readonly #keys: readonly Key[];

  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys.map((bytes) => ({
      id: derive(bytes, "fleche/v1/key-id", KEY_ID_SIZE).toString("hex"),
      bytes: createSecretKey(bytes),
      // One byte repeated is what a placeholder looks like.
      weak: bytes.every((byte) => byte === bytes[0]),
    }));
  }

  /** The ids of the keys, as they are shown (`k1:3f9c…`); the first one signs. */
  get keyIds(): readonly string[] {
    return this.#keys.map((key) => shownKeyId(key.id));
  }

  /** Ids of the keys that are one byte repeated. */
  get weakKeyIds(): readonly string[] {
    return this.#keys.filter((key) => key.weak).map((key) => shownKeyId(key.id));
  }

  /** What the ring can do with its keys as they are. */
  raw(): RawSigner {
    const keys = this.#keys;
    const signing = keys[0] as Key;
    return {
      keyId: signing.id,
      sign: (message) => hmac(signing.bytes, message),
      signedBy(message, tag) {
        const signs = ({ bytes }: Key): boolean => {
          const right = hmac(bytes, message);
          return tag.length === right.length && timingSafeEqual(right, tag);
        };
        return keys.find(signs)?.id;
      },
    };
  }

  /** What the ring can do in the namespace of this id. Its keys are derived as they are needed. */
  inNamespace(namespaceId: Uint8Array): Signer {
    const keys = new Map(this.#keys.map((key) => [key.id, key.bytes]));
    const macKeys = new Map<string, KeyObject>();
    const macKey = (keyId: string): KeyObject | undefined => {
      const known = macKeys.get(keyId);
      if (known !== undefined) return known;
      const bytes = keys.get(keyId);
      if (bytes === undefined) return undefined;
      const info = Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]);
      const derived = createSecretKey(derive(bytes, info, 32));
      macKeys.set(keyId, derived);
      return derived;
    };
    const signing = (this.#keys[0] as Key).id;
    return {
      keyId: signing,
      sign: (message) => hmac(macKey(signing) as KeyObject, message),
      verify(keyId, message, tag) {
        const key = macKey(keyId);
        if (key === undefined) return "unknown-key";
        const right = hmac(key, message);
        return tag.length === right.length && timingSafeEqual(right, tag) ? undefined : "bad-signature";
      },
    };
  }
}

function hmac(key: KeyObject, message: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(message).digest();
}

function derive(key: Uint8Array | KeyObject, info: string | Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, SALT, info, length));
}

/** A key id as it is shown to people: `k1:` and 16 hex characters. */
export function shownKeyId(keyId: string): string {
  return `k1:${keyId}`;
}

/** The first 16 bytes of SHA-256 over a label and the namespace's name. */
export function namespaceIdOf(namespace: string): Buffer {
  return createHash("sha256").update("fleche/namespace/v1\0").update(namespace).digest().subarray(0, 16);
}

/**
 * A key ring from the text of a key list: hex keys of at least 32 bytes, separated by colons; the first one signs, all
 * of them verify. Throws a `ConfigError` that names the position of what is wrong, never the text.
 *
 * @example
 * ```ts
 * import { keyRing } from "fleche";
 * const ring = keyRing("0123456789abcdef".repeat(4));
 * ring.keyIds.length; // 1
 * ```
 */
export function keyRing(secretKeys: string): KeyRing {
  return new KeyRing(parseKeys(String(secretKeys), "the key list"));
}
