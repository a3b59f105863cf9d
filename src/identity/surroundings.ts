/**
 * What is opened, walked and read once in a process (a thread): the inspector, the names of built-ins, origins of
 * scripts, sources of functions. The one place of this folder that keeps anything beyond a call, and lazily: a program
 * whose functions capture nothing never opens the inspector.
 */
import { createRequire } from "node:module";
import { walkBuiltins } from "./builtins.ts";
import { type Inspector, type Location, type Look, openInspector } from "./inspector.ts";
import { once } from "./once.ts";
import { type Origin, originOf } from "./origin.ts";
import { readSource, type Source } from "./source.ts";

/** What never changes about where a function was made. */
export interface Place {
  readonly location: Location;
  /** Whether no other scope lies between it and its module. */
  readonly moduleLevel: boolean;
}

/** Lazily made, then kept. */
export interface Surroundings {
  /** `undefined` where no inspector answers. */
  readonly inspector: Inspector | undefined;
  /** The CommonJS modules that are loaded, by file. */
  readonly commonJs: NodeJS.Dict<NodeModule>;
  /** The name of a function that the language or Node brings along. */
  builtinFunction(fn: object): string | undefined;
  /** The name of an object of functions that the language or Node brings along. */
  builtinObject(object: object): string | undefined;
  /** What is found under such a name here; `undefined` where there is nothing. */
  builtinNamed(name: string): unknown;
  /** The source of a function, read once: V8 never changes it. */
  sourceOf(fn: object): Source;
  /** A look into a function; `undefined` where no inspector answers. */
  look(fn: object): Look | undefined;
  /** Where a function lies, as far as it was looked at before. */
  placeOf(fn: object): Place | undefined;
  /** Whether an object is one that plain functions and their prototypes inherit from. */
  isFunctionPrototype(value: object): boolean;
  /** Whether a function names nothing but globals, found out by `find` once: what a name stands for never changes. */
  isClosed(fn: object, find: () => boolean): boolean;
  /** Lets go of what looks have made; to be called when a trace ends. */
  release(): void;
  /** Whose code lies at a location. */
  originAt(location: Location): Origin;
  /** Remembers the files of the code that is running now, where the first functions are wrapped. */
  noteRunning(): void;
}

/** Each costs a third of a millisecond; this many cost no more than the list of all scripts, which nobody may need. */
const MOST_NOTED = 20;

/** The surroundings of this thread: the inspector and what it knows belong to the thread as a whole, as modules do. */
export const surroundings: () => Surroundings = once(makeSurroundings);

function makeSurroundings(): Surroundings {
  const inspector = once(openInspector);
  const builtins = once(walkBuiltins);
  // Every `require` shares the one table.
  const commonJs = once(() => createRequire(import.meta.url).cache);
  const sources = new WeakMap<object, Source>();
  const places = new WeakMap<object, Place>();
  const closed = new WeakMap<object, boolean>();
  const origins = new Map<string, Origin>();
  let noted = 0;
  return {
    get inspector() {
      return inspector();
    },
    get commonJs() {
      return commonJs();
    },
    builtinFunction: (fn) => builtins().functionName(fn),
    // To name them all of them are walked, so what holds no function is told apart first.
    builtinObject: (object) => (hasFunctions(object) ? builtins().objectName(object) : undefined),
    builtinNamed: (name) => builtins().named(name),
    sourceOf: (fn) => remember(sources, fn, () => readSource(fn)),
    look(fn) {
      const look = inspector()?.look(fn);
      if (look?.location !== undefined) {
        places.set(fn, { location: look.location, moduleLevel: look.scopes[0]?.description === "Module" });
      }
      return look;
    },
    release: () => inspector()?.release(),
    placeOf: (fn) => places.get(fn),
    isFunctionPrototype: (value) => FUNCTION_PROTOTYPES.has(value),
    isClosed: (fn, find) => remember(closed, fn, find),
    originAt: ({ script }) => remember(origins, script, () => originOf(inspector()?.scripts.urlOf(script) ?? "")),
    noteRunning() {
      if (noted++ < MOST_NOTED) inspector()?.scripts.noteRunning();
    },
  };
}

function hasFunctions(object: object): boolean {
  if (Array.isArray(object)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(object)).some(({ value }) => typeof value === "function");
}

// Those of the four kinds of functions, and those of the prototypes that generators have.
const FUNCTION_PROTOTYPES: ReadonlySet<object> = new Set(
  [() => {}, async () => {}, function* () {}, async function* () {}].flatMap((fn) => {
    const { prototype } = fn as { prototype?: object };
    return [Object.getPrototypeOf(fn), ...(prototype === undefined ? [] : [Object.getPrototypeOf(prototype)])];
  }),
);

function remember<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
