/**
 * What an object holds itself, read without running any code of it, and refused where it holds more than its kind may:
 * accessors, hidden properties, symbols of its own, extra fields on built-ins.
 */
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
  const field = Object.getOwnPropertyDescriptor(value, key);
  // A class's own code, asked about another part, can have taken it away.
  if (field === undefined) return refuse("a property that went away while the value was read", key);
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
