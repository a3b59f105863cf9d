/**
 * A cache: a value storage and a call storage over one store, under one set of rules. Functions are cached in it; values
 * can be saved and loaded by hand. Which cache is used where nobody names one is decided in `context.ts`.
 */
import { hexOf } from "./digest/reference.ts";
import { CALLS, type CallCache, type CallHolder } from "./engine/call-cache.ts";
import { startFlights } from "./engine/flights.ts";
import { originalOf } from "./engine/original.ts";
import { type Flow, runAsync, runSync } from "./flow.ts";
import { functionValueDigest } from "./identity/identity.ts";
import { startReporter } from "./observe/reporter.ts";
import { startTally } from "./observe/tally.ts";
import { assertOptions } from "./options.ts";
import type { CallRecord } from "./record/call-record.ts";
import type { Store, SyncStore } from "./store/store.ts";
import { callShelf, evictRecord, findRecord, saveRecord } from "./vault/calls.ts";
import { encoded } from "./vault/encoded.ts";
import { errorOf } from "./vault/notice.ts";
import {
  type AsyncValueStorage,
  assertStore,
  isSync,
  rulesFor,
  SEAL_OPTIONS,
  type SealOptions,
  storageOn,
  type ValueStorage,
} from "./vault/value-storage.ts";
import { containsValue, findValue, saveBody, type ValueShelf } from "./vault/values.ts";

/** Options of {@link openCache}. */
export interface CacheOptions<S extends Store = Store> extends SealOptions {
  /** Where the bytes go. */
  readonly store: S;
}

/** A cache on a store that is synchronous: values by their digest, and the records of calls. */
export interface Cache extends ValueStorage, CallHolder {
  /** The record of a call by its lookup key (`fn.digest(…)`). Throws as `load` does. */
  loadRecord(lookupKey: string): CallRecord;
  /** The lookup keys of all records, sound or not, lazily and in no order. */
  listRecords(): Iterable<string>;
  /** Forgets a call, not its result; `false` where it was not known. */
  evictRecord(lookupKey: string): boolean;
}

/** As {@link Cache}, on a store that is not synchronous. */
export interface AsyncCache extends AsyncValueStorage, CallHolder {
  loadRecord(lookupKey: string): Promise<CallRecord>;
  listRecords(): AsyncIterable<string>;
  evictRecord(lookupKey: string): Promise<boolean>;
}

/**
 * A cache over a store. Keys are read once, here; a key that cannot be used is a `ConfigError`.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache } from "fleche";
 * const cache = openCache({ store: memoryStore(), secretKey: "ab".repeat(32) });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12); // 144
 * cache.loadRecord(square.digest(12)).name; // "square"
 * ```
 */
export function openCache(options: CacheOptions<SyncStore>): Cache;
export function openCache(options: CacheOptions): Cache | AsyncCache;
export function openCache(options: CacheOptions): Cache | AsyncCache {
  assertOptions("openCache", options, ["store", ...SEAL_OPTIONS]);
  const { store } = options;
  assertStore("openCache", store);
  const reporter = startReporter();
  const rules = rulesFor("openCache", options, store, reporter);
  const audience = { reporter, tally: startTally() };
  const shelf: ValueShelf = { blobs: store.blobs, rules, audience, functionDigest: functionValueDigest(originalOf) };
  const calls = callsOn(shelf, store);
  const values = storageOn(shelf, store);
  const records = isSync(store) ? syncRecords(calls, store) : asyncRecords(calls, store);
  return { ...values, ...records, [CALLS]: calls } as Cache | AsyncCache;
}

function callsOn(shelf: ValueShelf, store: Store): CallCache {
  const { rules, audience } = shelf;
  const records = callShelf(store.records, rules);
  return {
    sync: store.sync,
    numbers: rules.numbers,
    posture: rules.posture,
    ...audience,
    flights: startFlights(),
    findRecord: (lookupKey) => findRecord(records, lookupKey),
    findValue: (digest) => findValue(shelf, digest),
    hasValue: (digest) => containsValue(shelf, digest),
    encode: (digest, value) => encoded(digest, value, rules.codec),
    saveValue: (value) => saveBody(shelf, value.digest, value.body),
    saveRecord: (lookupKey, record) => saveRecord(records, lookupKey, record),
    evictRecord: (lookupKey) => evictRecord(records, lookupKey),
    recordsOf: (name) => store.records.find({ name }),
  };
}

/** The record, or the error of the reason why not. */
function* loadRecord(calls: CallCache, lookupKey: string): Flow<CallRecord> {
  const found = yield* calls.findRecord(hexOf(lookupKey));
  if (found.refused !== undefined) throw errorOf(lookupKey, found);
  return found.record;
}

function syncRecords(calls: CallCache, store: SyncStore): Pick<Cache, "loadRecord" | "listRecords" | "evictRecord"> {
  return {
    loadRecord: (lookupKey) => runSync(loadRecord(calls, lookupKey)),
    listRecords: () => store.records.list(),
    evictRecord: (lookupKey) => runSync(calls.evictRecord(hexOf(lookupKey))),
  };
}

function asyncRecords(calls: CallCache, store: Store): Pick<AsyncCache, "loadRecord" | "listRecords" | "evictRecord"> {
  return {
    loadRecord: (lookupKey) => runAsync(loadRecord(calls, lookupKey)),
    async *listRecords() {
      yield* store.records.list();
    },
    evictRecord: async (lookupKey) => runAsync(calls.evictRecord(hexOf(lookupKey))),
  };
}
