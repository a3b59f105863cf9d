/** Bodies that no `save` of ours made, though a trusted key signed them: a typed error, no overflow, no polluted prototype. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../src/closure/body.ts";
import { closureCodec } from "../../src/closure-file.ts";
import { readV8, writeV8 } from "../../src/codec/structured/v8-bytes.ts";
import { DecodeError } from "../../src/errors.ts";

const context = { entry: "0".repeat(64) };
const bytesOf = (body: unknown): Uint8Array => writeV8(body, new Uint8Array(0));
const decode = (body: unknown): unknown => closureCodec.decode(bytesOf(body), context);
const record = (name: string, ...fields: unknown[]): object => ({ $fleche: [name, ...fields] });
const source = (text: string, more: object = {}): object => ({
  text,
  method: false,
  scope: ROOT.strict,
  own: [],
  ...more,
});
const body = (value: unknown, functions: unknown[] = [], scopes: unknown[] = []): object => ({
  form: 1,
  value,
  functions,
  scopes,
});
const plain = (): object => body(record("function", 0), [source("() => 1")]);

test("what these cases change is good as it is", () => {
  expect((decode(plain()) as () => number)()).toBe(1);
});

describe("is refused with a DecodeError", () => {
  const deep = (depth: number): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  };
  test.each<[string, unknown]>([
    ["no body", 1],
    ["a body that is a list, though it has the fields of one", Object.assign([], plain())],
    ["no form", { value: 1, functions: [], scopes: [] }],
    ["a later form", { ...plain(), form: 2 }],
    ["functions that are no list", { ...plain(), functions: {} }],
    ["scopes that are no list", { ...plain(), scopes: {} }],
    ["a list of holes", { ...plain(), functions: new Array(4_294_967_295) }],
    ["a function that is not in the list", body(record("function", 7))],
    ["a number that is none", body(record("function", "0"))],
    ["a text that is no function", body(1, [source("42")])],
    ["a text that is more than a function", body(1, [source("(0, () => 1)")])],
    ["a text that does not parse", body(1, [source("() => {")])],
    ["a text that leaves its brackets", body(1, [source("() => 1); (() => 2")])],
    ["a method that is none", body(1, [source("a: 1", { method: true })])],
    ["a scope that is not there", body(1, [source("() => 1", { scope: 3 })])],
    ["a scope around itself", body(1, [], [{ parent: 0, names: [], values: [] }])],
    [
      "a scope around an earlier one",
      body(
        1,
        [],
        [
          { parent: 1, names: [], values: [] },
          { parent: -1, names: [], values: [] },
        ],
      ),
    ],
    [
      "scopes too deep",
      body(
        1,
        [],
        Array.from({ length: 5000 }, (_, i) => ({ parent: i - 1, names: [], values: [] })),
      ),
    ],
    [
      "a variable whose name is code",
      body(1, [], [{ parent: -1, names: ["a = (globalThis.polluted = 1)"], values: [1] }]),
    ],
    ["a variable whose name is a word", body(1, [], [{ parent: -1, names: ["class"], values: [1] }])],
    ["a variable whose name is a list", body(1, [], [{ parent: -1, names: [["a"]], values: [1] }])],
    ["a name of a function that is no text", body(1, [source("() => 1", { name: 5 })])],
    ["a length of a function that is no number", body(1, [source("() => 1", { length: "1" })])],
    ["a name twice", body(1, [], [{ parent: -1, names: ["a", "a"], values: [1, 2] }])],
    ["a name without a value", body(1, [], [{ parent: -1, names: ["a"], values: [] }])],
    [
      "a superclass whose name is code",
      body(1, [source("class {}", { heritage: "a = (globalThis.polluted = 1)", apart: true })]),
    ],
    ["a superclass that is no variable", body(1, [source("class extends A {}", { heritage: "A" })])],
    [
      "a superclass that is a variable of nobody's, but a global",
      body(
        1,
        [source("class extends Array {}", { heritage: "Array", scope: 0 })],
        [{ parent: -1, names: [], values: [] }],
      ),
    ],
    [
      "a superclass in a scope that every list inherits",
      body(1, [source("class extends A {}", { heritage: "A", scope: "constructor" })]),
    ],
    [
      "a superclass that the source does not extend",
      body(1, [source("class {}", { parent: record("function", 1) }), source("class {}")]),
    ],
    [
      "a prototype that inherits from a function",
      body(1, [
        source("class {}", { prototype: [], inherits: { prototype: record("function", 1) } }),
        source("() => 1"),
      ]),
    ],
    [
      "a prototype that inherits from what an arrow lacks",
      body(1, [source("class {}", { prototype: [], inherits: record("function", 1) }), source("() => 1")]),
    ],
    [
      "a class that is its own superclass",
      body(record("function", 0), [
        source("class extends A {}", { heritage: "A", apart: true, parent: record("function", 0) }),
      ]),
    ],
    ["a member of a class that is not there", body(1, [{ of: 3, isStatic: false, key: "m", role: "value" }])],
    [
      "a member of what every list inherits",
      body(record("function", 0), [{ of: "constructor", isStatic: true, key: "from", role: "value" }]),
    ],
    ["a member of a root", body(1, [{ of: ROOT.strict, isStatic: false, key: "m", role: "value" }])],
    ["a member of itself", body(1, [{ of: 0, isStatic: false, key: "m", role: "value" }])],
    [
      "a member of another role",
      body(1, [source("class { m() {} }"), { of: 0, isStatic: false, key: "m", role: "x" }]),
    ],
    [
      "a member by what every object inherits",
      body(record("function", 1), [
        source("class { m() {} }"),
        { of: 0, isStatic: false, key: "m", role: "constructor" },
      ]),
    ],
    ["a member that is not there", body(1, [source("class {}"), { of: 0, isStatic: false, key: "m", role: "value" }])],
    ["properties that are no list", body(1, [source("() => 1", { own: 5 })])],
    ["a property of a form that is none", body(1, [source("() => 1", { own: [["a", "x"]] })])],
    ["an accessor that is no function", body(record("properties", [["a", "accessor", true, 5, undefined]]))],
    [
      "a property twice",
      body(
        record("properties", [
          ["a", "data", true, 1],
          ["a", "data", true, 2],
        ]),
      ),
    ],
    ["a key that is none", body(record("properties", [[[], "data", true, 1]]))],
    ["a prototype of an arrow", body(1, [source("() => 1", { prototype: [] })])],
    ["a built-in thing that is none", body(record("builtin", "Nothing.at.all"))],
    ["a module of Node's that is none", body(record("builtin", "node:nothing.x"))],
    ["a symbol that is none", body(record("symbol", "prototype"))],
    ["a package that is not installed", body(record("import", "no-such-package", "1.0.0", "index.js", []))],
    ["a package by a path", body(record("import", "/node_modules/typescript", "6.0.3", "lib/typescript.js", []))],
    ["a package in a hidden folder", body(record("import", ".bin/x", "1.0.0", "index.js", []))],
    ["a member that its source does not define", body(1, [source("class A {}", { prototype: [["m", "written"]] })])],
    ["properties that are holes", body(record("properties", new Array(4_294_967_295)))],
    ["a package beside all packages", body(record("import", "..", "1.0.0", "index.js", []))],
    [
      "a file beside its package",
      body(record("import", "fast-check", "4.10.2", "../typescript/lib/typescript.js", ["createProgram"])),
    ],
    [
      "a way through a prototype",
      body(record("import", "typescript", "6.0.3", "lib/typescript.js", ["constructor", "constructor"])),
    ],
    [
      "a way that is not made of texts",
      body(record("import", "typescript", "6.0.3", "lib/typescript.js", [["createProgram"]])),
    ],
    ["an instance of nothing", body(record("instance", null, "", undefined, []))],
    ["an instance of plain data", body(record("instance", { prototype: {} }, "", undefined, []))],
    ["an instance of no class", body(record("instance", 1, "", undefined, []))],
    [
      "an instance of an arrow",
      body(record("instance", record("function", 0), "", undefined, []), [source("() => 1")]),
    ],
    [
      "an instance with another slot",
      body(record("instance", record("function", 0), "WeakMap", undefined, []), [source("class {}")]),
    ],
    ["something bound that is no function", body(record("bound", "f", 1, 2))],
    ["a module with a name twice", body(record("module", ["a", "a"], [1, 1]))],
    ["a module with a name that is none", body(record("module", [5], [1]))],
    ["an unknown record", body(record("process", "exit"))],
    ["a value that is too deep", body(deep(1001))],
    ["a variable that is too deep", body(1, [], [{ parent: -1, names: ["a"], values: [deep(1001)] }])],
  ])("%s", (_, hostile) => {
    expect(() => decode(hostile)).toThrow(DecodeError);
    expect(globalThis).not.toHaveProperty("polluted");
  });

  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["no V8", Buffer.from("() => 1")],
    ["bytes behind the body", Buffer.concat([bytesOf(plain()), Buffer.from([0])])],
    ["a later V8", Uint8Array.from(bytesOf(plain()), (byte, i) => (i === 1 ? 0x40 : byte))],
  ])("%s", (_, bytes) => {
    expect(() => closureCodec.decode(bytes, context)).toThrow(DecodeError);
  });
});

test("a class that is its own superclass is told as such, not found out by the end of the stack", () => {
  const own = source("class extends A {}", { heritage: "A", apart: true, parent: record("function", 0) });
  expect(() => decode(body(record("function", 0), [own]))).toThrow("a class that is its own superclass");
});

test("keys called __proto__ become own properties", () => {
  const value = decode(body(record("properties", [["__proto__", "data", false, { polluted: 1 }]]))) as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.hasOwn(value, "__proto__")).toBe(true);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  const fn = decode(
    body(record("function", 0), [source("() => 1", { own: [["__proto__", "data", true, 5]] })]),
  ) as object;
  expect(Object.getPrototypeOf(fn)).toBe(Function.prototype);
});

test("a regular expression is compiled and never run", () => {
  expect(decode(body([record("RegExp", "^(a+)+$", "", 0), "a".repeat(50)]))).toEqual([/^(a+)+$/, "a".repeat(50)]);
});

test("a thousand levels, and no more, go both ways", () => {
  let value: unknown = () => 1;
  for (let i = 0; i < 990; i++) value = [value];
  expect(closureCodec.decode(closureCodec.encode(value), context)).toBeInstanceOf(Array);
  for (let i = 0; i < 100; i++) value = { value };
  expect(() => closureCodec.encode(value)).toThrow(/levels deep/);
});

/** Anything at any place of a body: only our errors come out. What is read may be code, so sources are not made up here. */
test("bodies with anything in any place only ever fail with a DecodeError", () => {
  const good = readV8(
    closureCodec.encode({
      f: Object.assign((x: number) => x, { a: [1, new Map([[1, 2]])] }),
      g: class A {
        m(): number {
          return 1;
        }
      },
    }),
  );
  const places = placesIn(good);
  fc.assert(
    fc.property(fc.nat(places.length - 1), fc.anything({ withMap: true, withSet: true }), (place, anything) => {
      const changed = structuredClone(good);
      const path = places[place] as readonly PropertyKey[];
      let holder = changed as Record<PropertyKey, unknown>;
      for (const step of path.slice(0, -1)) holder = holder[step] as Record<PropertyKey, unknown>;
      holder[path.at(-1) as PropertyKey] = anything;
      let bytes: Uint8Array;
      try {
        bytes = bytesOf(changed);
      } catch {
        return;
      }
      try {
        closureCodec.decode(bytes, context);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});

/** The paths to everything in a body but the sources. */
function placesIn(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== "object" || value === null || value instanceof Map) return [path];
  const inner = Object.keys(value).filter((key) => key !== "text");
  return [
    ...(path.length > 0 ? [path] : []),
    ...inner.flatMap((key) => placesIn(Reflect.get(value, key), [...path, key])),
  ];
}

test("bytes with anything changed only ever fail with a DecodeError", () => {
  const good = closureCodec.encode({ f: new Map([[1, { a: "text" }]]), n: [1.5, 2n, "long text here"] });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const bytes = Uint8Array.from(good);
      bytes[at] = byte;
      try {
        closureCodec.decode(bytes, context);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 3000 },
  );
});
