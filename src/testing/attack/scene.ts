/**
 * What an attack starts from: a store with the entries `a` and `b`, written by us, and the means to forge envelopes with
 * keys that the reader trusts or does not. Nothing is stored here: an attack returns the bytes that are to lie under `a`.
 */
import { createHash } from "node:crypto";
import { HEADER_SIZE, type Header, KIND, readHeader, writeHeader } from "../../seal/header.ts";
import { keyRing, namespaceIdOf, type Signer } from "../../seal/key-ring.ts";
import { type Contents, checksum, seal, signedPart } from "../../seal/seal.ts";

/** The reader trusts the first two; the writer signs with the first. */
export const KEYS: { readonly first: string; readonly second: string; readonly stranger: string } = {
  first: createHash("sha256").update("the first key").digest("hex"),
  second: createHash("sha256").update("the second key").digest("hex"),
  stranger: createHash("sha256").update("a key that nobody configured").digest("hex"),
};

/** The values of `a` and `b`: bodies of one length. */
export const VALUES: readonly [a: unknown, b: unknown] = [
  { status: "secure", data: [1, 2, 3] },
  { status: "secure", data: [4, 5, 6] },
];

/** The tag of a signed entry ends and its body begins here. */
export const BODY_START: number = HEADER_SIZE + 32;

/** One entry, as the writer left it. */
export interface SavedEntry {
  /** Its digest. */
  readonly name: string;
  readonly value: unknown;
  /** A copy of its bytes. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

/** What an attack may work with. */
export interface Scene {
  readonly a: SavedEntry;
  readonly b: SavedEntry;
}

/** Who signs in which namespace; by default as the writer does. */
export function signerOf(secretKey: string = KEYS.first, namespace = "default"): Signer {
  return keyRing(secretKey).inNamespace(namespaceIdOf(namespace));
}

/** The id of a key as the header has it. */
export function keyIdOf(secretKey: string): string {
  return signerOf(secretKey).keyId;
}

/** A copy with these bytes at this place. */
export function edited(bytes: Uint8Array, at: number, ...replacement: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(replacement, at);
  return copy;
}

/** A copy with another header under the old tag. */
export function rewritten(bytes: Uint8Array, change: Partial<Header>): Buffer {
  const copy = Buffer.from(bytes);
  writeHeader({ ...readHeader(copy), ...change }, copy);
  return copy;
}

/** A copy with another header and the tag that belongs to it. */
export function resigned(bytes: Uint8Array, change: Partial<Header>, signer: Signer = signerOf()): Buffer {
  const copy = rewritten(bytes, { keyId: signer.keyId, ...change });
  copy.set(signer.sign(signedPart(copy)), HEADER_SIZE);
  return copy;
}

/** A copy with another header and the checksum that belongs to it, as anybody can make it. */
export function rechecked(bytes: Uint8Array, change: Partial<Header>): Buffer {
  const copy = rewritten(bytes, { suite: 0, keyId: "00".repeat(8), ...change });
  copy.set(checksum(signedPart(copy)), HEADER_SIZE);
  return copy;
}

/** An envelope that a trusted key signed for this entry, whatever is in it. */
export function sealedAs(entry: SavedEntry, contents: Partial<Contents>): Buffer {
  return seal({
    kind: KIND.value,
    codec: 3,
    scheme: 1,
    entry: entry.name,
    namespaceId: namespaceIdOf("default"),
    body: entry.body,
    createdMs: 1_700_000_000_000,
    signer: signerOf(),
    ...contents,
  });
}
