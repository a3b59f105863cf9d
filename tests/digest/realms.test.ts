import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { DigestError } from "../../src/errors.ts";

const realm = createContext({});
const there = (source: string): unknown => runInContext(`(${source})`, realm);
const here = (source: string): unknown => globalThis.eval(`(${source})`);

test.each([
  "{ b: 1, a: [1, { c: null }] }",
  "[1, , 2]",
  "Array.from({ length: 1000 }, (_, i) => i)",
  "new Map([[{ a: 1 }, new Set([1])]])",
  "new Set(['a'])",
  "new Date(5)",
  "Object.assign(/a/giu, { lastIndex: 2 })",
  "Uint8Array.of(1, 2)",
  "new Float64Array(2000)",
  "Uint8ClampedArray.of(1)",
  "BigInt64Array.of(1n)",
  "new DataView(new ArrayBuffer(3), 1)",
  "Uint8Array.of(1, 2).buffer",
  "new ArrayBuffer(1, { maxByteLength: 9 })",
  "Object.assign(new RangeError('m', { cause: [1] }), { code: 'E' })",
  "new AggregateError([new TypeError('a')], 'm')",
  "Object.assign(Object.create(null), { a: 1 })",
  "Symbol.for('s')",
])("a value of another realm has the digest that it has in this one: %s", (source) => {
  const foreign = there(source);
  expect(digest(foreign)).toBe(digest(here(source)));
});

test.each([
  "() => 1",
  "new (class A { a = 1 })()",
  "new (class Map { })()",
  "new (class Object { })()",
  "new (class extends Array { })(2)",
  "Object.create({ a: 1 })",
  "Object.create(Map.prototype)",
  "Object.setPrototypeOf(new Map(), Object.prototype)",
  "Object.setPrototypeOf([], Map.prototype)",
  "Math",
  "globalThis",
  "new Proxy({}, {})",
  "/a/.exec('a')",
  "Promise.resolve()",
  "(function* () {})()",
  "new SharedArrayBuffer(1)",
  "Object.create(Object.defineProperty({}, 'constructor', { value: function Map() {} }))",
  "(() => { function Map() {} ; return new Map() })()",
  "Object.create(Object.defineProperty({}, 'constructor', { value: Map }))",
  "Object.create(Object.defineProperty({}, 'constructor', { value: Map.bind(null) }))",
])("what is refused in this realm is refused from another: %s", (source) => {
  expect(() => digest(here(source))).toThrow(DigestError);
  expect(() => digest(there(source))).toThrow(DigestError);
});

test("a constructor that only says that it is native is not believed", () => {
  const fakes = [
    here("Object.assign(function Map() {}, { toString: () => 'function Map() { [native code] }' })"),
    Object.assign(() => 1, { prototype: {} }),
    Map.bind(null),
  ];
  for (const fake of fakes) {
    const prototype = {};
    Object.defineProperty(prototype, "constructor", { value: fake });
    Object.defineProperty(fake, "prototype", { value: prototype, writable: false });
    expect(() => digest(Object.create(prototype))).toThrow(DigestError);
  }
});
