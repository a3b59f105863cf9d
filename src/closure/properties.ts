/** Own properties of functions, prototypes and objects, as data: which of them a class's source makes, and what the others hold. */

import type { Tree } from "../codec/structured/tree.ts";
import { isPropertyKey } from "../digest/shapes.ts";
import type { PropertyPart } from "./body.ts";
import { closureRecord } from "./record.ts";

/** Told of a property that may be one that the source defines; says whether it is. */
export type IsWritten = (key: PropertyKey, property: PropertyDescriptor) => boolean;

/** The properties of an owner, without those that are `skipped`. */
export function writeProperties(
  owner: object,
  tree: Tree,
  skipped: (key: PropertyKey, property: PropertyDescriptor) => boolean,
  isWritten: IsWritten = () => false,
): PropertyPart[] {
  const parts: PropertyPart[] = [];
  for (const key of Reflect.ownKeys(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
    if (skipped(key, property)) continue;
    const name = writeKey(key, tree);
    const shown = property.enumerable === true;
    if (isWritten(key, property)) parts.push([name, "written"]);
    else if ("value" in property) parts.push([name, "data", shown, tree.child(property.value, key)]);
    else parts.push([name, "accessor", shown, tree.child(property.get, key), tree.child(property.set, key)]);
  }
  return parts;
}

/** The tree of a key: a text, a `Symbol.for` symbol, or one of the language's own. */
export function writeKey(key: PropertyKey, tree: Tree): unknown {
  const known = typeof key === "symbol" ? WELL_KNOWN.find((name) => Reflect.get(Symbol, name) === key) : undefined;
  if (known !== undefined) return closureRecord("symbol", known);
  return isPropertyKey(key)
    ? tree.any(key)
    : tree.refuse(`a property under ${String(key)}, which no other program has`, key);
}

/** The key of a tree. */
export function readKey(raw: unknown, tree: Tree): PropertyKey {
  const key = tree.any(raw);
  return typeof key === "string" || typeof key === "symbol" ? key : tree.refuse("a property whose key is none");
}

/** Names of the language's own symbols: `iterator`, `toPrimitive` … */
export const WELL_KNOWN: readonly string[] = Object.getOwnPropertyNames(Symbol).filter(
  (name) => typeof Reflect.get(Symbol, name) === "symbol",
);

/** Gives an owner these properties, and takes from it all others but those that are `kept`. */
export function readProperties(owner: object, raw: unknown, tree: Tree, kept: readonly PropertyKey[] = []): object {
  if (!Array.isArray(raw) || raw.length > tree.size) return tree.refuse("properties that are no list");
  const named = new Set<PropertyKey>(kept);
  for (const part of raw as unknown[]) {
    if (!Array.isArray(part)) return tree.refuse("a property that is no list");
    const [rawKey, form, shown, ...held] = part as unknown[];
    const key = readKey(rawKey, tree);
    if (named.has(key)) return tree.refuse("properties with a key twice", key);
    named.add(key);
    if (form === "written") {
      if (!Object.hasOwn(owner, key)) tree.refuse("a member that the source does not define", key);
      continue;
    }
    const [first, second] = [tree.child(held[0], key), tree.child(held[1], key)];
    const common = { enumerable: shown === true, configurable: true };
    if (form === "data") Object.defineProperty(owner, key, { ...common, value: first, writable: true });
    else if (form === "accessor" && isAccessor(first) && isAccessor(second))
      Object.defineProperty(owner, key, { ...common, get: first, set: second } as PropertyDescriptor);
    else tree.refuse("a property of an unknown form", key);
  }
  // Frozen or not: what is left over came with the definition, and was taken away later.
  for (const key of Reflect.ownKeys(owner)) if (!named.has(key)) Reflect.deleteProperty(owner, key);
  return owner;
}

function isAccessor(value: unknown): value is (() => unknown) | undefined {
  return value === undefined || typeof value === "function";
}
