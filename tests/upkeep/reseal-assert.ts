// What has to hold of a store that was signed again beside readers, whatever its size and however often it was killed.
import { expect } from "vitest";
import type { Outcome, Reads } from "./reseal-crowd.ts";

/** Readers that have both keys see hits and nothing else; those that have one of them hits, or `unknown-key`. */
export function assertNothingLost(outcome: Outcome): void {
  const { entries, readers, writer, last, progress, keys, bad } = outcome;
  expect(readers).toHaveLength(8);
  for (const [i, reader] of readers.entries()) {
    expect(reader, `reader ${i}`).toEqual(expect.objectContaining({ hits: expect.any(Number) }));
    const { hits, misses } = reader as Reads;
    const clean = i < 6 ? [] : ["unknown-key"];
    expect(
      Object.keys(misses).filter((reason) => !clean.includes(reason)),
      `reader ${i}`,
    ).toEqual([]);
    if (i < 6) expect(hits).toBeGreaterThan(0);
  }
  expect(writer).toEqual(expect.objectContaining({ hits: expect.any(Number) }));
  // Nothing that was done is done again, and nothing is left undone.
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(last.refused).toEqual({});
  expect(last.resealed + last.already).toBe(entries);
  expect(last.already).toBeGreaterThanOrEqual(progress.at(-1) ?? 0);
  expect(keys.map(({ role, records, values, refused }) => [role, records + values, refused])).toEqual([
    ["signs", entries, 0],
  ]);
  expect(bad).toEqual({});
}
