/** Functions whose sources agree and whose names mean different things: each pair was one function once. */
import { runInNewContext, runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { code, reason } from "./see.ts";

type Make = (x: never) => object;

/** As it is written: compilers add semicolons. */
const written = (parameter: string, source: string): Make =>
  new Function(parameter, `"use strict"; return ${source}`) as Make;
const like = (own: object) => ({ __esModule: true, ...own });
const withF = { f: (g: unknown) => like({ f: asksReceiver, g }) };
function asksReceiver(this: { g: unknown }): unknown {
  return this.g;
}

test.each<[what: string, make: Make, one: unknown, other: unknown]>([
  ["a field that begins with a variable called get", written("get", "class {\n a = get\n b() {}\n}"), 1, 2],
  ["a field that begins with a variable called set", written("set", "class {\n a = set\n b = 2\n}"), 1, 2],
  ["a field that begins with a variable called accessor", written("accessor", "class {\n a = accessor\n b\n}"), 1, 2],
  ["a function that is awaited", written("g", "async () => {\n await\n function g() {}\n return g }"), 1, 2],
  ["a class that is awaited", written("g", "async () => {\n await\n class g {}\n return g }"), 1, 2],
  ["a module's method that is called in parentheses", (g) => written("o", "() => (o.f)()")(withF.f(g) as never), 1, 2],
  ["a module's method in more parentheses", (g) => written("o", "() => ((o?.f))``")(withF.f(g) as never), 1, 2],
  [
    "a module's inherited method",
    (own: object) => {
      const o = like(own);
      // biome-ignore lint/suspicious/noPrototypeBuiltins: the point of this test
      return () => o.hasOwnProperty("z");
    },
    { a: 1 },
    { a: 1, z: 1 },
  ],
  [
    "a module that is its own value",
    (a) => {
      const o = like({ a });
      return () => (o.valueOf() as { a: unknown }).a;
    },
    1,
    2,
  ],
  [
    "a module with a setter",
    (z) => {
      const o = {
        __esModule: true,
        set a(x: number) {
          Object.assign(this, { b: x + z });
        },
      };
      return () => {
        o.a = 1;
        return o;
      };
    },
    1,
    2,
  ],
  [
    "what a program calls require",
    (value) => {
      const require = Object.assign((_: string) => value as unknown, { resolve: 1, cache: 1 });
      return () => require("node:fs");
    },
    1,
    2,
  ],
  [
    "lengths of the function itself",
    (value) => {
      const g = function g(): number {
        return g.length;
      };
      return Object.defineProperty(g, "length", { value });
    },
    1,
    2,
  ],
  [
    "names of the function itself",
    (value) => {
      const g = function g(): string {
        return g.name;
      };
      return Object.defineProperty(g, "name", { value });
    },
    "a",
    "b",
  ],
])("differ: %s", (_, make, one, other) => {
  expect(code(make(one as never), { name: "f" })).not.toBe(code(make(other as never), { name: "f" }));
});

test("a global of another realm is not taken for ours", () => {
  const make = (sandbox: object, source: string): object =>
    Object.setPrototypeOf(runInNewContext(source, sandbox), Function.prototype);
  expect(reason(make({ q: 1 }, "(() => q)"))).toContain('"q" is a global of another realm');
  expect(reason(make({ Math: { max: () => 1 } }, "(() => Math.max())"))).toContain("another realm");
  expect(code(make({}, "((x) => x + 1)"))).toMatch(/./);
});

test("what a script declares after a function was first looked at is found", () => {
  const fn = new Function("return lateInScript");
  const before = code(fn);
  runInThisContext("let lateInScript = 1");
  const declared = code(fn);
  runInThisContext("lateInScript = 2");
  expect(new Set([before, declared, code(fn)]).size).toBe(3);
});

test("in a source that cannot be read with certainty nothing is taken for seen", () => {
  const unreadable = "{} /k/ 1";
  expect(reason(written("key", `class { [key] = 1; m(k) { return ${unreadable} } }`)("a" as never))).toContain(
    "a computed name of a field",
  );
  const holder = written("k", `function F() { this.f = () => { (${unreadable}); return new.target } }`)(1 as never);
  expect(reason((new (holder as new () => { f: object })() as { f: object }).f)).toContain("uses `new.target`");
});

test("a name that is given does not count where the function only bears it", () => {
  const make = (name: string) => ({ [name]: () => 1 })[name] as object;
  expect(code(make("a"), { name: "f" })).toBe(code(make("b"), { name: "f" }));
});

test("members of a module that are called and do not ask for their receiver stand alone", () => {
  const make = (other: unknown) => {
    const o = { __esModule: true, max: Math.max, f: () => 1, other };
    return () => [o.max(1), o.f()];
  };
  expect(code(make(1))).toBe(code(make(2)));
});
