/** Digests of scalars are remembered in tables where they displace each other: whoever comes again has the same digest. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { digest } from "fleche";
import { expect, test } from "vitest";

const hash = (type: string, bytes: Uint8Array): string => createHash("sha256").update(type).update(bytes).digest("hex");

function plain(value: string | number): string {
  if (typeof value === "string") return hash("str", Buffer.from(value));
  const bytes = Buffer.alloc(8);
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    bytes.writeDoubleLE(value);
    return hash("float", bytes);
  }
  bytes.writeBigInt64LE(BigInt(value));
  const bits = value === 0 ? 0 : BigInt(Math.abs(value)).toString(2).length;
  return hash("int", bytes.subarray(0, Math.floor((bits + 8) / 8)));
}

test("far more scalars than the tables have places, in any order and again, have the digests of the formula", () => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 20, unit: "grapheme" }),
    fc.integer({ min: -3000, max: 3000 }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, "", "\0", "a", "ab", "constructor", Number.POSITIVE_INFINITY),
  );
  const many = fc.sample(scalar, { numRuns: 20_000, seed: 7 });
  const wrong = [...many, ...many.toReversed()].filter((value) => digest(value) !== plain(value));
  expect(wrong).toEqual([]);
});

test("0 and -0, and numbers and texts that look alike, are told apart also when they come in turn", () => {
  for (let i = 0; i < 3; i++) {
    expect(digest(-0)).toBe(plain(-0));
    expect(digest(0)).toBe(plain(0));
    expect(new Set([digest(1), digest("1"), digest(1n), digest(true)]).size).toBe(4);
  }
});
