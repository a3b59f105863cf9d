/**
 * How the values of keys are read: each reader takes what the TOML parser made of it and gives the value to use, or says
 * what it expected. What was found is told by its type, and by its text only where that is short.
 */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { SettingValue } from "./setting.ts";

/** What a reader gives. */
export type Read = { readonly value: SettingValue } | { readonly expected: string; readonly words?: readonly string[] };

/** Reads a value that stands in `file`. */
export type Reader = (value: unknown, file: string) => Read;

/** A text that is not empty. */
export const text: Reader = (value) =>
  typeof value === "string" && value !== "" ? { value } : { expected: "a text that is not empty" };

/** `true` or `false`. */
export const truth: Reader = (value) => (typeof value === "boolean" ? { value } : { expected: "true or false" });

/** A path: from the directory of the file; `~` is the home directory. */
export const path: Reader = (value, file) => {
  if (typeof value !== "string" || value === "" || value.includes("\0")) return { expected: "a path" };
  const home = /^~(?=$|[/\\])/.test(value) ? join(homedir(), value.slice(1)) : value;
  return { value: resolve(dirname(file), home) };
};

/** Names of caches, at least one. */
export const texts: Reader = (value) => {
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  const sound = names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
  return sound ? { value: names as readonly string[] } : { expected: 'names of caches, such as ["local", "shared"]' };
};

/** One of these words. */
export function oneOf(words: readonly string[]): Reader {
  return (value) => {
    if (typeof value === "string" && words.includes(value)) return { value };
    return { expected: `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`, words };
  };
}

/** A whole number of things, at least one. */
export const count: Reader = (value) =>
  isPositive(value) ? { value } : { expected: "a whole number, at least 1, without quotes" };

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  ...{ kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 },
};

/** Bytes: a whole number, or a text such as `1GiB`. */
export const bytes: Reader = (value) => {
  const amount = typeof value === "string" ? amountOf(value, BYTE_UNITS) : value;
  return isPositive(amount) ? { value: amount } : { expected: 'a size such as "1GiB", "500MB" or 1048576 (bytes)' };
};

const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in milliseconds, from a text such as `10m`; a bare number would leave the unit open. */
export const duration: Reader = (value) => {
  const amount = typeof value === "string" ? amountOf(value, TIME_UNITS) : undefined;
  return amount === undefined
    ? { expected: 'a length of time such as "90s", "10m", "24h" or "7d"' }
    : { value: amount };
};

/** A number with one of these units, in the smallest of them, whole. */
export function amountOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text) ?? [];
  if (amount === undefined || !Object.hasOwn(units, unit)) return undefined;
  return Math.round(Number(amount) * (units[unit] as number));
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** What was found, for a message. */
export function shownValue(value: unknown): string {
  if (typeof value === "string")
    return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return "a date";
  return Array.isArray(value) ? "a list" : "a table";
}
