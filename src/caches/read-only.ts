/** A cache that is only read: what functions would store is quietly kept away, writing by hand is an error. */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { startFlights } from "../engine/flights.ts";
import type { Flow } from "../flow.ts";
import { startTally } from "../observe/tally.ts";
import { callsOf } from "../upkeep/calls-of.ts";
import { readOnlyError } from "./agreement.ts";

/**
 * The same cache, never written: a call that is not stored runs, and its result is not stored. `save` and `evict` throw a
 * `TypeError`. Nothing else is written either: no use is noted, nothing is copied between layers.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, readOnly } from "fleche";
 * const shared = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache: readOnly(shared), name: "square" });
 * square(12); // 144
 * square.contains(12); // false
 * square.evict(12); // throws TypeError
 * ```
 */
export function readOnly(cache: Cache): Cache;
export function readOnly(cache: AsyncCache): AsyncCache;
export function readOnly(cache: Cache | AsyncCache): Cache | AsyncCache;
export function readOnly(cache: Cache | AsyncCache): Cache | AsyncCache {
  return cacheOver(unwritten(callsOf("readOnly", cache)), () => cache.close());
}

function unwritten(calls: CallCache): CallCache {
  return {
    ...calls,
    writable: false,
    places: calls.places.map((place) => ({ ...place, writable: false })),
    // A call through the cache itself is stored; one that joined a run here would not be.
    flights: startFlights(),
    tally: startTally(),
    // Nobody would find what a run here gives.
    locksFor: () => undefined,
    noteHit: nothing,
    saveValue(_, call) {
      if (call === undefined) throw readOnlyError("save");
      return nothing();
    },
    saveRecord: nothing,
    evictValue() {
      throw readOnlyError("evict");
    },
    evictRecord() {
      throw readOnlyError("evict");
    },
  };
}

function* nothing(): Flow<void> {}
