/**
 * From settings to a cache: each key becomes the option it stands for, nothing else. Where a cache cannot be used by this
 * process (its database needs a driver that is not there) the caller says what then: uncached calls, or an error.
 */
import { type AsyncCache, type Cache, type CacheOptions, openCache } from "../cache.ts";
import { type LimitOptions, limited } from "../caches/limited.ts";
import { pool } from "../caches/pool.ts";
import { readOnly } from "../caches/read-only.ts";
import { stack } from "../caches/stack.ts";
import { defaultPlace } from "../default-place.ts";
import { ConfigError, StoreError } from "../errors.ts";
import { fileStore } from "../store/file/file.ts";
import { memoryStore } from "../store/memory.ts";
import { sqliteStore } from "../store/sqlite/sqlite.ts";
import type { SyncStore } from "../store/store.ts";
import { voidStore } from "../store/void.ts";
import { openPlace, type PlaceOptions } from "./default-store.ts";
import type { CacheSettings } from "./resolve.ts";
import { type Setting, sourceText } from "./setting.ts";
import type { Surroundings } from "./surroundings.ts";

/** What opening one cache needs to know of the others and of the process. */
export interface OpenContext {
  readonly surroundings: Surroundings;
  /** Opens a layer by its name. */
  layer(name: string): Cache | AsyncCache;
  /** Told why a cache cannot be used; where it returns, the cache keeps nothing. */
  unusable(problem: string): void;
}

/** Opens a cache. Throws a `ConfigError` where keys, path, database or layers cannot be used as they are. */
export function openSettings(cache: CacheSettings, context: OpenContext): Cache | AsyncCache {
  const { settings } = cache;
  const opened = openKind(cache, context);
  const limit = LIMIT_KEYS.map((key) => settings.get(key)).find((setting) => setting !== undefined);
  const kept = limit === undefined ? opened : at(limit, cache, () => limited(opened, limitsOf(cache)));
  return settings.get("read-only")?.value === true ? readOnly(kept) : kept;
}

function openKind(cache: CacheSettings, context: OpenContext): Cache | AsyncCache {
  const layers = cache.settings.get("layers");
  if (layers === undefined) return openCache({ store: storeOf(cache, context), ...cacheOptions(cache) });
  const opened = (layers.value as readonly string[]).map(context.layer);
  return at(layers, cache, () => (cache.kind === "stack" ? stack(opened) : pool(opened)));
}

/** What `act` gives; what it refuses as a programmer's mistake is one of the file here, and is told with its place. */
function at<T>({ source }: Setting, { name }: CacheSettings, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof TypeError)) throw error;
    throw new ConfigError(`${sourceText(source)}: [${name}]: ${error.message}`, { cause: error });
  }
}

function storeOf(cache: CacheSettings, context: OpenContext): SyncStore {
  const path = cache.settings.get("path");
  return path === undefined
    ? storeAt(cache, context)
    : at(path, cache, () => storeAt(cache, context, String(path.value)));
}

function storeAt(cache: CacheSettings, { surroundings, unusable }: OpenContext, path?: string): SyncStore {
  const options = durabilityOf(cache);
  switch (cache.kind) {
    case "memory":
      return memoryStore();
    case "file":
      return fileStore({ root: path as string, ...options });
    case "sqlite":
      return sqliteStore({ path: path as string, ...options });
    case "auto": {
      const opened = openedPlace(path ?? defaultPlace(surroundings.cwd, surroundings.env), options);
      if (opened.kind !== "unusable") return opened.store;
      unusable(opened.problem);
      return voidStore();
    }
    default:
      return voidStore();
  }
}

/** Nobody need have asked for this place: a program that cannot write there runs as it would without us. */
function openedPlace(directory: string, options: PlaceOptions): ReturnType<typeof openPlace> {
  try {
    return openPlace(directory, options);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { kind: "unusable", problem: `no cache can be kept in ${directory}: ${error.message}` };
  }
}

/** The options that a table may set, by the names they have there. */
const OPTION_KEYS: Readonly<Record<string, keyof CacheOptions>> = {
  namespace: "namespace",
  posture: "posture",
  numbers: "numbers",
  "check-content": "checkContent",
  codec: "codec",
  compress: "compress",
  "lock-wait": "lockWaitMs",
  "max-entry-bytes": "maxEntryBytes",
};

/** Only what somebody set: defaults are the library's. */
function cacheOptions({ settings }: CacheSettings): Omit<CacheOptions, "store"> {
  const chosen = Object.entries(OPTION_KEYS).flatMap(([key, option]) => {
    const setting = settings.get(key);
    return setting === undefined || setting.source.from === "default" ? [] : [[option, setting.value] as const];
  });
  return Object.fromEntries(chosen) as Omit<CacheOptions, "store">;
}

function durabilityOf({ settings }: CacheSettings): PlaceOptions {
  const durability = settings.get("durability");
  if (durability === undefined || durability.source.from === "default") return {};
  return { durability: durability.value as "process" | "power" };
}

const LIMIT_KEYS = ["max-count", "max-bytes", "max-age"] as const;

function limitsOf({ settings }: CacheSettings): LimitOptions {
  const [maxCount, maxBytes, maxAge] = LIMIT_KEYS.map((key) => settings.get(key)?.value as number | undefined);
  return {
    ...(maxCount === undefined ? {} : { maxCount }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}
