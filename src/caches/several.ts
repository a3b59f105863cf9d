/** Several caches read as one: the first that serves an entry does, listings are merged, removing removes from all. */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import { digestSet } from "../upkeep/digest-set.ts";
import type { NameList } from "../vault/names.ts";
import { isRefused, warnRefused } from "../vault/notice.ts";
import { readOnlyError } from "./agreement.ts";

/** What was found, and in which cache. */
export interface FoundAt<T> {
  readonly refused?: undefined;
  readonly found: T;
  readonly at: number;
}

/**
 * Asks the caches in order until one serves the entry. One that refuses it, or fails, is passed over with a warning; with
 * posture `strict` a refused entry ends the search. Where none serves it, the reason is the first that is not mere absence.
 */
export function* findInOrder<T extends { readonly refused?: undefined }>(
  caches: readonly CallCache[],
  entry: string,
  find: (calls: CallCache) => Flow<T | Refusal>,
): Flow<FoundAt<T> | Refusal> {
  const refusals: Refusal[] = [];
  const { reporter } = caches[0] as CallCache;
  for (const [at, calls] of caches.entries()) {
    const found = yield* guarded(find(calls));
    if (found.refused === undefined) {
      for (const refusal of refusals) warnRefused(entry, refusal, reporter);
      return { found, at };
    }
    if (calls.posture === "strict" && isRefused(found.refused)) return found;
    refusals.push(found);
  }
  const telling = refusals.find(({ refused }) => refused !== "absent");
  // The one that is returned is told by whoever asked.
  for (const refusal of refusals) {
    if (refusal !== telling && refusal.refused !== "absent") warnRefused(entry, refusal, reporter);
  }
  return telling ?? refuse("absent");
}

/** A cache that fails is one that has nothing to serve. */
function* guarded<T extends { readonly refused?: undefined }>(find: Flow<T | Refusal>): Flow<T | Refusal> {
  try {
    return yield* find;
  } catch (error) {
    return refuse("io-error", undefined, error);
  }
}

/** The parts that a value names, in the first cache that has it with any. */
export function* partsInOrder(caches: readonly CallCache[], digest: string): Flow<readonly string[]> {
  for (const calls of caches) {
    const parts = yield* calls.readParts(digest);
    if (parts.length > 0) return parts;
  }
  return [];
}

/** Removes from every cache that can be written, also where one fails; then the first failure is thrown. */
export function* evictEverywhere(
  caches: readonly CallCache[],
  evict: (calls: CallCache) => Flow<boolean>,
): Flow<boolean> {
  const writable = caches.filter((calls) => calls.writable);
  if (writable.length === 0) throw readOnlyError("evict");
  const failures: unknown[] = [];
  let removed = false;
  for (const calls of writable) {
    try {
      if (yield* evict(calls)) removed = true;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return removed;
}

/** The names in all lists, each once, lazily; a plain iterable where all lists are. */
export function mergeNames(lists: readonly NameList[]): NameList {
  return lists.every((list): list is Iterable<string> => Symbol.iterator in list)
    ? { [Symbol.iterator]: () => mergeSync(lists) }
    : { [Symbol.asyncIterator]: () => mergeAsync(lists) };
}

function* mergeSync(lists: readonly Iterable<string>[]): Generator<string> {
  const seen = digestSet();
  for (const list of lists) for (const name of list) if (seen.add(name)) yield name;
}

async function* mergeAsync(lists: readonly NameList[]): AsyncGenerator<string> {
  const seen = digestSet();
  for (const list of lists) for await (const name of list) if (seen.add(name)) yield name;
}

/** The stores behind several caches. */
export function placesOf(caches: readonly CallCache[]): CallCache["places"] {
  return [...new Set(caches.flatMap(({ places }) => places))];
}
