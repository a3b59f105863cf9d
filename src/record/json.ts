/**
 * Plain JSON data: what metadata may consist of. Anything that `JSON.stringify` would change, drop or call is refused
 * here, so that what comes back from a record is what went in.
 */
import { types } from "node:util";
import { invalidArgument } from "../errors.ts";

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** How deep arrays and objects may lie within each other. */
export const MAX_JSON_DEPTH = 100;

/**
 * A copy of a value as plain data, sharing nothing with it. Runs no code of it: accessors, proxies and `toJSON` are not
 * called. Throws a `TypeError` with the path to what is no JSON; `at` names the value itself, `depth` is how many levels
 * it will lie in. -0 becomes 0.
 */
export function plainJson(value: unknown, at: string, depth = 0): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse(at, String(value));
    return value === 0 ? 0 : value;
  }
  if (typeof value !== "object") return refuse(at, value === undefined ? "undefined" : `a ${typeof value}`);
  if (types.isProxy(value)) refuse(at, "a proxy");
  if (depth === MAX_JSON_DEPTH) refuse(at, `something more than ${MAX_JSON_DEPTH} levels deep`);
  return Array.isArray(value) ? plainArray(value, at, depth) : plainObject(value, at, depth);
}

/** As {@link plainJson}, for a value that must be an object. */
export function plainJsonObject(value: unknown, at: string, depth = 0): JsonObject {
  const copy = plainJson(value, at, depth);
  if (!isJsonObject(copy)) refuse(at, "something that is no object");
  return copy;
}

/** Whether JSON data is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plainArray(value: readonly unknown[], at: string, depth: number): JsonValue[] {
  const copy: JsonValue[] = [];
  // Their number first: an array of four thousand million holes is quickly made.
  if (Reflect.ownKeys(value).length !== value.length + 1) refuse(at, "an array with holes or extra properties");
  for (let i = 0; i < value.length; i++)
    copy.push(plainJson(dataOf(value, String(i), `${at}[${i}]`), `${at}[${i}]`, depth + 1));
  return copy;
}

function plainObject(value: object, at: string, depth: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Another realm's plain objects are plain too: their prototype is the one that has none itself.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) refuse(at, "an instance of a class");
  const entries = Reflect.ownKeys(value).map((key) => {
    const path = `${at}.${String(key)}`;
    if (typeof key === "symbol") refuse(path, "a symbol key");
    return [key, plainJson(dataOf(value, key, path), path, depth + 1)] as const;
  });
  // Defines its entries, so that one called `__proto__` is an entry like others.
  return Object.fromEntries(entries);
}

function dataOf(value: object, key: string, path: string): unknown {
  const property = Object.getOwnPropertyDescriptor(value, key);
  if (property === undefined || !("value" in property)) return refuse(path, "an accessor");
  if (property.enumerable !== true) refuse(path, "a hidden property");
  return property.value;
}

function refuse(at: string, found: string): never {
  throw invalidArgument(`${at} is not plain JSON: found ${found}`);
}
