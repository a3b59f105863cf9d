/**
 * The cache that is used where nobody names one. Opened on first use, so importing costs nothing; a key that cannot be
 * used is an error then, never a reason to run without.
 */
import { type AsyncCache, type Cache, openCache } from "./cache.ts";
import { type CacheHandle, chosenCache, scopeCache, switchCache } from "./context.ts";
import { defaultPlace } from "./default-place.ts";
import { CALLS } from "./engine/call-cache.ts";
import { invalidArgument, StoreError } from "./errors.ts";
import { startReporter } from "./observe/reporter.ts";
import { didYouMean } from "./observe/suggest.ts";
import { fileStore } from "./store/file/file.ts";
import { memoryStore } from "./store/memory.ts";
import type { SyncStore } from "./store/store.ts";
import { voidStore } from "./store/void.ts";

/** Caches that have a name: `memory`, which lasts as long as the process, and `void`, which keeps nothing. */
export type CacheName = "memory" | "void";

/** A cache, or the name of one. */
export type CacheChoice = Cache | AsyncCache | CacheName;

const NAMED: { readonly [Name in CacheName]: () => Cache } = {
  memory: () => openCache({ store: memoryStore() }),
  void: () => openCache({ store: voidStore() }),
};

/** The caches of this file: each is made once. */
const opened = new Map<string, Cache>();

function openedOnce(name: string, open: () => Cache): Cache {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const cache = open();
  opened.set(name, cache);
  return cache;
}

/**
 * Without an argument: the active cache. With one: switches the whole process to that cache, and returns a handle that
 * puts the previous one back, by `restore()` or at the end of a block by `using`.
 *
 * @example
 * ```ts
 * import { cache, fleche } from "fleche";
 * using _ = cache("memory");
 * const square = fleche((x: number) => x * x);
 * square(12); // 144
 * square.contains(12); // true
 * ```
 */
export function cache(): Cache | AsyncCache;
export function cache(to: CacheChoice): CacheHandle;
export function cache(to?: CacheChoice): Cache | AsyncCache | CacheHandle {
  return to === undefined ? activeCache() : switchCache(cacheOf(to));
}

/**
 * Runs `body` with this cache, also across awaits; nothing outside it is touched.
 *
 * @example
 * ```ts
 * import { cache, fleche, memoryStore, openCache, withCache } from "fleche";
 * const mine = openCache({ store: memoryStore() });
 * withCache(mine, () => cache() === mine); // true
 * ```
 */
export function withCache<T>(to: CacheChoice, body: () => T): T {
  return scopeCache(cacheOf(to), body);
}

/** The active cache: that of the innermost scope, of the process, or the default one. */
export function activeCache(): Cache | AsyncCache {
  const chosen = chosenCache() as Cache | AsyncCache | undefined;
  return chosen ?? openedOnce("default", openDefault);
}

/** The cache that is meant. A misspelt name is a `TypeError`, never another cache. */
export function cacheOf(choice: CacheChoice): Cache | AsyncCache {
  assertCacheChoice(choice);
  return typeof choice === "string" ? openedOnce(choice, NAMED[choice]) : choice;
}

/** Throws a `TypeError` for what is no cache, without opening one that has a name. */
export function assertCacheChoice(choice: CacheChoice): void {
  if (typeof choice === "object" && choice !== null && CALLS in choice) return;
  if (typeof choice === "string" && Object.hasOwn(NAMED, choice)) return;
  const found = typeof choice === "string" ? JSON.stringify(choice) : typeof choice;
  const hint = typeof choice === "string" ? didYouMean(choice, Object.keys(NAMED)) : "";
  throw invalidArgument(`a cache is expected (openCache(…), "memory" or "void"); found ${found}${hint}`);
}

function openDefault(): Cache {
  const root = defaultPlace(process.cwd(), process.env);
  let store: SyncStore;
  try {
    store = fileStore({ root });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Nobody asked for this place by name: a program that cannot write there runs as it would without us.
    startReporter().warn("default-cache", `no cache can be kept in ${root}, so nothing is cached: ${error.message}`);
    store = voidStore();
  }
  return openCache({ store });
}
