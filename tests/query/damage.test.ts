import { memoryStore, openCache, StoreError, type SyncStore } from "fleche";
import { describe, expect, test } from "vitest";
import { traceWarnings } from "../engine/kit.ts";
import { KEY, putCall, STORES, search, searchAny, spoil, square } from "./kit.ts";

describe.each(Object.entries(STORES))("records that cannot be served, in a store of kind %s,", (_kind, open) => {
  test.each(["on", "strict"] as const)("hide no others, with posture %s", (posture) => {
    const lines = traceWarnings();
    const store = open();
    const cache = openCache({ store, secretKey: KEY, posture });
    const fn = square(cache);
    for (let x = 0; x < 6; x++) fn(x);
    spoil(store, "records", fn.digest(1));
    spoil(store, "records", fn.digest(2));
    // A sound record under the name of another.
    store.records.put(fn.digest(3), store.records.get(fn.digest(4)) as Uint8Array, indexOf("square"));
    store.records.put(fn.digest(5), Buffer.from("no envelope"), indexOf("square"));
    const all = search(cache);
    expect(new Set(all.results())).toEqual(new Set([0, 16]));
    expect(all.skipped()).toEqual({
      records: 4,
      results: 0,
      reasons: { "body-mismatch": 2, "wrong-entry": 1, "not-an-envelope": 1 },
    });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^fleche: query: skipped 4 records \(.*body-mismatch 2/);
    expect(all.count()).toBe(2);
    expect(all.skipped().records).toBe(4);
    expect(all.first()).toBeDefined();
    expect(() => all.filter(() => false).only()).toThrow("only: no call matches; 4 records (");
    expect(all.sorted().latest()).toBeDefined();
  });

  test("and results, are counted; those gone too", () => {
    const lines = traceWarnings();
    const store = open();
    const cache = openCache({ store, secretKey: KEY, posture: "strict" });
    const fn = square(cache);
    for (let x = 1; x < 6; x++) fn(x);
    const resultOf = (x: number): string => cache.loadRecord(fn.digest(x)).result;
    spoil(store, "blobs", resultOf(2));
    cache.evict(resultOf(3));
    const all = search(cache);
    expect(new Set(all.results())).toEqual(new Set([1, 16, 25]));
    expect(all.skipped()).toEqual({ records: 0, results: 2, reasons: { "body-mismatch": 1, absent: 1 } });
    expect(lines.length).toBe(1);
    expect(() =>
      search(cache, { arguments: { x: 3 } })
        .only()
        .result(),
    ).toThrow("no entry");
    expect(() =>
      search(cache, { arguments: { x: 2 } })
        .only()
        .result(),
    ).toThrow("failed signature check");
    const texts = search(cache, { arguments: { x: 2 } }).table();
    expect(texts[0]?.result).toBe(`<${resultOf(2).slice(0, 8)}…>`);
  });
});

test("an index that lies makes no wrong answer", () => {
  const store = memoryStore();
  const cache = openCache({ store, secretKey: KEY });
  const fn = square(cache);
  for (let x = 0; x < 4; x++) fn(x);
  const lying: SyncStore = {
    ...store,
    records: { ...store.records, find: () => [fn.digest(1), fn.digest(2), "f".repeat(64)] },
  };
  const misled = openCache({ store: lying, secretKey: KEY });
  expect(search(misled, { arguments: { x: 2 } }).results()).toEqual([4]);
  expect(search(misled, { arguments: { x: 3 } }).results()).toEqual([]);
  const none = search(misled, { name: "other" });
  expect(none.count()).toBe(0);
  expect(none.skipped().records).toBe(0);
});

test("calls of another key or namespace are none of ours", () => {
  traceWarnings();
  const store = memoryStore();
  square(openCache({ store, secretKey: KEY, namespace: "a" }))(2);
  const other = search(openCache({ store, secretKey: KEY, namespace: "b" }));
  expect(other.count()).toBe(0);
  expect(other.skipped().reasons).toEqual({ "bad-signature": 1 });
  expect(search(openCache({ store, secretKey: "f".repeat(64) })).count()).toBe(0);
});

test("a store that cannot be searched is an error, not an empty answer; one entry that cannot be read is that entry's", () => {
  traceWarnings();
  const store = memoryStore();
  const fn = square(openCache({ store, secretKey: KEY }));
  fn(1);
  fn(2);
  const down = (): never => {
    throw new StoreError("the server is down");
  };
  const deaf = openCache({ store: { ...store, records: { ...store.records, find: down } }, secretKey: KEY });
  expect(() => search(deaf).count()).toThrow(StoreError);
  const get = (name: string, admit?: Parameters<typeof store.records.get>[1]) =>
    name === fn.digest(1) ? down() : store.records.get(name, admit);
  const half = search(openCache({ store: { ...store, records: { ...store.records, get } }, secretKey: KEY }));
  expect(half.results()).toEqual([4]);
  expect(half.skipped().reasons).toEqual({ "io-error": 1 });
});

test("calls that are forgotten while they are searched are passed over without a word", async () => {
  const lines = traceWarnings();
  for (const open of [memoryStore, STORES.file as typeof memoryStore]) {
    const cache = openCache({ store: open(), secretKey: KEY });
    for (let x = 0; x < 5; x++) await putCall(cache, { args: { x } });
    let seen = 0;
    const all = search(cache);
    for (const _ of all) {
      seen++;
      for (const lookupKey of [...cache.listRecords()]) cache.evictRecord(lookupKey);
    }
    expect(seen).toBe(1);
    expect(all.skipped().records).toBe(0);
  }
  expect(lines).toEqual([]);
});

test("without keys, what is found is served as unverified", () => {
  const cache = openCache({ store: memoryStore(), keys: null } as never);
  square(cache)(2);
  expect(searchAny(cache).first()).toMatchObject({ verified: false });
});

function indexOf(name: string) {
  return {
    name,
    module: null,
    version: null,
    codeDigest: null,
    arguments: [],
    result: "0".repeat(64),
    tags: [],
    parent: null,
    startedMs: 0,
  };
}
