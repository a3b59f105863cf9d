/** Values that are split as Python splits them, and put together again; shapes that a key's holder made up are refused. */
import { describe, expect, test } from "vitest";
import { destructuredCodec, partsOfPickle } from "../../src/codec/destructured/destructured.ts";
import { digestHex } from "../../src/digest/digest.ts";
import { dict, tuple } from "../../src/digest/shapes.ts";
import { DecodeError, EncodeError } from "../../src/errors.ts";
import { PyFloat, PyObject, PyOrderedDict, readPickle, writePickle } from "../../src/pickle.ts";
import { bytes, pickle, text } from "../pickle-file/kit.ts";

const digestOf = (value: unknown): string => digestHex(value, { numbers: "python" });

/** What a value is split into: how many parts, and the whole put together again. */
function split(value: unknown, remainingDepth: number) {
  const codec = destructuredCodec(remainingDepth);
  const parts = new Map<string, Uint8Array>();
  const body = codec.encode(value, { digestOf, part: (digest, part) => parts.set(digest, part) });
  const part = (digest: string): Uint8Array => parts.get(digest) ?? expect.fail(`no part ${digest}`);
  return { body, parts, named: partsOfPickle(body), again: codec.decode(body, { entry: digestOf(value), part }) };
}

describe("splitting", () => {
  test.each([
    [0, [1, [2]], [1, 2, [2]]],
    [1, [1, [2]], [[2]]],
    [2, [1, [2]], []],
    [1, [1, "a", true, 2n ** 70n, Buffer.from("b"), [], {}, tuple()], []],
    // What is neither a number nor text nor bytes lies in a file of its own at any depth.
    [9, [null, [null]], [null, [null]]],
    [1, { a: { b: { c: 1 } } }, [{ b: { c: 1 } }, { c: 1 }]],
    [2, { a: { b: { c: 1 } } }, [{ b: { c: 1 } }]],
    [1, dict([[tuple(1, 2), "x"]]), [tuple(1, 2)]],
    [1, null, []],
  ])("with %i levels left in a file", (depth, value, expected) => {
    const { parts, again } = split(value, depth);
    expect([...parts.keys()].sort()).toEqual(expected.map(digestOf).sort());
    expect(again).toEqual(value);
  });

  test("a part that is used twice is stored once, and comes back as two", () => {
    const shared = [1, 2];
    const { parts, named, again } = split([shared, shared, [1, 2]], 1);
    expect([parts.size, named]).toEqual([1, [digestOf(shared)]]);
    expect(again).toEqual([shared, shared, [1, 2]]);
    expect((again as unknown[])[0]).not.toBe((again as unknown[])[1]);
  });

  test("each object is visited once, however often it is used", () => {
    let value: unknown[] = [1];
    for (let i = 0; i < 200; i++) value = [value, value];
    const codec = destructuredCodec(1);
    let asked = 0;
    const parts = new Set<string>();
    const counting = {
      // The digest of such a value is a matter of its own.
      digestOf: () => (asked++).toString(16).padStart(64, "0"),
      part: (digest: string) => parts.add(digest),
    };
    codec.encode(value, counting);
    expect([asked, parts.size]).toEqual([200, 200]);
  });

  test("what would come back as something else is refused, with its path", () => {
    const marker = new PyObject("fleche.digest", "Digest", { via: "new", args: ["0".repeat(64)], state: undefined });
    const wrapper = new PyObject("fleche.storage.destructuring", "DigestedDict", {
      via: "new",
      args: [],
      state: { items: {} },
    });
    for (const value of [new PyFloat(3), marker, new Map()]) {
      for (const held of [value, [value], { a: [value] }]) expect(() => split(held, 1)).toThrow(EncodeError);
    }
    expect(() => split([wrapper], 1)).toThrow(EncodeError);
    expect(() => split({ a: [1, new Map()] }, 1)).toThrow("a[1]");
    expect(() => split([[0.5], [2 ** 60]], 1)).toThrow(/two parts that differ have one name/);
    // Equal but for the order of keys, which is nothing to Python either.
    expect(
      split(
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        1,
      ).parts.size,
    ).toBe(1);
  });
});

describe("what a key's holder made up", () => {
  const GLOBAL = (module: string, name: string): Buffer => bytes(text(module), text(name), [0x93]);
  const A = "a".repeat(64);
  const B = "b".repeat(64);
  const marker = (hex: string): Buffer => bytes(GLOBAL("fleche.digest", "Digest"), text(hex), [0x85, 0x81]);
  const wrapped = (name: string, ...items: (Buffer | string)[]): Buffer =>
    pickle(GLOBAL("fleche.storage.destructuring", name), [0x29, 0x81], "}", text("items"), ...items, "sb");
  const PARTS: Record<string, Uint8Array> = { [A]: writePickle([1]), [B]: writePickle(1) };
  const decode = (body: Uint8Array): unknown =>
    destructuredCodec(1).decode(new Uint8Array(body), { entry: A, part: (digest) => PARTS[digest] as Uint8Array });

  test("lists, tuples, dicts and ordered dicts of parts, by the names that versions of Python's library give them", () => {
    expect(decode(wrapped("DigestedIterable", "]", marker(A), "a"))).toEqual([[1]]);
    expect(decode(wrapped("DigestedIterable", marker(A), bytes([0x85])))).toEqual(tuple([1]));
    for (const name of ["DigestedDict", "DigestedMapping"]) {
      expect(decode(wrapped(name, "}", marker(B), marker(A), "s"))).toEqual(dict([[1, [1]]]));
    }
    const ordered = bytes(GLOBAL("collections", "OrderedDict"), [0x29], "R", text("k"), marker(A), "s");
    expect(decode(wrapped("DigestedMapping", ordered))).toEqual(new PyOrderedDict([["k", [1]]]));
  });

  test.each([
    ["a key that Python cannot hash", wrapped("DigestedDict", "}", marker(A), "Ns")],
    [
      "two keys that are equal once they are there",
      wrapped("DigestedDict", "}(", marker(B), "N", bytes([0x4b, 1]), "Nu"),
    ],
    ["a list where a dict must be", wrapped("DigestedDict", "]")],
    ["a dict where a list must be", wrapped("DigestedIterable", "}")],
    [
      "a marker that was called",
      wrapped("DigestedIterable", "]", bytes(GLOBAL("fleche.digest", "Digest"), text(A), [0x85], "R"), "a"),
    ],
    ["a marker with a state", wrapped("DigestedIterable", "]", marker(A), "}", text("x"), "Nsb", "a")],
    [
      "a marker of two texts",
      wrapped("DigestedIterable", "]", bytes(GLOBAL("fleche.digest", "Digest"), text(A), text(B), [0x86, 0x81]), "a"),
    ],
    ["a marker of no digest", wrapped("DigestedIterable", "]", marker("../x"), "a")],
    ["a marker below the top", wrapped("DigestedIterable", "](", marker(A), "]", marker(B), "ae")],
    [
      "a wrapper with arguments",
      pickle(
        GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
        text("x"),
        [0x85, 0x81],
        "}",
        text("items"),
        "]sb",
      ),
    ],
    [
      "a wrapper with something else than items",
      pickle(GLOBAL("fleche.storage.destructuring", "DigestedIterable"), [0x29, 0x81], "}", text("other"), "]sb"),
    ],
    [
      "a wrapper with more than items",
      pickle(
        GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
        [0x29, 0x81],
        "}(",
        text("items"),
        "]",
        text("x"),
        "Nub",
      ),
    ],
    ["a wrapper below the top", pickle("]", wrapped("DigestedIterable", "]").subarray(2, -1), "a")],
  ])("%s is refused", (_, body) => {
    expect(() => decode(body)).toThrow(DecodeError);
  });

  test("a text that only speaks of wrappers is a text", () => {
    const value = ["fleche.storage.destructuring", { DigestedDict: 1 }];
    const body = writePickle(value);
    expect(partsOfPickle(body)).toEqual([]);
    expect(decode(body)).toEqual(value);
    expect(readPickle(body)).toEqual(value);
  });
});
