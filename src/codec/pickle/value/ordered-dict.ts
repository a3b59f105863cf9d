/** Python's `collections.OrderedDict`: a dict whose order counts. */
import { invalidArgument } from "../../../errors.ts";
import { type Key, Keyer } from "./key.ts";
import { definePython } from "./python-class.ts";

/** A Python OrderedDict. */
export class PyOrderedDict {
  readonly #entries: readonly (readonly [key: unknown, value: unknown])[];

  /** Throws a `TypeError` for a key that Python cannot hash, and for two that are equal in Python. */
  constructor(entries: Iterable<readonly [key: unknown, value: unknown]> = [], keyer: Keyer = new Keyer()) {
    const keys = new Set<Key>();
    const pairs: (readonly [unknown, unknown])[] = [];
    for (const [key, value] of entries) {
      const hashed = keyer.of(key);
      if (hashed === undefined) throw invalidArgument("PyOrderedDict: a key that Python cannot hash, such as an array");
      if (keys.has(hashed)) throw invalidArgument("PyOrderedDict: two keys that are equal in Python");
      keys.add(hashed);
      pairs.push(Object.freeze([key, value] as const));
    }
    this.#entries = Object.freeze(pairs);
    Object.freeze(this);
  }

  /** Its (key, value) pairs, in order, frozen. */
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

  static {
    definePython(PyOrderedDict, {
      name: "collections.OrderedDict",
      as: "object",
      is: (value) => #entries in value,
      parts: (dict) => dict.#entries.flat(),
      make(parts) {
        if (parts.length % 2 !== 0) throw invalidArgument("PyOrderedDict: a key without a value");
        return new PyOrderedDict(
          Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1]] as const),
        );
      },
    });
  }
}
