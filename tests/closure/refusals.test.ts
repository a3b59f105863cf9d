/** What cannot be carried is refused when it is saved, with the path to it and the reason; nothing is guessed. */
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { openCache } from "../../src/cache.ts";
import { closureCodec, closureFile } from "../../src/closure-file.ts";
import { D } from "../../src/digest/reference.ts";
import { ConfigError, DigestError, EncodeError } from "../../src/errors.ts";
import { keyRing } from "../../src/seal/key-ring.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";

const secretKey = "0123456789abcdef".repeat(4);
const storage = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });

/** A function that captures a value. */
function capture(value: unknown): () => unknown {
  return () => value;
}

class Private {
  #secret = 1;
  reveal(): number {
    return this.#secret;
  }
}
class PrivateMethod {
  #hidden(): number {
    return 1;
  }
  call(): number {
    return this.#hidden();
  }
}
class Sub extends Private {
  x = 1;
}
class Emitter extends EventEmitter {}
class PrivateStatic {
  name = "";
  static #count = 0;
  static next(): number {
    return ++PrivateStatic.#count;
  }
}
/** One of V8's own closures. */
function resolver(): unknown {
  let resolve: unknown;
  new Promise((given) => {
    resolve = given;
  });
  return resolve;
}
// Seen by Vite too, so code that it would lower is made from text.
const made = <T>(text: string): T => new Function(`"use strict"; ${text}`)() as T;
const arrowThis = made<() => unknown>("return (function () { return () => this; }).call({});");
const staticBlock = made<object>("globalThis.blocks = 0; return class Block { static { globalThis.blocks++; } };");
const staticField = made<object>("const make = () => new Map(); return class Field { static table = make(); };");
/** A static field whose initialiser counts in `globalThis.fields`. */
const runsField = (initialiser: string): object =>
  made(`globalThis.fields = 0; return class Field { static made = ${initialiser} };`);
const runningFields = [
  "1 + globalThis.fields++",
  "[1][globalThis.fields++]",
  '"a"\n in (globalThis.fields++, {})',
  "{}\n instanceof (globalThis.fields++, Object)",
].map(runsField);
const nested = made<object>("return class Odd extends class {} {};");
const bracketed = made<object>("const base = Object; return class Odd extends (base) {};");
const tagged = made<object>(
  "function tag() { globalThis.fields++; return tag; } globalThis.fields = 0; return class Odd extends tag`` {};",
);
// In a script, though not in a module, this could be a comment.
const arrowed = made<object>("return class Odd { count(i) { while (i-->0); } };");
const hidden = ["Date", "RegExp", "ArrayBuffer", "Number", "WeakMap", "Uint8Array"].map((name) =>
  made<unknown[]>(`return [new (class Sub extends ${name} {})()];`),
);
const computedMember = made<object>("const key = () => 'm'; return class Named { [key()]() {} };");
const computedClass = made<object>(
  "const mixin = (c) => class extends c {}; return class Mixed extends mixin(Object) {};",
);
const computedMethod = made<{ m(): void }>("const key = 'm'; return { [key]() {} };");
const superMethod = made<object>("return { m() { return super.toString(); } };");
const evil = made<object>("return (x) => eval(x);");
const loads = made<object>("return () => import('left-pad');");
const inherited = made<object>("return Object.create({ a: 1 });");
const replaced = made<object>("function F() {} F.prototype = { m() {} }; return F;");
const prototypeLess = made<object>("return Object.setPrototypeOf(function f() {}, { call: 1 });");
const prototypeNull = made<object>("return Object.setPrototypeOf(() => 1, null);");
const heir = made<object>("return Object.setPrototypeOf(function f() {}, function g() {});");
const underOdd = (above: string): object =>
  made(`function F() {} F.prototype = Object.create(${above}, { constructor: { value: F } }); return F;`);
// Not by `made`, which is strict throughout.
const mixed: unknown = new Function(
  "let n = 0; return [function up() { n++; }, function now() { 'use strict'; return n; }];",
)();
const selfBound = made<object>("const o = { f() { return this; } }; o.f = o.f.bind(o); return o;");
const cycle: { self?: unknown } = {};
cycle.self = cycle;

describe("is refused with path and reason", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["a socket", { run: capture({ client: new Socket() }) }, "run.value.client", /Socket, whose class is of Node/],
    ["an instance with private fields", [new Private()], "[0]", /private members/],
    ["an instance with private methods", [new PrivateMethod()], "[0]", /private members/],
    ["an instance whose superclass has private fields", { a: capture(new Sub()) }, "a.value", /private members/],
    ["a class with private static fields", { c: PrivateStatic }, "c", /private static members/],
    ["an instance of a class that extends one of Node's", capture(new Emitter()), "value", /whose class is of Node/],
    ["`this` of an arrow", { deep: [arrowThis] }, "deep[0]", /`this` of the code around an arrow/],
    ["`super` in a method", superMethod, "m", /`super`/],
    ["direct eval", evil, "", /direct `eval`/],
    ["native code that nobody can name", { p: resolver() }, "p", /native/],
    ["a class with a static block", { staticBlock }, "staticBlock", /static block/],
    ["a static field that is computed", { staticField }, "staticField", /static field/],
    ...runningFields.map((Field, i): [string, unknown, string, RegExp] => [
      `a static field that goes on behind plain data (${i})`,
      { Field },
      "Field",
      /static field/,
    ]),
    ["a superclass that is a class in the source", { nested }, "nested", /superclass is computed/],
    ["a superclass in brackets", { bracketed }, "bracketed", /superclass is computed/],
    ["a superclass that a template gives", { tagged }, "tagged", /superclass is computed/],
    ["a class that two readers may read differently", { arrowed }, "arrowed", /cannot be read with certainty/],
    ...hidden.map((instances): [string, unknown, string, RegExp] => [
      `an instance of a class that extends ${Object.prototype.toString.call(instances[0])}`,
      instances,
      "[0]",
      /hidden state/,
    ]),
    ["a computed member name", { computedMember }, "computedMember", /computed member name/],
    ["a computed superclass", { computedClass }, "computedClass", /superclass is computed/],
    ["a computed method name", computedMethod, "m", /computed name/],
    ["a package that is loaded while it runs", { loads }, "loads", /left-pad/],
    ["an object that inherits from another", { inherited }, "inherited", /./],
    ["a replaced prototype", { replaced }, "replaced", /prototype/],
    ["a function with an object for its prototype", { prototypeLess }, "prototypeLess", /prototype was replaced/],
    ["a function without a prototype", { prototypeNull }, "prototypeNull", /prototype was replaced/],
    ["a function that inherits from another", { heir }, "heir", /inherits from another/],
    ["a `prototype` below plain data", { f: underOdd("{ a: 1 }") }, "f", /no class has made/],
    ["a `prototype` below what is no class's", { f: underOdd("{ constructor: Map }") }, "f", /no class has made/],
    ["an object bound to itself", selfBound, "f", /./],
    ["a cycle", { cycle }, "cycle.self", /cycle/],
    ["a promise", { p: capture(Promise.resolve(1)) }, "p", /./],
    ["a weak map", capture(new WeakMap()), "", /./],
    ["a key ring", { k: capture(keyRing(secretKey)) }, "k.value", /class is of a package/],
    ["a cache", { c: capture(openCache({ store: memoryStore(), keys: null })) }, "c", /./],
    ["a proxy of a function", { p: new Proxy(() => 1, {}) }, "p", /proxy/],
    ["a symbol of its own", { f: Object.assign(() => 1, { s: Symbol("s") }) }, "f", /Symbol\(s\)/],
    ["a Digest", { d: D("0".repeat(64)) }, "d", /Digest/],
  ])("%s", (_, value, path, problem) => {
    const error = refusal(value);
    expect(error.message).toMatch(problem);
    expect(error.path).toBe(path);
    // The codec relies on nobody who has named the value before.
    expect(() => closureCodec.encode(value)).toThrow(EncodeError);
  });

  test("functions in strict and in sloppy code that share a variable", () => {
    expect(() => closureCodec.encode(mixed)).toThrow(/strict and in sloppy code/);
  });

  test("and nothing of it is stored", () => {
    expect([...storage.list()]).toEqual([]);
  });

  test("code of a class is not run to see whether it could be carried", () => {
    // Once, when this file defined it.
    expect((globalThis as { blocks?: number }).blocks).toBe(1);
    expect((globalThis as { fields?: number }).fields).toBe(1);
  });

  test("what would not be the same function when it is read again", () => {
    // Sloppy, in a script that has the words somewhere: for which of its functions they hold is not known.
    const text = `(() => { const o = {}; const words = "use strict"; return () => { o.a = 1; }; })()`;
    const arrow: unknown = runInThisContext(text);
    expect(refusal({ arrow }).message).toContain("would not come back as what it is");
  });

  test("a global that the program has added", () => {
    Object.defineProperty(globalThis, "addedByTest", { value: 5, configurable: true });
    try {
      expect(refusal({ f: made("return () => addedByTest;") }).message).toContain('the global "addedByTest"');
    } finally {
      Reflect.deleteProperty(globalThis, "addedByTest");
    }
  });
});

function refusal(value: unknown): DigestError | EncodeError {
  try {
    storage.save(value);
  } catch (error) {
    if (error instanceof DigestError || error instanceof EncodeError) return error;
    throw error;
  }
  throw new Error("it was saved");
}

describe("a storage of this codec", () => {
  test("needs keys when it is made", () => {
    const text = /needs signing keys/;
    expect(() => valueStorage({ store: memoryStore(), codec: closureCodec, keys: null })).toThrow(text);
    expect(() => valueStorage({ store: memoryStore(), codec: closureCodec, keys: null })).toThrow(ConfigError);
    const root = mkdtempSync(join(tmpdir(), "fleche-closure-"));
    expect(() => closureFile({ root, keys: null })).toThrow(text);
    rmSync(root, { recursive: true });
    expect(() => openCache({ store: memoryStore(), codec: closureCodec, keys: null })).toThrow(text);
  });

  test("refuses options that it does not know, and another codec", () => {
    const root = mkdtempSync(join(tmpdir(), "fleche-closure-"));
    for (const more of [{ namspace: "mine" }, { codec: closureCodec }]) {
      expect(() => closureFile({ root, secretKey, ...more })).toThrow(TypeError);
    }
    rmSync(root, { recursive: true });
  });

  test("is not to be had by a name, as the codecs are that every storage reads", () => {
    expect(() => valueStorage({ store: memoryStore(), codec: "closure" as never, secretKey })).toThrow(/codec must be/);
  });

  test("reads what storages of other codecs wrote", () => {
    const store = memoryStore();
    const digest = valueStorage({ store, secretKey }).save({ a: [1, 2] });
    expect(valueStorage({ store, codec: closureCodec, secretKey }).load(digest)).toEqual({ a: [1, 2] });
  });
});
