/**
 * The parts of a function or class of the user's: every variable that its source names, and what hangs on it (own
 * properties, members, a superclass). Its source itself is a part already, where it was met.
 */
import { addCaptured, addGlobal, isNodeModule, type Uses } from "./captured.ts";
import { addHangers } from "./hangers.ts";
import { packageVersion, pathOf } from "./origin.ts";
import { type Variable, variableOf } from "./scope.ts";
import type { Source } from "./source.ts";
import { sloppyScript } from "./strictness.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text, within } from "./tagged.ts";
import type { Node, Trace } from "./trace.ts";
import { shown, unseen } from "./unseen.ts";

/** Adds the parts of a function that was met. `given` says which names (and `this`, `super` …) the user has told us. */
export function addUserFunction(node: Node, trace: Trace, given: (path: string) => boolean): void {
  const { fn, path } = node;
  const source = trace.sourceOf(fn);
  const at = (name: string): string => within(path, name);
  for (const what of source.free.unseen) {
    if (!given(at(what))) unseen(`${shown(path)} uses ${UNSEEN[what] ?? what}, which cannot be seen from outside`);
  }
  addStrictness(node, source, trace);
  addImports(node, source, trace, at, given);
  addNames(node, source, trace, at, given);
  addHangers(fn, source, trace, at);
}

const UNSEEN: Readonly<Record<string, string>> = {
  this: "`this` of the code around an arrow function",
  arguments: "`arguments` of the code around it",
  eval: "direct `eval`",
  super: "`super`",
  "new.target": "`new.target`",
};

function addNames(
  { fn }: Node,
  { free }: Source,
  trace: Trace,
  at: (name: string) => string,
  given: (path: string) => boolean,
): void {
  const names = [...free.names].filter(([name]) => !given(at(name)));
  if (names.length === 0) return;
  // Found out when the function was met. A script may declare later what is nowhere yet.
  const closed = trace.isClosed(fn, () => false) && names.every(([name]) => name in globalThis);
  const look = closed ? undefined : trace.look(fn);
  if (look === undefined && !closed) {
    unseen(`no inspector answers here to look up ${names.map(([name]) => `"${at(name)}"`).join(", ")}`);
  }
  const scopes = look?.scopes ?? [];
  for (const [name, uses] of names) {
    const variable: Variable = variableOf(scopes, name);
    if (variable.kind === "early") unseen(`"${at(name)}" is not initialised yet`);
    if (variable.kind === "with") unseen(`"${at(name)}" is looked up inside a \`with\` statement`);
    if (variable.kind === "realm") unseen(`"${at(name)}" is a global of another realm`);
    if (variable.kind === "global") addGlobal(at(name), name, uses, trace);
    else addVariable(name, variable.value, uses);
  }

  function addVariable(name: string, value: unknown, uses: Uses): void {
    // `require` is answered by what it is asked for; see `addImports`. One that the program made may answer anything.
    if (name === "require" && isRequire(value) && trace.origin(value).kind !== "user") return;
    if (free.counters.has(name) && isCoverageCounter(value, trace)) trace.leaveOut(at(name), "a coverage counter");
    else addCaptured(at(name), value, uses, trace);
  }
}

/** Whether a function is one of those that a coverage tool writes into each file. */
function isCoverageCounter(value: unknown, { sourceOf }: Trace): boolean {
  return typeof value === "function" && sourceOf(value).text.includes("actualCoverage");
}

/** Whether a value is the `require` of some module. */
export function isRequire(value: unknown): value is object {
  return typeof value === "function" && Object.hasOwn(value, "resolve") && Object.hasOwn(value, "cache");
}

/** `import("name")`, `require("name")` and `import.meta` inside the function. */
function addImports(
  { fn }: Node,
  { free }: Source,
  trace: Trace,
  at: (name: string) => string,
  given: (path: string) => boolean,
): void {
  const loaded = [...free.imports].filter((name) => !isNodeModule(name));
  const meta = [...free.meta].filter((name) => !given(at(`import.meta.${name}`)) && !given(at("import.meta")));
  if (loaded.length === 0 && meta.length === 0) return;
  const location = trace.look(fn)?.location;
  const url = location === undefined ? undefined : surroundings().inspector?.scripts.urlOf(location.script);
  const file = url === undefined ? undefined : pathOf(url);
  for (const name of loaded) {
    const path = at(`import(${JSON.stringify(name)})`);
    if (given(path)) continue;
    const packageName = /^(?:@[^/]+\/)?[^./@#][^/:]*(?=\/|$)/.exec(name)?.[0];
    const version = packageName === undefined || file === undefined ? undefined : packageVersion(packageName, file);
    if (version === undefined) unseen(`it loads "${name}" while it runs, which is not a package that can be found`);
    trace.add(path, tagged("package import", text(name), text(version)));
  }
  for (const name of meta) {
    if (url === undefined || !["url", "filename", "dirname"].includes(name))
      unseen(`it uses import.meta${name === "" ? "" : `.${name}`}`);
    trace.add(at(`import.meta.${name}`), tagged("script", text(url)));
  }
}

/** Where a method or an arrow could behave differently in sloppy code, which of the two it is. */
function addStrictness({ fn, path }: Node, { strictnessHidden }: Source, trace: Trace): void {
  if (!strictnessHidden) return;
  const location = trace.look(fn)?.location;
  const script = location === undefined ? undefined : sloppyScript(location);
  if (script === undefined) return;
  // Where the directive stands somewhere inside, it is not known for whom: then the whole script counts.
  const digest = /use strict/.test(script) ? tagged("sloppy", text(script)) : tagged("sloppy");
  trace.add(within(path, "sloppy"), digest);
}
