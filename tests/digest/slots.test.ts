/** What an object is inside, whatever prototype it was given: each slot that can be told is. */
import { performance } from "node:perf_hooks";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { DigestError, digest } from "../../src/index.ts";

const SLOTS: readonly (readonly [called: string, make: () => object])[] = [
  ["an array", () => [1]],
  ["an arguments object", () => runInNewContext("(function () { return arguments; })(1)")],
  ["a boxed primitive", () => Object(1)],
  ["a boxed primitive", () => Object("text")],
  ["a boxed primitive", () => Object(true)],
  ["a boxed primitive", () => Object(1n)],
  ["a boxed primitive", () => Object(Symbol.for("s"))],
  ["an error", () => new RangeError("m")],
  ["a regular expression", () => /a/],
  ["a date", () => new Date(0)],
  ["a Map", () => new Map()],
  ["a Set", () => new Set()],
  ["a promise", () => Promise.resolve()],
  ["a WeakMap", () => new WeakMap()],
  ["a WeakSet", () => new WeakSet()],
  ["an iterator", () => new Map().keys()],
  ["an iterator", () => new Set().values()],
  ["a generator", () => (function* () {})()],
  ["a generator", () => (async function* () {})()],
  ["an array buffer", () => new ArrayBuffer(1)],
  ["an array buffer", () => new SharedArrayBuffer(1)],
  ["a view of an array buffer", () => new Uint8Array(1)],
  ["a view of an array buffer", () => new DataView(new ArrayBuffer(1))],
];

test.each(SLOTS)("%s", (called, make) => {
  for (const prototype of [Object.prototype, null, class Odd {}.prototype]) {
    const value: unknown = Object.setPrototypeOf(make(), prototype);
    expect(() => digest(value)).toThrow(DigestError);
    expect(() => digest(value)).toThrow(called);
  }
});

test("a plain object is none of them, nor is one that only looks like it", () => {
  expect(digest({ [Symbol.for("a")]: 1, size: 0 })).toMatch(/^[0-9a-f]{64}$/);
  expect(() => digest(Object.create(Map.prototype))).toThrow(DigestError);
  expect(() => digest(Object.create(performance))).toThrow(DigestError);
});
