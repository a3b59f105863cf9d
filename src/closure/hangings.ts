/** What hangs on a user's function or class beside its source: its name, own properties, members, prototype, superclass. */
import type { Tree } from "../codec/structured/tree.ts";
import type { Look } from "../identity/inspector.ts";
import type { Source } from "../identity/source.ts";
import { surroundings } from "../identity/surroundings.ts";
import type { MemberPart, SourcePart } from "./body.ts";
import { writeKey, writeProperties } from "./properties.ts";

/** Functions that the source of a class defines, as they are found. */
export type Members = Map<object, MemberPart>;

type Hangings = Pick<SourcePart, "name" | "length" | "parent" | "own" | "prototype" | "inherits">;

const STANDARD: readonly PropertyKey[] = ["length", "name", "prototype", "arguments", "caller"];

/** What hangs on a function. Throws by the tree's `refuse` where it is more than can be carried. */
export function hangingsOf(
  fn: object,
  source: Source,
  tree: Tree,
  members: Members,
  number: (fn: object) => number,
  look: (fn: object) => Look | undefined,
): Hangings {
  const { isFunctionPrototype, inspector } = surroundings();
  if (source.isClass && source.text.includes("#") && (inspector?.privateFields(fn) ?? []).length > 0)
    tree.refuse("a class with private static members, which cannot be set from outside");
  const written =
    (isStatic: boolean) =>
    (key: PropertyKey, property: PropertyDescriptor): boolean => {
      const roles = (["value", "get", "set"] as const).filter((role) => typeof property[role] === "function");
      if (!source.isClass || roles.length === 0) return false;
      if (!roles.every((role) => isWrittenIn(property[role] as object, fn, source, look))) return false;
      for (const role of roles)
        members.set(property[role] as object, { of: number(fn), isStatic, key: writeKey(key, tree), role });
      return true;
    };
  const isStandard = (key: PropertyKey, { enumerable, value }: PropertyDescriptor): boolean =>
    STANDARD.includes(key) && enumerable !== true && !(key === "name" && typeof value === "function");
  const parent: unknown = Object.getPrototypeOf(fn);
  const derived = typeof parent === "function" && !isFunctionPrototype(parent);
  if (
    !derived &&
    !(typeof parent === "function" && isFunctionPrototype(parent)) &&
    !isFunctionPrototype(Object(parent))
  )
    tree.refuse("a function whose prototype was replaced");
  if (derived && !source.isClass) tree.refuse("a function that inherits from another");
  return {
    name: textOf(fn, "name"),
    length: numberOf(fn, "length"),
    parent: derived ? tree.child(parent, { shown: "<superclass>" }) : undefined,
    own: writeProperties(fn, tree, isStandard, written(true)),
    ...prototypeOf(fn, derived ? (parent as object) : undefined, tree, written(false)),
  };
}

function prototypeOf(
  fn: object,
  parent: object | undefined,
  tree: Tree,
  written: (key: PropertyKey, property: PropertyDescriptor) => boolean,
): Pick<SourcePart, "prototype" | "inherits"> {
  const prototype = dataOf(fn, "prototype");
  if (typeof prototype !== "object" || prototype === null) return { prototype: undefined, inherits: undefined };
  const { isFunctionPrototype } = surroundings();
  const above: object | null = Object.getPrototypeOf(prototype);
  const isGenerator = above !== null && isFunctionPrototype(above);
  if (!isGenerator && dataOf(prototype, "constructor") !== fn) tree.refuse("a function whose `prototype` was replaced");
  const own = tree.at(["prototype"], () =>
    writeProperties(prototype, tree, (key, { enumerable }) => key === "constructor" && enumerable !== true, written),
  );
  if (isGenerator || above === Object.prototype) return { prototype: own, inherits: undefined };
  if (parent !== undefined && above === dataOf(parent, "prototype")) return { prototype: own, inherits: undefined };
  const maker = above === null ? undefined : dataOf(above, "constructor");
  if (typeof maker !== "function" || dataOf(maker, "prototype") !== above)
    return tree.refuse("a function whose `prototype` inherits from an object that no class has made");
  return { prototype: own, inherits: tree.child(maker, { shown: "<superclass>" }) };
}

/** Whether a function is what the source of a class defines: its text is in it, and it lies in the same script, behind its beginning. */
function isWrittenIn(fn: object, owner: object, source: Source, look: (fn: object) => Look | undefined): boolean {
  const text = surroundings().sourceOf(fn).text;
  if (text === source.text || !source.text.includes(text)) return false;
  const [inner, outer] = [look(fn)?.location, look(owner)?.location];
  if (inner === undefined || outer === undefined) return true;
  if (inner.script !== outer.script) return false;
  return inner.line > outer.line || (inner.line === outer.line && inner.column >= outer.column);
}

function dataOf(owner: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(owner, key)?.value;
}

function textOf(owner: object, key: string): string | undefined {
  const value = dataOf(owner, key);
  return typeof value === "string" ? value : undefined;
}

function numberOf(owner: object, key: string): number | undefined {
  const value = dataOf(owner, key);
  return typeof value === "number" ? value : undefined;
}
