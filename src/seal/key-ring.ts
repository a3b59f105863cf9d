/**
 * The signing keys: the first one signs, all of them verify, and one map look-up picks the key, however many there are.
 * The keys themselves never leave this file: what is handed out can sign and verify in one namespace, and prints as ids.
 * A ring never changes: another ring is another object.
 */
import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import { ConfigError } from "../errors.ts";
import type { Reason } from "../observe/reason.ts";
import { type KeyGrant, type Policy, readGrants } from "./key-policy.ts";
import { parseKeys } from "./key-text.ts";
import { deriveKey, hmacSha256, isTagOf, type Mac } from "./mac.ts";

const SALT = "fleche/v1";
const KEY_ID_SIZE = 8;

/** What reading needs of a ring, in one namespace. */
export interface Verifier {
  /** `undefined` where `tag` is the tag of `message` under the key of this id, else which check failed. */
  verify(keyId: string, message: Uint8Array, tag: Uint8Array): Reason | undefined;
  /** What this key may vouch for; `undefined` where nobody said: it was given as text. */
  policyOf(keyId: string): LocalPolicy | undefined;
}

/** What a key may vouch for, as seen from one namespace. */
export interface LocalPolicy extends Policy {
  /** Whether it may vouch for anything in this namespace. */
  readonly here: boolean;
}

/** What writing needs of a ring, in one namespace: it reads what it wrote. */
export interface Signer extends Verifier {
  /** Id of the key that signs, 16 hex characters. */
  readonly keyId: string;
  /** The 32-byte tag of a message under the first key. */
  sign(message: Uint8Array): Uint8Array;
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
  readonly policy: Policy | undefined;
}

/** Signing keys; made by {@link keyRing}. */
export class KeyRing {
  readonly #keys: readonly Key[];

  constructor(keys: readonly Uint8Array[], policies: readonly (Policy | undefined)[] = []) {
    this.#keys = keys.map((bytes, i) => ({
      id: deriveKey(bytes, SALT, "fleche/v1/key-id", KEY_ID_SIZE).toString("hex"),
      bytes: createSecretKey(bytes),
      // One byte repeated is what a placeholder looks like.
      weak: bytes.every((byte) => byte === bytes[0]),
      policy: policies[i],
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

  /** A ring of some of its keys, by their ids as they are shown; the first one signs. A `ConfigError` for other ids. */
  only(keyIds: readonly string[]): KeyRing {
    if (keyIds.length === 0) throw new ConfigError("a key ring needs a key");
    const chosen = [...new Set(keyIds)].map((keyId) => {
      const key = this.#keys.find(({ id }) => shownKeyId(id) === keyId);
      if (key !== undefined) return key;
      throw new ConfigError(`there is no key ${keyId} in the ring; its keys are ${this.keyIds.join(", ")}`);
    });
    return new KeyRing(
      chosen.map(({ bytes }) => bytes.export()),
      chosen.map(({ policy }) => policy),
    );
  }

  /** What the ring can do with its keys as they are. */
  raw(): RawSigner {
    const keys = this.#keys;
    const signing = keys[0] as Key;
    return {
      keyId: signing.id,
      sign: hmacSha256(signing.bytes.export()),
      signedBy(message, tag) {
        return keys.find(({ bytes }) => isTagOf(hmacSha256(bytes.export()), message, tag))?.id;
      },
    };
  }

  /** What the ring can do in the namespace of this id. Its keys are derived as they are needed. */
  inNamespace(namespaceId: Uint8Array): Signer {
    const keys = new Map(this.#keys.map((key) => [key.id, key.bytes]));
    const policies = new Map<string, LocalPolicy>();
    for (const { id, policy } of this.#keys) {
      if (policy === undefined) continue;
      const names = [...(policy.namespaces ?? [])];
      const here = policy.namespaces === undefined || names.some((name) => namespaceIdOf(name).equals(namespaceId));
      policies.set(id, { ...policy, here });
    }
    const macs = new Map<string, Mac>();
    const macOf = (keyId: string): Mac | undefined => {
      const known = macs.get(keyId);
      if (known !== undefined) return known;
      const bytes = keys.get(keyId);
      if (bytes === undefined) return undefined;
      const info = Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]);
      const mac = hmacSha256(deriveKey(bytes, SALT, info, 32));
      macs.set(keyId, mac);
      return mac;
    };
    const signing = (this.#keys[0] as Key).id;
    return {
      keyId: signing,
      sign: (message) => (macOf(signing) as Mac)(message),
      verify(keyId, message, tag) {
        const mac = macOf(keyId);
        if (mac === undefined) return "unknown-key";
        return isTagOf(mac, message, tag) ? undefined : "bad-signature";
      },
      policyOf: (keyId) => policies.get(keyId),
    };
  }
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
 * A key ring from a key list: hex keys of at least 32 bytes, separated by colons; the first one signs, all of them verify.
 * Or from a list of keys each with what it may vouch for. Throws a `ConfigError` that names the position of a key that
 * cannot be used, never its text, and a `TypeError` for a policy that is none.
 *
 * @example
 * ```ts
 * import { keyRing } from "fleche";
 * const [mine, theirs] = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)];
 * keyRing(`${mine}:${theirs}`).keyIds.length; // 2
 * keyRing([{ secretKey: mine }, { secretKey: theirs, namespaces: ["shared"], codecs: ["json"] }]).keyIds.length; // 2
 * ```
 */
export function keyRing(secretKeys: string | readonly KeyGrant[]): KeyRing {
  if (!Array.isArray(secretKeys)) return new KeyRing(parseKeys(String(secretKeys), "the key list"));
  const { keys, policies } = readGrants(secretKeys);
  return new KeyRing(parseKeys(keys.join(":"), "the key list"), policies);
}
