/**
 * Removes what a key signed, by the key id in the headers: after a leak, when nobody should have that key any more. No
 * signature is checked, since that would take the key; who can write to the store could remove entries anyway.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument, StoreError } from "../errors.ts";
import type { Awaitable, Flow } from "../flow.ts";
import { assertOptions } from "../options.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import { forEachName, type NameList } from "../vault/names.ts";
import type { Place } from "../vault/place.ts";
import { callsOf, runOver } from "./calls-of.ts";

/** Options of {@link evictByKey}. */
export interface EvictByKeyOptions {
  /** Only count what would be removed. Default `false`. */
  readonly dryRun?: boolean;
}

/** What {@link evictByKey} did. */
export interface EvictByKeyResult {
  /** Call records removed, or with `dryRun` to be removed. */
  readonly records: number;
  /** Values removed. */
  readonly values: number;
  /** Entries that could not be looked at, and may be of that key. */
  readonly unreadable: number;
}

/**
 * Removes every entry whose header names this key, from every writable store behind the cache. The key need not be
 * configured, and should not be: as long as it is, what it signs is believed. Throws a `StoreError` where a store cannot
 * list or remove.
 *
 * @example
 * ```ts
 * import { evictByKey, fleche, keyRing, memoryStore, openCache } from "fleche";
 * const [leaked, fresh] = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)];
 * const store = memoryStore();
 * const square = fleche((x: number) => x * x, { name: "square", cache: openCache({ store, secretKey: leaked }) });
 * square(12); // 144
 * const cache = openCache({ store, secretKey: fresh });
 * evictByKey(cache, keyRing(leaked).keyIds[0] ?? ""); // { records: 1, values: 2, unreadable: 0 }
 * ```
 */
export function evictByKey(cache: Cache, keyId: string, options?: EvictByKeyOptions): EvictByKeyResult;
export function evictByKey(cache: AsyncCache, keyId: string, options?: EvictByKeyOptions): Promise<EvictByKeyResult>;
export function evictByKey(
  cache: Cache | AsyncCache,
  keyId: string,
  options?: EvictByKeyOptions,
): Awaitable<EvictByKeyResult>;
export function evictByKey(
  cache: Cache | AsyncCache,
  keyId: string,
  options: EvictByKeyOptions = {},
): Awaitable<EvictByKeyResult> {
  assertOptions("evictByKey", options, ["dryRun"]);
  if (typeof keyId !== "string" || !/^k1:[0-9a-f]{16}$/.test(keyId)) {
    // Not shown: it may be the key itself.
    throw invalidArgument("evictByKey: a key id is expected, k1: and 16 hex digits, as keyStatus and warnings show it");
  }
  const calls = callsOf("evictByKey", cache);
  if (!calls.writable) throw invalidArgument("evictByKey: the cache is read-only; nothing can be removed from it");
  return runOver([calls], evictAll(calls, keyId, options.dryRun ?? false));
}

function* evictAll({ places }: CallCache, keyId: string, dryRun: boolean): Flow<EvictByKeyResult> {
  const counts = { records: 0, values: 0, unreadable: 0 };
  function* each(place: Place, kind: EntryKind, names: NameList): Flow<void> {
    yield* forEachName(names, function* (entry) {
      const named = yield* namedKey(place, kind, entry);
      if (named === "unreadable") counts.unreadable++;
      if (named !== keyId) return;
      const evict = kind === "record" ? place.evictRecord : place.evictValue;
      if (dryRun || (yield* evict(entry))) counts[kind === "record" ? "records" : "values"]++;
    });
  }
  for (const place of places) {
    if (!place.writable) continue;
    // Records first: a record without its value is a miss, but one that the key signed is believed by who still has it.
    yield* each(place, "record", place.listRecords());
    yield* each(place, "value", place.listValues());
  }
  return counts;
}

/** One entry that cannot be read keeps no other from being removed. */
function* namedKey(place: Place, kind: EntryKind, entry: string): Flow<string | undefined> {
  try {
    return yield* place.namedKey(kind, entry);
  } catch (error) {
    if (error instanceof StoreError) return "unreadable";
    throw error;
  }
}
