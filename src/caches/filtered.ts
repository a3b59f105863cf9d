/** A cache for some calls only: the others are neither served from it nor stored in it, and run as if it were not there. */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { startFlights } from "../engine/flights.ts";
import { invalidArgument } from "../errors.ts";
import { startTally } from "../observe/tally.ts";
import type { CallLabel } from "../record/call-record.ts";
import { refuse } from "../seal/open.ts";
import { callsOf } from "../upkeep/calls-of.ts";

/**
 * The same cache for the calls that `takes` says yes to, by their name, module, version and tags. A stored call counts with
 * the tags that it was stored with. Values saved and loaded by hand, listing and eviction are not filtered; `gc` and other
 * upkeep work on the whole store behind.
 *
 * @example
 * ```ts
 * import { filtered, fleche, memoryStore, openCache } from "fleche";
 * const cache = filtered(openCache({ store: memoryStore(), keys: null }), ({ name }) => name.startsWith("slow"));
 * const slow = fleche((x: number) => x * x, { cache, name: "slowSquare" });
 * const quick = fleche((x: number) => x + x, { cache, name: "double" });
 * slow(12) + quick(12); // 168
 * [slow.contains(12), quick.contains(12)]; // [true, false]
 * ```
 */
export function filtered(cache: Cache, takes: (call: CallLabel) => boolean): Cache;
export function filtered(cache: AsyncCache, takes: (call: CallLabel) => boolean): AsyncCache;
export function filtered(cache: Cache | AsyncCache, takes: (call: CallLabel) => boolean): Cache | AsyncCache;
export function filtered(cache: Cache | AsyncCache, takes: (call: CallLabel) => boolean): Cache | AsyncCache {
  if (typeof takes !== "function")
    throw invalidArgument("filtered: a function that takes or leaves a call is expected");
  return cacheOver(sifted(callsOf("filtered", cache), takes), () => cache.close());
}

function sifted(calls: CallCache, takes: (call: CallLabel) => boolean): CallCache {
  return {
    ...calls,
    // A call that joined a run here might not find it stored.
    flights: startFlights(),
    tally: startTally(),
    locksFor: (call) => (takes(call) ? calls.locksFor(call) : undefined),
    *saveValue(value, call) {
      if (call === undefined || takes(call)) yield* calls.saveValue(value, call);
    },
    *saveRecord(lookupKey, record) {
      if (takes(record)) yield* calls.saveRecord(lookupKey, record);
    },
    *findRecord(lookupKey, withResult) {
      const found = yield* calls.findRecord(lookupKey, withResult);
      return found.refused === undefined && !takes(found.record) ? refuse("absent") : found;
    },
  };
}
