/**
 * The files of the Python library as a form of entries: pickle ‖ 64 hex characters of HMAC-SHA-256, gzip around both where
 * that is wanted. Reads them whole, since the tag stands at the end; nothing of a pickle is looked at before its tag holds,
 * but which byte it begins and ends with. Does not decode: the codec does.
 */
import { compress, decompress } from "../../codec/compression.ts";
import { EncodeError } from "../../errors.ts";
import { type Flow, settled } from "../../flow.ts";
import type { Reason } from "../../observe/reason.ts";
import { SUITE } from "../../seal/header.ts";
import { type KeyRing, type RawSigner, shownKeyId } from "../../seal/key-ring.ts";
import { type Refusal, refuse } from "../../seal/open.ts";
import type { Asked, EntryFormat, EntryShelf, ReadEntry, RecordForm, SealRules } from "../entry-format.ts";
import { troubleOf } from "../read-entry.ts";
import { preambleOf, problemOf, withPreamble } from "./preamble.ts";

/** What the form needs to know of the pickles in it. */
export interface PickleBodies {
  /** The number of their codec. */
  readonly codec: number;
  /** Digests of the parts that a pickle names; throws `DecodeError`. */
  partsOf(pickle: Uint8Array): string[];
  readonly records: RecordForm;
}

/** Python's files under these rules. Without a ring, tags can neither be made nor checked. */
export function pickleFormat(rules: SealRules, ring: KeyRing | undefined, bodies: PickleBodies): EntryFormat {
  const signer = ring?.raw();
  const read = (shelf: EntryShelf, asked: Asked): Flow<ReadEntry | Refusal> => {
    return readFile(shelf, asked, { rules, signer, codec: bodies.codec });
  };
  return {
    read,
    readHead: read,
    seal: (asked, _codec, body) => sealFile(asked, body, rules, signer),
    partsOf: (_codec, body) => bodies.partsOf(body),
    records: bodies.records,
  };
}

/** The opcode that every pickle since protocol 2 begins with, and the one that every pickle ends with. */
const PROTO = 0x80;
const STOP = 0x2e;
const TAG_SIZE = 64;
const TAG = /^[0-9a-f]{64}$/;
const GZIP = [0x1f, 0x8b];
/** The length of what was compressed, at the end of a gzip member; less than that is garbage, refused as such. */
const LENGTH_SIZE = 4;

function sealFile(asked: Asked, body: Uint8Array, rules: SealRules, signer: RawSigner | undefined): Uint8Array {
  const pickle = withPreamble(body, { ...asked, namespaceId: rules.namespaceId });
  const tag = signer === undefined ? "" : Buffer.from(signer.sign(pickle)).toString("hex");
  const content = Buffer.concat([pickle, Buffer.from(tag, "latin1")]);
  // Around all of it, also where that makes it longer: some versions of Python's reader ask no questions.
  const file = rules.compress ? compress(content) : content;
  const size = Math.max(file.length, content.length);
  if (size > rules.maxEntryBytes) {
    throw new EncodeError("", `${size} bytes, more than maxEntryBytes (${rules.maxEntryBytes})`);
  }
  return file;
}

interface Reading {
  readonly rules: SealRules;
  readonly signer: RawSigner | undefined;
  readonly codec: number;
}

function* readFile(shelf: EntryShelf, asked: Asked, reading: Reading): Flow<ReadEntry | Refusal> {
  const { maxEntryBytes } = reading.rules;
  let problem: Refusal | undefined;
  let size = 0;
  let writtenMs: number | undefined;
  let bytes: Uint8Array | undefined;
  try {
    const get = shelf.get(asked.entry, (head, whole, atMs) => {
      size = whole;
      writtenMs = atMs;
      if (whole > maxEntryBytes) problem = refuse("too-large");
      else if (head[0] !== PROTO && !isGzip(head)) problem = refuse("not-an-envelope");
      return problem === undefined;
    });
    bytes = yield* settled(get);
  } catch (error) {
    return troubleOf(error);
  }
  if (problem !== undefined) return problem;
  if (bytes === undefined) return refuse("absent");
  const opened = open(bytes, asked, reading);
  if (opened.refused !== undefined) return opened;
  // Where the store does not know when it was put, it may have been just now: then nothing removes it as old.
  const createdMs = BigInt(Math.max(0, Math.floor(writtenMs ?? Date.now())));
  const { keyId, ...found } = opened;
  const { signer, noteOldKey } = reading.rules;
  if (keyId !== undefined && keyId !== signer?.keyId) noteOldKey?.({ ...asked, keyId });
  const header = {
    suite: keyId === undefined ? SUITE.checksum : SUITE.hmac,
    codec: reading.codec,
    storedLength: BigInt(size),
    rawLength: BigInt(found.body.length),
    createdMs,
    keyId: keyId ?? "",
  };
  return { ...found, header, size };
}

function isGzip(bytes: Uint8Array): boolean {
  return GZIP.every((byte, i) => bytes[i] === byte);
}

interface OpenedFile {
  readonly refused?: undefined;
  readonly body: Uint8Array;
  readonly verified: boolean;
  readonly pinned: boolean;
  readonly keyId: string | undefined;
}

/** The checks of one file, each of which ends in a reason. */
function open(bytes: Uint8Array, asked: Asked, { rules, signer, codec }: Reading): OpenedFile | Refusal {
  const content = isGzip(bytes) ? inflated(bytes, rules.maxEntryBytes) : bytes;
  if ("refused" in content) return content;
  if (content[0] !== PROTO) return refuse("not-an-envelope");
  const signed = signer === undefined ? unchecked(content) : checked(content, signer);
  if ("refused" in signed) return signed;
  const { pickle, keyId } = signed;
  const forbidden = keyId === undefined ? undefined : notVouched(asked, codec, keyId, rules);
  if (forbidden !== undefined) return refuse(forbidden, shownOf(keyId));
  const found = { body: pickle, verified: signer !== undefined, keyId };
  let preamble: string | undefined;
  try {
    preamble = preambleOf(pickle);
  } catch (error) {
    return refuse("bad-header", shownOf(keyId), error);
  }
  if (preamble === undefined) return { ...found, pinned: false };
  const reason = problemOf(preamble, { ...asked, namespaceId: rules.namespaceId });
  if (reason !== undefined) return refuse(reason, shownOf(keyId));
  return { ...found, pinned: found.verified };
}

/** What the policy of the key that signed has against this entry. */
function notVouched({ kind }: Asked, codec: number, keyId: string, rules: SealRules): Reason | undefined {
  const policy = rules.signer?.policyOf(keyId);
  if (policy?.kinds.has(kind) === false) return "wrong-kind";
  if (policy?.here === false) return "wrong-namespace";
  return rules.mayDecode({ kind, codec, keyId }) ? undefined : "codec-not-allowed";
}

function shownOf(keyId: string | undefined): string | undefined {
  return keyId === undefined ? undefined : shownKeyId(keyId);
}

/** Deflate makes no more than this of a byte; a length beyond that is none. */
const MOST_INFLATION = 1032;

/** What is compressed, no more than the file says and never more than the limit: nobody has vouched for it yet. */
function inflated(bytes: Uint8Array, limit: number): Uint8Array | Refusal {
  const end = Math.max(0, bytes.length - LENGTH_SIZE);
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUIntLE(
    end,
    Math.max(1, bytes.length - end),
  );
  if (length > limit) return refuse(length > bytes.length * MOST_INFLATION ? "decompress-failed" : "too-large");
  try {
    return decompress(bytes, length);
  } catch (error) {
    return refuse("decompress-failed", undefined, error);
  }
}

interface Signed {
  readonly pickle: Uint8Array;
  readonly keyId: string | undefined;
}

/** A file whose tag is one of our keys'. */
function checked(content: Uint8Array, signer: RawSigner): Signed | Refusal {
  const tag = tagOf(content);
  if (tag === undefined) return refuse(content.at(-1) === STOP ? "unsigned" : "bad-signature");
  const pickle = content.subarray(0, -TAG_SIZE);
  const keyId = signer.signedBy(pickle, Buffer.from(tag, "hex"));
  return keyId === undefined ? refuse("bad-signature") : { pickle, keyId };
}

/** A file without a tag, or with one that nobody can check. */
function unchecked(content: Uint8Array): Signed | Refusal {
  if (content.at(-1) === STOP) return { pickle: content, keyId: undefined };
  if (tagOf(content) === undefined) return refuse("truncated");
  return { pickle: content.subarray(0, -TAG_SIZE), keyId: undefined };
}

/** The tag at the end, where there is one: hex digits, among which is no STOP. */
function tagOf(content: Uint8Array): string | undefined {
  const tag = Buffer.from(content.subarray(-TAG_SIZE)).toString("latin1");
  return TAG.test(tag) ? tag : undefined;
}
