/**
 * From settings to a cache: each key becomes the option it stands for, nothing else. Where a cache cannot be used by this
 * process (its database needs a driver that is not there) the caller says what then: uncached calls, or an error.
 */
import { type AsyncCache, type Cache, openCache } from "../cache.ts";
import { defaultPlace } from "../default-place.ts";
import { ConfigError } from "../errors.ts";
import { fileStore } from "../store/file/file.ts";
import { memoryStore } from "../store/memory.ts";
import { sqliteStore } from "../store/sqlite/sqlite.ts";
import type { SyncStore } from "../store/store.ts";
import { voidStore } from "../store/void.ts";
import type { SealOptions } from "../vault/value-storage.ts";
import { openPlace, type PlaceOptions } from "./default-store.ts";
import type { CacheSettings } from "./resolve.ts";
import { sourceText } from "./setting.ts";
import type { Surroundings } from "./surroundings.ts";

/** What opening one cache needs to know of the others and of the process. */
export interface OpenContext {
  readonly surroundings: Surroundings;
  /** Opens a layer by its name. */
  layer(name: string): Cache | AsyncCache;
  /** Told why a cache cannot be used; where it returns, the cache keeps nothing. */
  unusable(problem: string): void;
}

/** Opens a cache. Throws a `ConfigError` where keys, path or database cannot be used as they are. */
export function openSettings(cache: CacheSettings, context: OpenContext): Cache | AsyncCache {
  return openCache({ store: storeOf(cache, context), ...sealOptions(cache) });
}

function storeOf(cache: CacheSettings, { surroundings, unusable }: OpenContext): SyncStore {
  const path = cache.settings.get("path");
  const place = path?.value as string | undefined;
  const options = durabilityOf(cache);
  try {
    switch (cache.kind) {
      case "memory":
        return memoryStore();
      case "file":
        return fileStore({ root: place as string, ...options });
      case "sqlite":
        return sqliteStore({ path: place as string, ...options });
      case "auto": {
        const opened = openPlace(place ?? defaultPlace(surroundings.cwd, surroundings.env), options);
        if (opened.kind !== "unusable") return opened.store;
        unusable(opened.problem);
        return voidStore();
      }
      default:
        return voidStore();
    }
  } catch (error) {
    if (!(error instanceof ConfigError) || path === undefined) throw error;
    throw new ConfigError(`${sourceText(path.source)}: [${cache.name}]: ${error.message}`, { cause: error });
  }
}

/** The options that a table may set, by the names they have there. */
const SEAL_KEYS: Readonly<Record<string, keyof SealOptions>> = {
  namespace: "namespace",
  posture: "posture",
  numbers: "numbers",
  "check-content": "checkContent",
  codec: "codec",
  compress: "compress",
  "max-entry-bytes": "maxEntryBytes",
};

/** Only what somebody set: defaults are the library's. */
function sealOptions({ settings }: CacheSettings): SealOptions {
  const chosen = Object.entries(SEAL_KEYS).flatMap(([key, option]) => {
    const setting = settings.get(key);
    return setting === undefined || setting.source.from === "default" ? [] : [[option, setting.value] as const];
  });
  return Object.fromEntries(chosen) as SealOptions;
}

function durabilityOf({ settings }: CacheSettings): PlaceOptions {
  const durability = settings.get("durability");
  if (durability === undefined || durability.source.from === "default") return {};
  return { durability: durability.value as "process" | "power" };
}
