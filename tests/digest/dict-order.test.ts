/** However many entries a dict has, and however alike its keys' digests begin: one digest, that of the sorted entries. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashDict, hashEntries } from "../../src/digest/hash.ts";

const text = (digits: string) => fc.string({ unit: fc.constantFrom(...digits), minLength: 64, maxLength: 64 });

/** Entries whose keys differ early, late, or in both ways. */
const entries = fc
  .uniqueArray(
    fc.oneof(
      text("0123456789abcdef"),
      text("09af"),
      text("ab").map((key) => `0000${key.slice(4)}`),
    ),
    {
      minLength: 1,
      maxLength: 60,
      size: "max",
    },
  )
  .map((keys) => keys.map((key, i) => [key, `${i}`.padStart(64, "0")] as const));

const hashedHere = (pairs: readonly (readonly [string, string])[]): string =>
  createHash("sha256")
    .update(
      `dict${pairs
        .map(([key, value]) => key + value)
        .sort()
        .join("")}`,
    )
    .digest("hex");

function hashedThere(pairs: readonly (readonly [string, string])[]): string {
  return hashEntries(
    pairs.map(([key]) => key),
    pairs.map(([, value]) => value),
  );
}

test("random entries", () => {
  fc.assert(
    fc.property(entries, (pairs) => {
      expect(hashedThere(pairs)).toBe(hashedHere(pairs));
      expect(hashDict([...pairs])).toBe(hashedHere(pairs));
    }),
    { numRuns: 500 },
  );
});

test.each([16, 17, 255, 1023, 1024, 1025, 5000])("%i entries", (count) => {
  const digestOf = (of: string) => createHash("sha256").update(of).digest("hex");
  const spread = Array.from({ length: count }, (_, i) => [digestOf(`key ${i}`), digestOf(`value ${i}`)] as const);
  expect(hashedThere(spread)).toBe(hashedHere(spread));
  const alike = spread.map(([key, value]) => [`0000${key.slice(4)}`, value] as const);
  expect(hashedThere(alike)).toBe(hashedHere(alike));
});
