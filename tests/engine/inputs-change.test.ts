/** What a body that goes on beside other code reads may change under it: such a result belongs to no call. */
import { fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import { gate, laterStore, settle, traceWarnings } from "./kit.ts";

const STORES = [
  ["synchronous", memoryStore],
  ["asynchronous", laterStore],
] as const;

describe.each(STORES)("on a store that is %s", (_, makeStore) => {
  const fresh = () => openCache({ store: makeStore(), keys: null });

  test("a buffer that the caller fills anew while the body waits: nothing is stored, and it is said", async () => {
    const warnings = traceWarnings();
    const open = gate();
    let runs = 0;
    const first = fleche(
      async (bytes: Uint8Array) => {
        runs++;
        await open.opened;
        return bytes[0] as number;
      },
      { cache: fresh(), name: "first", version: 1 },
    );
    const buffer = Uint8Array.of(1);
    const running = first(buffer);
    await settle();
    buffer[0] = 2;
    open.open();
    expect(await running).toBe(2);
    expect(warnings).toEqual(["fleche: first is not cached: its argument bytes changed while it ran"]);
    expect(await first(Uint8Array.of(1))).toBe(1);
    expect(await first(Uint8Array.of(1))).toBe(1);
    expect(runs).toBe(2);
  });

  test.each<[string, (list: number[]) => void]>([
    ["an element", (list) => void list.fill(9)],
    ["a part that nobody can name any more", (list) => void Object.assign(list, { extra: () => 1 })],
  ])("%s of a rest argument, or of what an argument holds", async (_, change) => {
    const warnings = traceWarnings();
    const open = gate();
    const sum = fleche(
      async (...lists: number[][]) => {
        await open.opened;
        return lists.flat().reduce((a, b) => a + b, 0);
      },
      { cache: fresh(), name: "sum", version: 1 },
    );
    const list = [1];
    const running = sum([5], list);
    await settle();
    change(list);
    open.open();
    await running;
    expect(warnings).toEqual(["fleche: sum is not cached: its argument lists changed while it ran"]);
    expect(await sum([5], [1])).toBe(6);
  });

  test("what a body does to its arguments before it waits is its own affair", async () => {
    const warnings = traceWarnings();
    let runs = 0;
    const sorted = fleche(
      async (list: number[]) => {
        runs++;
        list.sort();
        await settle();
        return list;
      },
      { cache: fresh(), name: "sorted", version: 1 },
    );
    expect(await sorted([2, 1])).toEqual([1, 2]);
    expect(await sorted([2, 1])).toEqual([1, 2]);
    expect(runs).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("who joined a run whose inputs changed runs with the inputs of its own", async () => {
    traceWarnings();
    const open = gate();
    let factor = 1;
    const scaled = fleche(
      async (x: number) => {
        const now = factor;
        await open.opened;
        return x * now;
      },
      { cache: fresh(), name: "scaled", captures: () => ({ factor }), recheckMs: 60_000 },
    );
    const one = scaled(3);
    await settle();
    factor = 2;
    const two = scaled(3);
    await settle();
    open.open();
    expect(await Promise.all([one, two])).toEqual([3, 6]);
    expect(await scaled(3)).toBe(6);
  });

  test("who joined a run whose argument was changed by its caller gets what its own argument gives", async () => {
    traceWarnings();
    const open = gate();
    const first = fleche(
      async (list: number[]) => {
        await open.opened;
        return list[0] as number;
      },
      { cache: fresh(), name: "first", version: 1 },
    );
    const list = [1];
    const one = first(list);
    const two = first([1]);
    await settle();
    list[0] = 2;
    open.open();
    expect(await Promise.all([one, two])).toEqual([2, 1]);
  });
});

test("a receiver that changes beside its method", async () => {
  const warnings = traceWarnings();
  const open = gate();
  const read = fleche(
    async function read(this: { x: number }) {
      await open.opened;
      return this.x;
    },
    { cache: openCache({ store: memoryStore(), keys: null }), name: "read", version: 1 },
  );
  const receiver = { x: 1 };
  const running = read.on(receiver)();
  await settle();
  receiver.x = 2;
  open.open();
  expect(await running).toBe(2);
  expect(warnings).toEqual(["fleche: read is not cached: its argument this changed while it ran"]);
  expect(await read.on({ x: 1 })()).toBe(1);
});
