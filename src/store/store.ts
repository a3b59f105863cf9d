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

/** How many bytes `admit` is shown at most. */
export const HEAD_SIZE = 4096;

/** Values by their digest. Every name is 64 lowercase hex characters; any other is a `TypeError` before it is used. */
export interface BlobStore {
  /**
   * The bytes under `name`, or `undefined` where there are none or `admit` said no. The bytes belong to the caller:
   * nobody else holds or changes them. Throws `StoreError`: `not-a-regular-file` where something else lies there,
   * `io-error` for trouble, which says nothing about the entry. Safe while others write: whole old or whole new bytes.
   */
  get(name: string, admit?: Admit): Awaitable<Uint8Array | undefined>;
  /**
   * Puts `bytes` under `name`, replacing what is there: atomic, also for other processes and when killed half-way. The
   * bytes belong to the store from here on. Throws `StoreError`; then what is there is the old entry or, where only making
   * it durable failed, the new one, whole in either case, and no litter is left.
   */
  put(name: string, bytes: Uint8Array): Awaitable<void>;
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
  /** When the call started, Unix milliseconds. */
  readonly startedMs: number;
}

/** What to look for; a field that is left out matches everything. */
export interface RecordFilter {
  readonly name?: string;
  readonly module?: string | null;
  readonly version?: string | null;
  readonly codeDigest?: string | null;
  readonly arguments?: readonly (readonly [name: string, digest: string])[];
  readonly result?: string;
  readonly tags?: readonly string[];
  /** Only calls that started at or after this time, Unix milliseconds. */
  readonly sinceMs?: number;
}

/** Call records by their lookup key; names, ownership, atomicity and errors as in {@link BlobStore}. */
export interface RecordStore {
  /** As {@link BlobStore.get}. */
  get(name: string, admit?: Admit): Awaitable<Uint8Array | undefined>;
  /** As {@link BlobStore.put}; a store that cannot search may drop the index. */
  put(name: string, bytes: Uint8Array, index: RecordIndex): Awaitable<void>;
  /** As {@link BlobStore.delete}. */
  delete(name: string): Awaitable<boolean>;
  /** As {@link BlobStore.list}. */
  list(prefix?: string): Iterable<string> | AsyncIterable<string>;
  /** Names of the records that may match: never fewer than do, perhaps more. Each is opened and matched again. */
  find(filter: RecordFilter): Iterable<string> | AsyncIterable<string>;
  /**
   * When the record was last put or used, Unix milliseconds; `undefined` where there is none. A hint, not sealed, for
   * choosing what to forget first. A store may lack this and {@link RecordStore.noteUse}; it has both or neither.
   */
  usedMs?(name: string): Awaitable<number | undefined>;
  /** Notes that a record was used at this time; nothing where it is absent. Throws `StoreError`. */
  noteUse?(name: string, atMs: number): Awaitable<void>;
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
  /** Lets go of files and connections; using the store afterwards is an error or opens them again. */
  close(): Awaitable<void>;
}

/** {@link BlobStore} that never returns a promise. */
export interface SyncBlobStore extends BlobStore {
  get(name: string, admit?: Admit): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array): void;
  has(name: string): boolean;
  delete(name: string): boolean;
  list(prefix?: string): Iterable<string>;
}

/** {@link RecordStore} that never returns a promise. */
export interface SyncRecordStore extends RecordStore {
  get(name: string, admit?: Admit): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array, index: RecordIndex): void;
  delete(name: string): boolean;
  list(prefix?: string): Iterable<string>;
  find(filter: RecordFilter): Iterable<string>;
  usedMs?(name: string): number | undefined;
  noteUse?(name: string, atMs: number): void;
}

/** A store that never returns a promise: functions cached in it stay synchronous. */
export interface SyncStore extends Store, Disposable {
  readonly sync: true;
  readonly blobs: SyncBlobStore;
  readonly records: SyncRecordStore;
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
