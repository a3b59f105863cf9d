/**
 * Which keys of a dict, and members of a set, are one in Python: 1, 1.0 and True; equal tuples; equal moments in two
 * time zones. A key of our own stands for all that are equal, so that a JavaScript Map finds them.
 */
import { types } from "node:util";
import { formOf } from "../../../digest/form.ts";
import { Tuple } from "../../../digest/shapes.ts";
import { bytesOf } from "../../../digest/view.ts";

/** Equal for what Python takes for equal, and different for all else; what a Map compares by value. */
export type Key = string | number | bigint;

/** How the instances of a class of ours say their key: `undefined` for what cannot be hashed. */
export type KeyOf<T extends object> = (value: T, keyer: Keyer) => Key | undefined;

const byPrototype = new Map<object, KeyOf<object>>();

/** Makes the instances of a class hashable; each module that defines such a class says so. */
export function defineKey<T extends object>(target: { readonly prototype: T }, keyOf: KeyOf<T>): void {
  byPrototype.set(target.prototype, keyOf as KeyOf<object>);
}

/** Makes keys; remembers those of what has parts, so that a shared part costs once. */
export class Keyer {
  readonly #made = new Map<object, Key | undefined>();
  readonly #identities = new Map<object, number>();
  readonly #numbers = new Map<Key, number>();

  /** The key of a value; `undefined` where Python cannot hash it. */
  of(value: unknown): Key | undefined {
    switch (typeof value) {
      case "string":
        return `s${value}`;
      case "number":
        return keyOfNumber(value);
      case "boolean":
        return value ? 1 : 0;
      case "bigint":
        return keyOfInteger(value);
      case "object":
        if (value === null) return "None";
        return this.#ofObject(value);
      default:
        return undefined;
    }
  }

  /** A key for several parts in this order; `undefined` where one of them cannot be hashed. */
  ofParts(name: string, parts: Iterable<unknown>, ordered = true): Key | undefined {
    const numbers: number[] = [];
    for (const part of parts) {
      const key = this.of(part);
      if (key === undefined) return undefined;
      // Each key gets a number, so that a key of parts does not contain their texts.
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(key, number);
      }
      numbers.push(number);
    }
    if (!ordered) numbers.sort((a, b) => a - b);
    return `${name}(${numbers.join()})`;
  }

  /** A key that only this very object has. */
  identityOf(value: object): Key {
    let number = this.#identities.get(value);
    if (number === undefined) {
      number = this.#identities.size;
      this.#identities.set(value, number);
    }
    return `object(${number})`;
  }

  #ofObject(value: object): Key | undefined {
    if (this.#made.has(value)) return this.#made.get(value);
    const key = this.#makeKey(value);
    this.#made.set(value, key);
    return key;
  }

  #makeKey(value: object): Key | undefined {
    if (Tuple.is(value)) return this.ofParts("tuple", value.items);
    if (Buffer.isBuffer(value) && types.isUint8Array(value)) return `b${bytesOf(value).toString("latin1")}`;
    const prototype: unknown = Object.getPrototypeOf(value);
    // A look-alike has the prototype and nothing else.
    if (typeof prototype !== "object" || prototype === null || formOf(value, prototype) === undefined) return undefined;
    return byPrototype.get(prototype)?.(value, this);
  }
}

/** Of an integer: itself, as a number where numbers have it. */
export function keyOfInteger(value: bigint): Key {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Of a float: integral ones are equal to the integer. */
export function keyOfNumber(value: number): Key {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Of a fraction in lowest terms: a float where one is exactly that, since then the two are equal. */
export function keyOfRatio(numerator: bigint, denominator: bigint): Key {
  if (denominator === 1n) return keyOfInteger(numerator);
  const quotient = Number(numerator) / Number(denominator);
  // A float's denominator is a power of two, and both parts of it are exact in the division.
  const exact = (denominator & (denominator - 1n)) === 0n && Number.isFinite(quotient) && quotient !== 0;
  if (exact && BigInt(Number(numerator)) === numerator && quotient * Number(denominator) === Number(numerator)) {
    return quotient;
  }
  return `${numerator}/${denominator}`;
}
