/**
 * Values with functions, saved by one real program and loaded by another, after the files of the first are gone. Each case
 * is a module that exports `value`, and an expression over `value` that both programs evaluate.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Case {
  /** What the module says. */
  readonly module: string;
  /** What is evaluated, with `value` and `next`, which is what the next line of a sequence gives. */
  readonly ask: string;
  readonly expected: unknown;
  /** For CommonJS. */
  readonly cjs?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "an arrow with what it captures": {
    module: `const factor = 3; export const value = (x) => x * factor;`,
    ask: "[value(14), value.name, value.length]",
    expected: [42, "value", 1],
  },
  "a function that recurses": {
    module: `export const value = function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); };`,
    ask: "[value(10), value.name]",
    expected: [55, "fib"],
  },
  "functions that call each other": {
    module: `function even(n) { return n === 0 || odd(n - 1); } function odd(n) { return n !== 0 && even(n - 1); }
      export const value = { odd, even };`,
    ask: "[value.even(8), value.odd(8), value.odd.name]",
    expected: [true, false, "odd"],
  },
  "two closures over one counter, beside two over another that stands at the same": {
    module: `function make() { let n = 0; return { inc: () => ++n, get: () => n }; }
      export const value = [make(), make()];`,
    ask: "[value[0].inc(), value[0].inc(), value[1].inc(), value[0].get(), value[1].get()]",
    expected: [1, 2, 1, 2, 1],
  },
  "counters of two levels, the outer one shared": {
    module: `function outer() { let k = 0; return () => { let j = 0; return { k: () => ++k, j: () => ++j, both: () => [k, j] }; }; }
      const inner = outer(); export const value = [inner(), inner()];`,
    ask: "[value[0].k(), value[1].k(), value[0].j(), value[0].both(), value[1].both()]",
    expected: [1, 2, 1, [2, 1], [2, 0]],
  },
  "a variable of the module that two functions share": {
    module: `let total = 5; const add = (x) => { total += x; }; export const value = { add, total: () => total };`,
    ask: "[value.total(), value.add(4), value.total()].map((x) => x ?? null)",
    expected: [5, null, 9],
  },
  "an object whose methods name it": {
    module: `const api = { log: [], a(x) { api.log.push(x); return api.b(); }, b() { return api.log.length; } };
      export const value = api;`,
    ask: "[value.a('x'), value.a('y'), value.log]",
    expected: [1, 2, ["x", "y"]],
  },
  accessors: {
    module: `let stored = 2; export const value = { get twice() { return stored * 2; }, set twice(v) { stored = v / 2; }, plain: 1 };`,
    ask: "[value.twice, (value.twice = 10, value.twice), Object.keys(value)]",
    expected: [4, 10, ["twice", "plain"]],
  },
  "an instance of a class, with what its methods name": {
    module: `const unit = "km"; class Length { constructor(n) { this.n = n; } show() { return this.n + unit; } get half() { return this.n / 2; } static of(n) { return new Length(n); } }
      export const value = new Length(42);`,
    ask: "[value.show(), value.half, value.constructor.of(7).show(), value.constructor.name, Object.keys(value)]",
    expected: ["42km", 21, "7km", "Length", ["n"]],
  },
  "a subclass, its superclass, and instances of both": {
    module: `class A { x = 1; m() { return "A" + this.x; } } class B extends A { m() { return "B" + super.m(); } static s = { deep: [1, -2] }; }
      B.s.deep.push(3); const b = new B(); b.x = 9; export const value = [new A(), b, B];`,
    ask: "[value[0].m(), value[1].m(), value[1] instanceof value[2], value[1] instanceof value[0].constructor, new value[2]().m(), value[2].s.deep]",
    expected: ["A1", "BA9", true, true, "BA1", [1, -2, 3]],
  },
  "classes that extend built-in ones": {
    module: `class Table extends Map { total() { return [...this.values()].reduce((a, b) => a + b, 0); } } class Wrong extends Error { code = 7; } class List extends Array { last() { return this.at(-1); } }
      const t = new Table([["a", 1], ["b", 2]]); t.label = "t"; export const value = [t, new Wrong("no"), List.from([1, 2, 3])];`,
    ask: "[value[0].total(), value[0].label, value[1].message, value[1].code, value[1] instanceof Error, value[1].constructor.name, value[2].last(), value[2].length]",
    expected: [3, "t", "no", 7, true, "Wrong", 3, 3],
  },
  "a constructor function with a prototype, and one that inherits from it": {
    module: `function A(x) { this.x = x; } A.prototype.get = function () { return this.x; };
      function B(x) { A.call(this, x); } Object.setPrototypeOf(B.prototype, A.prototype); export const value = [new A(1), new B(2)];`,
    ask: "[value[0].get(), value[1].get(), value[1] instanceof value[0].constructor]",
    expected: [1, 2, true],
  },
  "async functions, generators and both": {
    module: `const step = 2; export const value = { async a(x) { return x + step; }, *g() { yield step; yield* [3]; }, async *ag() { yield step; }, b: async () => step, c: function* () { yield 9; } };`,
    ask: "[await value.a(1), [...value.g()], (await value.ag().next()).value, await value.b(), [...value.c()], value.a.name, value.c.name]",
    expected: [3, [2, 3], 2, 2, [9], "a", "c"],
  },
  "modules of the program's own, by what is named of them": {
    module: `import * as lib from "./lib.mjs"; import { scale as rename } from "./lib.mjs"; export const value = (x) => lib.deep.add(rename(x), lib.ONE);`,
    ask: "value(2)",
    expected: 21,
  },
  "Node's and the language's own, by name": {
    module: `import { join } from "node:path"; import * as util from "node:util"; import fs from "node:fs";
      export const value = { run: () => [join("a", "b"), util.format("%d", 1), typeof fs.readFileSync, Math.max(1, 2)], max: Math.max, iterate: Array.prototype[Symbol.iterator], fs };`,
    ask: "[value.run(), value.max === Math.max, value.iterate === Array.prototype[Symbol.iterator], value.fs === process.getBuiltinModule('node:fs')]",
    expected: [["a/b", "1", "function", 2], true, true, true],
  },
  "a package's function, by where it is exported": {
    module: `import { pad, Pad } from "padder"; import left from "lefty"; export const value = [pad, (x) => pad(left(x)), class extends Pad { show() { return "<" + this.pad("y") + ">"; } }];`,
    ask: "[value[0]('x'), value[1]('x'), new value[2]().show(), value[0] === (await import('padder')).pad]",
    expected: ["_x", "_~x", "<_y>", true],
  },
  "a module of Node's that is loaded while it runs": {
    module: `export const value = async () => (await import("node:os")).EOL;`,
    ask: "await value()",
    expected: "\n",
  },
  "bound functions": {
    module: `class C { n = 4; times(x, y) { return this.n * x * y; } } const c = new C(); export const value = c.times.bind(c, 2);`,
    ask: "[value(3), value.name, value.length]",
    expected: [24, "bound times", 1],
  },
  "own properties and changed names": {
    module: `function f() { return f.calls; } f.calls = [1]; Object.defineProperty(f, "name", { value: "other", configurable: true });
      const anonymous = [() => 1, function () {}, class {}]; export const value = [f, ...anonymous];`,
    ask: "[value[0].name, value[0].calls, value[1].name, value[2].name, value[3].name]",
    expected: ["other", [1], "", "", ""],
  },
  "methods of every kind of name": {
    module: `const key = 1; export const value = { function() { return 1; }, get() { return 2; }, async() { return 3; }, "two words"() { return 4; }, 7() { return 5; }, [Symbol.iterator]() { return [6].values(); }, static() { return key; }, async *[Symbol.asyncIterator]() {} };`,
    ask: "[value.function(), value.get(), value.async(), value['two words'](), value[7](), [...value], value.static(), value.static.name, 'prototype' in value.function]",
    expected: [1, 2, 3, 4, 5, [6], 1, "static", false],
  },
  "one function in many places": {
    module: `const f = (x) => x; f.self = [f]; export const value = { a: f, b: [f], map: new Map([[f, f]]), set: new Set([f]) };`,
    ask: "[value.a === value.b[0], value.map.get(value.a) === value.a, value.set.has(value.a), value.a.self[0] === value.a]",
    expected: [true, true, true, true],
  },
  "a method taken from its class, together with the class": {
    module: `class C { m() { return 1; } static s() { return 2; } get g() { return 3; } } export const value = [C.prototype.m, C, C.s, Object.getOwnPropertyDescriptor(C.prototype, "g").get];`,
    ask: "[value[0] === value[1].prototype.m, value[2] === value[1].s, value[3] === Object.getOwnPropertyDescriptor(value[1].prototype, 'g').get]",
    expected: [true, true, true],
  },
  "members that were added, replaced and taken away": {
    module: `class C { a() { return 1; } b() { return 2; } static s() { return 3; } } C.prototype.a = function () { return 10; }; delete C.prototype.b; delete C.s; C.extra = 5; export const value = C;`,
    ask: "[new value().a(), typeof new value().b, typeof value.s, value.extra]",
    expected: [10, "undefined", "undefined", 5],
  },
  "data beside functions: dates, buffers, maps, cycles through closures": {
    module: `const state = { when: new Date(5), bytes: Buffer.from("ab"), big: 10n, re: /a+/g, nothing: undefined, self: () => state }; export const value = state;`,
    ask: "[value.self() === value, value.when.getTime(), String(value.bytes), String(value.big), value.re.source, 'nothing' in value]",
    expected: [true, 5, "ab", "10", "a+", true],
  },
  "a source that ends in a comment, and one that is full of what scripts are made of": {
    module:
      "export const value = [(x) => x // } ) `\n, (x) => `${x}}` + '});' + /[)}]/.source /* $fleche */, ($fleche) => typeof $flecheX];",
    ask: "[value[0](1), value[1](2), value[2](3)]",
    expected: [1, "2}});[)}]", "undefined"],
  },
  "a function called __proto__, and keys of that name": {
    module: `export const value = { ["__proto__"]: (x) => x, f: { ["__proto__"]() { return 3; } } };`,
    ask: "[Object.hasOwn(value, '__proto__'), Object.getOwnPropertyDescriptor(value, '__proto__').value(2), ({}).x ?? null]",
    expected: [true, 2, null],
  },
  "a function that is cached by fleche comes back as its original": {
    module: `import { fleche } from "<fleche>"; const cached = fleche((x) => x + 1, { name: "c" }); export const value = cached;`,
    ask: "[value(1), 'digest' in value]",
    expected: [2, false],
  },
  "sloppy code": {
    module: `exports.value = { sloppy: function () { return this === globalThis; }, set() { undeclaredByAnybody = 3; return undeclaredByAnybody; }, arrow: () => { const o = Object.freeze({ a: 1 }); o.a = 2; return o.a; } };`,
    ask: "[(0, value.sloppy)(), value.set(), value.arrow()]",
    expected: [true, 3, 1],
    cjs: true,
  },
  "strict code in CommonJS": {
    module: `"use strict"; let n = 1; exports.value = { f: function () { return this === undefined; }, inc() { return ++n; }, get: () => n };`,
    ask: "[(0, value.f)(), value.inc(), value.get()]",
    expected: [true, 2, 2],
    cjs: true,
  },
  "CommonJS modules, and require of Node's": {
    module: `const lib = require("./lib.cjs"); const { helper } = require("./lib.cjs"); exports.value = () => [lib.helper(1), helper(2), require("node:path").join("a", "b")];`,
    ask: "value()",
    expected: [2, 3, "a/b"],
    cjs: true,
  },
};

const FILES: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "program" }',
  "program/lib.mjs": `export const ONE = 1; const by = 10; export function scale(x) { return x * by; } export * as deep from "./deep.mjs";`,
  "program/deep.mjs": "export const add = (a, b) => a + b;",
  "program/lib.cjs": "exports.helper = (x) => x + one; const one = 1;",
  "node_modules/padder/package.json":
    '{ "name": "padder", "version": "1.2.3", "type": "module", "exports": "./index.js" }',
  "node_modules/padder/index.js": `export { pad } from "./inner/pad.js"; export class Pad { pad(x) { return "_" + x; } }`,
  "node_modules/padder/inner/pad.js": `const sign = "_"; export function pad(x) { return sign + x; }`,
  "node_modules/lefty/package.json": '{ "name": "lefty", "version": "0.0.1" }',
  "node_modules/lefty/index.js": `const sign = "~"; module.exports = function left(x) { return sign + x; };`,
};

const SAVE = `
import { closureFile } from "<fleche>";
import { writeFileSync } from "node:fs";
const storage = closureFile(<options>);
const saved = [];
for (const file of <files>) {
  const { value } = await import("./program/" + file);
  try { saved.push({ digest: String(storage.save(value)) }); } catch (error) { saved.push({ problem: String(error) }); }
}
writeFileSync(new URL("./saved.json", import.meta.url), JSON.stringify(saved));
`;

const LOAD = `
import { closureFile, digest, fleche, memoryStore, openCache } from "<fleche>";
import { readFileSync } from "node:fs";
const storage = closureFile(<options>);
const answers = [];
for (const [i, { digest, problem }] of JSON.parse(readFileSync(new URL("./saved.json", import.meta.url), "utf8")).entries()) {
  try {
    if (problem) throw new Error("not saved: " + problem);
    const value = storage.load(digest);
    const again = String(storage.save(value)) === digest;
    answers.push({ again, answer: await ASKS[i](value) });
  } catch (error) { answers.push({ problem: error.stack + String(error.cause?.cause ?? "") }); }
}
console.log(JSON.stringify(answers));
`;

let root: string;
let answers: readonly { readonly again?: boolean; readonly answer?: unknown; readonly problem?: string }[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "fleche-closure-"));
  const fleche = pathToFileURL(fileURLToPath(new URL("../../dist/index.js", import.meta.url))).href;
  const options = { root: join(root, "cache"), secretKey: "0123456789abcdef".repeat(4), checkContent: "always" };
  const entries = Object.entries(CASES);
  const files = entries.map(([, { cjs }], i) => `case-${i}.${cjs === true ? "cjs" : "mjs"}`);
  const asks = entries.map(([, { ask }]) => `async (value) => (${ask})`);
  const all: Record<string, string> = {
    ...FILES,
    "save.mjs": SAVE,
    "load.mjs": `const ASKS = [${asks.join(",\n")}];${LOAD}`,
  };
  for (const [i, [, { module }]] of entries.entries()) all[`program/${files[i]}`] = module;
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    const filled = text.replaceAll("<fleche>", fleche).replace("<options>", JSON.stringify(options));
    writeFileSync(join(root, name), filled.replace("<files>", JSON.stringify(files)));
  }
  const run = async (name: string): Promise<string> =>
    (await promisify(execFile)(process.execPath, [join(root, name)], { cwd: tmpdir() })).stdout;
  await run("save.mjs");
  // Nothing of the first program is there any more when the second one runs.
  renameSync(join(root, "program"), join(root, "gone"));
  rmSync(join(root, "gone"), { recursive: true });
  answers = JSON.parse(await run("load.mjs")) as typeof answers;
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("comes back in another program, and has the same digest there", () => {
  test.each(Object.keys(CASES).map((name, i) => [name, i] as const))("%s", (name, i) => {
    expect(answers[i]).toEqual({ again: true, answer: CASES[name]?.expected });
  });
});
