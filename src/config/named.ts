/**
 * Caches by name, as the configuration describes them: read and opened on first use, each once. Nothing happens when this
 * is imported. Which cache is active is not decided here.
 */
import { type AsyncCache, type Cache, openCache } from "../cache.ts";
import { ConfigError } from "../errors.ts";
import { startReporter } from "../observe/reporter.ts";
import { memoryStore } from "../store/memory.ts";
import { voidStore } from "../store/void.ts";
import { openSettings } from "./open.ts";
import { type Config, resolveConfig, unknownCache } from "./resolve.ts";

/** The caches of a configuration. */
export interface NamedCaches {
  /** The cache of this name. A name that nobody described is a `ConfigError`, never another cache. */
  open(name: string): Cache | AsyncCache;
  /** The cache that is used where nobody names one. */
  openDefault(): Cache | AsyncCache;
}

/** How caches are opened. */
export interface NamedOptions {
  /** Reads the configuration; asked once, when it is first needed, and again after it failed. */
  readonly config?: () => Config;
  /** Told why a cache cannot be used; where it returns, that cache keeps nothing. Default: warns. */
  readonly unusable?: (problem: string) => void;
}

/** Caches by name, from one reading of the configuration. */
export function namedCaches({ config: read = resolveConfig, unusable = warn }: NamedOptions = {}): NamedCaches {
  const opened = new Map<string, Cache | AsyncCache>();
  let config: Config | undefined;
  const known = (): Config => {
    config ??= read();
    return config;
  };
  const openNew = (name: string): Cache | AsyncCache => {
    // Before any file is read: these work whatever the files hold.
    if (name === "memory") return openCache({ store: memoryStore() });
    if (name === "void") return openCache({ store: voidStore() });
    const { caches, surroundings } = known();
    const settings = caches.get(name);
    if (settings === undefined) throw new ConfigError(unknownCache(name, caches));
    return openSettings(settings, { surroundings, layer: open, unusable });
  };
  const open = (name: string): Cache | AsyncCache => {
    const cache = opened.get(name) ?? openNew(name);
    opened.set(name, cache);
    return cache;
  };
  return { open, openDefault: () => open(known().defaultCache.value) };
}

function warn(problem: string): void {
  startReporter().warn("unusable-cache", `${problem}; until then calls run uncached`);
}
