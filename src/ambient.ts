/**
 * The cache that is used where nobody names one. Opened on first use, so importing costs nothing; a key or a name that
 * cannot be used is an error then, never a reason to run without.
 */
import type { AsyncCache, Cache } from "./cache.ts";
import { namedCaches } from "./config/named.ts";
import { type CacheHandle, cacheOpener, chosenCache, scopeCache, switchCache } from "./context.ts";
import { CALLS } from "./engine/call-cache.ts";
import { invalidArgument } from "./errors.ts";

/** A cache, or the name of one: `memory`, `void`, `default`, or a table of `fleche.toml`. */
export type CacheChoice = Cache | AsyncCache | string;

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
 * import { cache, memoryStore, openCache, withCache } from "fleche";
 * const mine = openCache({ store: memoryStore() });
 * withCache(mine, () => cache() === mine); // true
 * ```
 */
export function withCache<T>(to: CacheChoice, body: () => T): T {
  return scopeCache(cacheOf(to), body);
}

/** The active cache: that of the innermost scope, of the process, or the default one. */
export function activeCache(): Cache | AsyncCache {
  return (chosenCache() ?? cacheOpener(namedCaches).openDefault()) as Cache | AsyncCache;
}

/** The cache that is meant. A misspelt name is a `ConfigError`, never another cache. */
export function cacheOf(choice: CacheChoice): Cache | AsyncCache {
  assertCacheChoice(choice);
  return typeof choice === "string" ? (cacheOpener(namedCaches).open(choice) as Cache | AsyncCache) : choice;
}

/** Throws a `TypeError` for what is neither a cache nor a name; a name is looked up on first use. */
export function assertCacheChoice(choice: CacheChoice): void {
  if (typeof choice === "object" && choice !== null && CALLS in choice) return;
  if (typeof choice === "string" && choice !== "") return;
  throw invalidArgument(`a cache is expected (openCache(…), "memory", "void" …); found ${typeof choice}`);
}
