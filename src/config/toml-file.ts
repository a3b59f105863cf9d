/**
 * One `fleche.toml` as it stands: its tables, and each key with its line. The text may hold what nobody should have written
 * there, so no message shows any of it but names of tables and keys. Meanings are checked in `table.ts`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TomlError } from "smol-toml";
import { ConfigError } from "../errors.ts";
import { linesOf } from "./lines.ts";

/** A key with what stands behind it. */
export interface Entry {
  readonly value: unknown;
  readonly line: number;
}

/** A table of a file. */
export interface TomlTable {
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The tables of a file by name. Throws a `ConfigError` that names file and line. */
export function readTomlFile(file: string): ReadonlyMap<string, TomlTable> {
  const text = readText(file);
  const lines = linesOf(text);
  const tables = new Map<string, TomlTable>();
  for (const [name, value] of Object.entries(parsed(file, text))) {
    if (!isTable(value)) {
      throw new ConfigError(
        `${file}:${lines.table(name)}: "${name}" stands outside of any table; put it below a header such as [default]`,
      );
    }
    const entries = Object.entries(value).map(([key, inner]) => {
      return [key, { value: inner, line: lines.key(name, key) }] as const;
    });
    tables.set(name, { file, name, line: lines.table(name), entries: new Map(entries) });
  }
  return tables;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** What the parser's words mostly mean. */
const HINTS: Readonly<Record<string, string>> = {
  "invalid value": '; a text needs quotes, as in kind = "file"',
  "control characters are not allowed in strings": "; a closing quote is missing",
};

function parsed(file: string, text: string): Readonly<Record<string, unknown>> {
  // Loaded when there is a file to read, so that programs without one do not pay for it; here everything is synchronous.
  const toml = createRequire(import.meta.url)("smol-toml") as typeof import("smol-toml");
  try {
    return toml.parse(text);
  } catch (error) {
    if (!isTomlError(error)) throw error;
    // The rest of the message shows the lines around, as the error itself does: it must not go along as the cause.
    const [problem = ""] = error.message.replace("Invalid TOML document: ", "").split("\n", 1);
    const hint = HINTS[problem] ?? "";
    throw new ConfigError(`${file}:${error.line}:${error.column}: this is not TOML: ${problem}${hint}`);
  }
}

function isTomlError(error: unknown): error is TomlError {
  return error instanceof Error && "codeblock" in error;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
