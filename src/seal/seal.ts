/**
 * Puts a body into an envelope: header, tag, body. The tag covers the header, and the header pins what the bytes are
 * for (kind, entry, namespace, codec, lengths, body hash), so that an envelope is good in one place only.
 */
import { hash } from "node:crypto";
import { COMPRESSION, HEADER_SIZE, SUITE, TAG_SIZE, VERSION, writeHeader } from "./header.ts";
import type { Signer } from "./key-ring.ts";

/** What is signed is this label and the header, so that a tag is good for nothing but an envelope. */
const LABEL = Buffer.from("fleche/envelope/v1\0");

/** Label and header of the envelope at hand; written anew for each. */
const signed = Buffer.concat([LABEL, Buffer.alloc(HEADER_SIZE)]);

/** What an envelope is made from. */
export interface Contents {
  readonly kind: number;
  readonly codec: number;
  readonly scheme: number;
  /** Full digest or lookup key. */
  readonly entry: string;
  readonly namespaceId: Uint8Array;
  /** The body as it is stored. */
  readonly body: Uint8Array;
  /** Length before compression; left out where the body is not compressed. */
  readonly uncompressedLength?: number | undefined;
  /** Unix milliseconds. */
  readonly createdMs: number;
  /** Who signs; without one the envelope has a checksum. */
  readonly signer?: Signer | undefined;
}

/** The bytes of an envelope. */
export function seal(contents: Contents): Buffer {
  const { body } = contents;
  // Memory of its own, not from Node's pool: stores keep these bytes.
  const envelope = Buffer.allocUnsafeSlow(sealedLength(contents));
  writeStart(contents, envelope);
  envelope.set(body, envelope.length - body.length);
  return envelope;
}

/** The same in two pieces, header with tag and the body itself: a body of 64 MiB takes half as long to copy as to hash. */
export function sealApart(contents: Contents): readonly [start: Uint8Array, body: Uint8Array] {
  const { body } = contents;
  const start = Buffer.alloc(sealedLength(contents) - body.length);
  writeStart(contents, start);
  return [start, body];
}

/** How long an envelope is. */
export function sealedLength({ body, signer }: Contents): number {
  return HEADER_SIZE + (TAG_SIZE[suiteOf(signer)] as number) + body.length;
}

function suiteOf(signer: Signer | undefined): number {
  return signer === undefined ? SUITE.checksum : SUITE.hmac;
}

/** Header and tag, at the start of `target`. */
function writeStart(contents: Contents, target: Buffer): void {
  const { body, signer, uncompressedLength } = contents;
  writeHeader(
    {
      version: VERSION,
      suite: suiteOf(signer),
      kind: contents.kind,
      codec: contents.codec,
      compression: uncompressedLength === undefined ? COMPRESSION.none : COMPRESSION.gzip,
      flags: 0,
      scheme: contents.scheme,
      storedLength: BigInt(body.length),
      rawLength: BigInt(uncompressedLength ?? body.length),
      createdMs: BigInt(contents.createdMs),
      bodyHash: sha256(body),
      entry: contents.entry,
      namespaceId: contents.namespaceId,
      keyId: signer?.keyId ?? "00".repeat(8),
    },
    target,
  );
  const message = signedPart(target);
  target.set(signer === undefined ? checksum(message) : signer.sign(message), HEADER_SIZE);
}

/** What the tag of an envelope is of: bytes that are good until the next call. */
export function signedPart(envelope: Uint8Array): Uint8Array {
  signed.set(envelope.subarray(0, HEADER_SIZE), LABEL.length);
  return signed;
}

/** The tag where no key signs: proves nothing but that the header is whole. */
export function checksum(message: Uint8Array): Uint8Array {
  return sha256(message);
}

/** SHA-256 in one call, half the time of a stream (1.4 µs instead of 2.8); as text on the way, as that is faster still. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", bytes, "binary"), "latin1");
}
