/**
 * The store interface: what moves named bytes. A store never sees a function, a value, a codec or a signing key, so any
 * backend may be untrusted. No expiry, no counting, no checking here: the layers above decide.
 */
import { invalidArgument } from "../errors.ts";
import type { Awaitable } from "../flow.ts";

/** Shown each chunk of an entry, in order and from its first byte, while the rest is still being read. */
export type Sink = (chunk: Uint8Array) => void;

/**
 * Is shown the first 4 KiB of an entry (all of it, where it is shorter), its full size in bytes and, where the store knows,
 * when it was put or noted as used (Unix milliseconds, a hint), and says whether the rest is worth reading: `false` ends
 * the read, a {@link Sink} is shown each chunk as it arrives.
 */
export type Admit = (head: Uint8Array, size: number, writtenMs?: number) => boolean | Sink;

/**
 * Asked once an entry was admitted, where the store reads what lies behind its head by itself: memory of the reader's, exactly
 * as long, or `undefined` where it wants all of the entry in one piece.
 */
export type Room = () => Uint8Array | undefined;

/** How many bytes `admit` is shown at most. */
export const HEAD_SIZE = 4096;

/** The first bytes of an entry that was read whole. A view of all of it would take a quarter of a microsecond to make. */
export function headOf(bytes: Uint8Array): Uint8Array {
  return bytes.length <= HEAD_SIZE ? bytes : bytes.subarray(0, HEAD_SIZE);
}

/** Values by their digest. Every name is 64 lowercase hex characters; any other is a `TypeError` before it is used. */
export interface BlobStore {
  /**
   * The bytes under `name`, or `undefined` where there are none or `admit` said no. The bytes belong to the caller:
   * nobody else holds or changes them. Throws `StoreError`: `not-a-regular-file` where something else lies there,
   * `io-error` for trouble, which says nothing about the entry. Safe while others write: whole old or whole new bytes.
   *
   * A store may ask `room`, for entries beyond their head, and read into what it gives: then it returns the head alone. So a
   * large value need not be copied out of its entry.
   */
  get(name: string, admit?: Admit, room?: Room): Awaitable<Uint8Array | undefined>;
  /**
   * As `get`, for large entries on stores that are synchronous: reads on while `admit`'s sink looks at what has come, and
   * blocks nobody. A store may lack this.
   */
  getLater?(name: string, admit?: Admit, room?: Room): PromiseLike<Uint8Array | undefined>;
  /**
   * Whether `admit` is shown the same object each time as long as nobody puts another entry under the name, and the bytes
   * behind it never change: what was verified once need not be verified again. For stores in this process's memory.
   * Default `false`.
   */
  readonly sameHeads?: boolean;
  /**
   * Puts `bytes` under `name`, replacing what is there: atomic, also for other processes and when killed half-way. The
   * bytes belong to the store from here on. Throws `StoreError`; then what is there is the old entry or, where only making
   * it durable failed, the new one, whole in either case, and no litter is left.
   */
  put(name: string, bytes: Uint8Array): Awaitable<void>;
  /**
   * As `put`, of an entry in pieces, so that a large body need not be copied behind its header. The pieces stay the caller's:
   * they are neither kept nor changed. A store may lack this.
   */
  putPieces?(name: string, pieces: readonly Uint8Array[]): Awaitable<void>;
  /**
   * Puts `bytes` in the place of an entry that still begins with `seen`; `false`, and nothing is changed, where it does not:
   * others replaced or removed it. In one step where the store can; else it looks right before it puts. A store may lack
   * this: then whoever rewrites entries looks once more itself.
   */
  replace?(name: string, seen: Uint8Array, bytes: Uint8Array): Awaitable<boolean>;
  /** Whether an entry lies under `name`; says nothing about its soundness. */
  has(name: string): Awaitable<boolean>;
  /** Removes the entry; `false` where there was none. */
  delete(name: string): Awaitable<boolean>;
  /** The names that begin with `prefix` (default: all), in no order, lazily: never all of them in memory. */
  list(prefix?: string): Iterable<string> | AsyncIterable<string>;
}

/** What may be searched of a call record: a hint for {@link RecordStore.find}, never believed. */
export interface RecordIndex {
  readonly name: string;
  readonly module: string | null;
  readonly version: string | null;
  readonly codeDigest: string | null;
  /** Argument names with their digests. */
  readonly arguments: readonly (readonly [name: string, digest: string])[];
  readonly result: string;
  readonly tags: readonly string[];
  /** Lookup key of the call that made this one. */
  readonly parent: string | null;
  /** When the call started, Unix milliseconds. */
  readonly startedMs: number;
}

/** Which calls of which functions; a field that is left out matches everything. */
export interface TimeFilter {
  readonly name?: string;
  readonly module?: string | null;
  readonly version?: string | null;
  readonly codeDigest?: string | null;
  /** Only calls that started at or after this time, Unix milliseconds. */
  readonly sinceMs?: number;
  /** Only calls that started before this time, Unix milliseconds. */
  readonly untilMs?: number;
}

/** What to look for; a field that is left out matches everything. */
export interface RecordFilter extends TimeFilter {
  readonly arguments?: readonly (readonly [name: string, digest: string])[];
  /** Digest of an argument, whatever it is called. */
  readonly anyArgument?: string;
  readonly result?: string;
  readonly tags?: readonly string[];
  readonly parent?: string | null;
}

/** The blob that a record turned out to name, and who judges it. */
export interface Wanted {
  readonly name: string;
  readonly admit: Admit;
}

/** A record, and the blob that it names, where that was at hand and admitted. */
export interface RecordHit {
  readonly record: Uint8Array;
  readonly result: Uint8Array | undefined;
}

/** Call records by their lookup key; names, ownership, atomicity and errors as in {@link BlobStore}. */
export interface RecordStore {
  /** As {@link BlobStore.get}. */
  get(name: string, admit?: Admit): Awaitable<Uint8Array | undefined>;
  /** As {@link BlobStore.sameHeads}. */
  readonly sameHeads?: boolean;
  /** As {@link BlobStore.put}; a store that cannot search may drop the index. */
  put(name: string, bytes: Uint8Array, index: RecordIndex): Awaitable<void>;
  /** As {@link BlobStore.replace}; what the record may be searched by, and when it was used, stay. */
  replace?(name: string, seen: Uint8Array, bytes: Uint8Array): Awaitable<boolean>;
  /** As {@link BlobStore.delete}. */
  delete(name: string): Awaitable<boolean>;
  /** As {@link BlobStore.list}. */
  list(prefix?: string): Iterable<string> | AsyncIterable<string>;
  /** Names of the records that may match: never fewer than do, perhaps more. Each is opened and matched again. */
  find(filter: RecordFilter): Iterable<string> | AsyncIterable<string>;
  /** Whether `find` goes by an index, and so is much quicker than opening every record. Default `false`. */
  readonly indexed?: boolean;
  /**
   * As `find`, the calls that started last first, or last. The order is a hint like all of an index: who asks looks at the
   * times in the records. A store may lack this.
   */
  findByTime?(filter: TimeFilter, order: "latest" | "earliest"): Iterable<string> | AsyncIterable<string>;
  /**
   * As `get`, and then the blob that `wanted` reads out of the record, in one trip: it is shown the record's bytes once
   * they were admitted, and says which blob it wants, or `undefined` for none. A blob that was not at hand, or not
   * admitted, is `undefined`; then it is got as any other. `undefined` where the record is absent or was refused. A
   * store may lack this.
   */
  hit?(
    name: string,
    admit: Admit,
    wanted: (record: Uint8Array) => Wanted | undefined,
  ): Awaitable<RecordHit | undefined>;
  /**
   * When the record was last put or used, Unix milliseconds; `undefined` where there is none. A hint, not sealed, for
   * choosing what to forget first. A store may lack this and {@link RecordStore.noteUse}; it has both or neither.
   */
  usedMs?(name: string): Awaitable<number | undefined>;
  /** Notes that a record was used at this time; nothing where it is absent. Throws `StoreError`. */
  noteUse?(name: string, atMs: number): Awaitable<void>;
}

/**
 * A lock that was taken. While it lasts, nobody else gets a lock of this name: in any thread, process or, where the store
 * is shared so, on any machine. It keeps nobody from reading or writing: it is an agreement about who runs a call.
 */
export interface HeldLock {
  readonly held: true;
  /** Names this holding: at the same time no other has it, in any process, nor, most likely, its holder's next one of this lock. */
  readonly id: string;
  /** Whether it was taken from a holder that is dead, without having been released. */
  readonly inherited: boolean;
  /** Tells those who ask ({@link TakenLock.waits}) which holdings must end before this one can; replaces what was told. */
  noteWaits(ids: readonly string[]): Awaitable<void>;
  /** Gives it back, where it is still this holding; once is enough, twice does no harm. Throws `StoreError`. */
  release(): Awaitable<void>;
}

/** A lock that somebody else has. What is told of the holder is a claim, never verified: it decides about waiting alone. */
export interface TakenLock {
  readonly held: false;
  /** The {@link HeldLock.id} of its holder. */
  readonly id: string;
  /** As {@link HeldLock.inherited}. */
  readonly inherited: boolean;
  /** Whether this very thread holds it, so that blocking it would be for ever. */
  readonly ours: boolean;
  /** Who has it, for people: `process 4711 on host build-3`. */
  readonly holder: string;
  /** The holdings that must end before this one can, as far as its holder told; none where that is not known. */
  waits(): Awaitable<readonly string[]>;
}

/** A backend: blobs and records side by side. */
export interface Store {
  /** Whether every method returns its result itself, never a promise; then iterables are plain iterables too. */
  readonly sync: boolean;
  /** Whether nobody but this user can have written here; without keys, only such a store may hold V8 data. */
  readonly private: boolean;
  /** Where it lies, as people write it (a directory, a file), for messages; `undefined` where there is no such place. */
  readonly location?: string | undefined;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  /**
   * Takes the lock of this name (as those of entries) if it is free, and never waits: how long to wait for it is decided by
   * who asks again. The lock of a holder that has died counts as free; one that cannot be told to be dead is taken. Throws
   * `StoreError`. A store without it leaves processes to run the same call side by side.
   */
  lock?(name: string): Awaitable<HeldLock | TakenLock>;
  /** As {@link SyncStore.batch}; only for stores that never return a promise. */
  batch?<T>(work: () => T): T;
  /** Lets go of files and connections; using the store afterwards is an error or opens them again. */
  close(): Awaitable<void>;
}

/** {@link BlobStore} that never returns a promise. */
export interface SyncBlobStore extends BlobStore {
  get(name: string, admit?: Admit, room?: Room): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array): void;
  putPieces?(name: string, pieces: readonly Uint8Array[]): void;
  replace?(name: string, seen: Uint8Array, bytes: Uint8Array): boolean;
  has(name: string): boolean;
  delete(name: string): boolean;
  list(prefix?: string): Iterable<string>;
}

/** {@link RecordStore} that never returns a promise. */
export interface SyncRecordStore extends RecordStore {
  get(name: string, admit?: Admit): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array, index: RecordIndex): void;
  replace?(name: string, seen: Uint8Array, bytes: Uint8Array): boolean;
  delete(name: string): boolean;
  list(prefix?: string): Iterable<string>;
  find(filter: RecordFilter): Iterable<string>;
  findByTime?(filter: TimeFilter, order: "latest" | "earliest"): Iterable<string>;
  hit?(name: string, admit: Admit, wanted: (record: Uint8Array) => Wanted | undefined): RecordHit | undefined;
  usedMs?(name: string): number | undefined;
  noteUse?(name: string, atMs: number): void;
}

/** {@link HeldLock} of a store that never returns a promise. */
export interface SyncHeldLock extends HeldLock {
  noteWaits(ids: readonly string[]): void;
  release(): void;
}

/** {@link TakenLock} of a store that never returns a promise. */
export interface SyncTakenLock extends TakenLock {
  waits(): readonly string[];
}

/** A store that never returns a promise: functions cached in it stay synchronous. */
export interface SyncStore extends Store, Disposable {
  readonly sync: true;
  readonly blobs: SyncBlobStore;
  readonly records: SyncRecordStore;
  lock?(name: string): SyncHeldLock | SyncTakenLock;
  /**
   * Runs `work`, whose puts may wait until it is over and are then done in their order, all or none: in one trip. What it
   * reads may be from before its puts. Throws what `work` throws, and `StoreError`; then nothing was put. A store may lack
   * this.
   */
  batch?<T>(work: () => T): T;
  close(): void;
}

const NAME = /^[0-9a-f]{64}$/;
const PREFIX = /^[0-9a-f]{0,64}$/;

/** Whether this text can name an entry. */
export function isEntryName(text: string): boolean {
  // A `$` in a regular expression without the m flag matches only at the very end, so no newline gets by.
  return NAME.test(text);
}

/** Every backend checks names with this before it builds a path or a statement from them. */
export function assertEntryName(name: string): void {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalidArgument(`an entry's name is 64 lowercase hex characters; found ${shown(name)}`);
  }
}

/** As {@link assertEntryName}, for the beginning of a name. */
export function assertEntryPrefix(prefix: string): void {
  if (typeof prefix !== "string" || !PREFIX.test(prefix)) {
    throw invalidArgument(`a prefix is at most 64 lowercase hex characters; found ${shown(prefix)}`);
  }
}

function shown(name: unknown): string {
  if (typeof name !== "string") return typeof name;
  return name.length > 80 ? `${JSON.stringify(name.slice(0, 72))}… (${name.length} characters)` : JSON.stringify(name);
}
