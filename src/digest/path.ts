/** Paths to a part of a value, as people write them: `rows[3].socket`, `["two words"]`, `<key 2>` in a Map. */

/** One step: an index, a property, or for parts that have no property a text to be shown as it is. */
export type Step = PropertyKey | { readonly shown: string };

/** Longer paths are shown by their two ends. */
const SHOWN_STEPS = 20;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** The path that these steps make, after what the value itself is called (may be empty). */
export function formatPath(root: string, steps: readonly Step[]): string {
  if (steps.length <= SHOWN_STEPS) return steps.reduce(join, root);
  const half = SHOWN_STEPS / 2;
  const start = steps.slice(0, half).reduce(join, root);
  return `${start}… (${steps.length - SHOWN_STEPS} more) …${steps.slice(-half).reduce(join, "")}`;
}

function join(path: string, step: Step): string {
  if (typeof step === "number") return `${path}[${step}]`;
  if (typeof step === "symbol") return `${path}[${shownSymbol(step)}]`;
  if (typeof step === "object") return path === "" ? step.shown : `${path}.${step.shown}`;
  const text = step.length > 60 ? `${step.slice(0, 60)}…` : step;
  if (!IDENTIFIER.test(text)) return `${path}[${JSON.stringify(text)}]`;
  return path === "" ? text : `${path}.${text}`;
}

function shownSymbol(symbol: symbol): string {
  const key = Symbol.keyFor(symbol);
  return key === undefined ? String(symbol) : `Symbol.for(${JSON.stringify(key)})`;
}
