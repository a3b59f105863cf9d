/**
 * The scripts that define the functions of a body: scopes as blocks within each other, so that functions share variables
 * as they did, and in each the functions that are made there, not yet defined. Text in, text out; runs nothing.
 */
import { ROOT, type ScopePart, type SourcePart } from "./body.ts";

/** What a script hands out, through the one object that it is given. */
export interface Made {
  /** Defines the function of this number, given its superclass where no scope has that. */
  readonly define: Record<number, (superclass?: unknown) => unknown>;
  /** Sets the variables of this scope, in the order of their names. */
  readonly set: Record<number, readonly ((value: unknown) => void)[]>;
}

/** The scopes may lie this deep within each other; V8's parser would go on for longer. */
export const MOST_NESTED = 200;

/** The script of all strict, or of all sloppy functions; `undefined` where there are none. Its value is a function of a {@link Made}. */
export function scriptOf(
  root: keyof typeof ROOT,
  functions: ReadonlyMap<number, SourcePart>,
  scopes: readonly ScopePart[],
): string | undefined {
  const inner = new Map<number, number[]>();
  for (const [place, { parent }] of scopes.entries()) inner.set(parent, [...(inner.get(parent) ?? []), place]);
  const made = new Map<number, number[]>();
  for (const [number, { scope }] of functions) made.set(scope, [...(made.get(scope) ?? []), number]);
  if (!inner.has(ROOT[root]) && !made.has(ROOT[root])) return undefined;
  const door = unusedName(functions, scopes);

  const block = (place: number): string => {
    const names = scopes[place]?.names ?? [];
    const setters = names.map((name) => `(${door}v) => { ${name} = ${door}v; }`);
    return [
      ...(names.length === 0 ? [] : [`let ${names.join(", ")};`, `${door}.set[${place}] = [${setters.join(", ")}];`]),
      ...(made.get(place) ?? []).map((number) => definition(number, functions.get(number) as SourcePart)),
      ...(inner.get(place) ?? []).map((child) => `{\n${block(child)}\n}`),
    ].join("\n");
  };
  // A function alone on its lines, so that a comment at its end swallows nothing.
  const definition = (number: number, { text, method, heritage, apart }: SourcePart): string =>
    `${door}.define[${number}] = (${apart ? heritage : ""}) => ${method ? `({\n${text}\n})` : `(\n${text}\n)`};`;
  const body = `((${door}) => {\n${block(ROOT[root])}\n})`;
  return root === "strict" ? `"use strict";\n${body}` : body;
}

/** A name that occurs nowhere: else it would hide a global of the functions from them, or be hidden itself. */
function unusedName(functions: ReadonlyMap<number, SourcePart>, scopes: readonly ScopePart[]): string {
  let name = "$fleche";
  const texts = [...[...functions.values()].map(({ text }) => text), ...scopes.flatMap(({ names }) => names)];
  while (texts.some((text) => text.includes(name))) name += "$";
  return name;
}
