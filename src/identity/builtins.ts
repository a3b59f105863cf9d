/**
 * Names of what JavaScript and Node bring along: `Math.max`, `Array.prototype.map`, `node:path.win32.join`. Found by
 * walking the built-in objects once, without running a getter. Whether a function found under such a name is native, or
 * something that a program put there, is for the asker to check.
 */
import { builtinModules, isBuiltin } from "node:module";

/** What is found under the names of built-in objects. */
export interface Builtins {
  /** The name of a built-in function. */
  functionName(fn: object): string | undefined;
  /** The name of a built-in object whose members are functions: `Math`, `console`, the exports of `node:fs`. */
  objectName(object: object): string | undefined;
  /** What is found under such a name; loads the module of Node's that the name begins with. */
  named(name: string): unknown;
}

// Read as they are; `undefined` in this list is the value, not a variable.
const LANGUAGE =
  "AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date " +
  "DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array " +
  "Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp " +
  "Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array " +
  "Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI decodeURIComponent encodeURI " +
  "encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt undefined unescape";

const PLATFORM =
  "AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy CloseEvent CompressionStream " +
  "CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream Event EventSource EventTarget File " +
  "FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry PerformanceMark " +
  "PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming " +
  "ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest " +
  "ReadableStreamDefaultController ReadableStreamDefaultReader Request Response Storage SubtleCrypto TextDecoder " +
  "TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern " +
  "URLSearchParams WebSocket WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa " +
  "clearImmediate clearInterval clearTimeout console crypto fetch global localStorage navigator performance process " +
  "queueMicrotask sessionStorage setImmediate setInterval setTimeout structuredClone";

/** Every global that is there before a program adds its own. */
export const GLOBAL_NAMES: ReadonlySet<string> = new Set(`${LANGUAGE} ${PLATFORM}`.split(" "));

/** Walks what is loaded by now; Node's modules that are loaded later are looked at when something is not found. */
export function walkBuiltins(): Builtins {
  const functions = new Map<object, string>();
  const objects = new Map<object, string>();
  const byName = new Map<string, object>();
  const walked = new Set<string>();
  let loadedLength = 0;
  // `process` and `Buffer` are behind getters, which only hand them out.
  for (const name of GLOBAL_NAMES)
    walkValue(({ process, Buffer } as Record<string, unknown>)[name] ?? dataOf(globalThis, name), name, 0);
  for (const [name, hidden] of hiddenPrototypes()) {
    walkValue(dataOf(hidden, "constructor"), name, 0);
    walkMembers(hidden, `${name}.prototype`, 0);
    walkMembers(dataOf(hidden, "prototype"), `${name}.prototype.prototype`, 0);
  }

  function walkValue(value: unknown, name: string, depth: number): void {
    if (typeof value === "function") {
      if (functions.has(value)) return;
      functions.set(value, name);
      if (!byName.has(name)) byName.set(name, value);
      if (depth < 4) walkMembers(value, name, depth + 1);
    } else if (typeof value === "object" && value !== null && depth === 0) {
      if (objects.has(value)) return;
      objects.set(value, name);
      if (!byName.has(name)) byName.set(name, value);
      // All of the global object is not built in; what is, has been named above.
      if (value !== globalThis) walkMembers(value, name, 1);
    }
  }

  function walkMembers(owner: unknown, name: string, depth: number): void {
    if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return;
    for (const key of Reflect.ownKeys(owner)) {
      const property = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
      const path = `${name}.${String(key)}`;
      if (property.get !== undefined) walkValue(property.get, `get ${path}`, 4);
      if (property.set !== undefined) walkValue(property.set, `set ${path}`, 4);
      if (typeof property.value === "function") walkValue(property.value, path, depth);
      else if (key === "prototype") walkMembers(property.value, path, depth);
    }
  }

  /** Walks those public modules of Node that are loaded: what a program holds comes from one of them. */
  function walkModules(): void {
    // A list that only grows; when it has not, there is nothing new.
    const { length } = loadedModules();
    if (length === loadedLength && length > 0) return;
    loadedLength = length;
    const fresh = builtinModules.filter((name) => !walked.has(name) && !name.startsWith("_") && isLoaded(name));
    const modules = fresh.map((name) => [`node:${name}`, process.getBuiltinModule(`node:${name}`)] as [string, object]);
    for (const name of fresh) walked.add(name);
    // The modules themselves first, so that a class is named after the module that is nothing but this class.
    for (const [name, exported] of modules) walkValue(exported, name, 0);
    for (const [name, exported] of modules) walkInside(exported, name, 0);
  }

  /** Objects of functions inside a module: `path.win32`, `util.types`; `fs.promises` is behind a getter that only loads. */
  function walkInside(exported: object, name: string, depth: number): void {
    if (typeof exported !== "object" || depth > 1) return;
    for (const key of Object.keys(exported)) {
      const value = key === "promises" ? Reflect.get(exported, key) : dataOf(exported, key);
      if (typeof value !== "object" || value === null || objects.has(value) || !isPlain(value)) continue;
      walkValue(value, `${name}.${key}`, 0);
      walkInside(value, `${name}.${key}`, depth + 1);
    }
  }

  function known<T>(find: () => T | undefined): T | undefined {
    const found = find();
    if (found !== undefined) return found;
    walkModules();
    return find();
  }

  return {
    functionName: (fn) => known(() => functions.get(fn)),
    objectName: (object) => known(() => objects.get(object)),
    named(name) {
      const module = /^(?:[gs]et )?(node:[\w/]+)/.exec(name)?.[1];
      if (module !== undefined && isBuiltin(module)) process.getBuiltinModule(module);
      return known(() => byName.get(name));
    },
  };
}

/** The prototypes of classes that have no global name. */
function hiddenPrototypes(): [name: string, prototype: object][] {
  const hidden = {
    "%GeneratorFunction%": function* () {},
    "%AsyncGeneratorFunction%": async function* () {},
    "%AsyncFunction%": async () => {},
    "%TypedArray%": Uint8Array.prototype,
    "%ArrayIterator%": [].values(),
    "%MapIterator%": new Map().values(),
    "%SetIterator%": new Set().values(),
    "%StringIterator%": ""[Symbol.iterator](),
    "%RegExpStringIterator%": "".matchAll(/./g),
  };
  return Object.entries(hidden).map(([name, value]) => [name, Object.getPrototypeOf(value)]);
}

function dataOf(owner: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(owner, key)?.value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isLoaded(name: string): boolean {
  return loadedModules().includes(`NativeModule ${name}`);
}

/** Node's own list, which is not documented: without it, functions of its modules count by their place in it. */
function loadedModules(): readonly string[] {
  return (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList ?? [];
}
