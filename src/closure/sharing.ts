/**
 * Which functions share variables. A variable that nobody assigns to may be copied for each function; one that is
 * assigned has to stay one, so its scope becomes a scope of the body, inside those that were around it.
 */
import type { Scope } from "../identity/inspector.ts";
import { ROOT, type ScopePart } from "./body.ts";
import { contextsAround } from "./heap.ts";

/** A function with what it captures; variables with their trees. */
export interface Capturing {
  readonly fn: object;
  readonly sloppy: boolean;
  readonly scopes: readonly Scope[];
  readonly script: string | undefined;
  readonly variables: readonly Variable[];
}

/** A captured variable, written. */
export interface Variable {
  readonly name: string;
  readonly level: number;
  readonly value: unknown;
  readonly tree: unknown;
  /** Whether the function's own source may assign to it. */
  readonly assigned: boolean;
}

/** The scopes of a body, and the place in them of each function. */
export interface Placed {
  readonly scopes: readonly ScopePart[];
  readonly places: readonly number[];
}

/** A variable, at one function. */
interface Held {
  readonly of: number;
  readonly variable: Variable;
}

/** Puts functions into as few scopes as keep together what is shared. Throws by `refuse` where that cannot be told. */
export function placeFunctions(functions: readonly Capturing[], refuse: (problem: string) => never): Placed {
  const suspects = [...candidates(functions)];
  const needsHeap = suspects.some((held) =>
    held.some((one) => cheapKey(functions[one.of], one.variable.level) === undefined),
  );
  const chains = needsHeap ? contextsAround(functions.map(({ fn }) => fn)) : [];
  if (chains === undefined) {
    const name = suspects[0]?.[0]?.variable.name;
    return refuse(`functions that may share the variable "${name}", and V8's heap cannot be looked through to tell`);
  }
  const keyOf = (of: number, level: number): string | undefined => {
    const cheap = cheapKey(functions[of], level);
    const context = chains[of]?.[level];
    return cheap ?? (context === undefined ? undefined : `context ${context}`);
  };
  return build(functions, sharedNames(suspects, keyOf), keyOf, refuse);
}

/** Variables of one name, at one distance from the outermost scope and with one value, of which some are assigned. */
function* candidates(functions: readonly Capturing[]): Iterable<readonly Held[]> {
  const groups = new Map<string, Held[]>();
  for (const [of, { scopes, variables }] of functions.entries()) {
    for (const variable of variables) {
      const group = `${scopes.length - variable.level}:${variable.name}`;
      groups.set(group, [...(groups.get(group) ?? []), { of, variable }]);
    }
  }
  for (const group of groups.values()) {
    const byValue = new Map<unknown, Held[]>();
    for (const held of group) {
      // A Map takes 0 and −0 for one value; then the contexts tell.
      const { value } = held.variable;
      byValue.set(value, [...(byValue.get(value) ?? []), held]);
    }
    for (const equal of byValue.values()) {
      if (equal.length > 1 && equal.some(({ variable }) => variable.assigned)) yield equal;
    }
  }
}

/** What names a scope where no look into the heap is needed: a module has one, and the realm has one for scripts. */
function cheapKey(fn: Capturing | undefined, level: number): string | undefined {
  const description = fn?.scopes[level]?.description;
  if (description === "Module" && fn?.script !== undefined) return `module ${fn.script}`;
  return description === "Script" ? "script" : undefined;
}

type KeyOf = (of: number, level: number) => string | undefined;

/** The names that are shared, by the key of their scope. */
function sharedNames(suspects: readonly (readonly Held[])[], keyOf: KeyOf): Map<string, Map<string, unknown>> {
  const shared = new Map<string, Map<string, unknown>>();
  for (const equal of suspects) {
    const byKey = new Map<string, Held[]>();
    for (const held of equal) {
      const key = keyOf(held.of, held.variable.level);
      if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), held]);
    }
    for (const [key, [first, ...others]] of byKey) {
      if (first === undefined || others.length === 0) continue;
      const names = shared.get(key) ?? new Map<string, unknown>();
      shared.set(key, names.set(first.variable.name, first.variable.tree));
    }
  }
  return shared;
}

function build(
  functions: readonly Capturing[],
  shared: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  keyOf: KeyOf,
  refuse: (problem: string) => never,
): Placed {
  const scopes: ScopePart[] = [];
  const placeOf = new Map<string, { readonly place: number; readonly sloppy: boolean }>();
  const places = functions.map(({ scopes: around, variables, sloppy }, of) => {
    let parent: number = sloppy ? ROOT.sloppy : ROOT.strict;
    const isShared = ({ name, level }: Variable): boolean => shared.get(keyOf(of, level) ?? "")?.has(name) === true;
    const shares = variables.some(isShared);
    // From the outside in: a scope lies in the nearest shared one around it, for whichever function it is met first.
    for (let level = around.length - 1; shares && level >= 0; level--) {
      const key = keyOf(of, level);
      const names = key === undefined ? undefined : shared.get(key);
      if (key === undefined || names === undefined) continue;
      const known = placeOf.get(key) ?? { place: scopes.length, sloppy };
      if (!placeOf.has(key)) scopes.push({ parent, names: [...names.keys()], values: [...names.values()] });
      placeOf.set(key, known);
      if (known.sloppy !== sloppy) refuse("functions in strict and in sloppy code that share a variable");
      parent = known.place;
    }
    const own = variables.filter((variable) => !isShared(variable));
    if (own.length === 0) return parent;
    return scopes.push({ parent, names: own.map(({ name }) => name), values: own.map(({ tree }) => tree) }) - 1;
  });
  return { scopes, places };
}
