import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { hashBytes, hashText } from "../../src/digest/hash.ts";
import { D } from "../../src/digest/reference.ts";
import { alike, anyValue, closeValue, EVERY_KIND, objectOf, scalar } from "./values.ts";

describe("two values have one digest exactly where they are the same", () => {
  test("among values from a small pool, each compared with each", () => {
    let equal = 0;
    fc.assert(
      fc.property(fc.array(closeValue, { minLength: 12, maxLength: 30 }), (values) => {
        const named = values.map((value) => [value, digest(value)] as const);
        for (const [i, [a, hexA]] of named.entries()) {
          for (const [b, hexB] of named.slice(i + 1)) {
            if (hexA === hexB) equal++;
            if ((hexA === hexB) !== alike(a, b)) expect([a, hexA]).toEqual([b, hexB]);
          }
        }
      }),
      { numRuns: 150 },
    );
    // Otherwise the pool is too large for the property to mean anything.
    expect(equal).toBeGreaterThan(100);
  });

  test("among values of all kinds", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        expect(alike(a, a)).toBe(true);
        expect(digest(a) === digest(b)).toBe(alike(a, b));
      }),
      { numRuns: 300 },
    );
  });

  test("among scalars", () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        expect(digest(a) === digest(b)).toBe(Object.is(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test("the comparison itself tells every kind from every other", () => {
    for (const [i, [, a]] of EVERY_KIND.entries()) {
      for (const [j, [, b]] of EVERY_KIND.entries()) expect([i, j, alike(a(), b())]).toEqual([i, j, i === j]);
    }
  });
});

test("the order of an object's keys is ignored", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string(), anyValue), { selector: ([key]) => key, maxLength: 8 });
  fc.assert(
    fc.property(entries, fc.func(fc.integer()), fc.boolean(), (fields, order, bare) => {
      const shuffled = [...fields].sort(([a], [b]) => order(a) - order(b));
      const prototype = bare ? null : Object.prototype;
      expect(digest(objectOf(shuffled, prototype))).toBe(digest(objectOf(fields, prototype)));
    }),
    { numRuns: 100 },
  );
});

test("a part may be replaced by its digest, in either scheme", () => {
  fc.assert(
    fc.property(anyValue, anyValue, fc.constantFrom("exact", "python"), (a, b, numbers) => {
      const options = { numbers } as const;
      const [refA, refB] = [D(digest(a, options)), D(digest(b, options))];
      const shapes: ((x: unknown, y: unknown) => unknown)[] = [
        (x, y) => [x, , y],
        (x, y) => ({ x, y, z: x }),
        (x, y) =>
          objectOf(
            [
              ["x", x],
              ["y", y],
            ],
            null,
          ),
        (x, y) => [new Map([[[x], y]])],
        (x, y) => ({ set: new Set([[x], [y]]) }),
        (x, y) => new AggregateError([x], "m", { cause: y }),
      ];
      for (const shape of shapes) {
        expect(digest(shape(refA, refB), options)).toBe(digest(shape(a, b), options));
        expect(digest(shape(refA, b), options)).toBe(digest(shape(a, b), options));
      }
    }),
    { numRuns: 80 },
  );
});

test("texts of every length and content are named by their bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.nat(60), (text, times) => {
      const long = text.repeat(times);
      expect(digest(long)).toBe(hashBytes("str", Buffer.from(long)));
    }),
    { numRuns: 200 },
  );
  for (const length of [4095, 4096, 4097, 20_000]) {
    expect(hashText("str", "é".repeat(length))).toBe(hashBytes("str", Buffer.from("é".repeat(length))));
  }
});

test("texts with lone surrogates are told apart like any others", () => {
  const unit = fc.constantFrom("a", "\ud800", "\udbff", "\udc00", "\udfff", "é", "😀");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 5 }), fc.string({ unit, maxLength: 5 }), (a, b) => {
      expect(digest(a) === digest(b)).toBe(a === b);
      expect(digest({ [a]: 1 }) === digest({ [b]: 1 })).toBe(a === b);
    }),
    { numRuns: 2000 },
  );
});

test("a value is not changed by being digested", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const hex = digest(value);
      expect(digest(value)).toBe(hex);
    }),
    { numRuns: 100 },
  );
});
