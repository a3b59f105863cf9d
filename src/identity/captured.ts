/**
 * Adds what a name in a source stands for: functions, values, and of modules and built-in objects only the members that
 * the source names.
 */
import { builtinModules, Module } from "node:module";
import { types } from "node:util";
import { isDigest } from "../digest/reference.ts";
import { GLOBAL_NAMES } from "./builtins.ts";
import type { Use } from "./free-names.ts";
import { isModuleLike, memberOf } from "./modules.ts";
import { addReplaced, isGenuine, isNodes, ownName } from "./replaced.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text } from "./tagged.ts";
import type { Trace } from "./trace.ts";
import { unseen } from "./unseen.ts";

/** How something is used; one without a path stands for the thing as a whole. */
export type Uses = readonly Use[];

/** Adds the value of a variable, or of a member of a module. */
export function addCaptured(path: string, value: unknown, uses: Uses, trace: Trace): void {
  if (typeof value === "function") {
    trace.add(path, trace.functionDigest(value, path));
    // Its members are asked for only where one may count: to learn whose it is takes a look.
    const named = trace.sourceOf(value).native || uses.some(({ path: { length } }) => length > 0);
    if (named && isNodes(value, trace)) addReplaced(path, value, uses, trace);
  } else if (typeof value !== "object" || value === null) {
    trace.add(path, tagged("value", trace.valueDigest(value, path)));
  } else if (trace.apart(value) !== undefined) {
    trace.leaveOut(path, trace.apart(value) as string);
  } else if (isDigest(value)) {
    // As a value a Digest stands for what it names; here it is an object that the function holds.
    trace.add(path, tagged("digest", text(String(value))));
  } else if (isModule(path, value, uses)) {
    addMembers(path, value, uses, trace);
  } else {
    const builtin = surroundings().builtinObject(value);
    if (builtin === undefined) trace.add(path, tagged("value", trace.valueDigest(value, path)));
    else {
      trace.add(path, tagged("builtin", text(builtin)));
      if (value === globalThis) addGlobalsOf(path, uses, trace);
      else addReplaced(path, value, uses, trace);
    }
  }
}

/** Whether an object counts by those of its members that a source names. */
export function isModule(path: string, value: object, uses: Uses): boolean {
  return isVitestProxy(path, value, uses) || isModuleLike(value);
}

/** Vitest puts a proxy before modules that it did not transform. It hands members on, and that is all that is asked of it. */
function isVitestProxy(path: string, value: object, uses: Uses): boolean {
  return (
    types.isProxy(value) &&
    /(?:^|\.)__vi(?:te_ssr)?_import_\d+__$/.test(path) &&
    uses.every(({ path: { length } }) => length > 0)
  );
}

/** Adds the members of a module that are named; all of them, where it is handed on as a whole. */
function addMembers(path: string, module: object, uses: Uses, trace: Trace): void {
  trace.add(path, tagged("module"));
  for (const [name, rest] of membersOf(path, module, uses, trace))
    addCaptured(`${path}.${name}`, memberAt(module, name, path), rest, trace);
}

/** The members of a module that are named, each with how it is used; all of them, where it is handed on as a whole. */
export function membersOf(
  path: string,
  module: object,
  uses: Uses,
  trace: Pick<Trace, "sourceOf" | "unwrap">,
): ReadonlyMap<string, Uses> {
  const members = new Map<string, Use[]>();
  const add = (name: string, use: Use): void => void members.set(name, [...(members.get(name) ?? []), use]);
  const all = (): void => {
    // Of an object that stands for a module, hidden members can be asked for too.
    const names = module instanceof Module ? Object.keys(module) : Object.getOwnPropertyNames(module);
    for (const name of names.sort()) if (name !== "__esModule") add(name, { path: [], called: false });
  };
  const seesModule = ({ path: [name, ...rest], called }: Use): boolean =>
    called && name !== undefined && rest.length === 0 && namesReceiver(memberAt(module, name, path), trace);
  for (const { path: names, called } of uses) {
    const [first, ...rest] = names;
    if (first === undefined) all();
    else add(first, { path: rest, called });
  }
  // `lib.f()` where `f` goes on to `this.g()`: then any member may count.
  if (uses.some(seesModule)) all();
  return members;
}

function memberAt(module: object, name: string, path: string): unknown {
  try {
    return memberOf(module, name);
  } catch {
    return unseen(`"${path}.${name}" is not initialised yet`);
  }
}

function namesReceiver(member: unknown, { sourceOf, unwrap }: Pick<Trace, "sourceOf" | "unwrap">): boolean {
  if (typeof member !== "function" || types.isProxy(member)) return false;
  const fn = unwrap(member);
  const { isClass, free, native } = sourceOf(fn);
  // `hasOwnProperty`, `valueOf` and their like; other built-in functions do not ask what they are called on.
  if (native) return surroundings().builtinFunction(fn)?.includes(".prototype.") === true;
  return !isClass && free.receiver;
}

/** Adds a global: nothing for one that is built in, since its name is in the source; the value of any other. */
export function addGlobal(path: string, name: string, uses: Uses, trace: Trace): void {
  const property = Object.getOwnPropertyDescriptor(globalThis, name);
  const known = GLOBAL_NAMES.has(name);
  if (property === undefined) {
    // Older Node does not have all of them. Any other name is a word that is no variable, or one that is nowhere.
    if (known) trace.add(path, tagged("absent"));
    else addInherited(path, name, uses, trace);
  } else if (!("value" in property)) {
    if (!known) unseen(`the global "${name}" is behind a getter`);
    // Node's own globals are made when they are asked for.
    const getter = property.get;
    if (getter !== undefined && !isNodes(getter, trace)) trace.add(path, trace.functionDigest(getter, path));
  } else if (known) addBuiltin(path, name, property.value, uses, trace);
  else addCaptured(path, property.value, uses, trace);
}

/** Adds what a name means that the global object inherits, as all objects do. */
function addInherited(path: string, name: string, uses: Uses, trace: Trace): void {
  let owner: object | null = globalThis;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  if (owner === null) return;
  const property = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
  if (!("value" in property)) unseen(`the global "${name}" is behind a getter`);
  addCaptured(path, property.value, uses, trace);
}

/** Adds what is found under the name of a built-in global, as far as it is not what its name says. */
function addBuiltin(path: string, name: string, value: unknown, uses: Uses, trace: Trace): void {
  if (value === globalThis) {
    addGlobalsOf(path, uses, trace);
  } else if (typeof value === "function") {
    if (!isGenuine(value, name) && !(isNodes(value, trace) && ownName(value) === name))
      trace.add(path, trace.functionDigest(value, path));
    addReplaced(path, value, uses, trace);
  } else if (typeof value === "object" && value !== null && surroundings().builtinObject(value) !== undefined) {
    const found = surroundings().builtinObject(value) as string;
    if (found !== name) trace.add(path, tagged("builtin", text(found)));
    addReplaced(path, value, uses, trace);
  } else if (value !== undefined && !(typeof value === "number" && !Number.isFinite(value))) {
    addCaptured(path, value, uses, trace);
  }
}

/** Adds the globals that are asked for as members of the global object. */
function addGlobalsOf(path: string, uses: Uses, trace: Trace): void {
  for (const {
    path: [first, ...rest],
    called,
  } of uses)
    if (first !== undefined) addGlobal(`${path}.${first}`, first, [{ path: rest, called }], trace);
}

/** Whether `import(name)` and `require(name)` load a module of Node's. */
export function isNodeModule(name: string): boolean {
  return name.startsWith("node:") || builtinModules.includes(name);
}
