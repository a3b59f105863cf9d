/**
 * The checked keys of one table: known names, right types, no secrets. What templates hand on and whether the keys fit the
 * kind of cache is seen in `resolve.ts`, where all tables are known.
 */
import { ConfigError } from "../errors.ts";
import { didYouMean, suggest } from "../observe/suggest.ts";
import { isSecretName, KEYS, TABLE_KEYS } from "./keys.ts";
import type { Setting, SettingValue, Source } from "./setting.ts";
import type { TomlTable } from "./toml-file.ts";
import { shownValue } from "./values.ts";

/** A table whose own keys are sound. */
export interface CheckedTable {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly settings: ReadonlyMap<string, Setting>;
  /** The table whose keys it takes over, with its place. */
  readonly template: Setting<string> | undefined;
  /** Whether no file further away counts. */
  readonly root: boolean;
}

/** Names of caches that are there without any configuration. */
export const BUILT_IN: readonly string[] = ["memory", "void"];

/** Checks a table. Throws a `ConfigError` that names file and line, what was expected and what was found. */
export function checkTable({ file, name, line, entries }: TomlTable): CheckedTable {
  if (BUILT_IN.includes(name)) {
    throw new ConfigError(`${file}:${line}: "${name}" is the name of a built-in cache; choose another name`);
  }
  const settings = new Map<string, Setting>();
  let template: Setting<string> | undefined;
  let root = false;
  for (const [key, { value, line: at }] of entries) {
    const place = `${file}:${at}`;
    const source: Source = { from: "file", file, line: at };
    if (key === "template") template = { value: templateName(value, place), source };
    else if (key === "root") root = rootMark(value, name, place);
    else settings.set(key, { value: readValue(key, value, file, place), source });
  }
  return { name, file, line, settings, template, root };
}

function templateName(value: unknown, place: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new ConfigError(`${place}: template: expected the name of a table; found ${shownValue(value)}`);
}

function rootMark(value: unknown, table: string, place: string): boolean {
  if (table !== "default") throw new ConfigError(`${place}: root: only [default] can have it; move it there`);
  if (typeof value === "boolean") return value;
  throw new ConfigError(`${place}: root: expected true or false; found ${shownValue(value)}`);
}

function readValue(key: string, value: unknown, file: string, place: string): SettingValue {
  const rule = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (rule === undefined) {
    if (isSecretName(key)) {
      throw new ConfigError(
        `${place}: "${key}": signing keys do not belong in this file, which others can read; set FLECHE_SECRET_KEY, or FLECHE_SECRET_KEY_FILE to the path of a file with keys`,
      );
    }
    const known = [...TABLE_KEYS, ...Object.keys(KEYS)];
    const near = suggest(key, known);
    const hint = near === undefined ? `known are: ${known.join(", ")}` : `did you mean "${near}"?`;
    throw new ConfigError(`${place}: unknown key "${key}"; ${hint}`);
  }
  const read = rule.read(value, file);
  if ("value" in read) return read.value;
  const hint = typeof value === "string" ? didYouMean(value, read.words ?? []) : "";
  throw new ConfigError(`${place}: ${key}: expected ${read.expected}; found ${shownValue(value)}${hint}`);
}
