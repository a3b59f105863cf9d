/**
 * The built-in classes whose values fleche knows, and whether a prototype is exactly theirs: in this realm or another,
 * told without running anybody's code.
 */

import { types } from "node:util";

/** Name of one of the eight error classes. */
export type ErrorClassName =
  | "Error"
  | "EvalError"
  | "RangeError"
  | "ReferenceError"
  | "SyntaxError"
  | "TypeError"
  | "URIError"
  | "AggregateError";

/** The eight error classes. */
export const ERROR_CLASSES: { readonly [Name in ErrorClassName]: new (...args: never[]) => Error } = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
};

/** numpy's names of the element types; the order of bytes is little-endian, as memory here is. */
export const DTYPES = {
  Int8Array: "|i1",
  Uint8Array: "|u1",
  Int16Array: "<i2",
  Uint16Array: "<u2",
  Int32Array: "<i4",
  Uint32Array: "<u4",
  BigInt64Array: "<i8",
  BigUint64Array: "<u8",
  Float16Array: "<f2",
  Float32Array: "<f4",
  Float64Array: "<f8",
} as const;

/** Name of a typed array class that has a dtype. */
export type TypedArrayName = keyof typeof DTYPES;

const NAMES = new Set<string>([
  ...[
    "Object",
    "Array",
    "Map",
    "Set",
    "Date",
    "RegExp",
    "URL",
    "ArrayBuffer",
    "DataView",
    "Uint8ClampedArray",
    "Buffer",
  ],
  ...Object.keys(DTYPES),
  ...Object.keys(ERROR_CLASSES),
]);

const ownPrototypes = new Map<object, string>();
for (const name of NAMES) {
  // A class that this version of Node does not have (Float16Array before 24) is left out.
  const builtin: unknown = Reflect.get(globalThis, name);
  if (typeof builtin === "function") ownPrototypes.set(builtin.prototype as object, name);
}

/** The name of the built-in class whose prototype this is, in whatever realm; `undefined` for any other object. */
export function builtinName(prototype: object): string | undefined {
  return ownPrototypes.get(prototype) ?? foreignName(prototype);
}

/**
 * Another realm's prototype is known by its constructor: native by its own source text, which no user's function can
 * have, and holding this very prototype in a property that cannot be changed.
 */
function foreignName(prototype: object): string | undefined {
  if (types.isProxy(prototype)) return undefined;
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || types.isProxy(maker)) return undefined;
  const held = Object.getOwnPropertyDescriptor(maker, "prototype");
  if (held === undefined || held.value !== prototype || held.writable !== false) return undefined;
  const name = /^function (\w+)\(\) \{ \[native code\] \}$/.exec(Function.prototype.toString.call(maker))?.[1];
  return name !== undefined && NAMES.has(name) ? name : undefined;
}
