/** What lies in a cache, and what it was good for: counted from headers, no body is read. */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Stats } from "../observe/tally.ts";
import type { Refusal } from "../seal/open.ts";
import { forEachName, type NameList } from "../vault/names.ts";
import type { Outline } from "../vault/place.ts";
import { callsOf, runOver } from "./calls-of.ts";

/** Entries of one kind. */
export interface EntryStats {
  /** Those with a good header. */
  readonly count: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Those that are refused. */
  readonly refused: number;
}

/** What {@link stats} counts. */
export interface CacheStats extends Stats {
  readonly records: EntryStats;
  readonly values: EntryStats;
}

/**
 * Counts what lies in the stores behind a cache. Hits, misses and the time saved are those of this cache object since it was
 * made.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, stats } from "fleche";
 * const cache = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12) === square(12); // true
 * const { hits, misses, records, values } = stats(cache);
 * [hits, misses.absent, records.count, values.count]; // [1, 1, 1, 2]
 * ```
 */
export function stats(cache: Cache): CacheStats;
export function stats(cache: AsyncCache): Promise<CacheStats>;
export function stats(cache: Cache | AsyncCache): Awaitable<CacheStats>;
export function stats(cache: Cache | AsyncCache): Awaitable<CacheStats> {
  const calls = callsOf("stats", cache);
  return runOver([calls], count(calls));
}

function* count({ places, tally }: CallCache): Flow<CacheStats> {
  const records = { count: 0, bytes: 0, refused: 0 };
  const values = { count: 0, bytes: 0, refused: 0 };
  for (const place of places) {
    yield* addTo(records, place.listRecords(), (lookupKey) => place.outlineRecord(lookupKey));
    yield* addTo(values, place.listValues(), (digest) => place.outlineValue(digest));
  }
  return { ...tally.stats(), records, values };
}

function* addTo(
  sum: { count: number; bytes: number; refused: number },
  names: NameList,
  outlineOf: (name: string) => Flow<Outline | Refusal>,
): Flow<void> {
  yield* forEachName(names, function* (name) {
    const outline = yield* outlineOf(name);
    if (outline.refused === undefined) {
      sum.count++;
      sum.bytes += outline.bytes;
    } else if (outline.refused !== "absent") sum.refused++;
  });
}
