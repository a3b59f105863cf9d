/** What a body that goes on beside other code reads may change under it. */
import { fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import { gate, laterStore, settle, traceCalls, traceWarnings } from "./kit.ts";

const STORES = [
  ["synchronous", memoryStore],
  ["asynchronous", laterStore],
] as const;

describe.each(STORES)("on a store that is %s", (_, makeStore) => {
  const fresh = () => openCache({ store: makeStore(), keys: null });

  test("what a body does to its arguments is its own affair", async () => {
    const warnings = traceWarnings();
    let runs = 0;
    const sorted = fleche(
      async (list: number[]) => {
        runs++;
        list.sort();
        await settle();
        list.push(3);
        return list;
      },
      { cache: fresh(), name: "sorted", version: 1 },
    );
    expect(await sorted([2, 1])).toEqual([1, 2, 3]);
    expect(await sorted([2, 1])).toEqual([1, 2, 3]);
    expect(runs).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("who joined a run whose inputs changed runs with the inputs of its own", async () => {
    traceWarnings();
    const open = gate();
    let factor = 1;
    const scaled = fleche(
      async (x: number, opened: Promise<unknown>) => {
        const now = factor;
        await opened;
        return x * now;
      },
      { cache: fresh(), name: "scaled", ignore: ["opened"], recheckMs: 60_000 },
    );
    const lines = traceCalls();
    const one = scaled(3, open.opened);
    await settle();
    factor = 2;
    const two = scaled(3, open.opened);
    await settle();
    expect(lines).toContain("scaled#1 join");
    open.open();
    expect(await Promise.all([one, two])).toEqual([3, 6]);
    expect(await scaled(3, open.opened)).toBe(6);
  });
});
