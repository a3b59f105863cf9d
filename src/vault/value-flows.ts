/**
 * Values in one store: the flows between a digest and a value, each written once for stores of both kinds. Digest, encode,
 * seal, put; get, open, decode, check. Refusals are told, not thrown: what they mean is decided by those who ask.
 */
import type { Body, ValueNaming } from "../codec/codec.ts";
import { digester, digestHex, type InnerDigestOptions } from "../digest/digest.ts";
import type { Numbers } from "../digest/number.ts";
import { EncodeError } from "../errors.ts";
import { type Flow, settled } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import type { Reporter } from "../observe/reporter.ts";
import type { Tally } from "../observe/tally.ts";
import type { CallLabel } from "../record/call-record.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { BlobStore, Store } from "../store/store.ts";
import { decodeContext, type Encoded, encoded, lengthOf } from "./encoded.ts";
import type { FoundHead, ReadEntry } from "./entry-format.ts";
import { isRefused, warnRefused } from "./notice.ts";
import type { Posture, Rules } from "./posture.ts";
import { keyIdOf } from "./read-entry.ts";

/** A value that was read, and whether a key of ours vouched for it. */
export interface Loaded {
  readonly refused?: undefined;
  readonly value: unknown;
  readonly verified: boolean;
  /** The key that its entry names, as it is shown. */
  readonly keyId: string | undefined;
}

/** Values by their digest, in whatever lies behind: one store, or several. */
export interface ValueFlows extends ValueNaming {
  /** Whether every flow ends without waiting. */
  readonly sync: boolean;
  /** How values are named. */
  readonly numbers: Numbers;
  /** Whether a refused entry throws. */
  readonly posture: Posture;
  readonly reporter: Reporter;
  readonly tally: Tally;
  /** A value to be stored; its digest is known, and `digestOf` those of its parts (default: computes them). */
  encode(digest: string, value: unknown, digestOf?: (part: unknown) => string): Encoded;
  /** Stores a value, unless it is there soundly; `call` is the one that it is stored for, none where it is saved by hand. */
  saveValue(value: Encoded, call?: CallLabel): Flow<void>;
  /** The value of a digest, a new one each time, or why it is not served. */
  findValue(digest: string): Flow<Loaded | Refusal>;
  /** Whether a value's entry has a good header, or why it would not be served. */
  findHead(digest: string): Flow<FoundHead | Refusal>;
  /** Removes an entry, whatever it holds; `false` where there was none. */
  evictValue(digest: string): Flow<boolean>;
  /** The digests of all entries, sound or not. */
  listValues(prefix?: string): Iterable<string> | AsyncIterable<string>;
}

/** What the flows over one store work on. */
export interface ValueShelf extends ValueNaming {
  readonly rules: Rules;
  readonly reporter: Reporter;
  readonly tally: Tally;
}

/** The values of one store under these rules. */
export function valuesIn(store: Store, shelf: ValueShelf): ValueFlows {
  const { blobs } = store;
  const { rules } = shelf;
  return {
    ...shelf,
    sync: store.sync,
    numbers: rules.numbers,
    posture: rules.posture,
    encode: (digest, value, digestOf) => {
      return encoded(
        digest,
        value,
        rules.codec,
        digestOf ?? digester(digestOptionsOf({ numbers: rules.numbers, ...shelf })),
      );
    },
    saveValue: (value) => saveValue(blobs, shelf, value),
    findValue: (digest) => findValue(blobs, shelf, digest),
    findHead: (entry) => rules.format.readHead(blobs, { kind: KIND.value, entry }),
    evictValue: (digest) => evictValue(blobs, rules, digest),
    listValues: (prefix) => blobs.list(prefix),
  };
}

function* saveValue(blobs: BlobStore, shelf: ValueShelf, value: Encoded): Flow<void> {
  const entry = value.digest;
  const found = yield* soundness(blobs, shelf, entry);
  if (found.refused === undefined) {
    publishStore(() => ({ operation: "save", outcome: "kept", entry }));
    return;
  }
  const { body, parts } = value.bodies();
  assertReadable(parts, shelf.rules);
  // Parts before what names them: a killed process leaves parts that nobody names, never a name without its part.
  for (const [part, bytes] of parts) {
    const stored = yield* soundness(blobs, shelf, part);
    if (stored.refused !== undefined) yield* putBody(blobs, shelf, part, bytes);
  }
  yield* putBody(blobs, shelf, entry, body);
  const { refused: reason, keyId } = found;
  if (isRefused(reason)) {
    warnRefused(entry, found, shelf.reporter);
    publishStore(() => ({ operation: "save", outcome: "repaired", entry, reason, keyId }));
  } else {
    publishStore(() => ({ operation: "save", outcome: "stored", entry }));
  }
}

/** Throws an `EncodeError` where the parts of a value come to more than a reader takes. */
function assertReadable(parts: ReadonlyMap<string, Uint8Array>, { maxEntryBytes }: Rules): void {
  let total = 0;
  for (const part of parts.values()) total += part.length;
  if (total > maxEntryBytes) {
    throw new EncodeError("", `its parts come to ${total} bytes, more than maxEntryBytes (${maxEntryBytes})`);
  }
}

/** Whether an entry would be served; with Python's numbers never, since another value may bear its name. */
function* soundness(blobs: BlobStore, shelf: ValueShelf, entry: string): Flow<Loaded | Refusal> {
  if (shelf.rules.numbers === "python") return refuse("absent");
  if (shelf.rules.kept === undefined) return yield* findValue(blobs, shelf, entry);
  // Whether it is in the store, not whether it is kept here: somebody else may have removed it.
  return yield* findValue(blobs, { ...shelf, rules: { ...shelf.rules, format: shelf.rules.stored } }, entry);
}

/** Bodies up to this size are copied behind their header: a second write to the file would take longer. */
const COPIED = 64 * 1024;

function* putBody(blobs: BlobStore, { rules, reporter }: ValueShelf, entry: string, body: Uint8Array): Flow<void> {
  const { format, codec, kept } = rules;
  const asked = { kind: KIND.value, entry };
  const { putPieces } = blobs;
  const apart = body.length > COPIED && putPieces !== undefined ? format.sealApart : undefined;
  const pieces = (apart ?? format.seal)(asked, codec.id, body, Date.now());
  try {
    yield* settled(pieces instanceof Uint8Array ? blobs.put(entry, pieces) : putPieces?.call(blobs, entry, pieces));
  } finally {
    kept?.drop(entry);
  }
  if (rules.decoder(rules.codec.id) === undefined) {
    const { name, executable } = rules.codec;
    const where = executable ? ", as it can run code" : " where others can write to the store";
    const why = `codec "${name}" is read only from signed entries${where}`;
    reporter.warn("unreadable", `${why}; set FLECHE_SECRET_KEY, or use codec "json"`);
  }
}

/** The parts that one entry names. */
export function* partsNamedBy(blobs: BlobStore, rules: Rules, entry: string): Flow<readonly string[]> {
  const read = yield* rules.format.read(blobs, { kind: KIND.value, entry });
  if (read.refused !== undefined) return [];
  try {
    return rules.format.partsOf(read.header.codec, read.body);
  } catch {
    // A body with a cut list names nothing; loading it says why.
    return [];
  }
}

function* findValue(blobs: BlobStore, shelf: ValueShelf, entry: string): Flow<Loaded | Refusal> {
  const read = yield* shelf.rules.format.read(blobs, { kind: KIND.value, entry });
  return read.refused === undefined ? yield* openValue(blobs, shelf, entry, read) : read;
}

/** The value in an entry whose seal holds: reads its parts, and decodes it. */
export function* openValue(
  blobs: BlobStore,
  shelf: ValueShelf,
  entry: string,
  read: ReadEntry,
): Flow<Loaded | Refusal> {
  const parts = yield* readParts(blobs, shelf, read);
  return parts.refused === undefined ? decodeValue(shelf, entry, read, parts) : parts;
}

interface Parts {
  readonly refused?: undefined;
  readonly bodies: ReadonlyMap<string, Body>;
  /** Whether the name of each is pinned by its signature. */
  readonly pinned: boolean;
}

/** The bodies of all parts that a value names, and those name; a part that is missing or refused is the whole value's miss. */
function* readParts(blobs: BlobStore, { rules }: ValueShelf, read: ReadEntry): Flow<Parts | Refusal> {
  const { format } = rules;
  const bodies = new Map<string, Body>();
  let total = 0;
  let pinned = true;
  try {
    const waiting = format.partsOf(read.header.codec, read.body);
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (bodies.has(part)) continue;
      const found = yield* format.read(blobs, { kind: KIND.value, entry: part });
      if (found.refused !== undefined) return found;
      if (found.header.codec !== read.header.codec) return refuse("decode-failed", keyIdOf(found.header));
      total += lengthOf(found);
      if (total > rules.maxEntryBytes) return refuse("too-large", keyIdOf(read.header));
      bodies.set(part, { body: found.body, tail: found.tail });
      pinned &&= found.pinned;
      waiting.push(...format.partsOf(found.header.codec, found.body));
    }
    return { bodies, pinned };
  } catch (error) {
    return refuse("decode-failed", keyIdOf(read.header), error);
  }
}

/** Decodes a body whose seal holds, and checks the value where nothing else pins its name. */
function decodeValue(shelf: ValueShelf, entry: string, read: ReadEntry, parts: Parts): Loaded | Refusal {
  const { rules } = shelf;
  const keyId = keyIdOf(read.header);
  let value: unknown;
  try {
    const codec = rules.decoder(read.header.codec);
    if (codec === undefined) return refuse("codec-not-allowed", keyId);
    value = codec.decode(read.body, decodeContext(entry, parts.bodies, rules.maxEntryBytes, read.tail));
  } catch (error) {
    return refuse("decode-failed", keyId, error);
  }
  // The digest of the whole covers its parts: one that was exchanged for another makes another digest.
  const pinned = read.pinned && parts.pinned;
  const mustCheck = rules.checkContent === "always" || (rules.checkContent === "unsealed" && !pinned);
  if (mustCheck && !hasDigest(shelf, value, entry)) return refuse("content-mismatch", keyId);
  return { value, verified: read.verified, keyId };
}

function hasDigest(shelf: ValueShelf, value: unknown, entry: string): boolean {
  try {
    return digestHex(value, digestOptionsOf({ ...shelf, numbers: shelf.rules.numbers })) === entry;
  } catch {
    // A value that nobody could have saved is not the one that the name stands for.
    return false;
  }
}

/** How values to be stored are named. */
export function digestOptionsOf({
  numbers,
  functionDigest,
  otherDigest,
}: Pick<ValueFlows, "numbers" | keyof ValueNaming>): InnerDigestOptions {
  return { numbers, refuseReferences: true, functionDigest, otherDigest };
}

function* evictValue(blobs: BlobStore, rules: Rules, entry: string): Flow<boolean> {
  let removed: boolean;
  try {
    removed = yield* settled(blobs.delete(entry));
  } finally {
    rules.kept?.drop(entry);
  }
  if (removed) publishStore(() => ({ operation: "evict", outcome: "removed", entry }));
  return removed;
}
