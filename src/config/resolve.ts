/**
 * The configuration that holds here: all files read, the nearest table of each name taken, templates filled in, every name
 * checked, every setting with its source. Opens no cache. Every mistake in any file that counts is an error, used or not.
 */
import { ConfigError } from "../errors.ts";
import { didYouMean } from "../observe/suggest.ts";
import { configFiles } from "./discover.ts";
import { KEYS, type Kind } from "./keys.ts";
import { DEFAULT, type Setting, sourceText } from "./setting.ts";
import { processSurroundings, type Surroundings } from "./surroundings.ts";
import { BUILT_IN, type CheckedTable, checkTable } from "./table.ts";
import { readTomlFile } from "./toml-file.ts";

/** What is set for one cache. */
export interface CacheSettings {
  readonly name: string;
  readonly kind: Kind;
  /** Where its table begins; `undefined` where nobody described it. */
  readonly place: string | undefined;
  /** The settings that mean something to its kind, defaults included. */
  readonly settings: ReadonlyMap<string, Setting>;
}

/** The configuration of a program. */
export interface Config {
  /** The files that count, the nearest first. */
  readonly files: readonly string[];
  /** The name of the cache that is used where nobody names one. */
  readonly defaultCache: Setting<string>;
  /** All caches that are described, and `default`. */
  readonly caches: ReadonlyMap<string, CacheSettings>;
  readonly surroundings: Surroundings;
}

/** Reads the configuration. Throws a `ConfigError` that names file, line, what was expected and what was found. */
export function resolveConfig(surroundings: Surroundings = processSurroundings()): Config {
  const { files, tables } = readFiles(surroundings);
  const caches = new Map<string, CacheSettings>();
  if (!tables.has("default")) caches.set("default", settingsOf("default", undefined, new Map()));
  for (const table of tables.values()) {
    const { name, file, line } = table;
    caches.set(name, settingsOf(name, `${file}:${line}`, inherited(table, tables, [])));
  }
  for (const cache of caches.values()) assertLayers(cache, caches, []);
  return { files, caches, defaultCache: defaultCache(surroundings, caches), surroundings };
}

function readFiles(surroundings: Surroundings): { files: string[]; tables: ReadonlyMap<string, CheckedTable> } {
  const files: string[] = [];
  const tables = new Map<string, CheckedTable>();
  for (const file of configFiles(surroundings)) {
    files.push(file);
    const found = Array.from(readTomlFile(file).values(), checkTable);
    for (const table of found) if (!tables.has(table.name)) tables.set(table.name, table);
    if (found.some(({ root }) => root)) break;
  }
  return { files, tables };
}

/** The settings of a table over those of its template. */
function inherited(
  table: CheckedTable,
  tables: ReadonlyMap<string, CheckedTable>,
  below: readonly string[],
): ReadonlyMap<string, Setting> {
  const { template } = table;
  if (template === undefined) return table.settings;
  const path = [...below, table.name];
  const place = sourceText(template.source);
  const parent = tables.get(template.value);
  if (parent === undefined) {
    const hint = didYouMean(template.value, tables.keys()) || `; there are ${[...tables.keys()].join(", ")}`;
    throw new ConfigError(`${place}: template: expected the name of a table; found "${template.value}"${hint}`);
  }
  if (path.includes(parent.name)) {
    throw new ConfigError(`${place}: template: a circle, ${[...path, parent.name].join(" → ")}; remove one of them`);
  }
  return new Map([...inherited(parent, tables, path), ...table.settings]);
}

function settingsOf(name: string, place: string | undefined, given: ReadonlyMap<string, Setting>): CacheSettings {
  const kind = (given.get("kind")?.value ?? KEYS.kind?.fallback) as Kind;
  for (const [key, { source }] of given) {
    const kinds = KEYS[key]?.kinds ?? [];
    if (kinds.includes(kind)) continue;
    const isUnset = key === "layers" && !given.has("kind");
    const advice = isUnset ? 'add kind = "stack" or "pool"' : `remove it; it is for ${kinds.join(", ")}`;
    throw new ConfigError(`${sourceText(source)}: ${key} means nothing to a cache of kind ${kind}; ${advice}`);
  }
  const settings = new Map<string, Setting>();
  for (const [key, { kinds, fallback }] of Object.entries(KEYS)) {
    const setting = given.get(key) ?? (fallback === undefined ? undefined : { value: fallback, source: DEFAULT });
    if (setting !== undefined && kinds.includes(kind)) settings.set(key, setting);
  }
  for (const [key, needing] of Object.entries({ path: ["file", "sqlite"], layers: ["stack", "pool"] })) {
    if (!needing.includes(kind) || settings.has(key)) continue;
    throw new ConfigError(`${place}: [${name}] is of kind ${kind}, which needs ${key}; add it`);
  }
  return { name, kind, place, settings };
}

/** Every layer is a cache, and none lies over itself. */
function assertLayers(
  { name, settings }: CacheSettings,
  caches: ReadonlyMap<string, CacheSettings>,
  above: readonly string[],
): void {
  const layers = settings.get("layers");
  if (layers === undefined) return;
  const path = [...above, name];
  const place = sourceText(layers.source);
  for (const layer of layers.value as readonly string[]) {
    if (path.includes(layer)) {
      throw new ConfigError(`${place}: layers: a circle, ${[...path, layer].join(" → ")}; remove one of them`);
    }
    const known = caches.get(layer);
    if (known !== undefined) assertLayers(known, caches, path);
    else if (!BUILT_IN.includes(layer)) throw new ConfigError(`${place}: layers: ${unknownCache(layer, caches)}`);
  }
}

function defaultCache({ env }: Surroundings, caches: ReadonlyMap<string, CacheSettings>): Setting<string> {
  const { FLECHE_CACHE: name } = env;
  if (name === undefined) return { value: "default", source: DEFAULT };
  if (caches.has(name) || BUILT_IN.includes(name)) {
    return { value: name, source: { from: "environment", variable: "FLECHE_CACHE" } };
  }
  throw new ConfigError(`FLECHE_CACHE: ${unknownCache(name, caches)}`);
}

/** The end of a message about a cache that nobody described. */
export function unknownCache(name: string, caches: ReadonlyMap<string, CacheSettings>): string {
  const known = [...caches.keys(), ...BUILT_IN];
  const hint = didYouMean(name, known) || `; there are ${known.join(", ")}`;
  return `expected the name of a cache; found ${JSON.stringify(name)}${hint}`;
}
