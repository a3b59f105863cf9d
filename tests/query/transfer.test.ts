import { fleche, memoryStore, openCache, StoreError, voidStore } from "fleche";
import { describe, expect, test } from "vitest";
import { CALLS } from "../../src/engine/call-cache.ts";
import { runSync } from "../../src/flow.ts";
import { asyncStore } from "../conformance/async-store.ts";
import { traceWarnings } from "../engine/kit.ts";
import { KEY, KINDS, memoryCache, putCall, search, searchAny, spoil, square } from "./kit.ts";

const NOTHING = { transferred: 0, kept: 0, popped: 0, skipped: 0, failed: 0, unverified: 0 };
const OTHER_KEY = "fedcba9876543210".repeat(4);

describe.each(KINDS)("a transfer from a cache of kind %s", (_from, openFrom) => {
  test.each(KINDS)("into one of kind %s brings calls that hit there", async (_to, openTo) => {
    const [from, to] = [openFrom(), openTo()];
    await putCall(from, { args: { x: 1, rows: [1, 2, 3] }, result: { big: true } });
    await putCall(from, { name: "other", args: { x: 2 } });
    expect(await searchAny(from, { name: "simulate" }).transfer(to)).toEqual({ ...NOTHING, transferred: 1 });
    const call = await searchAny(to).only();
    expect(await call.result()).toEqual({ big: true });
    expect(await call.arguments()).toEqual({ x: 1, rows: [1, 2, 3] });
    expect(call.record).toEqual((await searchAny(from, { name: "simulate" }).only()).record);
    expect(await searchAny(from).count()).toBe(2);
    expect(await searchAny(from).transfer(to, { pop: true })).toEqual({
      ...NOTHING,
      transferred: 1,
      kept: 1,
      popped: 2,
    });
    expect(await searchAny(from).count()).toBe(0);
    expect(await searchAny(to).count()).toBe(2);
  });
});

test("keys, namespaces and codecs may differ; the functions find their calls", () => {
  const from = openCache({ store: memoryStore(), secretKey: KEY, namespace: "a" });
  const to = openCache({ store: memoryStore(), secretKey: OTHER_KEY, namespace: "b", codec: "json" });
  square(from)(5);
  expect(search(from).transfer(to)).toMatchObject({ transferred: 1 });
  expect(square(to).contains(5)).toBe(true);
  expect(square(to).load(5)).toBe(25);
});

test("the engine's side of a cache will do as well", () => {
  const [from, to] = [memoryCache(), memoryCache()];
  square(from)(5);
  expect(search(from).transfer(to[CALLS] as never)).toMatchObject({ transferred: 1 });
});

test("overwrite writes what is there again; without it, what is there is kept, and here too", async () => {
  const [from, to] = [memoryCache(), memoryCache()];
  await putCall(from, { tags: ["new"] });
  await putCall(to, { tags: ["old"] });
  expect(search(from).transfer(to, { pop: true })).toEqual({ ...NOTHING, kept: 1 });
  expect(search(to).only().tags).toEqual(["old"]);
  expect(search(from).count()).toBe(1);
  expect(search(from).transfer(to, { pop: true, overwrite: true })).toEqual({ ...NOTHING, transferred: 1, popped: 1 });
  expect(search(to).only().tags).toEqual(["new"]);
  expect(search(from).count()).toBe(0);
});

test("what is there without its result is written again", () => {
  const [from, to] = [memoryCache(), memoryCache()];
  square(from)(5);
  search(from).transfer(to);
  to.evict(search(to).only().record.result);
  expect(search(from).transfer(to)).toEqual({ ...NOTHING, transferred: 1 });
  expect(square(to).load(5)).toBe(25);
});

test("arguments that were never stored are no hindrance, and nothing of them is lost", () => {
  const [from, to] = [memoryCache(), memoryCache()];
  const options = { name: "apply", version: 1, params: ["f"] };
  fleche((f: () => number) => f(), { ...options, cache: from })(() => 7);
  expect(search(from).transfer(to, { pop: true })).toEqual({ ...NOTHING, transferred: 1, popped: 1 });
  expect(search(to).results()).toEqual([7]);
});

test("a call without its result is skipped, counted and stays; one with a damaged argument stays too", async () => {
  traceWarnings();
  const store = memoryStore();
  const [from, to] = [openCache({ store, secretKey: KEY }), memoryCache()];
  await putCall(from, { name: "gone", args: { x: 1 }, result: "a result" });
  await putCall(from, { name: "hurt", args: { x: [2] }, result: "another" });
  const argument = search(from, { name: "hurt" }).only().record.arguments[0]?.[1] as string;
  from.evict(search(from, { name: "gone" }).only().record.result);
  spoil(store, "blobs", argument);
  const all = search(from);
  expect(all.transfer(to, { pop: true })).toEqual({ ...NOTHING, transferred: 1, skipped: 1 });
  expect(all.skipped()).toEqual({ records: 0, results: 1, reasons: { absent: 1 } });
  expect(search(from).count()).toBe(2);
  expect(search(to).results()).toEqual(["another"]);
});

test("what the other cache cannot hold stays here", () => {
  const from = memoryCache();
  fleche(() => new Map([[1, 2]]), { cache: from, name: "map", version: 1 })();
  const json = openCache({ store: memoryStore(), secretKey: KEY, codec: "json" });
  expect(search(from).transfer(json, { pop: true })).toEqual({ ...NOTHING, failed: 1 });
  const tiny = openCache({ store: memoryStore(), secretKey: KEY, maxEntryBytes: 170 });
  expect(search(from).transfer(tiny, { pop: true })).toEqual({ ...NOTHING, failed: 1 });
  expect(search(from).count()).toBe(1);
});

test("a cache that keeps nothing swallows nothing", () => {
  const from = memoryCache();
  square(from)(3);
  const nowhere = openCache({ store: voidStore() });
  expect(search(from).transfer(nowhere, { pop: true })).toMatchObject({ popped: 0 });
  expect(search(from).count()).toBe(1);
});

test("two caches over one store cannot pop into each other", () => {
  const store = memoryStore();
  const [from, to] = [openCache({ store, secretKey: KEY }), openCache({ store, secretKey: KEY })];
  square(from)(3);
  expect(() => search(from).transfer(to, { pop: true })).toThrow("both caches lie over the same store");
  expect(search(from).results()).toEqual([9]);
  expect(() => search(from).transfer(from)).toThrow("the cache that the calls come from");
});

test("schemes of numbers must agree", () => {
  const from = memoryCache();
  square(from)(3);
  const python = openCache({ store: memoryStore(), secretKey: KEY, numbers: "python" });
  expect(() => search(from).transfer(python)).toThrow(TypeError);
  expect(() => search(from).transfer(python)).toThrow('"exact" and the other by "python"');
});

test("what no key vouched for is counted and said, and its content checked", () => {
  const lines = traceWarnings();
  const open = openCache({ store: memoryStore(), keys: null, checkContent: "never" } as never);
  const to = memoryCache();
  const fn = square(open);
  fn(2);
  fn(3);
  // Another value under the digest of 9: without keys anybody can write that, and nothing checks it here.
  const nine = open.loadRecord(fn.digest(3)).result;
  open.evict(nine);
  runSync(open[CALLS].saveValue(open[CALLS].encode(nine, "forged")));
  expect(fn.load(3)).toBe("forged");
  const all = search(open);
  expect(all.transfer(to)).toEqual({ ...NOTHING, skipped: 2 });
  expect(all.skipped().reasons).toEqual({ unsigned: 2 });
  expect([...to.listRecords(), ...to.list()]).toEqual([]);
  // Into a cache that signs nothing, nothing is vouched for.
  expect(all.transfer(openCache({ store: memoryStore(), keys: null }))).toMatchObject({ transferred: 1, skipped: 1 });
  expect(all.transfer(to, { unverified: true })).toEqual({ ...NOTHING, transferred: 1, skipped: 1, unverified: 1 });
  expect(all.skipped().reasons).toEqual({ "content-mismatch": 1 });
  expect(lines.filter((line) => line.includes("no key vouched for 1 of the calls"))).toHaveLength(1);
  expect(to.contains(nine)).toBe(false);
});

test("a store that fails is an error of the transfer; what was copied is there", async () => {
  const from = memoryCache();
  for (let x = 0; x < 5; x++) square(from)(x);
  const store = memoryStore();
  let puts = 0;
  const full = {
    ...store,
    records: {
      ...store.records,
      put: (...args: Parameters<typeof store.records.put>) => {
        if (puts++ === 3) throw new StoreError("disk full");
        store.records.put(...args);
      },
    },
  };
  const to = openCache({ store: full, secretKey: KEY });
  expect(() => search(from).transfer(to, { pop: true })).toThrow("disk full");
  expect(search(to).count()).toBe(3);
  expect(search(from).count()).toBe(2);
  const later = openCache({ store: asyncStore(memoryStore()), secretKey: KEY });
  const promise: unknown = search(from).transfer(later);
  expect(promise).toBeInstanceOf(Promise);
  expect(await promise).toMatchObject({ transferred: 2 });
});
