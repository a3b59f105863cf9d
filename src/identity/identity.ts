/**
 * Which function this is: the first thing that a lookup key is made of. One identity belongs to one wrapped function; it
 * reads the source once, and the variables that the function captures whenever it is asked and they may have changed.
 * It decides nothing about what happens to a function that cannot be named: it says why.
 */
import type { InnerDigestOptions } from "../digest/digest.ts";
import { hashChildren } from "../digest/hash.ts";
import { DigestError } from "../errors.ts";
import { functionDigest } from "./functions.ts";
import { instanceDigest } from "./instances.ts";
import { moduleName, pathOf } from "./origin.ts";
import type { Found, LeftOut as LeftOutPart, Part } from "./part.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text } from "./tagged.ts";
import { type Node, type Trace, trace } from "./trace.ts";
import { Unseen, unseen } from "./unseen.ts";
import { addUserFunction } from "./user-function.ts";
import { valueDigest } from "./values.ts";
import type { Wrapped } from "./wrapped.ts";
import { addWrapper } from "./wrapper.ts";

/** By what a function is told from others; see docs. */
export type IdentityMode = "closure" | "source" | "version";

/** What may be said about a function. */
export interface IdentityOptions {
  /** `closure` (default) unless `version` is given. */
  readonly identity?: IdentityMode | undefined;
  /** Default: the function's own name. */
  readonly name?: string | undefined;
  /** Default: package and path of the file that the function's source lies in. */
  readonly module?: string | undefined;
  readonly version?: string | number | undefined;
  /** Values of variables that the function captures, asked on every call; takes the place of looking at them. */
  readonly captures?: (() => Readonly<Record<string, unknown>>) | undefined;
  /** Functions and values that count as parts of the function besides what it names. */
  readonly uses?: readonly unknown[] | undefined;
  /** For how long captured variables are taken as unchanged, in ms; 0: never. Default 1,000. */
  readonly recheckMs?: number | undefined;
  /** The function behind a wrapper, for functions that are wrappers. */
  readonly unwrap?: ((fn: object) => Wrapped | undefined) | undefined;
  /** What a captured object is called that has no part in what a function gives, and so is not looked into. */
  readonly apart?: ((value: object) => string | undefined) | undefined;
}

/** Something that a code digest does not cover. */
export type LeftOut = LeftOutPart;

/** A function that can be named. */
export type Seen = Found;

/** A function that cannot; the text completes "runs uncached, because …". */
export interface NotSeen {
  readonly unseen: string;
}

/** Which function a wrapped function is. */
export interface Identity {
  readonly name: string;
  readonly mode: IdentityMode;
  readonly version: string | number | null;
  /**
   * Its module, `null` where it has none (code made from text) or none can be told. May open the inspector and read a
   * `package.json`, so it is asked only when a record is made, or in mode `version`.
   */
  module(): string | null;
  /**
   * The code as it is now; in mode `version` it only says whether the source was edited, and is no part of a key. Captured variables are read again if `force` or if `recheckMs` have passed since.
   */
  current(nowMs: number, force?: boolean): Seen | NotSeen;
}

/** Makes the identity of a function; to be called by the code that the function is a part of. Reads no file yet. */
export function identify(fn: object, options: IdentityOptions = {}): Identity {
  const { version } = options;
  const mode = options.identity ?? (version === undefined ? "closure" : "version");
  // The key will hold the module, and whoever wraps a function is mostly the file that it lies in.
  if (mode === "version" && options.module === undefined) surroundings().noteRunning();
  const original = options.unwrap?.(fn)?.original ?? fn;
  let module: { readonly name: string | null } | undefined;
  const looks = lookerOf(mode === "closure" ? fn : original, mode, options);
  return {
    name: options.name ?? nameOf(original),
    mode,
    version: version ?? null,
    module() {
      module ??= { name: options.module ?? moduleOf(original) };
      return module.name;
    },
    current: (nowMs, force = false) => looks(nowMs, force),
  };
}

/** Looks when asked, but not more often than there is need. */
function lookerOf(
  fn: object,
  mode: IdentityMode,
  options: IdentityOptions,
): (nowMs: number, force: boolean) => Found | NotSeen {
  const { captures, recheckMs = 1000 } = options;
  // A source does not change; only what a closure captures does.
  if (mode !== "closure") {
    let source: Found | NotSeen | undefined;
    return () => {
      source ??= orReason(() => sourceOnly(fn, mode));
      return source;
    };
  }
  let last: { readonly found: Found | NotSeen; readonly atMs: number; readonly given: string } | undefined;
  const look = (nowMs: number, force: boolean, told: object): Found | NotSeen => {
    // What is told on every call decides what has to be looked at.
    const given = JSON.stringify(Object.keys(told));
    const validMs = last !== undefined && "unseen" in last.found ? Math.min(recheckMs, RETRY_MS) : recheckMs;
    if (force || last === undefined || last.given !== given || age(nowMs, last.atMs) >= validMs) {
      last = { found: orReason(() => closureOf(fn, told, options)), atMs: nowMs, given };
    }
    return last.found;
  };
  if (captures === undefined) return (nowMs, force) => look(nowMs, force, {});
  return (nowMs, force) =>
    orReason(() => {
      const told = askCaptures(captures);
      const found = look(nowMs, force, told);
      return "unseen" in found ? found : joined(found, toldOf(told, options));
    });
}

/** How long a function that cannot be seen is taken for one: it may be called often, and a variable may be there soon. */
const RETRY_MS = 100;

function orReason(look: () => Found | NotSeen): Found | NotSeen {
  try {
    return look();
  } catch (error) {
    if (error instanceof Unseen) return { unseen: error.message };
    if (error instanceof DigestError) return { unseen: `what it captures cannot be named: ${error.message}` };
    // A fault of ours, or of the inspector, is no reason to fail the call.
    return { unseen: `it could not be looked into: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A clock that was put back makes no old look young. */
function age(nowMs: number, atMs: number): number {
  return nowMs >= atMs ? nowMs - atMs : Number.POSITIVE_INFINITY;
}

function nameOf(fn: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "(anonymous)";
}

function sourceOnly(fn: object, mode: IdentityMode): Found {
  const { native, digest, isClass } = surroundings().sourceOf(fn);
  // In mode `version` the digest only serves to warn of an edited source, and there is nothing to edit.
  if (native && mode === "source") unseen("it has no source: it is native or bound");
  const part: Part = ["source", tagged(isClass ? "class" : "function", digest)];
  return { codeDigest: tagged("source", part[1]), parts: [part], leftOut: [] };
}

function closureOf(fn: object, told: object, options: IdentityOptions): Found {
  return traced(options, told, (state) => {
    state.add("source", state.functionDigest(fn, ""));
    for (const [i, value] of (options.uses ?? []).entries()) {
      state.add(`uses[${i}]`, tagged("used", state.valueDigest(value, `uses[${i}]`)));
    }
  });
}

function toldOf(told: object, options: IdentityOptions): Found {
  return traced(options, {}, (state) => {
    for (const [name, value] of Object.entries(told)) state.add(name, tagged("given", state.valueDigest(value, name)));
  });
}

function traced(options: IdentityOptions, told: object, begin: (state: Trace) => void): Found {
  const given = (path: string): boolean => Object.hasOwn(told, path);
  const visit = (node: Node, state: Trace): void => {
    const wrapped = state.wrapped(node.fn);
    if (wrapped === undefined) addUserFunction(node, state, given);
    else addWrapper(node, wrapped, state);
  };
  return trace({ functionDigest, valueDigest, instanceDigest, visit }, options, begin);
}

function joined(looked: Found, told: Found): Found {
  return {
    codeDigest: tagged("code and captures", looked.codeDigest, told.codeDigest),
    parts: [...looked.parts, ...told.parts],
    leftOut: [...looked.leftOut, ...told.leftOut],
  };
}

function askCaptures(captures: () => unknown): Record<string, unknown> {
  let told: unknown;
  try {
    told = captures();
  } catch (error) {
    return unseen(`captures() threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof told !== "object" || told === null) return unseen("captures() did not return an object");
  return told as Record<string, unknown>;
}

function moduleOf(fn: object): string | null {
  const { look, placeOf, inspector } = surroundings();
  const location = placeOf(fn)?.location ?? look(fn)?.location;
  const path = location === undefined ? undefined : pathOf(inspector?.scripts.urlOf(location.script) ?? "");
  return path === undefined ? null : moduleName(path);
}

/**
 * The digest of a function as a value (an argument, a part of one): H("function", its identity in mode `closure`).
 * Refuses one that cannot be named; fits `digestHex`'s option `functionDigest`.
 */
export function functionValueDigest(
  unwrap: (fn: object) => Wrapped | undefined,
): NonNullable<InnerDigestOptions["functionDigest"]> {
  return (fn, _child, refuse) => {
    const identity = identify(fn, { unwrap });
    const found = identity.current(0, true);
    if ("unseen" in found) return refuse(`a function whose code cannot be named: ${found.unseen}`);
    return hashChildren("function", [tagged("value", text(identity.name), found.codeDigest)]);
  };
}

/**
 * The digest of an object that is more than data (an instance of a class, an object with accessors) as a value: by what
 * it holds and by the code of its class, as if a function captured it. Fits `digestHex`'s option `otherDigest`.
 */
export function objectValueDigest(
  unwrap: (fn: object) => Wrapped | undefined,
): NonNullable<InnerDigestOptions["otherDigest"]> {
  return (object, _child, refuse) => {
    const found = orReason(() =>
      traced({ unwrap }, {}, (state) => state.add("value", tagged("value", state.valueDigest(object, "value")))),
    );
    if ("unseen" in found) return refuse(`an object that cannot be named: ${found.unseen}`);
    const [left] = found.leftOut;
    if (left !== undefined) return refuse(`an object that cannot be named: "${left.path}" is ${left.what}`);
    return hashChildren("object", [tagged("value", found.codeDigest)]);
  };
}
