/** What programs put on built-in objects and in their place: each pair was one function once. */
import { afterEach, expect, test } from "vitest";
import { code, reason } from "./see.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const act of undo.splice(0).reverse()) act();
});

/** For one test only. */
function put(owner: object, name: string, property: PropertyDescriptor): void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, ...property });
  undo.push(() => {
    Reflect.deleteProperty(owner, name);
    if (before !== undefined) Object.defineProperty(owner, name, before);
  });
}

type Loose = Record<string, Record<string, unknown>>;
const loose = globalThis as unknown as { Math: Loose; Array: Loose; console: Loose; parseInt: Loose };
declare const zzz: unknown;
const real = { Math, setTimeout, setInterval };

test.each<[what: string, owner: () => object, name: string, fn: () => object, one: unknown, other: unknown]>([
  ["a value on Math", () => Math, "K", () => () => loose.Math.K, 1, 2],
  ["a value on a captured function of Math", () => Math.max, "K", () => () => loose.Math.max?.K, 1, 2],
  ["a global by way of the global object", () => globalThis, "K", () => () => (loose as unknown as Loose).K, 1, 2],
  ["a value on Math, by name", () => Math, "K", () => () => (Math as unknown as { K: number }).K, 1, 2],
  ["an object on Math", () => Math, "K", () => () => (Math as unknown as Loose).K?.a, { a: 1 }, { a: 2 }],
  ["a value on Array", () => Array, "K", () => () => (Array as unknown as Loose).K, 1, 2],
  ["a value on a function of Math", () => Math.max, "K", () => () => (Math.max as unknown as Loose).K, 1, 2],
  ["a value on console", () => console, "K", () => () => (console as unknown as Loose).K, 1, 2],
  ["a value on parseInt", () => parseInt, "K", () => () => (parseInt as unknown as Loose).K, 1, 2],
  [
    "a value on what is captured",
    () => Math,
    "K",
    () => {
      const held = Math as unknown as Loose;
      return () => held.K;
    },
    1,
    2,
  ],
  [
    "a value on what is handed on",
    () => Math,
    "K",
    () => {
      const held = Math;
      return () => held;
    },
    1,
    2,
  ],
  [
    "a value on a function that is captured",
    () => parseInt,
    "K",
    () => {
      const held = parseInt as unknown as Loose;
      return () => held.K;
    },
    1,
    2,
  ],
  [
    "another function of Node's",
    () => globalThis,
    "setTimeout",
    () => () => setTimeout(() => {}),
    real.setTimeout,
    real.setInterval,
  ],
  ["another object of the language", () => globalThis, "Math", () => () => Math.E, real.Math, JSON],
  ["what all objects inherit", () => Object.prototype, "zzz", () => () => zzz, 1, 2],
])("differ: %s", (_, owner, name, fn, one, other) => {
  const codeWith = (value: unknown): string => {
    put(owner(), name, { value, writable: true, enumerable: true });
    return code(fn());
  };
  expect(codeWith(one)).not.toBe(codeWith(other));
});

test.each<[what: string, owner: () => object, name: string, fn: () => object]>([
  ["on Math", () => Math, "K", () => () => (Math as unknown as Loose).K],
  ["in the place of crypto", () => globalThis, "crypto", () => () => crypto],
])("differ: getters %s", (_, owner, name, fn) => {
  const codeWith = (x: number): string => {
    put(owner(), name, { get: () => x });
    return code(fn());
  };
  expect(codeWith(1)).not.toBe(codeWith(2));
});

test("a proxy in the place of a built-in function is not taken for it", () => {
  put(globalThis, "fetch", { value: new Proxy(fetch, {}) });
  expect(reason(() => fetch("http://localhost"))).toContain('"fetch" is a proxy');
  put(Math, "max", { value: new Proxy(Math.max, {}) });
  expect(reason(() => Math.max(1))).toContain('"Math.max" is a proxy');
});

test("what all objects inherit by a getter is not asked for", () => {
  put(Object.prototype, "zzz", { get: () => 1 });
  expect(reason(() => zzz)).toContain('the global "zzz" is behind a getter');
});

test("what is built in counts by its name alone, and opens nothing", () => {
  const use = () => [Math.max(Math.PI), process.env, console.log, crypto, Error.prototype, Symbol.iterator, Number.NaN];
  const before = code(use);
  process.env.FLECHE_TEST_OUTSIDE = "1";
  undo.push(() => Reflect.deleteProperty(process.env, "FLECHE_TEST_OUTSIDE"));
  expect(code(use)).toBe(before);
});
