/**
 * What every command works on: the terminal, the global options, and the caches that these name. Caches are opened when a
 * command asks for one, and closed when it ends. A cache that cannot be used is an error here, never uncached calls.
 */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type AsyncCache, type Cache, openCache } from "../cache.ts";
import { namedCaches } from "../config/named.ts";
import { placeKind } from "../config/place-kind.ts";
import { type CacheSettings, type Config, resolveConfig, unknownCache } from "../config/resolve.ts";
import type { Setting } from "../config/setting.ts";
import { processSurroundings, type Surroundings } from "../config/surroundings.ts";
import { BUILT_IN } from "../config/table.ts";
import { defaultPlace } from "../default-place.ts";
import { CALLS, type CallCache } from "../engine/call-cache.ts";
import { ConfigError } from "../errors.ts";
import { memoryStore } from "../store/memory.ts";
import { UsageError } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command has. */
export interface GlobalOptions {
  /** The name of a cache. */
  readonly cache?: string;
  /** The one configuration file to use. */
  readonly config?: string;
  /** A directory, or a database, that holds a cache. */
  readonly root?: string;
}

/** A command's surroundings. */
export interface Session {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  readonly surroundings: Surroundings;
  /** The configuration that holds. */
  config(): Config;
  /** The name of the cache that is meant where none is named, and who says so. */
  chosen(): Setting<string>;
  /**
   * Opens a cache: that of this name, or the one that the options mean. One where nothing lies yet is empty, and is made
   * only for `writing`.
   */
  cache(name?: string, writing?: boolean): Cache | AsyncCache;
  /** The engine's side of the same. */
  calls(name?: string, writing?: boolean): CallCache;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** How a cache given by `--root` is called. */
const ROOT_NAME = "--root";

/** A session with these options. */
export function openSession(terminal: Terminal, options: GlobalOptions): Session {
  if (options.cache !== undefined && options.root !== undefined) {
    throw new UsageError("--cache and --root both say which cache is meant", "give one of them: fleche help");
  }
  const surroundings: Surroundings = { ...processSurroundings(), configOption: options.config };
  let known: Config | undefined;
  const config = (): Config => {
    known ??= withRoot(resolveConfig(surroundings), options.root);
    return known;
  };
  const named = namedCaches({
    config,
    unusable: (problem) => {
      throw new ConfigError(problem);
    },
  });
  const chosen = (): Setting<string> => {
    const [option, value] = options.root === undefined ? ["--cache", options.cache] : ["--root", ROOT_NAME];
    if (value === undefined) return config().defaultCache;
    const { caches } = config();
    if (!caches.has(value) && !BUILT_IN.includes(value)) {
      throw new ConfigError(`${option}: ${unknownCache(value, caches)}`);
    }
    return { value, source: { from: "command line", option } };
  };
  const opened = new Set<Cache | AsyncCache>();
  const cache = (name = chosen().value, writing = false): Cache | AsyncCache => {
    const missing = writing ? undefined : missingPlace(config(), name);
    if (missing !== undefined) terminal.remark(`fleche: nothing is cached yet in ${missing}`);
    const found = missing === undefined ? named.open(name) : openCache({ store: memoryStore() });
    opened.add(found);
    return found;
  };
  return {
    ...{ terminal, options, surroundings, config, chosen, cache },
    calls: (name, writing) => cache(name, writing)[CALLS],
    async close() {
      for (const one of opened) await one.close();
    },
  };
}

/** Where a cache would lie, if nothing lies there. */
function missingPlace({ caches, surroundings }: Config, name: string): string | undefined {
  const cache = caches.get(name);
  if (cache === undefined || !["auto", "file", "sqlite"].includes(cache.kind)) return undefined;
  const path = cache.settings.get("path")?.value;
  const place = typeof path === "string" ? path : defaultPlace(surroundings.cwd, surroundings.env);
  return existsSync(place) ? undefined : place;
}

/** The configuration with the cache that `--root` names: what lies there, with the options that hold by default. */
function withRoot(config: Config, root: string | undefined): Config {
  if (root === undefined) return config;
  const path = resolve(config.surroundings.cwd, root);
  const stats = statSync(path, { throwIfNoEntry: false });
  const kind = stats?.isFile() === true ? "sqlite" : "auto";
  if (stats === undefined || (kind === "auto" && placeKind(path) === undefined)) {
    throw new UsageError(
      `--root: there is no cache in ${path}`,
      "give the directory of a cache, or a database; where the cache in use lies: fleche config",
    );
  }
  const settings = new Map([["path", { value: path, source: { from: "command line", option: "--root" } } as const]]);
  const cache: CacheSettings = { name: ROOT_NAME, kind, place: undefined, settings };
  return { ...config, caches: new Map([...config.caches, [ROOT_NAME, cache]]) };
}
