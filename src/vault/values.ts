/**
 * The flows of a value storage: digest, encode, seal, put; get, open, decode, check. Each is written once and run
 * synchronously or asynchronously, as the store is. Names, options and methods that people see are in `value-storage.ts`.
 */
import { digestHex, type InnerDigestOptions } from "../digest/digest.ts";
import { Digest, isDigest } from "../digest/reference.ts";
import { AmbiguousDigestError, NotFoundError } from "../errors.ts";
import { type Flow, settled } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { BlobStore } from "../store/store.ts";
import { type Audience, errorOf, isRefused, noticeMiss, warnRefused } from "./notice.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf, type ReadEntry, readEntry, readHead } from "./read-entry.ts";
import { sealEntry } from "./write-entry.ts";

/** A value that was read, and whether a key of ours vouched for it. */
export interface Loaded {
  readonly refused?: undefined;
  readonly value: unknown;
  readonly verified: boolean;
}

/** What the flows work on. */
export interface ValueShelf {
  readonly blobs: BlobStore;
  readonly rules: Rules;
  readonly audience: Audience;
  /** How functions inside values are named; without it they are refused. */
  readonly functionDigest?: InnerDigestOptions["functionDigest"] | undefined;
}

/** Stores a value under its digest, unless it is there soundly. */
export function* saveValue(shelf: ValueShelf, value: unknown): Flow<Digest> {
  // A digest stands for a value that is stored already.
  if (isDigest(value)) return value;
  const entry = digestHex(value, digestOptions(shelf, true));
  yield* saveBody(shelf, entry, () => shelf.rules.codec.encode(value));
  return new Digest(entry);
}

/** As {@link saveValue}, for a value whose digest is known; `encode` is asked for the body only if it is needed. */
export function* saveBody(shelf: ValueShelf, entry: string, encode: () => Uint8Array): Flow<void> {
  const { blobs, rules, audience } = shelf;
  // Python's numbers collide, so an entry of this name may hold another value: with them every save writes.
  const found = rules.numbers === "python" ? refuse("absent") : yield* findValue(shelf, entry);
  if (found.refused === undefined) {
    publishStore(() => ({ operation: "save", outcome: "kept", entry }));
    return;
  }
  const envelope = sealEntry({ kind: KIND.value, entry }, rules.codec.id, encode(), rules, Date.now());
  yield* settled(blobs.put(entry, envelope));
  const { refused: reason, keyId } = found;
  if (isRefused(reason)) {
    warnRefused(entry, found, audience.reporter);
    publishStore(() => ({ operation: "save", outcome: "repaired", entry, reason, keyId }));
  } else {
    publishStore(() => ({ operation: "save", outcome: "stored", entry }));
  }
}

/** The value of an entry; throws the error of the reason why not. */
export function* loadValue(shelf: ValueShelf, entry: string): Flow<unknown> {
  const found = yield* findValue(shelf, entry);
  if (found.refused !== undefined) {
    noticeMiss("load", entry, found, shelf.audience);
    throw errorOf(entry, found);
  }
  const { verified, value } = found;
  shelf.audience.tally.hit(verified);
  publishStore(() => ({ operation: "load", outcome: "hit", entry, unverified: !verified }));
  return value;
}

/** The value of an entry, or why it is not served; tells nobody. */
export function* findValue(shelf: ValueShelf, entry: string): Flow<Loaded | Refusal> {
  const read = yield* readEntry(shelf.blobs, { kind: KIND.value, entry }, shelf.rules);
  return read.refused === undefined ? decodeValue(shelf, entry, read) : read;
}

/** Decodes a body whose seal holds, and checks the value where nothing else pins its name. */
export function decodeValue(shelf: ValueShelf, entry: string, read: ReadEntry): Loaded | Refusal {
  const { rules } = shelf;
  const keyId = keyIdOf(read.header);
  let value: unknown;
  try {
    const codec = rules.decoder(read.header.codec);
    if (codec === undefined) return refuse("codec-not-allowed", keyId);
    value = codec.decode(read.body, { entry });
  } catch (error) {
    return refuse("decode-failed", keyId, error);
  }
  const mustCheck = rules.checkContent === "always" || (rules.checkContent === "unsealed" && !read.verified);
  if (mustCheck && !hasDigest(shelf, value, entry)) return refuse("content-mismatch", keyId);
  return { value, verified: read.verified };
}

function hasDigest(shelf: ValueShelf, value: unknown, entry: string): boolean {
  try {
    return digestHex(value, digestOptions(shelf, true)) === entry;
  } catch {
    // A value that nobody could have saved is not the one that the name stands for.
    return false;
  }
}

/** How this storage names values. */
export function digestOptions({ rules, functionDigest }: ValueShelf, refuseReferences: boolean): InnerDigestOptions {
  return { numbers: rules.numbers, refuseReferences, ...(functionDigest === undefined ? {} : { functionDigest }) };
}

/** Whether an entry is there whose header is good; its body is checked when it is loaded. */
export function* containsValue(shelf: ValueShelf, entry: string): Flow<boolean> {
  const head = yield* readHead(shelf.blobs, { kind: KIND.value, entry }, shelf.rules);
  if (head.refused === undefined) return true;
  if (head.refused !== "absent") noticeMiss("contains", entry, head, shelf.audience);
  if (head.refused === "io-error" || (shelf.rules.posture === "strict" && isRefused(head.refused))) {
    throw errorOf(entry, head);
  }
  return false;
}

/** Removes an entry, whatever it holds. */
export function* evictValue(shelf: ValueShelf, entry: string): Flow<boolean> {
  const removed = yield* settled(shelf.blobs.delete(entry));
  if (removed) publishStore(() => ({ operation: "evict", outcome: "removed", entry }));
  return removed;
}

/** The one entry whose name begins with this. */
export function* expandPrefix(shelf: ValueShelf, prefix: string): Flow<Digest> {
  const [first, second] = yield* firstNames(shelf.blobs, prefix, 2);
  if (first === undefined) {
    throw new NotFoundError(`no entry begins with "${prefix}"`, { entry: prefix, reason: "absent" });
  }
  if (second !== undefined) throw new AmbiguousDigestError(prefix);
  return new Digest(first);
}

/** Shorter prefixes would soon be ambiguous. */
const SHORTEST = 4;

/** The shortest beginning of a name, at least four characters, that no other entry shares. */
export function* shrinkName(shelf: ValueShelf, entry: string): Flow<string> {
  let shared = SHORTEST - 1;
  for (const name of yield* firstNames(shelf.blobs, entry.slice(0, SHORTEST), Number.POSITIVE_INFINITY)) {
    if (name === entry) continue;
    let same = SHORTEST;
    while (name[same] === entry[same]) same++;
    shared = Math.max(shared, same);
  }
  return entry.slice(0, shared + 1);
}

function* firstNames(blobs: BlobStore, prefix: string, most: number): Flow<string[]> {
  const names = blobs.list(prefix);
  const found: string[] = [];
  if (Symbol.iterator in names) {
    for (const name of names) if (found.push(name) >= most) break;
    return found;
  }
  const iterator = names[Symbol.asyncIterator]();
  while (found.length < most) {
    const next = yield* settled(iterator.next());
    if (next.done === true) return found;
    found.push(next.value);
  }
  // Not wanted to its end: the store may hold something open for it.
  if (iterator.return !== undefined) yield* settled(iterator.return());
  return found;
}
