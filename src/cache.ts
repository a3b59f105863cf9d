/**
 * A cache: a value storage and a call storage over one store, under one set of rules. Functions are cached in it; values
 * can be saved and loaded by hand. Which cache is used where nobody names one is decided in `context.ts`.
 */
import { type Digest, hexOf } from "./digest/reference.ts";
import { CALLS, type CallCache, type CallHolder } from "./engine/call-cache.ts";
import { startFlights } from "./engine/flights.ts";
import { wrappedBy } from "./engine/original.ts";
import { invalidArgument } from "./errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "./flow.ts";
import { functionValueDigest } from "./identity/identity.ts";
import { startReporter } from "./observe/reporter.ts";
import { startTally } from "./observe/tally.ts";
import { assertOptions } from "./options.ts";
import { type Lineage, type LineageOptions, lineage } from "./query/lineage.ts";
import { query } from "./query/query.ts";
import type { AsyncQuery, Query } from "./query/query-type.ts";
import type { Selection } from "./query/selection.ts";
import type { CallRecord } from "./record/call-record.ts";
import type { Store, SyncStore } from "./store/store.ts";
import { callShelf, evictRecord, findRecord, findRecordAndResult, saveRecord } from "./vault/calls.ts";
import type { ReadEntry } from "./vault/entry-format.ts";
import { keeping, keptEntries } from "./vault/kept-entries.ts";
import { errorOf } from "./vault/notice.ts";
import { placeIn } from "./vault/place.ts";
import { openValue, partsNamedBy, type ValueShelf, valuesIn } from "./vault/value-flows.ts";
import {
  type AsyncValueStorage,
  assertStore,
  rulesFor,
  SEAL_OPTIONS,
  type SealOptions,
  storageOn,
  type ValueStorage,
} from "./vault/value-storage.ts";

/** How long a call waits for the same call in another process where nobody says otherwise. */
export const DEFAULT_LOCK_WAIT_MS = 600_000;

/** Options of {@link openCache}. */
export interface CacheOptions<S extends Store = Store> extends SealOptions {
  /** Where the bytes go. */
  readonly store: S;
  /**
   * How long a call waits, in milliseconds, while another process runs the same call; then it runs, too. 0: nobody waits, and no
   * locks are taken. Only where the store has locks (files, SQLite). Default 600,000: ten minutes.
   */
  readonly lockWaitMs?: number;
  /**
   * How many bytes of entries whose signature was checked are kept in memory, so that they need not be read and checked
   * again. Default 0: what others change or remove in the store is noticed at once. Without keys nothing is kept.
   */
  readonly keepVerifiedBytes?: number;
}

/** A cache on a store that is synchronous: values by their digest, and the records of calls. */
export interface Cache extends ValueStorage, CallHolder {
  /** The record of a call by its lookup key (`fn.digest(…)`). Throws as `load` does. */
  loadRecord(lookupKey: string): CallRecord;
  /** The lookup keys of all records, sound or not, lazily and in no order. */
  listRecords(): Iterable<string>;
  /** Forgets a call, not its result; `false` where it was not known. */
  evictRecord(lookupKey: string): boolean;
  /** The stored calls that match, to look at, count, export or forget. */
  query(selection?: Selection): Query;
  /** Which calls made the value of this digest, from what, and what was made of it. */
  lineage(digest: Digest | string, options?: LineageOptions): Lineage;
}

/** As {@link Cache}, on a store that is not synchronous. */
export interface AsyncCache extends AsyncValueStorage, CallHolder {
  loadRecord(lookupKey: string): Promise<CallRecord>;
  listRecords(): AsyncIterable<string>;
  evictRecord(lookupKey: string): Promise<boolean>;
  query(selection?: Selection): AsyncQuery;
  lineage(digest: Digest | string, options?: LineageOptions): Promise<Lineage>;
}

/**
 * A cache over a store. Keys are read once, here; a key that cannot be used is a `ConfigError`.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache } from "fleche";
 * const cache = openCache({ store: memoryStore(), secretKey: "0123456789abcdef".repeat(4) });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12); // 144
 * cache.loadRecord(square.digest(12)).name; // "square"
 * ```
 */
export function openCache(options: CacheOptions<SyncStore>): Cache;
export function openCache(options: CacheOptions): Cache | AsyncCache;
export function openCache(options: CacheOptions): Cache | AsyncCache {
  assertOptions("openCache", options, ["store", "lockWaitMs", "keepVerifiedBytes", ...SEAL_OPTIONS]);
  const { store, lockWaitMs = DEFAULT_LOCK_WAIT_MS, keepVerifiedBytes = 0 } = options;
  assertStore("openCache", store);
  if (!(typeof lockWaitMs === "number" && lockWaitMs >= 0 && lockWaitMs < Number.POSITIVE_INFINITY)) {
    throw invalidArgument(
      `openCache: lockWaitMs must be a number of milliseconds, 0 or more; found ${String(lockWaitMs)}`,
    );
  }
  if (!Number.isSafeInteger(keepVerifiedBytes) || keepVerifiedBytes < 0) {
    throw invalidArgument("openCache: keepVerifiedBytes must be a whole number of bytes, 0 or more");
  }
  const reporter = startReporter();
  const kept = keepVerifiedBytes === 0 ? undefined : keptEntries(keepVerifiedBytes);
  const chosen = rulesFor("openCache", options, store, reporter, ["value", "record"]);
  const rules = kept === undefined ? chosen : { ...chosen, kept, format: keeping(chosen.format, kept) };
  const functionDigest = functionValueDigest(wrappedBy);
  const shelf = { rules, reporter, tally: startTally(), functionDigest, ...rules.codec.naming };
  const calls = callsIn(store, shelf, lockWaitMs);
  return cacheOver(calls, () => store.close());
}

/** The calls and values of one store under these rules. */
function callsIn(store: Store, shelf: ValueShelf, lockWaitMs: number): CallCache {
  const values = valuesIn(store, shelf);
  const records = callShelf(store.records, shelf.rules);
  const take = lockWaitMs === 0 ? undefined : store.lock?.bind(store);
  const locks = take === undefined ? undefined : { waitMs: lockWaitMs, take, fruitless: new Set<string>() };
  const openResult = (digest: string, entry: ReadEntry) => openValue(store.blobs, shelf, digest, entry);
  const findByTime = store.records.findByTime?.bind(store.records);
  // Upkeep looks at what lies in the store.
  const stored = { ...shelf.rules, format: shelf.rules.stored };
  const place = placeIn(store, stored, callShelf(store.records, stored), valuesIn(store, { ...shelf, rules: stored }));
  return {
    ...values,
    writable: true,
    places: [place],
    flights: startFlights(),
    locksFor: () => locks,
    *noteHit() {},
    batch: store.sync ? store.batch?.bind(store) : undefined,
    findRecord: (lookupKey, withResult = false) =>
      withResult ? findRecordAndResult(records, lookupKey, openResult) : findRecord(records, lookupKey),
    readParts: (digest) => partsNamedBy(store.blobs, shelf.rules, digest),
    saveRecord: (lookupKey, record) => saveRecord(records, lookupKey, record),
    evictRecord: (lookupKey) => evictRecord(records, lookupKey),
    listRecords: (prefix) => store.records.list(prefix),
    searchRecords: (filter) => store.records.find(filter),
    indexed: store.records.indexed === true,
    ...(findByTime === undefined ? {} : { searchByTime: findByTime }),
  };
}

/** A cache as people see it, over what the engine sees; `close` closes what lies behind. */
export function cacheOver(calls: CallCache, close: () => Awaitable<void>): Cache | AsyncCache {
  const records = calls.sync ? syncRecords(calls) : asyncRecords(calls);
  const searches = {
    query: (selection?: Selection) => query(calls, selection),
    lineage: (digest: Digest | string, options?: LineageOptions) => lineage(calls, digest, options, calls.readParts),
  };
  return { ...storageOn(calls, close), ...records, ...searches, [CALLS]: calls } as Cache | AsyncCache;
}

/** The record, or the error of the reason why not. */
function* loadRecord(calls: CallCache, lookupKey: string): Flow<CallRecord> {
  const found = yield* calls.findRecord(hexOf(lookupKey));
  if (found.refused !== undefined) throw errorOf(lookupKey, found);
  return found.record;
}

function syncRecords(calls: CallCache): Pick<Cache, "loadRecord" | "listRecords" | "evictRecord"> {
  return {
    loadRecord: (lookupKey) => runSync(loadRecord(calls, lookupKey)),
    listRecords: () => calls.listRecords() as Iterable<string>,
    evictRecord: (lookupKey) => runSync(calls.evictRecord(hexOf(lookupKey))),
  };
}

function asyncRecords(calls: CallCache): Pick<AsyncCache, "loadRecord" | "listRecords" | "evictRecord"> {
  return {
    loadRecord: (lookupKey) => runAsync(loadRecord(calls, lookupKey)),
    async *listRecords() {
      yield* calls.listRecords();
    },
    evictRecord: async (lookupKey) => runAsync(calls.evictRecord(hexOf(lookupKey))),
  };
}
