/**
 * Functions from packages, and closures that Node's own modules made. They count by name and version of the package and
 * by their place in it. What a package made for the program (`memoize(helper)`, `limit(3)`) also counts by what it
 * captured inside the package: functions and plain data; the rest is left out, as a package's instances are.
 */
import { DigestError } from "../errors.ts";
import type { Scope } from "./inspector.ts";
import { isExported } from "./modules.ts";
import { variableOf } from "./scope.ts";
import { tagged, text, within } from "./tagged.ts";
import type { Trace } from "./trace.ts";
import { shown, Unseen, unseen } from "./unseen.ts";

/** The digest of a function of a package, or of one that Node made. */
export function foreignDigest(fn: object, path: string, trace: Trace): string {
  if (trace.foreign.has(fn))
    return trace.foreign.get(fn) ?? tagged("package again", text(String([...trace.foreign.keys()].indexOf(fn))));
  if (trace.foreign.size >= MOST_FOREIGN)
    unseen(`${shown(path)} reaches more than ${MOST_FOREIGN} functions inside packages`);
  trace.foreign.set(fn, undefined);
  const look = trace.look(fn);
  if (look?.location === undefined) return unseen(`${shown(path)} has no place in its package`);
  const place = `${look.location.line}:${look.location.column}`;
  const captured = isExported(fn) ? [] : capturedDigests(fn, innerScopes(look.scopes), path, trace);
  const digest = tagged("package", originText(fn, path, trace), text(place), ...captured);
  trace.foreign.set(fn, digest);
  return digest;
}

/** Name and version of what a function comes from, and its file there. */
export function originText(fn: object, path: string, trace: Trace): string {
  const origin = trace.origin(fn);
  if (origin.kind === "node") return text(JSON.stringify(["node", process.version, origin.file]));
  if (origin.kind !== "package") return unseen(`${shown(path)} comes from no package`);
  if (origin.version === undefined)
    unseen(`${shown(path)} comes from the package ${origin.name}, whose version cannot be read`);
  return text(JSON.stringify([origin.name, origin.version, origin.file]));
}

/** The scopes between a function and its module: what a package made for its caller is there. */
function innerScopes(scopes: readonly Scope[]): readonly Scope[] {
  const inner = scopes.filter(({ description }) => !/^(?:Module|Script|Global)\b/.test(description));
  // In CommonJS the module is a function without a name.
  const isModule = inner.length > 0 && inner.length + 1 >= scopes.length - 1 && inner.at(-1)?.description === "Closure";
  return isModule && !scopes.some(({ description }) => description === "Module") ? inner.slice(0, -1) : inner;
}

function capturedDigests(fn: object, scopes: readonly Scope[], path: string, trace: Trace): string[] {
  if (scopes.length === 0) return [];
  const digests: string[] = [];
  for (const name of trace.sourceOf(fn).free.names.keys()) {
    const variable = variableOf(scopes, name);
    if (variable.kind !== "value") continue;
    const at = within(path, name);
    const digest = digestOrLeaveOut(variable.value, at, trace);
    if (digest !== undefined) digests.push(text(name), digest);
  }
  return digests;
}

function digestOrLeaveOut(value: unknown, path: string, trace: Trace): string | undefined {
  if (typeof value === "function") return trace.functionDigest(value, path);
  try {
    return trace.valueDigest(value, path);
  } catch (error) {
    if (!(error instanceof Unseen) && !(error instanceof DigestError)) throw error;
    trace.leaveOut(path, "state inside a package");
    return undefined;
  }
}

/** A package's closure that leads on to more is not followed to its end. */
const MOST_FOREIGN = 200;
