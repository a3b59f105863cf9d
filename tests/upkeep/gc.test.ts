/** Garbage: what is removed, what stays, and that no sound record ever misses its values. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { readOnly } from "../../src/caches/read-only.ts";
import { stack } from "../../src/caches/stack.ts";
import { ConfigError, StoreError } from "../../src/errors.ts";
import { fleche } from "../../src/fleche.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { gc } from "../../src/upkeep/gc.ts";
import { verify } from "../../src/upkeep/verify.ts";
import { counted, files, KEY, opened, openedLater } from "../caches/kit.ts";
import { down, faultyStore, traceWarnings } from "../engine/kit.ts";

const valuesOf = (store: SyncStore): number => [...store.blobs.list()].length;

describe.each([
  ["memory", memoryStore],
  ["files", files],
])("on %s", (_, make) => {
  test("removes what no record names, keeps arguments and results of those that are there", () => {
    const store = make();
    const cache = opened(store);
    const { fn } = counted(cache);
    for (const x of [1, 2, 3]) fn(x);
    fn.evict(2);
    const found = gc(cache, { grace: 0 });
    expect(found).toMatchObject({ records: 2, values: 6, removed: 2, young: 0, refusedRecords: 0, refusedValues: 0 });
    expect(found.removedBytes).toBeGreaterThan(300);
    expect([fn.load(1), fn.load(3), valuesOf(store)]).toEqual([1.5, 9.5, 4]);
    expect(gc(cache, { grace: 0 })).toMatchObject({ removed: 0, values: 4 });
  });
  test("a dry run only counts", () => {
    const store = make();
    const cache = opened(store);
    cache.save([1, 2, 3]);
    expect(gc(cache, { grace: 0, dryRun: true }).removed).toBe(1);
    expect(valuesOf(store)).toBe(1);
  });
  test("what was stored within the grace period stays: its call may still be running", () => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
    try {
      const cache = opened(make());
      cache.save([1, 2, 3]);
      expect(gc(cache)).toMatchObject({ removed: 0, young: 1 });
      vi.setSystemTime(1_700_000_000_000 + 59 * 60_000);
      expect(gc(cache)).toMatchObject({ removed: 0, young: 1 });
      vi.setSystemTime(1_700_000_000_000 + 61 * 60_000);
      expect(gc(cache, { grace: "2h" })).toMatchObject({ removed: 0, young: 1 });
      expect(gc(cache)).toMatchObject({ removed: 1, young: 0 });
    } finally {
      vi.useRealTimers();
    }
  });
  test("parts of values are kept with them, and go with them", () => {
    const store = make();
    const cache = opened(store);
    const bulk = fleche((x: number) => ({ deep: [Buffer.alloc(100_000, x), "y".repeat(90_000)], x }), {
      cache,
      name: "bulk",
      version: 1,
    });
    bulk(1);
    bulk(2);
    const before = valuesOf(store);
    expect(gc(cache, { grace: 0 }).removed).toBe(0);
    bulk.evict(1);
    gc(cache, { grace: 0 });
    expect(valuesOf(store)).toBeLessThan(before);
    expect(bulk.load(2).deep[1]).toBe("y".repeat(90_000));
    bulk.evict(2);
    gc(cache, { grace: 0 });
    expect(valuesOf(store)).toBe(0);
  });
});

test("many parts, whose list is longer than what is looked at first, and compressed bodies", () => {
  for (const compress of [false, true]) {
    const store = memoryStore();
    const cache = opened(store, { compress });
    const parts = fleche(
      () => Array.from({ length: 200 }, (_, i) => Buffer.concat([Buffer.alloc(70_000, i), Buffer.from([i])])),
      { cache, name: "parts", version: 1 },
    );
    parts();
    cache.save("garbage");
    expect(gc(cache, { grace: 0 }).removed).toBe(1);
    expect(parts.load()[199]?.[0]).toBe(199);
  }
});

describe("records that cannot be verified", () => {
  const foreign = (): { store: SyncStore; ours: ReturnType<typeof opened> } => {
    traceWarnings();
    const store = memoryStore();
    counted(opened(store, { keys: "abcd".repeat(16) })).fn(3);
    return { store, ours: opened(store, { keys: KEY }) };
  };
  test("stop it, and the message says what to do", () => {
    const { store, ours } = foreign();
    expect(() => gc(ours, { grace: 0 })).toThrow(ConfigError);
    expect(() => gc(ours, { grace: 0 })).toThrow(/1 records cannot be verified \(unknown-key: 1\).*unverified: true/);
    expect(valuesOf(store)).toBe(2);
  });
  test("with unverified: true it goes on; what it cannot verify itself stays", () => {
    const { store, ours } = foreign();
    ours.save("garbage");
    expect(gc(ours, { grace: 0, unverified: true })).toMatchObject({
      refusedRecords: 1,
      records: 0,
      removed: 1,
      refusedValues: 2,
    });
    expect(valuesOf(store)).toBe(2);
  });
  test("damage counts too; a removed record does not", () => {
    const store = memoryStore();
    const cache = opened(store);
    const { fn } = counted(cache);
    fn(3);
    const bytes = store.records.get(fn.digest(3)) as Uint8Array;
    bytes[bytes.length - 1] = 0;
    store.records.put(fn.digest(3), bytes, {} as never);
    expect(() => gc(cache)).toThrow(/body-mismatch: 1/);
    fn.evict(3);
    expect(gc(cache, { grace: 0 }).removed).toBe(2);
  });
});

test("a record that cannot be read stops it, whatever it was told: what it names is not known", () => {
  let broken = false;
  const inner = memoryStore();
  const store = faultyStore((operation) => {
    if (broken && operation === "records.get") throw down();
  }, inner);
  const cache = opened(store);
  counted(cache).fn(3);
  broken = true;
  expect(() => gc(cache, { grace: 0, unverified: true })).toThrow(StoreError);
  expect(valuesOf(inner)).toBe(2);
});

test("a value that cannot be read stops it: its parts are not known to be in use", () => {
  let broken = false;
  const inner = memoryStore();
  const store = faultyStore((operation) => {
    if (broken && operation === "blobs.get") throw down();
  }, inner);
  const cache = opened(store);
  const bulk = fleche((x: number) => ({ deep: [Buffer.alloc(100_000, x)], x }), { cache, name: "bulk", version: 1 });
  bulk(3);
  const before = valuesOf(inner);
  broken = true;
  expect(() => gc(cache, { grace: 0, unverified: true })).toThrow(StoreError);
  expect(valuesOf(inner)).toBe(before);
  broken = false;
  expect(bulk.load(3)).toEqual({ deep: [Buffer.alloc(100_000, 3)], x: 3 });
});

test("a call that finds its value stored while garbage is collected keeps it", () => {
  const inner = memoryStore();
  let meanwhile = (): void => {};
  const cache = opened({
    ...inner,
    blobs: {
      ...inner.blobs,
      *list(prefix) {
        yield* inner.blobs.list(prefix);
        // All values were looked at, none was removed yet.
        meanwhile();
      },
    },
  });
  const { fn } = counted(cache);
  fn(3);
  fn.evict(3);
  meanwhile = () => void fn(3);
  expect(gc(cache, { grace: 0 }).removed).toBe(0);
  expect(fn.load(3)).toBe(9.5);
});

test("in a stack each writable layer is swept, read-only ones are left alone", () => {
  const [near, far] = [memoryStore(), memoryStore()];
  opened(near).save("a");
  opened(far).save("b");
  expect(gc(stack([opened(near), readOnly(opened(far))]), { grace: 0 }).removed).toBe(1);
  expect([valuesOf(near), valuesOf(far)]).toEqual([0, 1]);
  expect(gc(stack([opened(near), opened(far)]), { grace: 0 }).removed).toBe(1);
});

test("on a store that answers later", async () => {
  const cache = openedLater();
  await cache.save([1, 2, 3]);
  expect(await gc(cache, { grace: 0 })).toMatchObject({ removed: 1 });
});

test("wrong options are named", () => {
  expect(() => gc(opened(), { dryrun: true } as never)).toThrow(/dryRun/);
  expect(() => gc(opened(), { grace: "long" as never })).toThrow(/grace/);
  expect(() => gc({} as never)).toThrow(/a cache is expected/);
  expect(() => gc(readOnly(opened()))).toThrow(/read-only/);
});

test("property: whatever was called, forgotten and damaged, no sound record misses a value afterwards", () => {
  traceWarnings();
  const parts = [Buffer.alloc(70_000, 1), Buffer.alloc(70_000, 2), "long".repeat(20_000), [1, "two"], 3];
  const step = fc.record({
    act: fc.constantFrom("call", "call", "call", "evict", "damage", "save"),
    picks: fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const store = memoryStore();
      const cache = opened(store, { keys: KEY });
      const gather = fleche((...picks: number[]) => ({ picked: picks.map((i) => parts[i]), also: [parts[0]] }), {
        cache,
        name: "gather",
        version: 1,
      });
      for (const { act, picks } of steps) {
        if (act === "call") gather(...picks);
        else if (act === "evict") gather.evict(...picks);
        else if (act === "save") cache.save(picks.map((i) => parts[i]));
        else {
          const [name] = store.blobs.list();
          const bytes = name === undefined ? undefined : store.blobs.get(name);
          if (name !== undefined && bytes !== undefined) {
            bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
            store.blobs.put(name, bytes);
          }
        }
      }
      const served = [...store.records.list()].filter((key) => isServed(cache, key));
      gc(cache, { grace: 0 });
      expect(served.filter((key) => !isServed(cache, key))).toEqual([]);
      expect(verify(cache).counts.absent).toBe(undefined);
      // And what is left is needed: a second look finds nothing more.
      expect(gc(cache, { grace: 0 }).removed).toBe(0);
    }),
    { numRuns: 60 },
  );
});

function isServed(cache: ReturnType<typeof opened>, key: string): boolean {
  try {
    cache.load(cache.loadRecord(key).result);
    return true;
  } catch {
    return false;
  }
}
