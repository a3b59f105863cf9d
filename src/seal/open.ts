/**
 * Checks an envelope and takes the body out. Two steps, because a body is read only after its header was believed:
 * `openHead` judges the first bytes, `BodyCheck` the rest while it arrives. Nothing is decoded, inflated or allocated by
 * a declared length here. Each check is one line that ends in a reason: the script that deletes them in turn relies on it.
 */
import { createHash, type Hash, timingSafeEqual } from "node:crypto";
import type { Reason } from "../observe/reason.ts";
import { COMPRESSION, HEADER_SIZE, type Header, MAGIC, readHeader, SUITE, TAG_SIZE, VERSION } from "./header.ts";
import { shownKeyId, type Verifier } from "./key-ring.ts";
import { checksum, sha256, signedPart } from "./seal.ts";

/** What the reader asks for; an envelope that is good for anything else is refused. */
export interface Expected {
  readonly kind: number;
  readonly entry: string;
  readonly namespaceId: Uint8Array;
  readonly scheme: number;
  /** Whether this reader has the codec of an entry with this header, and may use it under the key that signed. */
  mayDecode(header: Header): boolean;
  /** Largest entry, and largest body after decompression, in bytes. */
  readonly maxEntryBytes: number;
  /** The keys; without them tags of signed entries cannot be checked, and those of unsigned ones are checksums. */
  readonly signer?: Verifier | undefined;
}

/** An entry that is not served, and which check failed. */
export interface Refusal {
  readonly refused: Reason;
  /** The key that the header names, as it is shown. */
  readonly keyId?: string | undefined;
  readonly cause?: unknown;
}

/** A header that was believed. */
export interface Opened {
  readonly refused?: undefined;
  readonly header: Header;
  /** Where the body begins. */
  readonly bodyStart: number;
  /** Whether a key of ours signed it. */
  readonly verified: boolean;
}

/** Judges the first bytes of an entry (4 KiB, or all of a shorter one) and its full size. */
export function openHead(head: Uint8Array, size: number, expected: Expected): Opened | Refusal {
  if (size > expected.maxEntryBytes) return refuse("too-large");
  if (!startsWithMagic(head)) return refuse("not-an-envelope");
  // The head is shorter than the size says where the entry was cut meanwhile.
  if (head.length < HEADER_SIZE) return refuse("truncated");
  const header = readHeader(head);
  if (header.version !== VERSION) return refuse("unsupported-version");
  const keyId = header.suite === SUITE.checksum ? undefined : shownKeyId(header.keyId);
  const reason =
    wrongTag(head, size, header, expected.signer) ?? wrongHeader(header, expected) ?? wrongSize(header, size, expected);
  if (reason !== undefined) return refuse(reason, keyId);
  return { header, bodyStart: bodyStart(header), verified: expected.signer !== undefined };
}

/** The key that a header names, as it is shown, whatever else holds of it; `undefined` where it names none. */
export function namedKey(head: Uint8Array): string | undefined {
  if (!startsWithMagic(head) || head.length < HEADER_SIZE) return undefined;
  const { version, suite, keyId } = readHeader(head);
  return version === VERSION && suite !== SUITE.checksum ? shownKeyId(keyId) : undefined;
}

function startsWithMagic(head: Uint8Array): boolean {
  const length = Math.min(head.length, MAGIC.length);
  for (let i = 0; i < length; i++) if (head[i] !== MAGIC[i]) return false;
  return true;
}

function bodyStart(header: Header): number {
  return HEADER_SIZE + (TAG_SIZE[header.suite] as number);
}

/** Suite, key and tag: nothing of the header is looked at before they hold, but what they need. */
function wrongTag(head: Uint8Array, size: number, header: Header, signer: Verifier | undefined): Reason | undefined {
  if (TAG_SIZE[header.suite] === undefined) return "unsupported-suite";
  if (signer !== undefined && header.suite === SUITE.checksum) return "unsigned";
  if (signer !== undefined && header.suite !== SUITE.hmac) return "unsupported-suite";
  if (size < bodyStart(header)) return "truncated";
  const tag = head.subarray(HEADER_SIZE, bodyStart(header));
  if (signer !== undefined) return signer.verify(header.keyId, signedPart(head), tag);
  if (header.suite !== SUITE.checksum) return undefined;
  return tag.length === 32 && timingSafeEqual(checksum(signedPart(head)), tag) ? undefined : "bad-signature";
}

/** The fields, in the order of the format's page. */
function wrongHeader(header: Header, expected: Expected): Reason | undefined {
  const { compression } = header;
  const { storedLength, rawLength } = lengthsOf(header);
  const limit = expected.maxEntryBytes;
  if (header.flags !== 0) return "unsupported-flags";
  if (compression !== COMPRESSION.none && compression !== COMPRESSION.gzip) return "bad-header";
  if (header.scheme !== expected.scheme) return "bad-header";
  if (header.suite === SUITE.checksum && !/^0+$/.test(header.keyId)) return "bad-header";
  // A length beyond the limit is told as that, below.
  const comparable = storedLength <= limit && rawLength <= limit;
  if (comparable && compression === COMPRESSION.none && storedLength !== rawLength) return "bad-header";
  // The key vouched for this entry; whether it may is asked now that the tag holds, and before anything is decoded.
  const policy = expected.signer?.policyOf(header.keyId);
  if (header.kind !== expected.kind) return "wrong-kind";
  if (policy?.kinds.has(header.kind) === false) return "wrong-kind";
  if (header.entry !== expected.entry) return "wrong-entry";
  if (!timingSafeEqual(header.namespaceId, expected.namespaceId)) return "wrong-namespace";
  if (policy?.here === false) return "wrong-namespace";
  if (!expected.mayDecode(header)) return "codec-not-allowed";
  return undefined;
}

function wrongSize(header: Header, size: number, expected: Expected): Reason | undefined {
  const { storedLength, rawLength } = lengthsOf(header);
  const declared = bodyStart(header) + storedLength;
  if (storedLength > expected.maxEntryBytes) return "too-large";
  if (rawLength > expected.maxEntryBytes) return "too-large";
  if (size < declared) return "truncated";
  if (size > declared) return "trailing-bytes";
  return undefined;
}

/**
 * The lengths as numbers, which are compared in a tenth of the time. Only what is far beyond every limit, a safe integer,
 * is rounded.
 */
function lengthsOf({ storedLength, rawLength }: Header): { readonly storedLength: number; readonly rawLength: number } {
  return { storedLength: Number(storedLength), rawLength: Number(rawLength) };
}

/** Hashes a body while it is read. */
export interface BodyCheck {
  /** The next chunk of the entry, header included. */
  add(chunk: Uint8Array): void;
  /** How much of the entry was shown. */
  length(): number;
  /** Whether all of it was the body that the header pins. */
  matches(): boolean;
}

/** A check of the body behind a header that was believed. */
export function checkBody(opened: Opened): BodyCheck {
  const { header, bodyStart } = opened;
  const end = bodyStart + Number(header.storedLength);
  let at = 0;
  let whole: Uint8Array | undefined;
  let stream: Hash | undefined;
  return {
    add(chunk) {
      // Most entries come in one piece, and need no stream.
      if (at === 0 && chunk.length === end) whole = sha256(chunk.subarray(bodyStart));
      else {
        stream ??= createHash("sha256");
        stream.update(chunk.subarray(Math.min(Math.max(0, bodyStart - at), chunk.length)));
      }
      at += chunk.length;
    },
    length: () => at,
    matches() {
      const found = whole ?? stream?.digest();
      return at === end && found !== undefined && timingSafeEqual(found, header.bodyHash);
    },
  };
}

/** A refusal. */
export function refuse(refused: Reason, keyId?: string, cause?: unknown): Refusal {
  return { refused, keyId, cause };
}
