import {
  type AsyncCache,
  type Cache,
  digest,
  FlecheError,
  fleche,
  memoryStore,
  NotFoundError,
  openCache,
  tags,
} from "fleche";
import { describe, expect, expectTypeOf, test } from "vitest";
import { CALLS } from "../../src/engine/call-cache.ts";
import { query } from "../../src/query/query.ts";
import type { AsyncQuery, Query } from "../../src/query/query-type.ts";
import type { AsyncStoredCall, StoredCall } from "../../src/query/stored-call.ts";
import { asyncStore } from "../conformance/async-store.ts";
import { KEY, KINDS, memoryCache, noDigest, putCall, search, searchAny, square } from "./kit.ts";

/** Three calls of one function, one of another. */
async function fill(cache: Cache | AsyncCache): Promise<string[]> {
  return [
    await putCall(cache, { args: { x: 1, mode: null }, result: 10, startedMs: 3000, durationMs: 1, tags: ["a", "b"] }),
    await putCall(cache, { args: { x: 2, mode: null }, result: 20, startedMs: 1000, durationMs: 3, tags: ["b"] }),
    await putCall(cache, { args: { x: 3, mode: "fast" }, result: [20], startedMs: 2000, durationMs: 2 }),
    await putCall(cache, { name: "other", args: { x: 1 }, result: { deep: 1 }, startedMs: 4000, durationMs: 0 }),
  ];
}

describe.each(KINDS)("a search in a cache of kind %s", (_kind, open) => {
  test("finds by every field", async () => {
    const cache = open();
    const keys = await fill(cache);
    const found = async (selection: Parameters<typeof searchAny>[1]): Promise<number[]> => {
      const calls = await searchAny(cache, selection).toArray();
      return calls.map(({ lookupKey }) => keys.indexOf(lookupKey)).sort();
    };
    expect(await found({})).toEqual([0, 1, 2, 3]);
    expect(await found(undefined)).toEqual([0, 1, 2, 3]);
    expect(await found({ name: "simulate" })).toEqual([0, 1, 2]);
    expect(await found({ arguments: { x: 1 } })).toEqual([0, 3]);
    expect(await found({ arguments: { mode: null } })).toEqual([0, 1]);
    expect(await found({ arguments: { mode: undefined } })).toEqual([]);
    expect(await found({ arguments: { x: 2, mode: null } })).toEqual([1]);
    expect(await found({ result: 20 })).toEqual([1]);
    expect(await found({ result: { deep: 1 } })).toEqual([3]);
    expect(await found({ tags: ["b"] })).toEqual([0, 1]);
    expect(await found({ tags: ["b", "a"] })).toEqual([0]);
    expect(await found({ since: 2000 })).toEqual([0, 2, 3]);
    expect(await found({ since: 2000, until: 4000 })).toEqual([0, 2]);
    expect(await found({ module: "somewhere" })).toEqual([]);
    expect(await found({ module: null, version: null, identity: "closure", parent: null })).toEqual([0, 1, 2, 3]);
    expect(await found({ codeDigest: noDigest(1) })).toEqual([0, 1, 2, 3]);
  });

  test("loads values when they are looked at", async () => {
    const cache = open();
    await fill(cache);
    const call = await searchAny(cache, { name: "other" }).only();
    expect(await call.argument("x")).toBe(1);
    expect(await call.arguments()).toEqual({ x: 1 });
    expect(await call.result()).toEqual({ deep: 1 });
    const first = await call.result();
    expect(await call.result()).not.toBe(first);
    const wrong = async () => call.argument("y");
    await expect(wrong()).rejects.toThrow('this call of other has no argument "y" (there are x)');
    expect(await call.evict()).toBe(true);
    expect(await call.evict()).toBe(false);
    expect(await searchAny(cache, { name: "other" }).count()).toBe(0);
  });

  test("ends in every way", async () => {
    const cache = open();
    const keys = await fill(cache);
    const all = searchAny(cache);
    const simulate = searchAny(cache, { name: "simulate" });
    expect((await simulate.latest())?.lookupKey).toBe(keys[0]);
    expect((await simulate.oldest())?.lookupKey).toBe(keys[1]);
    expect(await simulate.count()).toBe(3);
    expect((await simulate.first())?.name).toBe("simulate");
    expect((await simulate.sorted().results()).map(String)).toEqual(["20", "20", "10"]);
    expect(await simulate.sorted("durationMs", "descending").results()).toEqual([20, [20], 10]);
    expect(await all.unique("name").count()).toBe(2);
    const groups = await all.sorted().groupBy("name");
    expect([...groups].map(([name, calls]) => [name, calls.length])).toEqual([
      ["simulate", 3],
      ["other", 1],
    ]);
    expect(await all.sorted().skip(1).take(2).results()).toEqual([[20], 10]);
    expect(await all.filter((call) => call.tags.includes("b")).count()).toBe(2);
    const seen: string[] = [];
    for await (const call of all) seen.push(call.lookupKey);
    expect(seen.sort()).toEqual([...keys].sort());
    expect((await all.table()).length).toBe(4);
    expect((await all.toCsv()).split("\r\n").length).toBe(6);
    expect((await all.toNdjson()).split("\n").length).toBe(5);
    expect(all.skipped()).toEqual({ records: 0, results: 0, reasons: {} });
    expect(await simulate.evict()).toBe(3);
    expect(await all.count()).toBe(1);
  });

  test("ends well with nothing found", async () => {
    const cache = open();
    const none = searchAny(cache, { name: "nobody" });
    expect(await none.first()).toBeUndefined();
    expect(await none.latest()).toBeUndefined();
    expect(await none.oldest()).toBeUndefined();
    expect(await none.count()).toBe(0);
    expect(await none.results()).toEqual([]);
    expect(await none.toArray()).toEqual([]);
    expect(await none.table()).toEqual([]);
    expect(await none.toNdjson()).toBe("");
    expect(await none.toCsv()).toBe(
      "lookupKey,name,started,durationMs,result,tags,module,version,codeDigest,parent,metadata\r\n",
    );
    expect(await none.evict()).toBe(0);
    expect(await none.groupBy("name")).toEqual(new Map());
    expect(
      await none
        .filter(() => true)
        .take(1)
        .skip(1)
        .sorted()
        .unique()
        .count(),
    ).toBe(0);
    const only = async () => none.only();
    await expect(only()).rejects.toThrow(NotFoundError);
    const to = memoryCache();
    const copied = await none.transfer(to);
    expect(copied).toEqual({ transferred: 0, kept: 0, popped: 0, skipped: 0, failed: 0, unverified: 0 });
    for await (const _ of none) expect.unreachable();
  });

  test("runs anew each time", async () => {
    const cache = open();
    const all = searchAny(cache);
    expect(await all.count()).toBe(0);
    await fill(cache);
    expect(await all.count()).toBe(4);
    expect(await all.count()).toBe(4);
  });

  test("only says what there is instead of one", async () => {
    const cache = open();
    await fill(cache);
    const only = async () => searchAny(cache, { name: "simulate" }).only();
    await expect(only()).rejects.toThrow("only: more than one call matches (simulate ");
    await expect(only()).rejects.toMatchObject({ code: "ambiguous" });
    await expect(only()).rejects.toThrow(FlecheError);
  });
});

describe("a search in a synchronous cache", () => {
  test("is a plain iterable, and its methods answer at once", async () => {
    const cache = memoryCache();
    await fill(cache);
    expect([...search(cache)].length).toBe(4);
    const answer: number = search(cache).count();
    expect(answer).toBe(4);
    for (const call of search(cache, { name: "other" })) expect(call.result()).toEqual({ deep: 1 });
  });

  test("refuses a function that answers with a promise, which would count as yes", async () => {
    const cache = memoryCache();
    await fill(cache);
    const filtered = search(cache).filter((async () => false) as never);
    expect(() => filtered.count()).toThrow("the function answered with a promise");
    expect(() => search(cache).groupBy((async () => 1) as never)).toThrow("the function answered with a promise");
    expect(() =>
      search(cache)
        .sorted((async () => Promise.reject(new Error("late"))) as never)
        .first(),
    ).toThrow("the function answered with a promise");
  });

  test("looks at no more records than it has to", async () => {
    const store = memoryStore();
    let reads = 0;
    let closed = 0;
    const counting = {
      ...store,
      records: {
        ...store.records,
        get: (...args: Parameters<typeof store.records.get>) => {
          reads++;
          return store.records.get(...args);
        },
        *find() {
          try {
            yield* store.records.list();
          } finally {
            closed++;
          }
        },
      },
    };
    const cache = openCache({ store: counting, secretKey: KEY });
    const fn = square(cache);
    for (let x = 0; x < 20; x++) fn(x);
    const during = (act: () => unknown): number => {
      reads = 0;
      act();
      return reads;
    };
    const all = search(cache);
    expect(
      during(() =>
        all
          .filter(() => true)
          .sorted()
          .unique(),
      ),
    ).toBe(0);
    expect(during(() => all.first())).toBe(1);
    expect(during(() => all.skip(2).take(3).toArray())).toBe(5);
    expect(during(() => all.take(0).count())).toBe(0);
    expect(
      during(() => {
        for (const _ of all) break;
      }),
    ).toBe(1);
    expect(() =>
      all
        .filter(() => {
          throw new Error("mine");
        })
        .count(),
    ).toThrow("mine");
    expect(closed).toBe(4);
  });

  test("sorting for the first few gives the first few", async () => {
    const cache = memoryCache();
    const fn = fleche((x: number) => x, { cache, name: "identity", version: 1 });
    const xs = Array.from({ length: 1200 }, (_, i) => (i * 7919) % 1200);
    for (const x of xs) fn(x);
    const byResult = (call: StoredCall): number => call.result() as number;
    expect(search(cache).sorted(byResult).take(5).results()).toEqual([0, 1, 2, 3, 4]);
    expect(search(cache).sorted(byResult, "descending").skip(2).take(2).results()).toEqual([1197, 1196]);
    expect(search(cache).sorted(byResult).first()?.result()).toBe(0);
    expect(
      search(cache)
        .sorted(byResult)
        .filter((call) => byResult(call) > 600)
        .take(1)
        .results(),
    ).toEqual([601]);
    expect(search(cache).sorted(byResult).take(5).sorted(byResult, "descending").take(1).results()).toEqual([4]);
  });

  test("orders keys of any kind, and equal ones by lookup key", async () => {
    const cache = memoryCache();
    const values = [null, "b", 3, Number.NaN, "a", 10n, false, undefined, new Date(5), true, 3];
    for (const [i] of values.entries()) await putCall(cache, { args: { i } });
    const key = (call: StoredCall): unknown => values[call.argument("i") as number];
    const sorted = search(cache).sorted(key).toArray().map(key);
    expect(sorted.slice(0, 9)).toEqual([false, true, 3, 3, new Date(5), 10n, Number.NaN, "a", "b"]);
    expect(new Set(sorted.slice(9))).toEqual(new Set([null, undefined]));
    const same = search(cache)
      .sorted(() => 1)
      .toArray()
      .map(({ lookupKey }) => lookupKey);
    expect(same).toEqual([...same].sort());
    expect(() =>
      search(cache)
        .sorted(() => ({}))
        .count(),
    ).toThrow("sorted: a key must be a text, number, boolean or Date");
  });

  test("takes keys for one that are equal values", async () => {
    const cache = memoryCache();
    await putCall(cache, { args: { config: { a: 1, b: 2 }, i: 0 } });
    await putCall(cache, { args: { config: { b: 2, a: 1 }, i: 1 } });
    await putCall(cache, { args: { config: '{"a":1,"b":2}', i: 2 } });
    const byConfig = (call: StoredCall): unknown => call.argument("config");
    expect(search(cache).unique(byConfig).count()).toBe(2);
    const sizes = [...search(cache).groupBy(byConfig).values()].map((group) => group.length);
    expect(sizes.sort()).toEqual([1, 2]);
    // A text is never taken for the digest of a value, nor a number for its text.
    const keys = [1, "1", "=1", `#${digest([1])}`, [1], null, "null", undefined];
    await Promise.all(keys.map((_, i) => putCall(cache, { name: "keys", args: { i } })));
    const byKey = (call: StoredCall): unknown => keys[call.argument("i") as number];
    expect(search(cache, { name: "keys" }).unique(byKey).count()).toBe(keys.length);
    expect(() =>
      search(cache)
        .unique(() => new WeakMap())
        .count(),
    ).toThrow("cannot digest the key");
  });

  test("unique without a key tells calls by function and arguments, whichever code ran", async () => {
    const cache = memoryCache();
    await putCall(cache, { args: { x: 1 }, codeDigest: noDigest(1), startedMs: 1 });
    await putCall(cache, { args: { x: 1 }, codeDigest: noDigest(2), startedMs: 2 });
    await putCall(cache, { args: { x: 2 }, codeDigest: noDigest(2), startedMs: 3 });
    const latest = search(cache).sorted("startedMs", "descending").unique().toArray();
    expect(latest.map(({ startedMs }) => startedMs)).toEqual([3, 2]);
  });

  test("does not skew the statistics of the cache, but what is looked at counts", () => {
    const cache = memoryCache();
    square(cache)(3);
    const before = cache.stats();
    const call = search(cache).only();
    expect(cache.stats()).toEqual(before);
    call.result();
    expect(cache.stats().hits).toBe(before.hits + 1);
  });

  test("knows calls as they were made", () => {
    const cache = memoryCache();
    const inner = fleche((x: number) => x + 1, { cache, name: "inner", version: 1 });
    const outer = fleche((x: number) => inner(x) * 2, { cache, name: "outer", version: 1 });
    tags(["night"], () => outer(1));
    const parent = outer.digest(1);
    expect(search(cache, { parent }).only().name).toBe("inner");
    expect(search(cache, { parent: null }).only().name).toBe("outer");
    expect(search(cache, { tags: ["night"] }).count()).toBe(2);
    expect(search(cache, { version: 1 }).count()).toBe(2);
    expect(search(cache, { version: "1" }).count()).toBe(0);
    expect(search(cache, { identity: "version" }).count()).toBe(2);
    const call = search(cache, { name: "outer" }).only();
    expect(call).toMatchObject({ name: "outer", version: 1, parent: null, tags: ["night"], verified: true });
    expect(call.record.result).toBe(digest(4));
  });

  test("refuses what makes no sense, before it searches", () => {
    const all = search(memoryCache());
    expect(() => all.take(-1)).toThrow("take: a whole number, 0 or more, is expected; found -1");
    expect(() => all.skip(1.5)).toThrow(TypeError);
    expect(() => all.take(Number.NaN)).toThrow(TypeError);
    expect(() => all.take("3" as never)).toThrow(TypeError);
    expect(all.take(Number.POSITIVE_INFINITY).skip(Number.POSITIVE_INFINITY).count()).toBe(0);
    expect(() => all.sorted("startdMs" as never)).toThrow('did you mean "startedMs"?');
    expect(() => all.sorted("name", "up" as never)).toThrow(TypeError);
    expect(() => all.groupBy(undefined as never)).toThrow(TypeError);
    expect(() => all.filter(undefined as never)).toThrow(TypeError);
    expect(() => all.transfer(undefined as never)).toThrow("must be a cache");
    expect(() => all.transfer({} as never)).toThrow("must be a cache");
    expect(() => all.transfer(memoryCache(), { popp: true } as never)).toThrow('did you mean "pop"?');
    expect(() => all.transfer(memoryCache(), { pop: 1 } as never)).toThrow("pop must be true or false");
    expect(() => all.toNdjson({ values: 1 } as never)).toThrow(TypeError);
  });
});

test("an asynchronous cache takes functions that answer with promises", async () => {
  const cache = openCache({ store: asyncStore(memoryStore()), secretKey: KEY }) as unknown as AsyncCache;
  await fill(cache);
  const all = searchAny(cache);
  const big = all.filter(async (call) => Number(await call.result()) > 10);
  expect(await big.count()).toBe(2);
  expect(await all.sorted(async (call) => (await call.arguments()).x).first()).toBeDefined();
  const groups = await all.groupBy(async (call) => (await call.argument("x")) as number);
  expect(groups.get(1)?.length).toBe(2);
  expect(Symbol.iterator in all).toBe(false);
  const counted = all.count();
  expect(counted).toBeInstanceOf(Promise);
  expect(await counted).toBe(4);
});

test("a search may answer with promises although its cache is synchronous", async () => {
  const cache = memoryCache();
  await fill(cache);
  const all = query(cache[CALLS], {}, "async") as AsyncQuery;
  expect(await all.filter(async (call) => (await call.result()) === 20).count()).toBe(1);
  expect(all.count()).toBeInstanceOf(Promise);
  expect(Symbol.iterator in all).toBe(false);
  expect((await all.first())?.result()).toBeInstanceOf(Promise);
});

test("types follow the cache", () => {
  expectTypeOf<ReturnType<Query<number>["results"]>>().toEqualTypeOf<number[]>();
  expectTypeOf<ReturnType<AsyncQuery<number>["results"]>>().toEqualTypeOf<Promise<number[]>>();
  expectTypeOf<ReturnType<Query["first"]>>().toEqualTypeOf<StoredCall | undefined>();
  expectTypeOf<ReturnType<AsyncQuery["only"]>>().toEqualTypeOf<Promise<AsyncStoredCall>>();
  expectTypeOf<ReturnType<Query<number>["filter"]>>().toEqualTypeOf<Query<number>>();
  const typed = (query: Query<number>, other: AsyncQuery, sync: Cache, later: AsyncCache): void => {
    for (const call of query.sorted("name").take(3)) expectTypeOf(call.result()).toEqualTypeOf<number>();
    expectTypeOf(query.groupBy((call) => call.name)).toEqualTypeOf<Map<string, StoredCall<number>[]>>();
    expectTypeOf(query.transfer(sync).popped).toEqualTypeOf<number>();
    expectTypeOf(query.transfer(later)).resolves.toHaveProperty("kept");
    expectTypeOf(other.transfer(sync)).resolves.toHaveProperty("kept");
    // @ts-expect-error: a promise would count as yes
    query.filter(async () => true);
    // @ts-expect-error: no iterable
    for (const _ of other) break;
  };
  expect(typed).toBeTypeOf("function");
});
