/** The kinds of caches but stack and limited: what each serves, stores and refuses. */
import { describe, expect, test } from "vitest";
import type { Cache } from "../../src/cache.ts";
import { filtered } from "../../src/caches/filtered.ts";
import { limited } from "../../src/caches/limited.ts";
import { pool } from "../../src/caches/pool.ts";
import { readOnly } from "../../src/caches/read-only.ts";
import { refreshing } from "../../src/caches/refreshing.ts";
import { stack } from "../../src/caches/stack.ts";
import { tags } from "../../src/context.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { gc } from "../../src/upkeep/gc.ts";
import { down, faultyStore, traceCalls, traceWarnings } from "../engine/kit.ts";
import { counted, countedLater, files, KEY, opened, openedLater } from "./kit.ts";

const namesOf = (store: ReturnType<typeof memoryStore>): [records: number, values: number] => [
  [...store.records.list()].length,
  [...store.blobs.list()].length,
];

describe.each([
  ["memory", memoryStore],
  ["files", files],
])("pool on %s", (_, make) => {
  test("loads from any, stores in the first", () => {
    const [a, b] = [make(), make()];
    counted(opened(b)).fn(3);
    const { fn, runs } = counted(pool([opened(a), opened(b)]));
    expect([fn(3), runs(), fn(4), runs()]).toEqual([9.5, 0, 16.5, 1]);
    expect([namesOf(a), namesOf(b)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
  test("choose says where a call goes, values and record alike", () => {
    const [a, b] = [make(), make()];
    const [small, large] = [opened(a, { codec: "json" }), opened(b)];
    const cache = pool([small, large], { choose: (call) => (call?.name === "big" ? large : small) });
    const [big, little] = [counted(cache, "big"), counted(cache, "little")];
    expect([big.fn(3), big.fn(3), little.fn(4), little.fn(4)]).toEqual([9.5, 9.5, 16.5, 16.5]);
    expect([namesOf(a), namesOf(b)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([counted(large, "big").fn.load(3), counted(small, "little").fn.load(4)]).toEqual([9.5, 16.5]);
  });
});

test("a pool stores in the first cache that can be written, or in none", () => {
  const [a, b] = [memoryStore(), memoryStore()];
  counted(pool([readOnly(opened(a)), opened(b)])).fn(3);
  expect([namesOf(a), namesOf(b)]).toEqual([
    [0, 0],
    [1, 2],
  ]);
  const none = pool([readOnly(opened(a)), readOnly(opened(b))]);
  const { fn, runs } = counted(none);
  expect([fn(3), fn(5), fn(5), runs()]).toEqual([9.5, 25.5, 25.5, 2]);
  expect(() => none.save(1)).toThrow(/read-only/);
});

test("a choice that is none of the pool's caches is a warning, and the call is not stored", () => {
  const warnings = traceWarnings();
  const a = memoryStore();
  const { fn } = counted(pool([opened(a)], { choose: () => opened() }));
  expect(fn(3)).toBe(9.5);
  expect(namesOf(a)).toEqual([0, 0]);
  expect(warnings.join()).toMatch(/choose must return one of/);
});

test("a pool evicts from all, and gc of the pool knows what each member's records name", () => {
  const [a, b] = [memoryStore(), memoryStore()];
  const [one, two] = [opened(a), opened(b)];
  const cache = pool([one, two]);
  const { fn } = counted(cache);
  fn(3);
  // The record moves, its values stay where they are.
  two.save(0.25);
  const key = fn.digest(3);
  b.records.put(key, a.records.get(key) as Uint8Array, {} as never);
  a.records.delete(key);
  expect(gc(cache, { grace: 0 })).toMatchObject({ removed: 1, records: 1 });
  expect(fn.load(3)).toBe(9.5);
  expect(fn.evict(3)).toBe(true);
  expect(fn.contains(3)).toBe(false);
});

describe("readOnly", () => {
  test.each([
    ["memory", memoryStore],
    ["files", files],
  ])("serves what is there and writes nothing, on %s", (_, make) => {
    const warnings = traceWarnings();
    const store = make();
    const inner = opened(store);
    counted(inner).fn(3);
    const before = namesOf(store);
    const shared = readOnly(inner);
    const { fn, runs } = counted(shared);
    expect([fn(3), runs()]).toEqual([9.5, 0]);
    expect([fn(4), fn(4), runs()]).toEqual([16.5, 16.5, 2]);
    expect(namesOf(store)).toEqual(before);
    expect(warnings).toEqual([]);
  });
  test("says in its events that nothing was stored", () => {
    const { fn } = counted(readOnly(opened()));
    const trace = traceCalls();
    fn(3);
    expect(trace).toEqual(["square#1 miss absent", "square#1 run", "square#1 unstored the cache is read-only"]);
  });
  test("writing by hand is an error", async () => {
    const inner = opened();
    const digest = inner.save(1);
    const shared = readOnly(inner);
    expect(() => shared.save(2)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect(() => shared.evict(digest)).toThrow("cannot evict: the cache is read-only");
    expect(() => shared.evictRecord("0".repeat(64))).toThrow(/read-only/);
    expect(() => gc(shared)).toThrow(/read-only/);
    expect(shared.load(digest)).toBe(1);
    const later = readOnly(openedLater());
    await expect(later.save(2)).rejects.toThrow(/read-only/);
    await expect(later.evict(digest)).rejects.toThrow(/read-only/);
    await expect(later.evictRecord("0".repeat(64))).rejects.toThrow(/read-only/);
  });
  test("does not share runs with the cache itself, whose calls are stored", async () => {
    const store = memoryStore();
    const inner = openedLater(store);
    const [direct, reading] = [countedLater(inner), countedLater(readOnly(inner))];
    await Promise.all([reading.fn(3), direct.fn(3)]);
    expect(namesOf(store)).toEqual([1, 2]);
  });
  test("counts its own hits", () => {
    const inner = opened();
    counted(inner).fn(3);
    const shared = readOnly(inner);
    counted(shared).fn(3);
    expect([shared.stats().hits, inner.stats().hits]).toEqual([1, 0]);
  });
});

describe("filtered", () => {
  test("stores and serves only what it takes: no record, no value of other calls", () => {
    const store = memoryStore();
    const inner = opened(store);
    const cache = filtered(inner, ({ name }) => name === "slow");
    const [slow, quick] = [counted(cache, "slow"), counted(cache, "quick")];
    expect([slow.fn(3), slow.fn(3), slow.runs()]).toEqual([9.5, 9.5, 1]);
    expect([quick.fn(4), quick.fn(4), quick.runs()]).toEqual([16.5, 16.5, 2]);
    expect(namesOf(store)).toEqual([1, 2]);
    counted(inner, "quick").fn(5);
    expect([quick.fn(5), quick.runs(), quick.fn.contains(5)]).toEqual([25.5, 3, false]);
  });
  test("by version, module and tags", () => {
    const store = memoryStore();
    const cache = filtered(opened(store), ({ version, tags: [tag] }) => version === 1 && tag === "keep");
    const { fn } = counted(cache);
    fn(3);
    tags(["keep"], () => fn(4));
    expect([fn.contains(3), fn.contains(4)]).toEqual([false, true]);
    expect(namesOf(store)).toEqual([1, 2]);
  });
  test("values by hand are not filtered", () => {
    const cache = filtered(opened(), () => false);
    expect(cache.load(cache.save([1]))).toEqual([1]);
  });
  test("a rule that throws is a fault of the cache: the call runs", () => {
    traceWarnings();
    const cache = filtered(opened(), () => {
      throw new Error("no rule");
    });
    const { fn, runs } = counted(cache);
    expect([fn(3), runs()]).toEqual([9.5, 1]);
  });
  test("in front of a stack it keeps other calls out, also when hits are copied forward", () => {
    const [near, far] = [memoryStore(), opened()];
    counted(far, "quick").fn(3);
    counted(far, "slow").fn(3);
    const cache = stack([filtered(opened(near), ({ name }) => name === "slow"), far]);
    expect([counted(cache, "quick").fn(3), counted(cache, "slow").fn(3)]).toEqual([9.5, 9.5]);
    expect(namesOf(near)).toEqual([1, 1]);
  });
});

describe("refreshing", () => {
  test("runs again what the rule says, and stores it", () => {
    const inner = opened();
    const { fn, runs } = counted(inner);
    fn(3);
    let due = true;
    const again = fn.with({ cache: refreshing(inner, { when: ({ name }) => due && name === "square" }) });
    expect([again(3), runs()]).toEqual([9.5, 2]);
    due = false;
    expect([again(3), runs()]).toEqual([9.5, 2]);
  });
  test("is shown the record; the miss has the reason expired", () => {
    const inner = opened();
    const { fn } = counted(inner);
    fn(3);
    const seen: string[] = [];
    const cache = refreshing(inner, {
      when: (record) => {
        seen.push(record.name);
        return true;
      },
    });
    expect(fn.with({ cache }).explain(3)).toMatchObject({ outcome: "miss", reason: "expired" });
    expect(seen).toEqual(["square"]);
  });
  test("a rule that throws leaves the hit, with a warning", () => {
    const warnings = traceWarnings();
    const inner = opened();
    const { fn, runs } = counted(inner);
    fn(3);
    const when = (): boolean => {
      throw new Error("no rule");
    };
    expect([fn.with({ cache: refreshing(inner, { when }) })(3), runs()]).toEqual([9.5, 1]);
    expect(warnings.join()).toMatch(/when failed/);
  });
});

describe("every kind", () => {
  const kinds: [string, (cache: Cache) => Cache][] = [
    ["stack", (cache) => stack([cache])],
    ["pool", (cache) => pool([cache])],
    ["readOnly", readOnly],
    ["filtered", (cache) => filtered(cache, () => true)],
    ["refreshing", (cache) => refreshing(cache, { when: () => false })],
    ["limited", (cache) => limited(cache, { maxCount: 10 })],
  ];
  test.each(kinds)("%s: a cache that fails never fails the call", (_, kind) => {
    traceWarnings();
    for (const failing of ["get", "put", "list", "delete", "usedMs"]) {
      const store = faultyStore((operation) => {
        if (operation.endsWith(failing)) throw down();
      });
      const { fn } = counted(kind(opened(store, { keys: KEY })));
      expect([fn(3), fn(3), fn(4)]).toEqual([9.5, 9.5, 16.5]);
    }
  });
  test.each(kinds)("%s: the function's own error passes as the same object", (_, kind) => {
    const error = new Error("own");
    const cache = kind(opened());
    const { fn } = counted(cache);
    const failing = fn.with({ cache });
    expect(failing(2)).toBe(4.5);
    expect(() =>
      tags(["t"], () => {
        throw error;
      }),
    ).toThrow(error);
  });
  test.each(kinds)("%s: answers later where the cache does", async (_, kind) => {
    const store = memoryStore();
    await countedLater(openedLater(store)).fn(3);
    const later = (kind as unknown as (cache: unknown) => Cache)(openedLater(store));
    const { fn, runs } = countedLater(later);
    expect([await fn(3), await fn(3), runs()]).toEqual([9.5, 9.5, 0]);
    expect(await fn(4)).toBe(16.5);
    await later.close();
  });
  test.each(kinds)("%s: closes what lies behind", (_, kind) => {
    let closed = 0;
    const store = memoryStore();
    kind(opened({ ...store, close: () => void closed++ })).close();
    expect(closed).toBe(1);
  });
  test.each(kinds)("%s: refuses what is no cache", (_, kind) => {
    expect(() => kind({} as never)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});

test("wrong options are named", () => {
  const cache = opened();
  expect(() => pool([cache], { chose: () => cache } as never)).toThrow(/did you mean "choose"/);
  expect(() => refreshing(cache, { when: 3 } as never)).toThrow(/when must be a function/);
  expect(() => filtered(cache, undefined as never)).toThrow(/a function/);
  expect(() => limited(cache, {})).toThrow(/give a limit/);
  expect(() => limited(cache, { maxBytes: -1 })).toThrow(/maxBytes/);
  expect(() => limited(cache, { maxAge: "soon" as never })).toThrow(/maxAge/);
  expect(() => limited(stack([opened(), opened()]), { maxCount: 1 })).toThrow(/one store/);
  expect(() => limited(readOnly(opened()), { maxCount: 1 })).toThrow(/read-only/);
});
