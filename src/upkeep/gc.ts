/**
 * Removes the values that no sound record names any more: mark, then sweep. Never a record, never what it cannot verify,
 * never what was stored just now, since a running call stores its values before the record that names them.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import { type Duration, durationMs } from "../duration.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import type { Awaitable, Flow } from "../flow.ts";
import { assertOptions } from "../options.ts";
import { forEachName } from "../vault/names.ts";
import type { Place } from "../vault/place.ts";
import { callsOf, runOver } from "./calls-of.ts";
import { assertVerified, type Marks, startMarks } from "./marks.ts";

/** Options of {@link gc}. */
export interface GcOptions {
  /** Only count what would be removed. Default `false`. */
  readonly dryRun?: boolean;
  /** Go on although records cannot be verified, and let the values go that only they name. Default `false`. */
  readonly unverified?: boolean;
  /** Younger values stay: they may be those of a call that is still running. Default `"1h"`. */
  readonly grace?: Duration;
}

/** What {@link gc} found and did. */
export interface GcResult {
  /** Sound records. */
  readonly records: number;
  /** Records that were refused. */
  readonly refusedRecords: number;
  /** Values that were there. */
  readonly values: number;
  /** Values removed, or with `dryRun` to be removed. */
  readonly removed: number;
  /** Bytes that they took. */
  readonly removedBytes: number;
  /** Values that no record names and that stay, as they are young. */
  readonly young: number;
  /** Values that no record names and that stay, as they cannot be verified. */
  readonly refusedValues: number;
}

/** So many values are looked at before the records are looked at once more and values are removed. */
const BATCH = 100_000;

/**
 * Removes the values that no sound record names. Works on every writable store behind the cache. Throws a `ConfigError`
 * where records cannot be verified, unless told otherwise, and a `StoreError` where one cannot be read.
 *
 * @example
 * ```ts
 * import { fleche, gc, memoryStore, openCache } from "fleche";
 * const cache = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12); // 144
 * square.evict(12); // true
 * gc(cache, { grace: 0 }).removed; // 2
 * ```
 */
export function gc(cache: Cache, options?: GcOptions): GcResult;
export function gc(cache: AsyncCache, options?: GcOptions): Promise<GcResult>;
export function gc(cache: Cache | AsyncCache, options?: GcOptions): Awaitable<GcResult>;
export function gc(cache: Cache | AsyncCache, options: GcOptions = {}): Awaitable<GcResult> {
  assertOptions("gc", options, ["dryRun", "unverified", "grace"]);
  const calls = callsOf("gc", cache);
  if (!calls.writable) throw invalidArgument("gc: the cache is read-only; nothing can be removed from it");
  return runOver([calls], collect(calls, options, durationMs("grace", options.grace ?? "1h")));
}

interface Counts {
  values: number;
  removed: number;
  removedBytes: number;
  young: number;
  refusedValues: number;
}

function* collect({ places }: CallCache, options: GcOptions, graceMs: number): Flow<GcResult> {
  const { dryRun = false, unverified = false } = options;
  const marks = startMarks(places);
  yield* marks.mark();
  if (!unverified) assertVerified("gc", marks.refused);
  const counts: Counts = { values: 0, removed: 0, removedBytes: 0, young: 0, refusedValues: 0 };
  const before = Date.now() - graceMs;
  for (const place of places) if (place.writable) yield* sweep(place, marks, { before, dryRun, counts });
  const refusedRecords = [...marks.refused.values()].reduce((sum, count) => sum + count, 0);
  return { records: marks.records, refusedRecords, ...counts };
}

interface Sweep {
  /** Values written after this stay, Unix milliseconds. */
  readonly before: number;
  readonly dryRun: boolean;
  readonly counts: Counts;
}

function* sweep(place: Place, marks: Marks, { before, dryRun, counts }: Sweep): Flow<void> {
  const batch = new Map<string, number>();
  function* removeBatch(): Flow<void> {
    // A call that began since may have found one of these stored already, and named it: its record is here by now.
    if (batch.size > 0) yield* marks.mark();
    for (const [digest, bytes] of batch) {
      if (marks.has(digest)) continue;
      if (!dryRun && !(yield* place.evictValue(digest))) continue;
      counts.removed++;
      counts.removedBytes += bytes;
    }
    batch.clear();
  }
  yield* forEachName(place.listValues(), function* (digest) {
    counts.values++;
    if (marks.has(digest)) return;
    const outline = yield* place.outlineValue(digest);
    if (outline.refused === "absent") return;
    if (outline.refused !== undefined) counts.refusedValues++;
    else if (outline.createdMs > before) counts.young++;
    else batch.set(digest, outline.bytes);
    if (batch.size >= BATCH) yield* removeBatch();
  });
  yield* removeBatch();
}
