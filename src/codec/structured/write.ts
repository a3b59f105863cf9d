/**
 * Value → tree. Every object is looked at as closely as for a digest; where V8 carries it and all its parts as they are,
 * the tree is the object itself and nothing is copied.
 */
import { types } from "node:util";
import { errorFields } from "../../digest/error-fields.ts";
import { kindOf } from "../../digest/kind.ts";
import { growthLimit } from "../../digest/leaves.ts";
import { assertOnlyIndices } from "../../digest/only-indices.ts";
import { assertOnly, dataOf, elementOf, type Field, fieldsOf, HOLE, ownKeysOf } from "../../digest/own-fields.ts";
import { isPropertyKey } from "../../digest/shapes.ts";
import { bytesOf, typedLength } from "../../digest/view.ts";
import { MAX_DEPTH } from "../../digest/walk.ts";
import { EncodeError } from "../../errors.ts";
import { RECORD_KEY, record } from "./record.ts";
import type { Parts } from "./split.ts";
import { makeTree, makeTrees, type Tree } from "./tree.ts";

/** How many levels of a tree stand for an error: its record, the record's array, a list of fields. */
const ERROR_LEVELS = 3;

/** How many stand for anything else, at most. */
const MOST_LEVELS = 2;

/**
 * V8 reads a tree by calling itself at each level, and its stack holds some 2,500 of them. All values within the limit of
 * depth need fewer, but errors in errors: what could not be read back is not written.
 */
const MAX_TREE_LEVELS = MOST_LEVELS * MAX_DEPTH;

/** The tree of a value; throws `EncodeError` with the path to what cannot be brought back. */
export function writeTree(value: unknown, parts: Parts): unknown {
  let levels = 0;
  return makeTree(value, {
    object(object, tree) {
      const own = types.isNativeError(object) ? ERROR_LEVELS : MOST_LEVELS;
      levels += own;
      if (levels > MAX_TREE_LEVELS) tree.refuse("errors too many levels deep");
      const outer = parts.enter(object);
      const made = writeObject(object, tree);
      levels -= own;
      return parts.leave(object, made, outer);
    },
    symbol: writeSymbol,
    scalar: parts.scalar,
    met: parts.met,
    error: refusal,
  });
}

/** What a codec carries beyond this one: records of its own for functions, and for objects that are refused here. */
export interface MoreTrees {
  function(fn: object, tree: Tree): unknown;
  /** `undefined` for an object that is to be written as ever. */
  object(object: object, tree: Tree): unknown;
}

/** The trees of several values in one walk, whole, with what another codec adds. */
export function writeTrees<T>(more: MoreTrees, work: (tree: Tree) => T): T {
  const object = (value: object, tree: Tree): unknown => more.object(value, tree) ?? writeObject(value, tree);
  return makeTrees({ object, function: more.function, symbol: writeSymbol, error: refusal }, work);
}

function refusal(path: string, problem: string): EncodeError {
  return new EncodeError(path, problem);
}

function writeSymbol(symbol: symbol, tree: Tree): unknown {
  if (!isPropertyKey(symbol)) return tree.refuse(`${String(symbol)}, which is not made by Symbol.for`);
  return record("Symbol", Symbol.keyFor(symbol));
}

function writeObject(object: object, tree: Tree): unknown {
  const kinded = kindOf(object);
  switch (kinded.kind) {
    case "dict":
      return writeDict(object, tree);
    case "null-prototype":
      return record("null-prototype", ...writeFields(fieldsOf(object, tree.refuse), tree));
    case "list":
      return writeList(kinded.value, tree);
    case "Map":
      return writeMap(kinded.value, tree);
    case "Set":
      return writeSet(kinded.value, tree);
    case "tuple":
      return record("tuple", ...writeItems(kinded.value.items, tree));
    case "pairs":
      return record("pairs", ...writePairs(kinded.value.entries, tree).flat());
    case "Error": {
      const { hidden, fields } = errorFields(kinded.value, kinded.className, tree.refuse);
      return record("Error", kinded.className, writeFields(hidden, tree), writeFields(fields, tree));
    }
    case "registered": {
      const { name, encode } = kinded.registration;
      return record("object", name, tree.any(encoded(() => encode(object), name, tree)));
    }
    case "python":
      return record("python", kinded.form.name, ...writeItems(kinded.form.parts(object), tree));
    case "bytes":
    case "Uint8ClampedArray":
      return indicesOnly(kinded.value, tree);
    case "ndarray":
      indicesOnly(kinded.value, tree);
      // V8 has no number for it before Node 24.
      return kinded.className === "Float16Array" ? record("Float16Array", bytesOf(kinded.value)) : kinded.value;
    case "ArrayBuffer": {
      assertOnly(object, [], tree.refuse);
      const limit = growthLimit(kinded.value);
      return limit === undefined ? object : record("ArrayBuffer", Buffer.from(kinded.value), limit);
    }
    case "RegExp": {
      const { source, flags, lastIndex } = kinded.value;
      assertOnly(object, ["lastIndex"], tree.refuse);
      if (typeof lastIndex !== "number") tree.refuse("not a number", "lastIndex");
      return record("RegExp", source, flags, lastIndex);
    }
    case "URL":
      assertOnly(object, [], tree.refuse);
      return record("URL", normalHref(kinded.value, tree));
    case "Date":
    case "DataView":
      assertOnly(object, [], tree.refuse);
      return object;
    case "digest":
      return tree.refuse("a Digest, which stands for a value stored elsewhere; load what it names");
    case "method":
      return tree.refuse("an instance whose class says only how it is digested; register(Class, …) makes it storable");
    default:
      return tree.refuse(kinded.problem);
  }
}

/** Setters can make a URL that its own text does not lead back to: `data:x  ?q` without its query ends in blanks. */
function normalHref(url: URL, tree: Tree): string {
  const { href } = url;
  if (!URL.canParse(href) || new URL(href).href !== href) tree.refuse("a URL that its own href does not lead back to");
  return href;
}

/** What a class's own code says of an instance; its failure is a refusal like any other. */
function encoded(encode: () => unknown, name: string, tree: Tree): unknown {
  try {
    return encode();
  } catch (error) {
    return tree.refuse(`encode of ${name} threw ${error instanceof Error ? error.message : String(error)}`);
  }
}

function indicesOnly(array: ArrayBufferView, tree: Tree): object {
  assertOnlyIndices(array, typedLength(array), typedLength(array), tree.refuse);
  return array;
}

function writeDict(object: object, tree: Tree): unknown {
  const keys = ownKeysOf(object);
  for (const key of keys) {
    if (typeof key === "symbol" || key === RECORD_KEY) {
      return record("dict", ...writeFields(fieldsOf(object, tree.refuse), tree));
    }
  }
  const trees: unknown[] = [];
  let changed = false;
  for (const key of keys) {
    const value = dataOf(object, key, tree.refuse);
    const made = tree.child(value, key);
    trees.push(made);
    if (!Object.is(made, value)) changed = true;
  }
  if (!changed) return object;
  const copy = {};
  keys.forEach((key, i) => {
    // Defined, not assigned: the key may be `__proto__`.
    Object.defineProperty(copy, key, { value: trees[i], enumerable: true });
  });
  return copy;
}

function writeItems(items: readonly unknown[], tree: Tree): unknown[] {
  const trees: unknown[] = [];
  for (let i = 0; i < items.length; i++) trees.push(tree.child(items[i], i));
  return trees;
}

/** Keys and values in turn. */
function writeFields(fields: readonly Field[], tree: Tree): unknown[] {
  const trees: unknown[] = [];
  for (const [key, value] of fields) trees.push(tree.any(key), tree.child(value, key));
  return trees;
}

function writePairs(pairs: Iterable<readonly [unknown, unknown]>, tree: Tree): [unknown, unknown][] {
  const trees: [unknown, unknown][] = [];
  for (const [key, value] of pairs) {
    const i = trees.length;
    trees.push([tree.child(key, { shown: `<key ${i}>` }), tree.child(value, { shown: `<value ${i}>` })]);
  }
  return trees;
}

function writeList(list: readonly unknown[], tree: Tree): unknown {
  let copy: unknown[] | undefined;
  let holes = 0;
  for (let i = 0; i < list.length; i++) {
    const element = elementOf(list, i, tree.refuse);
    if (element === HOLE) {
      tree.holes(1);
      holes++;
      continue;
    }
    const made = tree.child(element, i);
    if (!Object.is(made, element)) {
      // A slice keeps the holes.
      copy ??= list.slice();
      copy[i] = made;
    }
  }
  assertOnlyIndices(list, list.length, list.length - holes, tree.refuse);
  return copy ?? list;
}

function writeMap(map: ReadonlyMap<unknown, unknown>, tree: Tree): unknown {
  assertOnly(map, [], tree.refuse);
  const pairs = writePairs(Map.prototype.entries.call(map), tree);
  let i = 0;
  for (const [key, value] of Map.prototype.entries.call(map)) {
    const made = pairs[i++] as [unknown, unknown];
    if (!Object.is(made[0], key) || !Object.is(made[1], value)) return new Map(pairs);
  }
  return map;
}

function writeSet(set: ReadonlySet<unknown>, tree: Tree): unknown {
  assertOnly(set, [], tree.refuse);
  const members = [...Set.prototype.values.call(set)];
  const made: unknown[] = [];
  for (const member of members) made.push(tree.child(member, { shown: `<member ${made.length}>` }));
  return made.every((member, i) => Object.is(member, members[i])) ? set : new Set(made);
}
