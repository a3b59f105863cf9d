/**
 * What a function met by a look counts as: Node's and the language's own by name, a package's by package, a bound one by
 * what it binds, the user's by its source, to be gone through with what it captures.
 */
import { types } from "node:util";
import { foreignDigest } from "./foreign.ts";
import { isBare } from "./hangers.ts";
import { variableOf } from "./scope.ts";
import type { Source } from "./source.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text, within } from "./tagged.ts";
import type { Trace } from "./trace.ts";
import { shown, unseen } from "./unseen.ts";

/** The digest of a function or class met at a path. */
export function functionDigest(met: object, path: string, trace: Trace): string {
  if (types.isProxy(met)) unseen(`${shown(path)} is a proxy`);
  if (trace.wrapped(met) !== undefined)
    return tagged("wrapper", text(String(trace.nodeOf(met, path).number)), ...labels(met));
  const fn = trace.unwrap(met);
  const source = trace.sourceOf(fn);
  if (source.native) return nativeDigest(fn, path, trace);
  // What names nothing but globals, and has nothing hanging on it, is all in its source, whoever wrote it.
  const kind = isSelfContained(fn, trace) && isBare(fn) ? "user" : trace.origin(fn).kind;
  switch (kind) {
    case "node": {
      const name = surroundings().builtinFunction(fn);
      return name === undefined ? foreignDigest(fn, path, trace) : tagged("builtin", text(name));
    }
    case "package":
      return foreignDigest(fn, path, trace);
    default: {
      const { number } = trace.nodeOf(fn, path);
      const form = source.isClass ? "class" : source.sloppy ? "sloppy function" : "function";
      // What it is called is in the key already where it is the function that is asked about.
      const shown = path === "" && !isRenamed(fn, source) ? labels(fn).slice(1) : labels(fn);
      return tagged("function", text(String(number)), text(form), source.digest, ...shown);
    }
  }
}

/** Name and length, as a function shows them; any others are members. */
function labels(fn: object): string[] {
  const [name, length] = ["name", "length"].map((key) => Object.getOwnPropertyDescriptor(fn, key)?.value as unknown);
  return [
    typeof name === "string" ? text(name) : tagged("no name"),
    typeof length === "number" ? text(String(length)) : tagged("no length"),
  ];
}

/** Whether it is called otherwise than its source calls it, which it may know itself by. */
function isRenamed(fn: object, { text }: Source): boolean {
  const [, written] = /^(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(text) ?? [];
  return written !== undefined && Object.getOwnPropertyDescriptor(fn, "name")?.value !== written;
}

function isSelfContained(fn: object, trace: Trace): boolean {
  const { names, imports, meta } = trace.sourceOf(fn).free;
  if (imports.size > 0 || meta.size > 0) return false;
  return names.size === 0 || trace.isClosed(fn, () => namesOnlyGlobals(fn, trace));
}

function namesOnlyGlobals(fn: object, trace: Trace): boolean {
  const scopes = trace.look(fn)?.scopes;
  // A script may add variables of its own later.
  if (scopes === undefined || scopes.some(({ description }) => description === "Script")) return false;
  for (const name of trace.sourceOf(fn).free.names.keys()) if (variableOf(scopes, name).kind !== "global") return false;
  return true;
}

function nativeDigest(fn: object, path: string, trace: Trace): string {
  const { name } = fn as { name?: unknown };
  const builtin =
    typeof name === "string" && name.startsWith("bound ") ? undefined : surroundings().builtinFunction(fn);
  if (builtin !== undefined) return tagged("builtin", text(builtin));
  const bound = trace.look(fn)?.bound;
  if (bound === undefined) unseen(`${shown(path)} is a native function that is not among the built-ins`);
  if (!isBare(fn)) unseen(`${shown(path)} is a bound function with properties of its own`);
  return tagged(
    "bound",
    ...labels(fn),
    trace.functionDigest(bound.target, within(path, "target")),
    trace.valueDigest(bound.receiver, within(path, "this")),
    ...bound.args.map((argument, i) => trace.valueDigest(argument, within(path, `args[${i}]`))),
  );
}
