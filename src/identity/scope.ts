/** Finds a variable in the scopes around a function. What is not there is a global, or nothing. */
import type { Scope } from "./inspector.ts";

/** What a name stands for. */
export type Variable =
  | { readonly kind: "value"; readonly value: unknown /** Its scope's place in the list. */; readonly level: number }
  /** Declared, but not yet initialised. (Node 20 shows `undefined` instead; a body that uses it then throws.) */
  | { readonly kind: "early" }
  /** Inside `with (…)`: what the name means depends on an object. */
  | { readonly kind: "with" }
  /** A global of another realm, of which nothing is known here. */
  | { readonly kind: "realm" }
  | { readonly kind: "global" };

/** Looks a name up, from the innermost scope outwards. */
export function variableOf(scopes: readonly Scope[], name: string): Variable {
  for (const [level, { description, object }] of scopes.entries()) {
    if (object === globalThis) break;
    if (/^Global\b/.test(description)) return { kind: "realm" };
    if (/^With\b/.test(description)) return { kind: "with" };
    if (!Object.hasOwn(object, name)) continue;
    try {
      return { kind: "value", value: Reflect.get(object, name), level };
    } catch {
      // "Cannot access 'name' from debugger".
      return { kind: "early" };
    }
  }
  return { kind: "global" };
}
