/**
 * What an object holds itself, read without running any code of it, and refused where it holds more than its kind may:
 * accessors, hidden properties, symbols of its own, extra fields on built-ins.
 */
import { inspect } from "node:util";

/** Says what is wrong with a value, where; never returns. */
export type Refuse = (problem: string, step?: PropertyKey) => never;

/** One entry of a plain object. */
export type Field = readonly [key: string | symbol, value: unknown];

/** The keys of an object, as `Reflect.ownKeys` has them, in half the time where it is no array. */
export function ownKeysOf(value: object): (string | symbol)[] {
  const names = Object.getOwnPropertyNames(value);
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length === 0 ? names : [...names, ...symbols];
}

/** The entries of an object that may have only own enumerable data properties (keys: strings, `Symbol.for` symbols). */
export function fieldsOf(value: object, refuse: Refuse): Field[] {
  return ownKeysOf(value).map((key) => [key, dataOf(value, key, refuse)]);
}

/** What lies under a key of such an object. */
export function dataOf(value: object, key: string | symbol, refuse: Refuse): unknown {
  if (typeof key === "symbol" && Symbol.keyFor(key) === undefined) {
    refuse(`the key ${String(key)} is not made by Symbol.for`);
  }
  const field = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
  if (!("value" in field)) refuse("an accessor, which would have to be run", key);
  if (!field.enumerable) refuse("a property that is not enumerable", key);
  return field.value;
}

/** Whether all own properties are enumerable data under keys that have a digest: then keys and values are all there is to tell. */
export function hasOnlyData(value: object): boolean {
  return ownKeysOf(value).every((key) => {
    if (typeof key === "symbol" && Symbol.keyFor(key) === undefined) return false;
    const field = Object.getOwnPropertyDescriptor(value, key);
    return field !== undefined && "value" in field && field.enumerable === true;
  });
}

/** Stands for an index at which an array has no element. */
export const HOLE: unique symbol = Symbol("hole");

/** The element at an index, or {@link HOLE}. */
export function elementOf(array: readonly unknown[], index: number, refuse: Refuse): unknown {
  const element = Object.getOwnPropertyDescriptor(array, index);
  if (element === undefined) return HOLE;
  if (!("value" in element)) refuse("an accessor, which would have to be run", index);
  if (!element.enumerable) refuse("an element that is not enumerable", index);
  return element.value;
}

/** Refuses own properties other than those named. */
export function assertOnly(value: object, allowed: readonly string[], refuse: Refuse): void {
  for (const key of ownKeysOf(value)) {
    if (typeof key === "symbol" || !allowed.includes(key)) refuse("an extra property on a built-in object", key);
  }
}

/** Below this length the keys themselves are counted; above, making a text of each index takes longer than the other way. */
const COUNT_BELOW = 40;

/**
 * Refuses own properties of an array or typed array other than its indices (and an array's `length`). `length` is its
 * own, `present` how many elements it has (its length less the holes).
 */
export function assertOnlyIndices(value: object, length: number, present: number, refuse: Refuse): void {
  if (length >= COUNT_BELOW && present === length) {
    for (const key of Object.getOwnPropertySymbols(value)) refuse("an extra property on an array", key);
    if (onlyIndicesShown(value, length)) return;
  }
  const named = Array.isArray(value) ? 1 : 0;
  const keys = Reflect.ownKeys(value);
  // Indices come first, in order, so what is beyond them is extra.
  if (keys.length > present + named) refuse("an extra property on an array", keys.at(-1) as string | symbol);
}

/**
 * Asks Node's inspector of values, the one public way to the non-index keys that does not list a million indices (0.1 ms
 * instead of 440). Its text is compared whole; should a later Node word it differently, the slow way above decides.
 */
function onlyIndicesShown(value: object, length: number): boolean {
  // The inspector reads these, so it would run code where the array holds them itself.
  if (READ_BY_INSPECTOR.some((key) => Object.hasOwn(value, key))) return false;
  const shown = inspect(value, INSPECT);
  if (Array.isArray(value)) return shown === `[ ... ${length} more items, [length]: ${length} ]`;
  const start = shown.indexOf(`[ ... ${length} more items, [BYTES_PER_ELEMENT]: `);
  return start !== -1 && VIEW_END.test(shown.slice(start));
}

const READ_BY_INSPECTOR = ["constructor", "BYTES_PER_ELEMENT", "byteLength", "byteOffset", "buffer"];
const INSPECT = { maxArrayLength: 0, showHidden: true, customInspect: false, depth: 0, breakLength: Infinity } as const;
const VIEW_END =
  /^\[ \.\.\. \d+ more items, \[BYTES_PER_ELEMENT\]: \d, \[length\]: \d+, \[byteLength\]: \d+, \[byteOffset\]: \d+, \[buffer\]: ArrayBuffer \{ (?:byteLength|\[byteLength\]): \d+ \}(?:, parent: \[Getter\], offset: \[Getter\])? \]$/;
