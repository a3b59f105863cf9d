/** Digests of scalars are remembered in tables where they displace each other: whoever comes again has the same digest. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { digest } from "fleche";
import { expect, test } from "vitest";
import { lookupKeys } from "../../src/digest/lookup-key.ts";

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

test("far more pairs of names and values than the table has places give the lookup keys of the formula", () => {
  const name = (i: number) => `parameter ${i % 40}`;
  const fn = { identity: "version", name: "f", module: null, version: 1, codeDigest: null } as const;
  const key = lookupKeys(fn, "exact");
  const pair = ([text, value]: readonly [string, string]) => hash("tuple", Buffer.from(plain(text) + value));
  const fields = ["name", "arguments", "metadata", "module", "version", "code_digest", "result"];
  const none = hash("NoneType", Buffer.from("__None__"));
  const byFormula = (named: readonly (readonly [string, string])[]) => {
    const digests: Record<string, string> = {
      name: plain("f"),
      version: plain(1),
      arguments: hash("tuple", Buffer.from(named.map(pair).join(""))),
    };
    const entries = fields.map((field) => plain(field) + (digests[field] ?? none)).sort();
    return hash("Call", Buffer.from(hash("dict", Buffer.from(entries.join("")))));
  };
  const calls = Array.from({ length: 6000 }, (_, i) => {
    // The same value under many names, and many values under one.
    return [[name(i), plain(i % 97)] as const, [name(i + 1), plain(Math.floor(i / 3))] as const];
  });
  const wrong = [...calls, ...calls.toReversed()].filter((named) => key(named) !== byFormula(named));
  expect(wrong).toEqual([]);
});
