import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { hashText } from "../../src/digest/hash.ts";
import { dict, tuple } from "../../src/digest/shapes.ts";
import { TYPE_NAMES } from "../../src/digest/type-names.ts";
import { EVERY_KIND, objectOf, Point, resizable, Secret, Vector } from "./values.ts";

test("no type name is the beginning of another, so that a name never runs into what follows it", () => {
  for (const name of TYPE_NAMES) {
    const clashes = TYPE_NAMES.filter((other) => other !== name && other.startsWith(name));
    expect([name, clashes]).toEqual([name, []]);
  }
  expect(new Set(TYPE_NAMES).size).toBe(TYPE_NAMES.length);
});

class Described {
  readonly #name: string;
  readonly #value: unknown;
  constructor(name: string, value: unknown) {
    this.#name = name;
    this.#value = value;
  }
  [Symbol.for("fleche.digest")](): unknown {
    return { name: this.#name, value: this.#value };
  }
}

/** What caches of other people's have taken for one another. All of these are different values. */
const CONFUSABLE: readonly (readonly [pair: string, ...values: unknown[]])[] = [
  ["two Maps", new Map([["a", 1]]), new Map([["a", 2]]), new Map(), {}],
  [
    "a Map in another order",
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
    new Map([
      ["b", 2],
      ["a", 1],
    ]),
  ],
  ["a Map and its parts", new Map([["k", "v"]]), new Set(["k", "v"]), ["k", "v"], [["k", "v"]], { k: "v" }],
  ["two Sets", new Set([1]), new Set([2]), new Set()],
  ["a Set in another order", new Set([1, 2]), new Set([2, 1])],
  ["undefined, null and absence", undefined, null, [undefined], [null], [], { a: undefined }, { a: null }],
  ["holes", [1, , 2], [1, undefined, 2], [1, null, 2], [1, 2], new Array(1), new Array(2)],
  ["NaN and null", Number.NaN, [Number.NaN], "NaN"],
  ["a Date, its text and its time", new Date(0), "1970-01-01T00:00:00.000Z", 0, new Date(1), new Date(Number.NaN)],
  ["two classes with equal fields", new Point(1, 2), new Vector(1, 2), { x: 1, y: 2 }],
  ["private fields", new Secret(1), new Secret(2)],
  ["two regular expressions", /a/, /b/, /a/g, /a/i, Object.assign(/a/g, { lastIndex: 1 }), "/a/"],
  ["a number, its text and the bigint", 1, "1", 1n, true, "1n"],
  ["zero and negative zero", -0, 0n, "0", "-0", false, ""],
  ["two symbols", Symbol.for("s"), Symbol.for("t"), "s", Symbol.for("")],
  [
    "bytes in other dress",
    Buffer.from([1]),
    Uint8Array.of(1),
    Int8Array.of(1),
    Uint8ClampedArray.of(1),
    { 0: 1 },
    Uint16Array.of(1),
    Uint8Array.of(1).buffer,
    new DataView(Uint8Array.of(1).buffer),
    resizable(Uint8Array.of(1), 1),
    resizable(Uint8Array.of(1), 2),
  ],
  ["two ArrayBuffers", Uint8Array.of(2).buffer, new ArrayBuffer(0), new ArrayBuffer(1), new ArrayBuffer(2)],
  [
    "arrays of other widths with equal bytes",
    Uint32Array.of(1, 2),
    BigInt64Array.of(0x200000001n),
    BigUint64Array.of(0x200000001n),
    Float64Array.from([4.243991582e-314]),
    Int32Array.of(1, 2),
    Float32Array.of(1e-45, 3e-45),
  ],
  ["two errors", new Error("a"), new Error("b"), new TypeError("a"), Object.assign(new Error("a"), { code: 1 })],
  [
    "an error's cause",
    new Error("a", { cause: undefined }),
    new Error("a", { cause: null }),
    new Error("a", { cause: 1 }),
    Object.assign(new Error("a"), { cause: 1 }),
  ],
  [
    "an error's name",
    Object.assign(new Error("a"), { name: "TypeError" }),
    Object.assign(new TypeError("a"), { name: "list" }),
  ],
  [
    "an aggregate error",
    new AggregateError([], "a"),
    new AggregateError([1], "a"),
    Object.assign(new Error("a"), { errors: [] }),
  ],
  ["objects and null-prototype objects", { n: 1 }, objectOf([["n", 1]], null), { n: "1" }, { n: [1] }],
  ["keys", { a: 1, b: 2 }, { a: 2, b: 1 }, { ab: 12 }, { [Symbol.for("a")]: 1, b: 2 }, JSON.parse('{"__proto__":1}')],
  ["nesting", [[1], 2], [[1, 2]], [1, [2]], [[[1]]], [[1]], { a: { b: 1 } }, { "a.b": 1 }, { a: [{ b: 1 }] }],
  ["texts that join alike", ["a,b"], ["a", "b"], ["a','b"], ["ab", ""], ["", "ab"], "a,b"],
  ["lone surrogates", "\ud800", "\udfff", "\ufffd", "\ud800\udc00", "\udc00\ud800", "\ud801"],
  ["normal forms", "é", "e\u0301"],
  [
    "URLs",
    new URL("http://a.example/"),
    new URL("http://a.example/?"),
    "http://a.example/",
    new URL("http://a.example/#"),
  ],
  [
    "tuples, lists and dicts",
    tuple(),
    tuple(7),
    [7],
    tuple([7]),
    dict([[7, 8]]),
    new Map([[7, 8]]),
    dict([["7", 8]]),
    dict([
      [7, 8],
      ["7", 8],
    ]),
    dict([[null, 8]]),
    dict([["null", 8]]),
    dict([[tuple(), 8]]),
  ],
  [
    "a name that is a type's name",
    new Described("list", [1]),
    new Described("dict", [1]),
    new Described("list", 1),
    new Described("test.Point", [1, 2]),
    objectOf([], null),
  ],
  ["a text beginning like a type's bytes", "NoneType__None__", "__None__", "undefined", "hole"],
];

describe("different values have different digests", () => {
  const all: [string, unknown][] = CONFUSABLE.flatMap(([pair, ...values]) =>
    values.map((value, i): [string, unknown] => [`${pair} (${i})`, value]),
  );

  test("whatever of these is compared with whatever else", () => {
    const taken = new Map<string, string>();
    for (const [name, value] of all) {
      const hex = digest(value);
      expect(hex).toMatch(/^[0-9a-f]{64}$/);
      expect(taken.get(hex), `${name} has the digest of ${taken.get(hex)}`).toBeUndefined();
      taken.set(hex, name);
    }
  });

  test("also inside an array, an object, a Map and a class", () => {
    for (const wrap of [
      (v: unknown) => [v],
      (v: unknown) => ({ v }),
      (v: unknown) => new Map([[v, v]]),
      (v: unknown) => new Secret(v),
    ]) {
      expect(new Set(all.map(([, value]) => digest(wrap(value)))).size).toBe(all.length);
    }
  });

  test("and equal ones the same, when they are made again", () => {
    for (const [name, make] of EVERY_KIND) expect([name, digest(make())]).toEqual([name, digest(make())]);
    expect(new Set(EVERY_KIND.map(([, make]) => digest(make()))).size).toBe(EVERY_KIND.length);
  });
});

test("equal on purpose: order of keys, frozenness, shared parts, an error's stack", () => {
  expect(digest({ a: 1, [Symbol.for("s")]: 3, b: 2 })).toBe(digest({ b: 2, a: 1, [Symbol.for("s")]: 3 }));
  expect(digest(Object.freeze([Object.freeze({ a: 1 })]))).toBe(digest([{ a: 1 }]));
  const part = { a: 1 };
  expect(digest([part, part])).toBe(digest([{ a: 1 }, { a: 1 }]));
  const here = new Error("m");
  const there = Object.assign(new Error("m"), { stack: "elsewhere" });
  expect(digest(here)).toBe(digest(there));
});

test("a text is named by its UTF-8, a lone surrogate by the three bytes that its code point would have", () => {
  expect(digest("a\ud800é")).toBe(hashOf("61eda080c3a9"));
  expect(digest("\udfff")).toBe(hashOf("edbfbf"));
  expect(digest("\ud83d\ude00")).toBe(hashText("str", "😀"));
  expect(digest(`${"x".repeat(5000)}\udc00`)).not.toBe(digest(`${"x".repeat(5000)}\udc01`));
});

/** SHA-256 of a type's name and raw bytes. */
function hashOf(hex: string): string {
  return createHash("sha256").update("str").update(Buffer.from(hex, "hex")).digest("hex");
}
