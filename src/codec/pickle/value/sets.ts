/** Python's set and frozenset. A JavaScript `Set` compares its members by identity and has a digest of its own. */
import { invalidArgument } from "../../../errors.ts";
import { type Key, Keyer } from "./key.ts";
import { definePython } from "./python-class.ts";

/**
 * A Python set. Members that are equal in Python (1 and true) count once, the first of them. Their order is that in which
 * they were stored; it is part of the digest, as in Python.
 *
 * @example
 * ```ts
 * import { PySet, readPickle, writePickle } from "fleche/pickle";
 * const set = readPickle(writePickle(new PySet([1, 2, 1]))) as PySet;
 * [...set]; // [1, 2]
 * ```
 */
export class PySet {
  readonly #members: readonly unknown[];

  /** Throws a `TypeError` for a member that Python cannot hash: arrays, objects, sets. */
  constructor(members: Iterable<unknown> = [], keyer: Keyer = new Keyer()) {
    this.#members = distinct("PySet", members, keyer);
    Object.freeze(this);
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.length;
  }

  /** Whether a member is equal to this in Python. Looks at each member. */
  has(value: unknown): boolean {
    return holds(this.#members, value);
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.#members[Symbol.iterator]();
  }

  static {
    definePython(PySet, {
      name: "builtins.set",
      as: "set",
      is: (value) => #members in value,
      parts: (set) => set.#members,
      make: (parts) => assertAll(new PySet(parts), parts),
    });
  }
}

/** A Python frozenset: as {@link PySet}, and can be a member or a key itself. */
export class PyFrozenSet {
  readonly #members: readonly unknown[];

  /** Throws a `TypeError` for a member that Python cannot hash. */
  constructor(members: Iterable<unknown> = [], keyer: Keyer = new Keyer()) {
    this.#members = distinct("PyFrozenSet", members, keyer);
    Object.freeze(this);
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.length;
  }

  /** Whether a member is equal to this in Python. Looks at each member. */
  has(value: unknown): boolean {
    return holds(this.#members, value);
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.#members[Symbol.iterator]();
  }

  static {
    definePython(PyFrozenSet, {
      key: (self, keyer) => keyer.ofParts("frozenset", self.#members, false),
      name: "builtins.frozenset",
      as: "object",
      is: (value) => #members in value,
      parts: (set) => set.#members,
      make: (parts) => assertAll(new PyFrozenSet(parts), parts),
    });
  }
}

function distinct(name: string, members: Iterable<unknown>, keyer: Keyer): readonly unknown[] {
  const first = new Map<Key, unknown>();
  for (const member of members) {
    const key = keyer.of(member);
    if (key === undefined) throw invalidArgument(`${name}: a member that Python cannot hash, such as an array`);
    if (!first.has(key)) first.set(key, member);
    else if (Number.isNaN(key)) throw invalidArgument(`${name}: NaN twice, which Python tells apart and nobody else`);
  }
  return Object.freeze([...first.values()]);
}

function holds(members: readonly unknown[], value: unknown): boolean {
  const keyer = new Keyer();
  const key = keyer.of(value);
  return key !== undefined && members.some((member) => Object.is(keyer.of(member), key) || keyer.of(member) === key);
}

function assertAll<T extends { readonly size: number }>(set: T, parts: readonly unknown[]): T {
  if (set.size !== parts.length) throw invalidArgument("a set with a member twice");
  return set;
}
