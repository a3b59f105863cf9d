/**
 * What the engine asks of a cache: the one interface that every kind of cache has. Flows, so that each is written once
 * for stores of both kinds. A refusal is told, not thrown: what it means for a call is the engine's to decide.
 */
import type { Awaitable, Flow } from "../flow.ts";
import type { CallLabel, CallRecord } from "../record/call-record.ts";
import type { Refusal } from "../seal/open.ts";
import type { HeldLock, RecordFilter, SyncStore, TakenLock, TimeFilter } from "../store/store.ts";
import type { FoundRecord } from "../vault/calls.ts";
import type { Place } from "../vault/place.ts";
import type { ValueFlows } from "../vault/value-flows.ts";
import type { Flights } from "./flights.ts";

/** What a call was served from. */
export interface Served {
  readonly record: CallRecord;
  readonly value: unknown;
  readonly verified: boolean;
}

/** Locks by lookup key, so that of all processes one runs a call. */
export interface CallLocks {
  /** How long a call waits for the run of another process, in milliseconds; then it runs, too. */
  readonly waitMs: number;
  /** As `lock` of the store. */
  take(lookupKey: string): Awaitable<HeldLock | TakenLock>;
  /** Calls whose last run in this process left no result: nobody should wait for the next one. */
  readonly fruitless: Set<string>;
}

/** A cache as the engine sees it: values, and the records of calls. */
export interface CallCache extends ValueFlows {
  /** Whether anything can be stored. What the engine saves is quietly kept away where not; saving by hand throws. */
  readonly writable: boolean;
  /** The stores behind, for upkeep. */
  readonly places: readonly Place[];
  /** The calls that are being run. */
  readonly flights: Flights;
  /** The locks where a call like this is stored; `undefined` where it is not, or nobody waits there. */
  locksFor(call: CallLabel): CallLocks | undefined;
  /** The record of a lookup key, or why it is not served; `withResult` where its result is wanted next. */
  findRecord(lookupKey: string, withResult?: boolean): Flow<FoundRecord | Refusal>;
  /** The digests of the parts that a value's entry names, without decoding it; none of an entry that is not served. */
  readParts(digest: string): Flow<readonly string[]>;
  /** Is told of a call that was served from here, before its value is handed out. Never throws. */
  noteHit(lookupKey: string, hit: Served): Flow<void>;
  /**
   * Runs `work`, which saves something, in one trip to the store, as {@link SyncStore.batch}; `undefined` where each is a
   * trip of its own.
   */
  readonly batch?: (<T>(work: () => T) => T) | undefined;
  /** Stores a record; what it names was stored before. */
  saveRecord(lookupKey: string, record: CallRecord): Flow<void>;
  /** Forgets a call; `false` where it was not known. */
  evictRecord(lookupKey: string): Flow<boolean>;
  /** The lookup keys of all records, sound or not. */
  listRecords(prefix?: string): Iterable<string> | AsyncIterable<string>;
  /** Lookup keys of the records that may match, perhaps of more; each has to be found and matched again. */
  searchRecords(filter: RecordFilter): Iterable<string> | AsyncIterable<string>;
  /** Whether searching is much quicker than opening every record. */
  readonly indexed: boolean;
  /** As `searchRecords`, in the order of time that the store believes in; not every cache can. */
  searchByTime?(filter: TimeFilter, order: "latest" | "earliest"): Iterable<string> | AsyncIterable<string>;
}

/** Where a cache keeps this side of it; not for programs. */
export const CALLS: unique symbol = Symbol("calls");

/** Anything that functions can be cached in. */
export interface CallHolder {
  readonly [CALLS]: CallCache;
}
