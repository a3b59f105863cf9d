/** A cache that stays small: beyond its limits the least recently used calls are forgotten, and the values that only they named. */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { ageOf } from "../engine/freshness.ts";
import { invalidArgument } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { startTally } from "../observe/tally.ts";
import { assertOptions } from "../options.ts";
import { refuse } from "../seal/open.ts";
import { callsOf } from "../upkeep/calls-of.ts";
import { type Limits, limitsOf, type PruneLimits } from "../upkeep/prune.ts";
import { messageOf, warnFault } from "../vault/fault.ts";
import type { Place } from "../vault/place.ts";
import { startKeeper } from "./keeper.ts";

/** Limits of {@link limited}; at least one. */
export type LimitOptions = PruneLimits;

/**
 * The same cache, kept within limits: `maxCount` calls, `maxBytes` of their records and the values that they name, `maxAge`
 * since they were made (older ones are a miss, `expired`). What is least recently used goes first. Room is made when a call
 * is stored, a bounded amount each time: a large store is brought within new limits step by step, and `prune` does it at once.
 * Only for a cache over one store: limit the layers of a stack, not the stack.
 *
 * @example
 * ```ts
 * import { fleche, limited, memoryStore, openCache } from "fleche";
 * const cache = limited(openCache({ store: memoryStore(), keys: null }), { maxCount: 2 });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * [square(1), square(2), square(1), square(3)]; // [1, 4, 1, 9]
 * [1, 2, 3].map((x) => square.contains(x)); // [true, false, true]
 * ```
 */
export function limited(cache: Cache, options: LimitOptions): Cache;
export function limited(cache: AsyncCache, options: LimitOptions): AsyncCache;
export function limited(cache: Cache | AsyncCache, options: LimitOptions): Cache | AsyncCache;
export function limited(cache: Cache | AsyncCache, options: LimitOptions): Cache | AsyncCache {
  assertOptions("limited", options, ["maxCount", "maxBytes", "maxAge"]);
  const limits = limitsOf("limited", options);
  const calls = callsOf("limited", cache);
  const [place, ...others] = calls.places;
  if (place === undefined || others.length > 0) {
    throw invalidArgument("limited: a cache over one store is expected; limit the layers of a stack or pool instead");
  }
  if (!place.writable) throw invalidArgument("limited: the cache is read-only; nothing can be removed from it");
  return cacheOver(within(calls, place, limits), () => cache.close());
}

function within(calls: CallCache, place: Place, limits: Limits): CallCache {
  const keeper = startKeeper(place, limits);
  /** Trouble with keeping the limits is no trouble of the call. */
  function* quietly(act: Flow<void>): Flow<void> {
    try {
      yield* act;
    } catch (error) {
      const text = `the cache could not be kept within its limits: ${messageOf(error)}`;
      warnFault(calls.reporter, "limit", error, text);
    }
  }
  return {
    ...calls,
    tally: startTally(),
    // What is stored is weighed at once.
    batch: undefined,
    *saveValue(value, call) {
      // Before it is stored: it may be there already, and about to go.
      if (call !== undefined) keeper.savedValue(value.digest);
      yield* calls.saveValue(value, call);
    },
    *saveRecord(lookupKey, record) {
      yield* calls.saveRecord(lookupKey, record);
      yield* quietly(keeper.savedRecord(lookupKey, record));
    },
    *findRecord(lookupKey, withResult) {
      const found = yield* calls.findRecord(lookupKey, withResult);
      if (found.refused !== undefined) return found;
      const age = ageOf(found.record, { maxAgeMs: limits.maxAgeMs, staleMs: 0 }, Date.now());
      return age === "fresh" ? found : refuse("expired");
    },
    *noteHit(lookupKey, hit) {
      yield* calls.noteHit(lookupKey, hit);
      yield* quietly(keeper.used(lookupKey));
    },
    *evictRecord(lookupKey) {
      keeper.removed(lookupKey);
      return yield* calls.evictRecord(lookupKey);
    },
  };
}
