/**
 * One look at a function and everything it names: the user's functions that are reached are numbered as they are met
 * and gone through in that order, each once. The parts in order, with these numbers, say which program it is: functions
 * that name each other end, and two programs have the same parts only if they are the same.
 */
import type { DigestChild } from "../digest/digest.ts";
import type { Location, Look, Scope } from "./inspector.ts";
import type { Origin } from "./origin.ts";
import type { Found, LeftOut, Part } from "./part.ts";
import type { Source } from "./source.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text } from "./tagged.ts";
import { unseen } from "./unseen.ts";
import { hasMore, type Wrapped } from "./wrapped.ts";

/** A function of the user's that was met. */
export interface Node {
  readonly fn: object;
  /** Where it was met first; empty for the function that is asked about. */
  readonly path: string;
  readonly number: number;
}

/** The state of one look. */
export interface Trace {
  /** Adds a part found at a path, in the function that is being gone through. */
  add(path: string, digest: string): void;
  leaveOut(path: string, what: string): void;
  /** The number of a user's function; met first, it is gone through later. */
  nodeOf(fn: object, path: string): Node;
  /** The function itself, of a wrapper that stands for it. */
  unwrap(fn: object): object;
  /** What a wrapper stands for that has more than this; `undefined` for all other functions. */
  wrapped(fn: object): Wrapped | undefined;
  /** What an object is called that is not looked into; `undefined` for all others. */
  apart(value: object): string | undefined;
  /** The scopes around a function, and where it lies. */
  look(fn: object): Look | undefined;
  /** Whose code it is; the user's, where that cannot be told. */
  origin(fn: object): Origin;
  sourceOf(fn: object): Source;
  /** The digest of a function or class met at a path. */
  functionDigest(fn: object, path: string): string;
  /** The digest of any value found at a path; stops the look where it has none. */
  valueDigest(value: unknown, path: string): string;
  /** The digest of an object that has no exact name of its own; `child` digests a part of it. */
  instanceDigest(value: object, path: string, child: DigestChild): string;
  /** Whether a function names nothing but globals; `find` finds it out, the first time. */
  isClosed(fn: object, find: () => boolean): boolean;
  /** Functions inside packages that were gone through: their number is limited, and cycles end. */
  readonly foreign: Map<object, string | undefined>;
}

/** How the kinds of things that are met are named; each rule is a file of its own. */
export interface Rules {
  functionDigest(fn: object, path: string, trace: Trace): string;
  valueDigest(value: unknown, path: string, trace: Trace): string;
  instanceDigest(value: object, path: string, child: DigestChild, trace: Trace): string;
  /** Adds the parts of a user's function. */
  visit(node: Node, trace: Trace): void;
}

/** What the layers above know of functions and objects. */
export interface Hooks {
  readonly unwrap?: ((fn: object) => Wrapped | undefined) | undefined;
  readonly apart?: ((value: object) => string | undefined) | undefined;
}

/** Goes through what `begin` starts with, and through every function that is met. */
export function trace(
  rules: Rules,
  { unwrap = () => undefined, apart = () => undefined }: Hooks,
  begin: (trace: Trace) => void,
): Found {
  const around = surroundings();
  const nodes = new Map<object, Node>();
  const queue: Node[] = [];
  const parts: Part[] = [];
  const numbered: string[] = [];
  const leftOut = new Map<string, LeftOut>();
  const moduleScopes = new Map<string, readonly Scope[]>();
  const paths = new Map<string, number>();
  let current = -1;
  const looks = new Map<object, Look | undefined>();

  const state: Trace = {
    foreign: new Map(),
    add(path, digest) {
      // Two parts of one name are told apart for people; their digest is not touched.
      const count = (paths.get(path) ?? 0) + 1;
      paths.set(path, count);
      parts.push([count === 1 ? path : `${path}#${count}`, digest]);
      numbered.push(text(path), text(String(current)), digest);
    },
    leaveOut(path, what) {
      leftOut.set(path, { path, what });
    },
    nodeOf(fn, path) {
      const known = nodes.get(fn);
      if (known !== undefined) return known;
      if (nodes.size >= MOST_NODES) unseen(`it reaches more than ${MOST_NODES} functions`);
      const node = { fn, path, number: nodes.size };
      nodes.set(fn, node);
      queue.push(node);
      return node;
    },
    unwrap: (fn) => unwrap(fn)?.original ?? fn,
    wrapped(fn) {
      const wrapped = unwrap(fn);
      return wrapped !== undefined && hasMore(fn, wrapped) ? wrapped : undefined;
    },
    apart,
    look(fn) {
      const shared = around.placeOf(fn);
      const scopes = shared?.moduleLevel === true ? moduleScopes.get(shared.location.script) : undefined;
      // Functions at the top of one module see the same variables: they are read once in a look.
      if (shared !== undefined && scopes !== undefined) return { location: shared.location, scopes, bound: undefined };
      if (looks.has(fn)) return looks.get(fn);
      const look = around.look(fn);
      looks.set(fn, look);
      if (look?.location !== undefined && around.placeOf(fn)?.moduleLevel === true)
        moduleScopes.set(look.location.script, look.scopes);
      return look;
    },
    origin(fn) {
      const place = around.placeOf(fn)?.location ?? locationOf(fn, state);
      return place === undefined ? { kind: "user" } : around.originAt(place);
    },
    sourceOf: around.sourceOf,
    functionDigest: (fn, path) => rules.functionDigest(fn, path, state),
    valueDigest: (value, path) => rules.valueDigest(value, path, state),
    instanceDigest: (value, path, child) => rules.instanceDigest(value, path, child, state),
    isClosed: around.isClosed,
  };
  try {
    begin(state);
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      current = node.number;
      rules.visit(node, state);
    }
  } finally {
    if (looks.size > 0) around.release();
  }
  return { parts, codeDigest: tagged(`code/${ALGORITHM}`, ...numbered), leftOut: [...leftOut.values()] };
}

/** Number of this algorithm: to be raised with every change that gives a function other parts than before. */
export const ALGORITHM = 3;

/** More than this is no longer one function's own code; it would also make every look slow. */
const MOST_NODES = 2000;

function locationOf(fn: object, { look }: Trace): Location | undefined {
  return look(fn)?.location;
}
