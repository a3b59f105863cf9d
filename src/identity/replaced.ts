/**
 * What a program has put on built-in objects and functions, or in the place of their members. What is built in counts by its
 * name, which is in the source or was added before; here only what that name does not say is added.
 */
import { types } from "node:util";
import type { Use } from "./free-names.ts";
import { surroundings } from "./surroundings.ts";
import { tagged } from "./tagged.ts";
import type { Trace } from "./trace.ts";

/** Adds the members of something built in that a program has put there; of one that is handed on as a whole all of them. */
export function addReplaced(path: string, builtin: object, uses: readonly Use[], trace: Trace): void {
  const members = new Map<string, Use[]>();
  for (const {
    path: [first, ...rest],
    called,
  } of uses) {
    if (first === undefined) addAll(path, builtin, trace);
    else members.set(first, [...(members.get(first) ?? []), { path: rest, called }]);
  }
  for (const [name, rest] of members) {
    const member: unknown = Object.getOwnPropertyDescriptor(builtin, name)?.value;
    if (typeof member !== "function") addState(`${path}.${name}`, name, builtin, trace);
    else if (isGenuine(member, name)) addReplaced(`${path}.${name}`, member, rest, trace);
    else trace.add(`${path}.${name}`, trace.functionDigest(member, `${path}.${name}`));
  }
}

function addAll(path: string, builtin: object, trace: Trace): void {
  for (const name of Object.keys(builtin).sort()) {
    const member: unknown = Object.getOwnPropertyDescriptor(builtin, name)?.value;
    if (typeof member !== "function") addState(`${path}.${name}`, name, builtin, trace);
    else if (!isGenuine(member, name) && !isNodes(member, trace))
      trace.add(`${path}.${name}`, trace.functionDigest(member, `${path}.${name}`));
  }
}

/** Adds a member that is no function, if a program has put it there. */
function addState(path: string, name: string, builtin: object, trace: Trace): void {
  const { value, get, configurable } = Object.getOwnPropertyDescriptor(builtin, name) ?? {};
  if (get !== undefined) {
    if (!isNodes(get, trace)) trace.add(path, trace.functionDigest(get, path));
  } else if (configurable === true && isOfLanguage(builtin) && !OWN.has(name)) {
    // The values that the language has there cannot be changed.
    trace.add(path, tagged("value", trace.valueDigest(value, path)));
  }
}

/** What built-in functions have by themselves and may be changed; of how long stacks are, no result depends on. */
const OWN: ReadonlySet<string> = new Set(["name", "length", "prototype", "stackTraceLimit"]);

/** Whether what is built in has no values of its own that change, as the process and modules of Node's have: the outside. */
function isOfLanguage(builtin: object): boolean {
  const { builtinObject, builtinFunction } = surroundings();
  const name = typeof builtin === "function" ? builtinFunction(builtin) : builtinObject(builtin);
  return name !== undefined && name !== "process" && !name.startsWith("node:");
}

/** Native by its own source, which no function of a program has, and called what it is called. */
export function isGenuine(fn: object, name: string): boolean {
  return !types.isProxy(fn) && surroundings().sourceOf(fn).native && ownName(fn) === name;
}

/** Native, or written in JavaScript by Node, which only where it lies tells from what a program put there. */
export function isNodes(fn: object, trace: Trace): boolean {
  return !types.isProxy(fn) && (trace.sourceOf(fn).native || trace.origin(fn).kind === "node");
}

/** What a function itself says that it is called. */
export function ownName(fn: object): unknown {
  return Object.getOwnPropertyDescriptor(fn, "name")?.value;
}
