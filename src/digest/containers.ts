/** Digests of what has parts of any kind: objects, arrays, Python's shapes, Map, Set, errors. */
import { invalidArgument } from "../errors.ts";
import type { ErrorClassName } from "./builtin.ts";
import { errorFields } from "./error-fields.ts";
import { type ArrayParts, type Form, inOrderC } from "./form.ts";
import { type ChildHasher, childHasher, hashArray, hashChildren, hashDict, hashEntries, hashText } from "./hash.ts";
import { digestFloat, digestNumber } from "./number.ts";
import { assertOnlyIndices } from "./only-indices.ts";
import { assertOnly, dataOf, elementOf, HOLE, ownKeysOf } from "./own-fields.ts";
import type { Run } from "./run.ts";

const HOLE_DIGEST = hashText("hole", "");

/** A plain object: its entries ordered by the digests of their keys. */
export function digestObjectFields(object: object, run: Run): string {
  const keys: string[] = [];
  const values: string[] = [];
  for (const key of ownKeysOf(object)) {
    keys.push(run.any(key));
    values.push(run.child(dataOf(object, key, run.refuse), key));
  }
  return hashEntries(keys, values);
}

/** An array: its elements and holes. */
export function digestList(list: readonly unknown[], run: Run): string {
  const { length } = list;
  const hasher = childHasher("list", length);
  let present = 0;
  for (let i = 0; i < length; i++) {
    const element = elementOf(list, i, run.refuse);
    if (element === HOLE) {
      run.holes(1);
      hasher.add(HOLE_DIGEST);
    } else {
      present++;
      hasher.add(run.child(element, i));
    }
  }
  assertOnlyIndices(list, length, present, run.refuse);
  return hasher.end();
}

/** The items of a tuple. */
export function digestTuple(items: readonly unknown[], run: Run): string {
  const children: string[] = [];
  for (let i = 0; i < items.length; i++) children.push(run.child(items[i], i));
  return hashChildren("tuple", children);
}

/** A dict whose keys may be anything. */
export function digestPairs(pairs: readonly (readonly [key: unknown, value: unknown])[], run: Run): string {
  const entries: [string, string][] = [];
  for (const [key, value] of pairs) {
    const i = entries.length;
    entries.push([run.child(key, { shown: `<key ${i}>` }), run.child(value, { shown: `<value ${i}>` })]);
  }
  const keys = new Set(entries.map(([key]) => key));
  if (keys.size < entries.length) run.refuse("a dict with two keys that are equal");
  return hashDict(entries);
}

/** A Map: keys and values in the order of insertion, which is part of what a Map is. */
export function digestMap(map: ReadonlyMap<unknown, unknown>, run: Run): string {
  assertOnly(map, [], run.refuse);
  const hasher = childHasher("Map", map.size * 2);
  let i = 0;
  for (const [key, value] of Map.prototype.entries.call(map)) {
    hasher.add(run.child(key, { shown: `<key ${i}>` }));
    hasher.add(run.child(value, { shown: `<value ${i}>` }));
    i++;
  }
  return hasher.end();
}

/** A Set: members in the order of insertion. */
export function digestSet(set: ReadonlySet<unknown>, run: Run): string {
  assertOnly(set, [], run.refuse);
  const hasher: ChildHasher = childHasher("Set", set.size);
  let i = 0;
  for (const member of Set.prototype.values.call(set)) hasher.add(run.child(member, { shown: `<member ${i++}>` }));
  return hasher.end();
}

/** A value of Python: as there, where that is known, else by its Python name. */
export function digestForm(value: object, form: Form, run: Run): string {
  const parts = form.parts(value);
  switch (form.as) {
    case "set":
      return hashChildren("set", digestParts(parts, run));
    case "float":
      return digestFloat(parts[0] as number, run.numbers);
    case "ndarray": {
      const array = parts as unknown as ArrayParts;
      const shape = array[1].map((length) => digestNumber(length, run.numbers));
      return hashArray(array[0], shape, inOrderC(array));
    }
    default:
      return hashChildren("object", [hashText("str", form.name), hashChildren("list", digestParts(parts, run))]);
  }
}

function digestParts(parts: readonly unknown[], run: Run): string[] {
  const children: string[] = [];
  for (let i = 0; i < parts.length; i++) children.push(run.child(parts[i], { shown: `<part ${i}>` }));
  return children;
}

/** An error: class, name, message, cause, errors, and the fields that programs add. */
export function digestError(error: Error, className: ErrorClassName, run: Run): string {
  const parts = errorFields(error, className, run.refuse);
  const fields: [string, string][] = [];
  for (const [key, value] of parts.fields) fields.push([run.any(key), run.child(value, key)]);
  return hashChildren("Error", [
    hashText("str", className),
    run.child(parts.name, "name"),
    run.child(parts.message, "message"),
    parts.cause === HOLE ? HOLE_DIGEST : run.child(parts.cause, "cause"),
    parts.errors === HOLE ? HOLE_DIGEST : run.child(parts.errors, "errors"),
    hashDict(fields),
  ]);
}

/** What a class's own digest method says: a name that is not empty, and a value. */
export function digestDescribed(described: unknown, run: Run): string {
  const { name, value } = (typeof described === "object" && described !== null ? described : {}) as {
    name?: unknown;
    value?: unknown;
  };
  if (typeof name !== "string" || name === "") {
    throw invalidArgument('[Symbol.for("fleche.digest")]() must return { name, value } with a name that is not empty');
  }
  return hashChildren("object", [hashText("str", "symbol-method"), run.any([name, value])]);
}
