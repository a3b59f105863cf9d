/** A cache whose hits are looked at first: what a rule says of the record decides whether the call is run again. */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { startTally } from "../observe/tally.ts";
import { assertOptions } from "../options.ts";
import type { CallRecord } from "../record/call-record.ts";
import { refuse } from "../seal/open.ts";
import { callsOf } from "../upkeep/calls-of.ts";

/** Options of {@link refreshing}. */
export interface RefreshingOptions {
  /**
   * Whether this stored call is to be run again: a hit becomes a miss (`expired`), and what the run gives takes its place.
   * Where it throws, the stored result is served and one warning says so.
   */
  readonly when: (record: CallRecord) => boolean;
}

/**
 * The same cache; each stored call is shown to `when` before it is served.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, refreshing } from "fleche";
 * const inner = openCache({ store: memoryStore(), keys: null });
 * let runs = 0;
 * const fetchPrice = fleche(() => ++runs, { cache: inner, version: 1, name: "fetchPrice" });
 * fetchPrice(); // 1
 * const cache = refreshing(inner, { when: ({ name }) => name === "fetchPrice" });
 * fetchPrice.with({ cache })(); // 2
 * fetchPrice(); // 2
 * ```
 */
export function refreshing(cache: Cache, options: RefreshingOptions): Cache;
export function refreshing(cache: AsyncCache, options: RefreshingOptions): AsyncCache;
export function refreshing(cache: Cache | AsyncCache, options: RefreshingOptions): Cache | AsyncCache;
export function refreshing(cache: Cache | AsyncCache, options: RefreshingOptions): Cache | AsyncCache {
  assertOptions("refreshing", options, ["when"]);
  const { when } = options;
  if (typeof when !== "function") throw invalidArgument("refreshing: when must be a function of a call record");
  return cacheOver(refreshed(callsOf("refreshing", cache), when), () => cache.close());
}

function refreshed(calls: CallCache, when: (record: CallRecord) => boolean): CallCache {
  const isDue = (record: CallRecord): boolean => {
    try {
      return when(record);
    } catch (error) {
      calls.reporter.warn(
        "when",
        `refreshing: when failed for a call of ${record.name}, which is served: ${String(error)}`,
      );
      return false;
    }
  };
  return {
    ...calls,
    tally: startTally(),
    *findRecord(lookupKey, withResult) {
      const found = yield* calls.findRecord(lookupKey, withResult);
      return found.refused === undefined && isDue(found.record) ? refuse("expired") : found;
    },
  };
}
