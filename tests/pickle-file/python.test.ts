/** The same directory from both sides: a Python program, with the standard library alone, and this library. */
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dict, digest, EncodeError, tuple } from "../../src/index.ts";
import { pickleFile } from "../../src/pickle.ts";
import { folder, HAS_PYTHON, KEY, namesIn, OTHER_KEY, python, readEntry, seenByPython, writeEntry } from "./kit.ts";

const PAGE = { status: "secure", data: [1, 2, 3] };

/** What both languages have, with all of what splitting tells apart. */
const VALUES: readonly unknown[] = [
  PAGE,
  null,
  true,
  -0,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53 - 1,
  -(2 ** 31) - 1,
  2n ** 70n,
  -(2n ** 64n),
  "",
  "a\ud800b",
  "é\u0000😀",
  Buffer.from([0, 255]),
  Buffer.alloc(300, 7),
  [],
  {},
  tuple(),
  [[], {}, tuple()],
  [null, [null, { n: null }]],
  tuple(1, tuple(2, [3, { four: "four" }])),
  dict([
    [1, "x"],
    [tuple(1, 2), [3]],
    [null, "none"],
    [Buffer.from("k"), 1.5],
  ]),
  { ["__proto__"]: [1], constructor: { prototype: 2 } },
  Array.from({ length: 1100 }, (_, i) => i),
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, [i]])),
];

describe.skipIf(!HAS_PYTHON)("Python", () => {
  describe.each([
    ["signed", { secretKey: `${KEY}:${OTHER_KEY}` }],
    ["signed and compressed", { secretKey: KEY, compress: true }],
    ["unsigned", { keys: null }],
    ["unsigned and compressed", { keys: null, compress: true }],
    ["with more in a file", { secretKey: KEY, remainingDepth: 3 }],
    ["with everything in files", { secretKey: KEY, remainingDepth: 0 }],
  ] as const)("%s", (_, options) => {
    const keys = "secretKey" in options ? KEY : undefined;

    test("loads what was written here, its tags hold, and everything digests to its name", () => {
      const root = folder();
      const storage = pickleFile({ root, ...options });
      const names = VALUES.map((value) => String(storage.save(value)));
      const seen = seenByPython(root, keys);
      expect(Object.keys(seen)).toEqual(namesIn(root));
      for (const [name, found] of Object.entries(seen)) {
        expect(found.digest).toBe(name);
        expect(found.whole).toBe(name);
      }
      expect(Object.keys(seen)).toEqual(expect.arrayContaining(names));
      expect(seen[names[0] as string]?.repr).toBe("{'status': 'secure', 'data': [1, 2, 3]}");
    });

    test("and this library loads it again", () => {
      const root = folder();
      const storage = pickleFile({ root, ...options });
      for (const value of VALUES) expect(storage.load(storage.save(value))).toEqual(Object.is(value, -0) ? -0 : value);
    });
  });

  const LITERALS: readonly (readonly [literal: string, value: unknown])[] = [
    ["{'status': 'secure', 'data': [1, 2, 3]}", PAGE],
    [
      "[[1.5, None], (True, b'\\x00'), {'a': {'b': ()}}]",
      [[1.5, null], tuple(true, Buffer.from([0])), { a: { b: tuple() } }],
    ],
    [
      "{1: 'x', (1, 2): [3], None: 'none'}",
      dict([
        [1, "x"],
        [tuple(1, 2), [3]],
        [null, "none"],
      ]),
    ],
    [
      "[2**70, -2**64, 10**15, 3.0]"
        .replaceAll("2**70", String(2n ** 70n))
        .replace("-2**64", String(-(2n ** 64n)))
        .replace("10**15", "1000000000000000"),
      [2n ** 70n, -(2n ** 64n), 1e15, 3],
    ],
    ["'a' * 1".replace("'a' * 1", `'${"x".repeat(70_000)}'`), "x".repeat(70_000)],
    ["[[0, 1], [0, 1], [[0, 1]]]", [[0, 1], [0, 1], [[0, 1]]]],
  ];

  test.each(LITERALS)("writes %s, and it loads here", (literal, value) => {
    for (const [depth, gzip, keys] of [
      ["1", "plain", KEY],
      ["0", "gzip", KEY],
      ["2", "gzip", undefined],
    ] as const) {
      const root = folder();
      const name = python(["write", root, depth, gzip, ...(keys === undefined ? [] : [keys])], literal);
      expect(name).toBe(digest(value, { numbers: "python" }));
      const storage = pickleFile({
        root,
        remainingDepth: Number(depth),
        ...(keys === undefined ? { keys: null } : { secretKey: keys }),
      });
      expect(storage.load(name)).toEqual(value);
      // What is saved here lies in the same files.
      const before = readdirSync(root).sort();
      expect(String(storage.save(value))).toBe(name);
      expect(namesIn(root)).toEqual(before);
    }
  });

  test("property: whatever was saved here, Python finds under its own digests", { timeout: 120_000 }, () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "grapheme" }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, tie("list"), tie("tuple"), tie("dict")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      tuple: fc.array(tie("value"), { maxLength: 4 }).map((items) => tuple(...items)),
      dict: fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 20, maxLength: 40 }),
        fc.integer({ min: 0, max: 4 }),
        (values, depth) => {
          const root = folder();
          const storage = pickleFile({ root, secretKey: KEY, remainingDepth: depth });
          for (const given of values) {
            try {
              expect(storage.load(storage.save(given))).toEqual(given);
            } catch (error) {
              // Python's names of numbers collide: two parts that differ cannot both be stored.
              if (!(error instanceof EncodeError && /one name/.test(error.message))) throw error;
            }
          }
          for (const [name, found] of Object.entries(seenByPython(root, KEY))) {
            expect([found.digest, found.whole]).toEqual([name, name]);
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  test("does not take what else lies in the directory for an entry, nor do we what it puts there", () => {
    const root = folder();
    const storage = pickleFile({ root, secretKey: KEY });
    const name = String(storage.save(1));
    // As Python lists: no locks, nothing hidden, only files.
    expect(
      readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name),
    ).toEqual([name]);
    writeEntry(root, `${name}.lock`, Buffer.from("host\n1\n2"));
    expect([...storage.list()].map(String)).toEqual([name]);
    expect(String(storage.expand(name.slice(0, 4)))).toBe(name);
    expect(storage.shrink(name)).toBe(name.slice(0, 4));
    expect(readEntry(root, name).length).toBeGreaterThan(64);
  });
});

test("what Python has no counterpart of is refused with its path", () => {
  const storage = pickleFile({ root: folder(), keys: null });
  for (const [value, path] of [
    [{ a: [undefined] }, "a[0]"],
    [{ a: { b: new Map() } }, "a.b"],
    [[[1], [new Date(0)]], "[1][0]"],
  ] as const) {
    expect(() => storage.save(value)).toThrow(EncodeError);
    expect(() => storage.save(value)).toThrow(path);
  }
});
