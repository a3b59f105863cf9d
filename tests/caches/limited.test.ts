/** A cache within limits: against a plain list of least recently used calls, over restarts, and beside other processes. */
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { limited } from "../../src/caches/limited.ts";
import { fleche } from "../../src/fleche.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { stats } from "../../src/upkeep/stats.ts";
import { counted, countedLater, files, folder, opened, openedLater } from "./kit.ts";

afterEach(() => {
  vi.useRealTimers();
});

const recordsOf = (store: SyncStore): number => [...store.records.list()].length;
const valuesOf = (store: SyncStore): number => [...store.blobs.list()].length;
const bytesOf = (store: SyncStore): number => {
  const { records, values } = stats(opened(store));
  return records.bytes + values.bytes;
};

type Command = { readonly act: "call" | "load" | "contains" | "evict" | "again"; readonly x: number };

const commands = fc.array(
  fc.record({
    act: fc.constantFrom<Command["act"]>("call", "call", "call", "load", "contains", "evict", "again"),
    x: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 60 },
);

describe.each([
  ["memory", memoryStore],
  ["files", files],
])("on %s", (where, make) => {
  test("keeps exactly the calls that a plain list of least recently used ones keeps", () => {
    const check = (acts: readonly Command[], maxCount: number): void => {
      const store = make();
      const { fn } = counted(limited(opened(store), { maxCount }));
      let order: number[] = [];
      const use = (x: number): void => {
        order = [...order.filter((other) => other !== x), x].slice(-maxCount);
      };
      for (const { act, x } of acts) {
        if (act === "call" || act === "again") {
          if (act === "call") fn(x);
          else fn.rerun(x);
          use(x);
        } else if (act === "evict") {
          expect(fn.evict(x)).toBe(order.includes(x));
          order = order.filter((other) => other !== x);
        } else if (act === "load") {
          if (!order.includes(x)) expect(() => fn.load(x)).toThrow();
          else {
            fn.load(x);
            use(x);
          }
        }
        // Looking is not using.
        for (let y = 0; y < 10; y++) expect([y, fn.contains(y)]).toEqual([y, order.includes(y)]);
      }
    };
    fc.assert(fc.property(commands, fc.integer({ min: 1, max: 6 }), check), { numRuns: where === "memory" ? 100 : 15 });
  });
  test("removes the values that only the forgotten calls named", () => {
    const store = make();
    const cache = limited(opened(store), { maxCount: 1 });
    const pick = fleche((list: number[], i: number) => list[i] ?? -1, { cache, name: "pick", version: 1 });
    const list = [10, 20, 30];
    pick(list, 0);
    pick(list, 1);
    // One record; the list, the number 1 and the result 20.
    expect([recordsOf(store), valuesOf(store)]).toEqual([1, 3]);
    pick(list, 2);
    expect([recordsOf(store), valuesOf(store), pick.load(list, 2)]).toEqual([1, 3, 30]);
  });
  test("keeps within bytes", () => {
    const store = make();
    const cache = limited(opened(store), { maxBytes: 20_000 });
    const text = fleche((x: number) => `${x}`.repeat(1000), { cache, name: "text", version: 1 });
    for (let x = 10; x < 40; x++) {
      text(x);
      expect(bytesOf(store)).toBeLessThanOrEqual(20_000);
    }
    expect(text.contains(39)).toBe(true);
    expect(recordsOf(store)).toBeGreaterThan(4);
  });
  test("a call larger than the limit is served to its caller and not kept", () => {
    const store = make();
    const cache = limited(opened(store), { maxBytes: 2000 });
    const text = fleche((x: number) => "x".repeat(x), { cache, name: "text", version: 1 });
    text(10);
    expect(text(100_000).length).toBe(100_000);
    expect(text.contains(100_000)).toBe(false);
  });
  test("splits count with their parts", () => {
    const store = make();
    const cache = limited(opened(store), { maxCount: 1 });
    const bulk = fleche((x: number) => ({ a: Buffer.alloc(200_000, x), x }), { cache, name: "bulk", version: 1 });
    for (let x = 1; x < 5; x++) bulk(x);
    const left = valuesOf(store);
    expect(bulk.load(4).a[0]).toBe(4);
    bulk.rerun(4);
    expect(valuesOf(store)).toBe(left);
    expect(left).toBeLessThan(5);
  });
});

test("older calls are a miss, and removed in time", () => {
  vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
  const store = memoryStore();
  const cache = limited(opened(store), { maxAge: "10m" });
  const { fn, runs } = counted(cache);
  fn(3);
  vi.setSystemTime(1_700_000_000_000 + 9 * 60_000);
  expect([fn(3), runs()]).toEqual([9.5, 1]);
  vi.setSystemTime(1_700_000_000_000 + 11 * 60_000);
  expect(fn.explain(3).reason).toBe("expired");
  expect([fn(3), runs()]).toEqual([9.5, 2]);
  for (let x = 10; x < 20; x++) fn(x);
  vi.setSystemTime(1_700_000_000_000 + 60 * 60_000);
  fn(4);
  expect(recordsOf(store)).toBe(1);
});

test("a store that was there is brought within limits step by step, the least recently used first", () => {
  const store = memoryStore();
  const before = counted(opened(store));
  for (let x = 0; x < 1000; x++) before.fn(x);
  const reads = { count: 0 };
  const counting: SyncStore = {
    ...store,
    records: {
      ...store.records,
      get(name, admit) {
        reads.count++;
        return store.records.get(name, admit);
      },
    },
  };
  const { fn } = counted(limited(opened(counting), { maxCount: 100 }));
  let most = 0;
  for (let x = 2000; x < 2200; x++) {
    reads.count = 0;
    fn(x);
    most = Math.max(most, reads.count);
  }
  expect(most).toBeLessThan(150);
  expect(recordsOf(store)).toBe(100);
  for (let x = 2150; x < 2200; x++) expect(fn.contains(x)).toBe(true);
});

test("short-lived processes on a large store shrink it too, each in the part that it knows", () => {
  const store = memoryStore();
  const before = counted(opened(store));
  for (let x = 0; x < 3000; x++) before.fn(x);
  for (let i = 0; i < 8; i++) {
    const { fn } = counted(limited(opened(store), { maxCount: 500 }));
    // Far fewer calls than it takes to look at everything.
    for (let x = 0; x < 30; x++) fn(10_000 + 100 * i + x);
  }
  expect(recordsOf(store)).toBeLessThan(2700);
});

describe("over restarts", () => {
  test("what was used last is known from the store: files keep it", () => {
    const root = folder();
    const first = counted(limited(opened(fileStore({ root })), { maxCount: 3 }));
    for (const x of [1, 2, 3]) first.fn(x);
    const path = (x: number): string => {
      const key = first.fn.digest(x);
      return join(root, "calls", key.slice(0, 2), key.slice(2));
    };
    const hours = (count: number): number => Date.now() / 1000 - count * 3600;
    utimesSync(path(1), hours(9), hours(9));
    utimesSync(path(2), hours(8), hours(8));
    utimesSync(path(3), hours(7), hours(7));
    const second = counted(limited(opened(fileStore({ root })), { maxCount: 3 }));
    second.fn(1);
    expect(second.runs()).toBe(0);
    expect(Math.abs(statSync(path(1)).mtimeMs - Date.now())).toBeLessThan(60_000);
    const third = counted(limited(opened(fileStore({ root })), { maxCount: 3 }));
    third.fn(4);
    expect([1, 2, 3, 4].map((x) => third.fn.contains(x))).toEqual([true, false, true, true]);
  });
  test("a use is written at most once an hour", () => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
    const store = memoryStore();
    let writes = 0;
    const noting: SyncStore = {
      ...store,
      records: {
        ...store.records,
        noteUse(name, atMs) {
          writes++;
          store.records.noteUse?.(name, atMs);
        },
      },
    };
    const { fn } = counted(limited(opened(noting), { maxCount: 3 }));
    fn(1);
    for (let minute = 0; minute < 600; minute++) {
      vi.setSystemTime(1_700_000_000_000 + minute * 60_000);
      fn(1);
    }
    expect(writes).toBe(9);
    expect(fn.contains(1)).toBe(true);
  });
  test("a store that notes no uses: by time of writing", () => {
    const inner = memoryStore();
    const { usedMs: _, noteUse: __, ...plain } = inner.records;
    const { fn } = counted(limited(opened({ ...inner, records: plain }), { maxCount: 2 }));
    for (const x of [1, 2, 1, 3]) fn(x);
    expect([1, 2, 3].map((x) => fn.contains(x))).toEqual([true, false, true]);
  });
});

test("two caches with limits on one store: together they stay near them, and nothing is served wrongly", () => {
  const store = memoryStore();
  const both = [0, 1].map(() => counted(limited(opened(store), { maxCount: 20 })));
  for (let x = 0; x < 300; x++) {
    for (const { fn } of both) expect(fn(x % 37)).toBe((x % 37) ** 2 + 0.5);
  }
  expect(recordsOf(store)).toBeLessThanOrEqual(40);
});

test("on a store that answers later, also with many calls at once", async () => {
  const store = memoryStore();
  const { fn } = countedLater(limited(openedLater(store), { maxCount: 5 }));
  for (let i = 0; i < 5; i++) {
    const calls = Array.from({ length: 30 }, (_, x) => fn(x));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 30 }, (_, x) => x * x + 0.5));
  }
  await fn(100);
  expect(recordsOf(store)).toBeLessThanOrEqual(6);
  expect(await fn.contains(100)).toBe(true);
});
