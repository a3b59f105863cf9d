/** The variables that a function captures, as they are now: what has to be there when it runs somewhere else. */
import { GLOBAL_NAMES } from "../identity/builtins.ts";
import { isNodeModule, type Uses } from "../identity/captured.ts";
import type { Look } from "../identity/inspector.ts";
import { variableOf } from "../identity/scope.ts";
import type { Source } from "../identity/source.ts";

/** A captured variable. */
export interface Captured {
  readonly name: string;
  readonly value: unknown;
  /** How the source uses it. */
  readonly uses: Uses;
  /** Which of the scopes around the function holds it. */
  readonly level: number;
}

/** What a function captures; throws by `refuse` for what cannot be had elsewhere. `look` is asked only where there is need. */
export function capturedBy(
  source: Source,
  look: () => Look | undefined,
  refuse: (problem: string) => never,
): readonly Captured[] {
  const { names, unseen, imports, meta } = source.free;
  for (const what of unseen) refuse(`a function that uses ${what}, which belongs to the code around it`);
  for (const name of imports) {
    if (!isNodeModule(name))
      refuse(`a function that loads "${name}" while it runs; import it at the top of its module instead`);
  }
  for (const name of meta) refuse(`a function that uses import.meta.${name}, which names the file that it lies in`);
  if (names.size === 0) return [];
  const scopes =
    look()?.scopes ?? refuse(`a function that names "${[...names.keys()][0]}", and no inspector answers here`);
  const captured: Captured[] = [];
  for (const [name, uses] of names) {
    const variable = variableOf(scopes, name);
    if (variable.kind === "value") captured.push({ name, value: variable.value, uses, level: variable.level });
    else if (variable.kind !== "global") refuse(`a function whose variable "${name}" is not there yet`);
    else if (Object.hasOwn(globalThis, name) && !GLOBAL_NAMES.has(name))
      refuse(`a function that uses the global "${name}", which this program has added`);
  }
  return captured;
}
