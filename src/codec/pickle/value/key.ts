/**
 * Which keys of a dict, and members of a set, are one in Python: 1, 1.0 and True; equal tuples; equal moments in two
 * time zones. A key of our own stands for all that are equal, so that a JavaScript Map finds them.
 */
import { types } from "node:util";
import { Tuple } from "../../../digest/shapes.ts";
import { bytesOf } from "../../../digest/view.ts";

/** Equal for what Python takes for equal, and different for all else; what a Map compares by value. */
export type Key = string | number | bigint;

/** The method by which our own classes say their key: `undefined` for what cannot be hashed. */
export const KEY: unique symbol = Symbol("python key");

interface Keyed {
  [KEY](keyer: Keyer): Key | undefined;
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
      if (number === undefined) this.#numbers.set(key, (number = this.#numbers.size));
      numbers.push(number);
    }
    if (!ordered) numbers.sort((a, b) => a - b);
    return `${name}(${numbers.join()})`;
  }

  /** A key that only this very object has. */
  identityOf(value: object): Key {
    let number = this.#identities.get(value);
    if (number === undefined) this.#identities.set(value, (number = this.#identities.size));
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
    return KEY in value ? (value as Keyed)[KEY](this) : undefined;
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
