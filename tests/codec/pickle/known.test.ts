/** Pickles that the Python library wrote, byte for byte, and the digests that they are stored under. */
import { describe, expect, test } from "vitest";
import { digest } from "../../../src/digest/digest.ts";
import { D } from "../../../src/digest/reference.ts";
import {
  NdArray,
  PyComplex,
  PyDate,
  PyDecimal,
  PyFloat,
  PyFraction,
  PyFrozenSet,
  PyObject,
  PySet,
  pythonClass,
  readPickle,
  readPreamble,
  tuple,
  writePickle,
} from "../../../src/pickle.ts";
import known from "./known-pickles.json" with { type: "json" };

const globals = [
  ["fleche.storage.destructuring", "DigestedDict"],
  ["fleche.storage.destructuring", "DigestedIterable"],
  ["fleche.digest", "Digest"],
].map(([module = "", name = ""]) => pythonClass({ module, name }));

const whole = known.pickles.filter(({ stored_object }) => !stored_object.startsWith("Digested"));

describe("the Python library's pickles", () => {
  test("are all here", () => {
    expect(known.pickles).toHaveLength(25);
    expect(whole).toHaveLength(18);
  });

  test.each(known.pickles)("$stored_object is read, and written as the same bytes", ({ pickle_hex }) => {
    const value = readPickle(Buffer.from(pickle_hex, "hex"), { globals });
    expect(writePickle(value, { globals }).toString("hex")).toBe(pickle_hex);
  });

  test.each(whole)("$stored_object has the digest that it is stored under", ({ pickle_hex, name }) => {
    expect(digest(readPickle(Buffer.from(pickle_hex, "hex")), { numbers: "python" })).toBe(name);
  });

  test("name classes that nobody allowed otherwise", () => {
    const split = known.pickles.filter((pickle) => !whole.includes(pickle));
    for (const { pickle_hex } of split) {
      expect(() => readPickle(Buffer.from(pickle_hex, "hex"))).toThrow(/fleche\.storage\.destructuring\.Digested/);
    }
  });

  test("that are split hold the digests of what is stored beside them", () => {
    const split = known.pickles.find(({ stored_object }) => stored_object.startsWith("DigestedDict(items={'status'"));
    const read = readPickle(Buffer.from(split?.pickle_hex ?? "", "hex"), { globals }) as PyObject;
    const { items } = read.state as { items: { status: string; data: PyObject } };
    expect(items.status).toBe("secure");
    const data = items.data.args[0] as string;
    expect(digest({ status: "secure", data: D(data) })).toBe(split?.name);
  });
});

describe("digests of what JavaScript lacks", () => {
  test("a float that is integral is its own in the default scheme, and Python's int in the other", () => {
    expect(digest(new PyFloat(3))).not.toBe(digest(3));
    expect(digest(new PyFloat(3), { numbers: "python" })).toBe(digest(3, { numbers: "python" }));
  });

  test("a set is H('set') of its members in order, as in Python", () => {
    expect(digest(new PySet([1, 2]))).toBe("d8c5574ac61cb3aedd5cfe45b84ee35c3d5f85bf2fe94858097175fb68b41b4e");
    expect(digest(new PySet([2, 1]))).not.toBe(digest(new PySet([1, 2])));
    expect(digest(new PyFrozenSet([1, 2]))).not.toBe(digest(new PySet([1, 2])));
    expect(digest(new Set([1, 2]))).not.toBe(digest(new PySet([1, 2])));
  });

  test("an array of one dimension and a typed array agree; the order in memory does not count, the shape does", () => {
    const c = new NdArray("<f8", [2, 3], Float64Array.of(0, 1, 2, 3, 4, 5));
    const f = new NdArray("<f8", [2, 3], Float64Array.of(0, 3, 1, 4, 2, 5), "F");
    expect(digest(f)).toBe(digest(c));
    expect(digest(new NdArray("<f8", [3, 2], Float64Array.of(0, 1, 2, 3, 4, 5)))).not.toBe(digest(c));
    expect(digest(new NdArray(">f8", [2, 3], Float64Array.of(0, 1, 2, 3, 4, 5)))).not.toBe(digest(c));
    const cube = (order: "C" | "F", at: (i: number, j: number, k: number) => number) => {
      const data = new Int16Array(24);
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) data[at(i, j, k)] = i * 100 + j * 10 + k;
      return new NdArray("<i2", [2, 3, 4], data, order);
    };
    const [inC, inF] = [cube("C", (i, j, k) => (i * 3 + j) * 4 + k), cube("F", (i, j, k) => i + 2 * (j + 3 * k))];
    expect(digest(inF)).toBe(digest(inC));
    expect([inC.at(1, 2, 3), inF.at(1, 2, 3)]).toEqual([123, 123]);
  });

  test("no two kinds share one", () => {
    const values = [
      new PyDecimal("1"),
      new PyFraction(1),
      new PyComplex(1, 0),
      new PyDate(1, 1, 1),
      new PyFrozenSet([1]),
      new PySet([1]),
      [1],
      tuple(1),
      "1",
      1,
      1n,
      new PyFloat(1),
      new PyObject("a", "b", { via: "new", args: [], state: 1 }),
      new PyObject("a", "b", { via: "call", args: [], state: 1 }),
      new PyObject("a", "b", { via: "new", args: [1], state: 1 }),
    ];
    expect(new Set(values.map((value) => digest(value))).size).toBe(values.length);
  });
});

describe("the preamble", () => {
  test("stands before everything else, and readers skip it", () => {
    for (const text of ["", "fleche1;kind=value", "ü".repeat(200)]) {
      const bytes = writePickle({ a: [1] }, { preamble: text });
      expect(readPreamble(bytes)).toBe(text);
      expect(readPreamble(bytes.subarray(0, 5000))).toBe(text);
      expect(readPickle(bytes)).toEqual({ a: [1] });
      // The rest is as without it.
      expect(bytes.subarray(-12).equals(writePickle({ a: [1] }).subarray(-12))).toBe(true);
    }
    expect(() => writePickle(1, { preamble: "x".repeat(4097) })).toThrow(TypeError);
    expect(() => writePickle(1, { preamble: "\ud800" })).toThrow(TypeError);
  });

  test("is read without decoding what follows, and is not seen where none is", () => {
    const bytes = writePickle(1, { preamble: "p" });
    expect(readPreamble(Buffer.concat([bytes.subarray(0, 6), Buffer.from("cos\nsystem\n")]))).toBe("p");
    for (let length = 0; length < 6; length++) expect(readPreamble(bytes.subarray(0, length))).toBe(undefined);
    expect(readPreamble(writePickle("p"))).toBe(undefined);
    expect(readPreamble(Buffer.from("80048c017031302e", "hex"))).toBe(undefined);
    expect(readPreamble(Buffer.from("800458ffffffff", "hex"))).toBe(undefined);
    expect(readPreamble(Buffer.from("80068c01703080", "hex"))).toBe(undefined);
  });
});
