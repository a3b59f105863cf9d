/** A dict that is being read: a plain object as long as all its keys are texts, else pairs. */
import { Dict } from "../../digest/shapes.ts";
import { DecodeError } from "../../errors.ts";
import type { Key, Keyer } from "./value/key.ts";

/** Takes keys and values as Python's dict does. */
export class DictUnderWay {
  readonly #keyer: Keyer;
  #object: Record<string, unknown> | undefined;
  #places: Map<Key, number> | undefined;
  readonly #entries: [key: unknown, value: unknown][] = [];

  /** `ordered`: pairs from the beginning, since an object has an order of its own for keys like "1". */
  constructor(keyer: Keyer, ordered = false) {
    this.#keyer = keyer;
    this.#object = ordered ? undefined : {};
    if (ordered) this.#places = new Map();
  }

  set(key: unknown, value: unknown): void {
    const object = this.#object;
    if (object !== undefined && typeof key === "string") {
      if (key !== "__proto__") object[key] = value;
      // Assigned, it would become the prototype.
      else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      return;
    }
    if (object !== undefined) this.#toPairs(object);
    this.#setPair(key, value);
  }

  #toPairs(object: Record<string, unknown>): void {
    this.#object = undefined;
    this.#places = new Map();
    for (const key of Object.keys(object)) this.#setPair(key, Object.getOwnPropertyDescriptor(object, key)?.value);
  }

  /** As Python does where keys are equal: the first key stays, the last value counts. */
  #setPair(key: unknown, value: unknown): void {
    const places = this.#places as Map<Key, number>;
    const hashed = this.#keyer.of(key);
    if (hashed === undefined) throw new DecodeError("a dict with a key that Python cannot hash");
    const place = places.get(hashed);
    if (place === undefined) {
      places.set(hashed, this.#entries.length);
      this.#entries.push([key, value]);
    } else {
      // Python tells one NaN from another; nobody else does.
      if (Number.isNaN(hashed)) throw new DecodeError("a dict with the key NaN twice");
      (this.#entries[place] as [unknown, unknown])[1] = value;
    }
  }

  /** The pairs of an ordered dict. */
  get entries(): readonly (readonly [key: unknown, value: unknown])[] {
    return this.#entries;
  }

  /** The plain object or Dict. */
  end(): object {
    return this.#object ?? new Dict(this.#entries);
  }
}
