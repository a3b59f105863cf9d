/**
 * Makes a store smaller by rule: forgets calls that are too old, then the least recently used ones, until the rest is
 * within the limits; then removes the values that only they named. What no record named before is left to `gc`.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import { type Duration, durationMs } from "../duration.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import { assertOptions } from "../options.ts";
import { forEachName } from "../vault/names.ts";
import { errorOf } from "../vault/notice.ts";
import type { Place } from "../vault/place.ts";
import { callsOf, runOver } from "./calls-of.ts";
import { findHolding } from "./holding.ts";
import { type Held, type Ledger, startLedger } from "./ledger.ts";
import { assertVerified } from "./marks.ts";

/** Limits of {@link prune}; at least one. */
export interface PruneLimits {
  /** Calls made longer ago are forgotten. */
  readonly maxAge?: Duration;
  /** So many bytes may be left, of records and the values that they name. */
  readonly maxBytes?: number;
  /** So many calls may be left. */
  readonly maxCount?: number;
}

/** Options of {@link prune}. */
export interface PruneOptions extends PruneLimits {
  /** Only count what would be removed. Default `false`. */
  readonly dryRun?: boolean;
  /** Go on although records cannot be verified, and let the values go that only they name. Default `false`. */
  readonly unverified?: boolean;
}

/** What {@link prune} did. */
export interface PruneResult {
  /** Calls forgotten, or with `dryRun` to be forgotten. */
  readonly removedRecords: number;
  /** Values removed. */
  readonly removedValues: number;
  /** Bytes that they took together. */
  readonly removedBytes: number;
  /** Calls left. */
  readonly records: number;
  /** Bytes left, of records and the values that they name. */
  readonly bytes: number;
}

/**
 * Forgets calls beyond the limits, and removes the values that only they named; each writable store behind the cache by
 * itself. Throws a `ConfigError` where records cannot be verified, unless told otherwise.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, prune } from "fleche";
 * const cache = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * [1, 2, 3].map((x) => square(x)); // [1, 4, 9]
 * prune(cache, { maxCount: 2 }).removedRecords; // 1
 * ```
 */
export function prune(cache: Cache, options: PruneOptions): PruneResult;
export function prune(cache: AsyncCache, options: PruneOptions): Promise<PruneResult>;
export function prune(cache: Cache | AsyncCache, options: PruneOptions): Awaitable<PruneResult>;
export function prune(cache: Cache | AsyncCache, options: PruneOptions): Awaitable<PruneResult> {
  assertOptions("prune", options, ["maxAge", "maxBytes", "maxCount", "dryRun", "unverified"]);
  const calls = callsOf("prune", cache);
  if (!calls.writable) throw invalidArgument("prune: the cache is read-only; nothing can be removed from it");
  return runOver([calls], pruneStores(calls, limitsOf("prune", options), options));
}

/** Limits with their defaults. */
export interface Limits {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxCount: number;
}

/** Checks limits; at least one is given. */
export function limitsOf(where: string, { maxAge, maxBytes, maxCount }: PruneLimits): Limits {
  for (const [name, limit] of Object.entries({ maxBytes, maxCount })) {
    if (limit === undefined || (typeof limit === "number" && limit >= 0)) continue;
    throw invalidArgument(`${where}: ${name} must be a number, 0 or more; found ${String(limit)}`);
  }
  if (maxAge === undefined && maxBytes === undefined && maxCount === undefined) {
    throw invalidArgument(`${where}: give a limit: maxCount, maxBytes or maxAge`);
  }
  const none = Number.POSITIVE_INFINITY;
  const maxAgeMs = maxAge === undefined ? none : durationMs("maxAge", maxAge);
  return { maxAgeMs, maxBytes: maxBytes ?? none, maxCount: maxCount ?? none };
}

/** Whether there is more than the limits allow. */
export function isOver({ count, bytes }: Ledger, { maxCount, maxBytes }: Limits): boolean {
  return count > maxCount || bytes > maxBytes;
}

function* pruneStores({ places }: CallCache, limits: Limits, options: PruneOptions): Flow<PruneResult> {
  const total = { removedRecords: 0, removedValues: 0, removedBytes: 0, records: 0, bytes: 0 };
  for (const place of places) {
    if (!place.writable) continue;
    const ledger = yield* readLedger(place, options.unverified === true);
    const before = ledger.bytes;
    for (const [lookupKey, free] of surplus(ledger, limits)) {
      total.removedRecords++;
      total.removedValues += free.length;
      if (options.dryRun === true) continue;
      // The record first: a record without its value is a miss, a value without a record only takes room.
      yield* place.evictRecord(lookupKey);
      for (const { digest } of free) yield* place.evictValue(digest);
    }
    total.removedBytes += before - ledger.bytes;
    total.records += ledger.count;
    total.bytes += ledger.bytes;
  }
  return total;
}

function* readLedger(place: Place, unverified: boolean): Flow<Ledger> {
  const ledger = startLedger();
  const refused = new Map<Reason, number>();
  yield* forEachName(place.listRecords(), function* (lookupKey) {
    const holding = yield* findHolding(place, lookupKey);
    if (holding.refused === undefined) ledger.put(lookupKey, holding);
    else if (holding.refused === "io-error") throw errorOf(lookupKey, holding);
    else if (holding.refused !== "absent") refused.set(holding.refused, (refused.get(holding.refused) ?? 0) + 1);
  });
  if (!unverified) assertVerified("prune", refused);
  return ledger;
}

/** Takes the calls beyond the limits out of the ledger, each with the values that nothing names then. */
function* surplus(ledger: Ledger, limits: Limits): Generator<readonly [lookupKey: string, free: Held[]]> {
  const before = Date.now() - limits.maxAgeMs;
  for (const lookupKey of [...ledger.keys()]) {
    if ((ledger.madeMs(lookupKey) ?? before) < before) yield [lookupKey, ledger.remove(lookupKey)];
  }
  while (isOver(ledger, limits)) {
    const lookupKey = ledger.oldest();
    if (lookupKey === undefined) return;
    yield [lookupKey, ledger.remove(lookupKey)];
  }
}
