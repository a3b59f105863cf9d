/**
 * Caches side by side: a call is looked for in all of them and stored in one. Nothing is copied between them; for near and
 * far caches there is `stack`.
 */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import { CALLS, type CallCache } from "../engine/call-cache.ts";
import { startFlights } from "../engine/flights.ts";
import { invalidArgument } from "../errors.ts";
import { startTally } from "../observe/tally.ts";
import { assertOptions } from "../options.ts";
import type { CallLabel, CallRecord } from "../record/call-record.ts";
import { type AnyCache, agreedCalls, closeAll, readOnlyError } from "./agreement.ts";
import { evictEverywhere, findInOrder, mergeNames, partsInOrder, placesOf } from "./several.ts";

/** Options of {@link pool}. */
export interface PoolOptions<C extends AnyCache = AnyCache> {
  /**
   * Which of the caches a call is stored in; `undefined` for a value that is saved by hand. The same call must give the same
   * cache, since its values are stored before its record. Default: the first that can be written.
   */
  readonly choose?: (call: CallLabel | undefined) => C;
}

/**
 * Caches side by side, as one cache: loading asks them in order, saving goes to one of them, `evict` forgets in all that can
 * be written. It is synchronous where all are. They need the same `numbers` and `posture`, else a `TypeError`.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, pool } from "fleche";
 * const small = openCache({ store: memoryStore(), keys: null });
 * const large = openCache({ store: memoryStore(), keys: null });
 * const cache = pool([small, large], { choose: (call) => (call?.name === "simulate" ? large : small) });
 * const simulate = fleche((steps: number) => steps * 2, { cache, name: "simulate" });
 * simulate(21); // 42
 * simulate.with({ cache: large }).contains(21); // true
 * ```
 */
export function pool(caches: readonly Cache[], options?: PoolOptions<Cache>): Cache;
export function pool(caches: readonly AnyCache[], options?: PoolOptions): AnyCache;
export function pool(caches: readonly AnyCache[], options: PoolOptions = {}): Cache | AsyncCache {
  assertOptions("pool", options, ["choose"]);
  const calls = agreedCalls("pool", caches);
  return cacheOver(pooled(calls, options.choose), () => closeAll(caches));
}

function pooled(members: readonly [CallCache, ...CallCache[]], choose: PoolOptions["choose"]): CallCache {
  const [first] = members;
  const fallback = members.find(({ writable }) => writable);
  const encoder = fallback ?? first;
  /** Where a call is stored. */
  const targetOf = (call: CallLabel | undefined): CallCache | undefined => {
    if (choose === undefined || fallback === undefined) return fallback;
    const chosen: AnyCache | undefined = choose(call);
    const target = members.find((member) => member === chosen?.[CALLS]);
    if (target === undefined) throw invalidArgument("pool: choose must return one of the caches of the pool");
    if (!target.writable) throw readOnlyError("save in the cache that choose returned");
    return target;
  };
  /** Records, and from which cache they came. */
  const origins = new WeakMap<CallRecord, CallCache>();
  return {
    sync: members.every(({ sync }) => sync),
    numbers: first.numbers,
    posture: first.posture,
    functionDigest: first.functionDigest,
    otherDigest: first.otherDigest,
    reporter: first.reporter,
    tally: startTally(),
    writable: fallback !== undefined,
    places: placesOf(members),
    flights: choose === undefined ? encoder.flights : startFlights(),
    locksFor: (call) => targetOf(call)?.locksFor(call),
    encode: encoder.encode,
    *saveValue(value, call) {
      const target = targetOf(call);
      if (target === undefined) {
        if (call === undefined) throw readOnlyError("save");
      } else if (target === encoder) yield* target.saveValue(value, call);
      // The codec of another cache may be another.
      else yield* target.saveValue(target.encode(value.digest, value.decode()), call);
    },
    *saveRecord(lookupKey, record) {
      const target = targetOf(record);
      if (target !== undefined) yield* target.saveRecord(lookupKey, record);
    },
    *findRecord(lookupKey, withResult) {
      const result = yield* findInOrder(members, lookupKey, (member) => member.findRecord(lookupKey, withResult));
      if (result.refused !== undefined) return result;
      origins.set(result.found.record, members[result.at] as CallCache);
      return result.found;
    },
    *findValue(digest) {
      const result = yield* findInOrder(members, digest, (member) => member.findValue(digest));
      return result.refused === undefined ? result.found : result;
    },
    *findHead(digest) {
      const result = yield* findInOrder(members, digest, (member) => member.findHead(digest));
      return result.refused === undefined ? result.found : result;
    },
    readParts: (digest) => partsInOrder(members, digest),
    *noteHit(lookupKey, hit) {
      yield* (origins.get(hit.record) ?? first).noteHit(lookupKey, hit);
    },
    evictValue: (digest) => evictEverywhere(members, (member) => member.evictValue(digest)),
    evictRecord: (lookupKey) => evictEverywhere(members, (member) => member.evictRecord(lookupKey)),
    listValues: (prefix) => mergeNames(members.map((member) => member.listValues(prefix))),
    listRecords: (prefix) => mergeNames(members.map((member) => member.listRecords(prefix))),
    // Merged lists are in no order, and each may be of another kind.
    indexed: false,
    searchRecords: (filter) => mergeNames(members.map((member) => member.searchRecords(filter))),
  };
}
