/**
 * What is around a call that says nothing itself: the active cache, tags, metadata collectors. One variable for the
 * process, and async scopes that win over it. Scopes are made by `run`, never `enterWith`, which would leak into callers.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallHolder } from "./engine/call-cache.ts";
import { invalidArgument } from "./errors.ts";
import { assertMetadata, type Metadata } from "./record/metadata.ts";

/** What the scopes around this code say, inner ones first. */
interface Scope {
  readonly cache: CallHolder | undefined;
  readonly tags: readonly string[];
  readonly collectors: readonly Metadata[];
}

const scopes = new AsyncLocalStorage<Scope>();
const OUTSIDE: Scope = { cache: undefined, tags: [], collectors: [] };

/** The cache that the process was switched to. */
let processCache: { readonly holder: CallHolder } | undefined;

/** Opens caches by name. */
export interface CacheOpener {
  /** The cache of this name, the same each time. A name that nobody described is a `ConfigError`. */
  open(name: string): CallHolder;
  /** The cache that is used where nobody names one. */
  openDefault(): CallHolder;
}

let opener: CacheOpener | undefined;

/** Who opens caches: made on first use, by whoever asks, as it knows files and backends that nothing here does. */
export function cacheOpener(make: () => CacheOpener): CacheOpener {
  opener ??= make();
  return opener;
}

/** The cache of the innermost scope, or the one that the process was switched to; `undefined` where neither is. */
export function chosenCache(): CallHolder | undefined {
  return scopes.getStore()?.cache ?? processCache?.holder;
}

/** Puts the previous cache back, once; with `using`, at the end of the block. */
export interface CacheHandle extends Disposable {
  /** Throws a `TypeError` where the process was switched again since, and not back. */
  restore(): void;
}

/** Switches the process to a cache. */
export function switchCache(to: CallHolder): CacheHandle {
  const previous = processCache;
  // A new object for each switch: the same cache, switched to twice, is put back twice.
  const current = { holder: to };
  let restored = false;
  processCache = current;
  const restore = (): void => {
    if (restored) return;
    if (processCache !== current) {
      throw invalidArgument(
        "this is no longer the current cache; restore the handles in reverse order of their making",
      );
    }
    restored = true;
    processCache = previous;
  };
  return { restore, [Symbol.dispose]: restore };
}

/** Runs `body` with this cache, also across awaits. */
export function scopeCache<T>(cache: CallHolder, body: () => T): T {
  return scopes.run({ ...(scopes.getStore() ?? OUTSIDE), cache }, body);
}

/** Tags and collectors of the scopes around this code. */
export function scopeNotes(): { readonly tags: readonly string[]; readonly collectors: readonly Metadata[] } {
  return scopes.getStore() ?? OUTSIDE;
}

/**
 * Runs `body`; the calls in it that run, also across awaits, are recorded with these tags, besides those around it.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, tags } from "fleche";
 * const cache = openCache({ store: memoryStore() });
 * const half = fleche((x: number) => x / 2, { cache, name: "half" });
 * tags(["trial"], () => half(8)); // 4
 * cache.loadRecord(half.digest(8)).tags; // ["trial"]
 * ```
 */
export function tags<T>(names: readonly string[], body: () => T): T {
  if (!Array.isArray(names) || names.some((name) => typeof name !== "string" || name === "")) {
    throw invalidArgument("tags: the first argument is an array of texts that are not empty");
  }
  const scope = scopes.getStore() ?? OUTSIDE;
  return scopes.run({ ...scope, tags: [...new Set([...scope.tags, ...names])] }, body);
}

/**
 * Runs `body`; the calls in it that run, also across awaits, are recorded with what these collectors say, besides those
 * around it. An inner collector takes the place of an outer one of its name.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, metadata, openCache, runtime } from "fleche";
 * const cache = openCache({ store: memoryStore() });
 * const half = fleche((x: number) => x / 2, { cache, name: "half" });
 * metadata([runtime()], () => half(8)); // 4
 * Object.keys(cache.loadRecord(half.digest(8)).metadata); // ["runtime"]
 * ```
 */
export function metadata<T>(collectors: readonly Metadata[], body: () => T): T {
  assertMetadata(collectors);
  const scope = scopes.getStore() ?? OUTSIDE;
  return scopes.run({ ...scope, collectors: mergeCollectors(scope.collectors, collectors) }, body);
}

/** Both lists; of two collectors with one name, that of `inner`. */
export function mergeCollectors(outer: readonly Metadata[], inner: readonly Metadata[]): readonly Metadata[] {
  // Asked on every call, and mostly there are none.
  if (inner.length === 0) return outer;
  const names = new Set(inner.map(({ name }) => name));
  return [...inner, ...outer.filter(({ name }) => !names.has(name))];
}
