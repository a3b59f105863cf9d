/**
 * The Python shapes that JavaScript lacks: tuples, and dicts whose keys are not only strings. They have Python's digests
 * and come back from a cache as what they are.
 */
import { invalidArgument } from "../errors.ts";

/** An immutable sequence that is not a list; made by {@link tuple}. */
export class Tuple<T extends readonly unknown[] = readonly unknown[]> {
  readonly #items: T;

  constructor(items: T) {
    this.#items = Object.freeze([...items]) as unknown as T;
    Object.freeze(this);
  }

  /** Its items, frozen. */
  get items(): T {
    return this.#items;
  }

  /** How many items there are. */
  get length(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): IterableIterator<T[number]> {
    return this.#items[Symbol.iterator]() as IterableIterator<T[number]>;
  }

  /** Told by its private name, so that no look-alike counts. */
  static is(value: object): value is Tuple {
    return #items in value;
  }
}

/** A dict with at least one key that is no string; made by {@link dict}. */
export class Dict {
  readonly #entries: readonly (readonly [key: unknown, value: unknown])[];

  /** Throws a `TypeError` where a plain object could hold the pairs: it has the same digest, so use {@link dict}. */
  constructor(entries: Iterable<readonly [key: unknown, value: unknown]>) {
    this.#entries = Object.freeze(Array.from(entries, ([key, value]) => Object.freeze([key, value] as const)));
    if (this.#entries.every(([key]) => isPropertyKey(key))) {
      throw invalidArgument(
        "Dict: a dict with only texts as keys is a plain object; dict(entries) makes the right one",
      );
    }
    Object.freeze(this);
  }

  /** Its (key, value) pairs in the order they were given, frozen. */
  get entries(): readonly (readonly [key: unknown, value: unknown])[] {
    return this.#entries;
  }

  /** How many pairs there are. */
  get size(): number {
    return this.#entries.length;
  }

  [Symbol.iterator](): IterableIterator<readonly [key: unknown, value: unknown]> {
    return this.#entries[Symbol.iterator]();
  }

  /** Told by its private name, so that no look-alike counts. */
  static is(value: object): value is Dict {
    return #entries in value;
  }
}

/**
 * A Python tuple.
 *
 * @example
 * ```ts
 * import { digest, tuple } from "fleche";
 * digest(tuple("a", 1)) === digest(["a", 1]); // false, as in Python
 * ```
 */
export function tuple<T extends readonly unknown[]>(...items: T): Tuple<T> {
  return new Tuple(items);
}

/**
 * A Python dict from (key, value) pairs. One whose keys are all strings is what JavaScript calls a plain object, and
 * that is what it returns: the two have one digest, so they are one thing.
 *
 * @example
 * ```ts
 * import { dict, digest } from "fleche";
 * digest(dict([["a", 1]])) === digest({ a: 1 }); // true
 * dict([[1, "x"]]); // a Dict: no plain object has the key 1
 * ```
 */
export function dict(entries: Iterable<readonly [key: unknown, value: unknown]>): Dict | Record<string, unknown> {
  const pairs = Array.from(entries);
  if (!pairs.every(([key]) => isPropertyKey(key))) return new Dict(pairs);
  const object: Record<PropertyKey, unknown> = {};
  for (const [key, value] of pairs as [string | symbol, unknown][]) {
    if (Object.hasOwn(object, key))
      throw invalidArgument(`dict: the key ${JSON.stringify(String(key))} is given twice`);
    // Defined, not assigned: the key may be `__proto__`.
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

/** Whether a plain object can have this key as an entry. */
export function isPropertyKey(key: unknown): key is string | symbol {
  return typeof key === "string" || (typeof key === "symbol" && Symbol.keyFor(key) !== undefined);
}
