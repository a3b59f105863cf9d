/**
 * Objects that are more than data: instances of the user's classes, by class and fields; plain objects with accessors or
 * hidden properties; built-in objects, by name. State that cannot be read or set from outside is refused.
 */
import { types } from "node:util";
import type { Tree } from "../codec/structured/tree.ts";
import { kindOf } from "../digest/kind.ts";
import { hasOnlyData } from "../digest/own-fields.ts";
import type { Source } from "../identity/source.ts";
import { surroundings } from "../identity/surroundings.ts";
import { tokenize } from "../identity/tokens.ts";
import { builtinRecord } from "./foreign.ts";
import { writeProperties } from "./properties.ts";
import { closureRecord } from "./record.ts";

/** The record of an object; `undefined` for one that codec `structured` knows, or refuses. */
export function instanceRecord(
  object: object,
  tree: Tree,
  builtinObject: (object: object) => string | undefined,
): object | undefined {
  const kinded = kindOf(object);
  if (kinded.kind !== "dict" && kinded.kind !== "unknown") return undefined;
  // Before anything else: the exports of `node:path` hold themselves, those of `node:fs` have getters.
  if (!types.isProxy(object) && builtinObject(object) !== undefined) return builtinRecord(object);
  if (kinded.kind === "dict" && !hasOnlyData(object)) return closureRecord("properties", writeAll(object, tree));
  if (kinded.kind !== "unknown" || types.isProxy(object)) return undefined;
  const maker = makerOf(Object.getPrototypeOf(object));
  if (maker === undefined) return undefined;
  assertCarried(maker, tree);
  const slot = slotOf(object);
  if (slot === undefined) return tree.refuse(`${kinded.problem}; and it has hidden state`);
  const [name, held] = slot;
  const skipped = (key: PropertyKey): boolean =>
    (name === "Error" && key === "stack") ||
    (name === "Array" && typeof key === "string" && /^(?:\d+|length)$/.test(key));
  return closureRecord(
    "instance",
    tree.child(maker, { shown: "<class>" }),
    name,
    // As an array, a Map …: that is met once, so it is no child of its own.
    held === undefined ? undefined : tree.any(held),
    writeProperties(object, tree, skipped),
  );
}

function writeAll(object: object, tree: Tree): unknown {
  return writeProperties(object, tree, () => false);
}

type Maker = (new () => object) & { readonly name: string };

/** The class whose prototype this is. */
function makerOf(prototype: object | null): Maker | undefined {
  const maker: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || types.isProxy(maker)) return undefined;
  return Object.getOwnPropertyDescriptor(maker, "prototype")?.value === prototype ? (maker as Maker) : undefined;
}

/** All classes of an instance must be the user's, or the language's own, and without private members. */
function assertCarried(nearest: Maker, tree: Tree): void {
  const { sourceOf, originAt, look } = surroundings();
  for (let maker: Maker | undefined = nearest; maker !== undefined; ) {
    const source = sourceOf(maker);
    const location = source.native ? undefined : look(maker)?.location;
    const origin = location === undefined ? "user" : originAt(location).kind;
    const whose = source.native && maker === nearest ? "the language" : origin === "user" ? undefined : origin;
    if (whose !== undefined)
      tree.refuse(
        `an instance of ${nearest.name}, whose class is of ${whose === "node" ? "Node" : `${whose === "package" ? "a package" : whose}`}`,
      );
    if (hasPrivate(source))
      tree.refuse(`an instance of ${nearest.name}, which has private members: they cannot be set from outside`);
    if (source.native) return;
    const above: object | null = Object.getPrototypeOf(maker.prototype as object);
    maker = above === Object.prototype ? undefined : makerOf(above);
  }
}

function hasPrivate({ text, isClass }: Source): boolean {
  if (!isClass || !text.includes("#")) return false;
  return tokenize(text).tokens?.some(({ kind }) => kind === "private") ?? true;
}

/** What an instance holds beside its fields, by the built-in class that has it; `undefined` where that is hidden. */
function slotOf(object: object): readonly [name: string, held: unknown] | undefined {
  if (Array.isArray(object)) return ["Array", Array.from({ length: object.length }, (_, i) => object[i] as unknown)];
  if (types.isMap(object)) return ["Map", new Map(Map.prototype.entries.call(object))];
  if (types.isSet(object)) return ["Set", new Set(Set.prototype.values.call(object))];
  if (types.isNativeError(object)) return ["Error", undefined];
  return HIDDEN.some((has) => has(object)) ? undefined : ["", undefined];
}

const HIDDEN: readonly ((value: object) => boolean)[] = [
  types.isDate,
  types.isRegExp,
  types.isPromise,
  types.isWeakMap,
  types.isWeakSet,
  types.isBoxedPrimitive,
  types.isGeneratorObject,
  types.isMapIterator,
  types.isSetIterator,
  types.isAnyArrayBuffer,
  types.isArgumentsObject,
  types.isExternal,
  ArrayBuffer.isView,
  (value) => value instanceof WeakRef,
];
