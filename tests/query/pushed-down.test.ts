// What is asked of a store that can be searched: the same answers as of one that cannot, with few records opened.
import { fleche, memoryStore, openCache, type SyncStore } from "fleche";
import { sqliteStore } from "fleche/sqlite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { databasePath, edit } from "../sqlite/folder.ts";
import { KEY, putCall } from "./kit.ts";

const path = databasePath();

/** A store that counts the records that are opened. */
function counting(store: SyncStore): { store: SyncStore; opened: () => number } {
  let opened = 0;
  const { records } = store;
  const counted = {
    ...records,
    get: (...args: Parameters<typeof records.get>) => {
      opened++;
      return records.get(...args);
    },
  };
  return {
    store: { ...store, records: counted },
    opened: () => {
      const count = opened;
      opened = 0;
      return count;
    },
  };
}

function openSqlite() {
  const { store, opened } = counting(sqliteStore({ path: path() }));
  const cache = openCache({ store, secretKey: KEY });
  onTestFinished(() => cache.close());
  return { cache, opened };
}

const memory = () => openCache({ store: memoryStore(), secretKey: KEY });

describe("the calls that began last", () => {
  test("are the same on every store, equal times by lookup key, and on SQLite only they are opened", async () => {
    const { cache, opened } = openSqlite();
    const other = memory();
    for (let i = 0; i < 400; i++) {
      // Every time occurs four times, and the order of putting is none.
      const call = { args: { i }, startedMs: 1_000 + ((i * 37) % 100), name: i % 5 === 0 ? "fifth" : "simulate" };
      for (const to of [cache, other]) await putCall(to, call);
    }
    for (const selection of [{}, { name: "fifth" }, { since: 1_020, until: 1_050 }]) {
      for (const direction of ["ascending", "descending"] as const) {
        const first = (from: typeof cache) =>
          from
            .query(selection)
            .filter(({ startedMs }) => startedMs % 2 === 0)
            .sorted("startedMs", direction)
            .skip(3)
            .take(10)
            .toArray()
            .map(({ lookupKey }) => lookupKey);
        expect(first(cache)).toEqual(first(other));
        expect(opened()).toBeLessThan(50);
      }
      expect(cache.query(selection).latest()?.lookupKey).toBe(other.query(selection).latest()?.lookupKey);
      expect(cache.query(selection).oldest()?.lookupKey).toBe(other.query(selection).oldest()?.lookupKey);
      expect(opened()).toBeLessThan(16);
    }
    expect(cache.query({ name: "none" }).latest()).toBeUndefined();
    expect(cache.query().sorted("startedMs", "descending").take(0).toArray()).toEqual([]);
    expect(opened()).toBe(0);
    // All of them are in order too, and of a search by an argument.
    const all = (from: typeof cache) =>
      from
        .query()
        .sorted()
        .toArray()
        .map(({ lookupKey }) => lookupKey);
    expect(all(cache)).toEqual(all(other));
    expect(cache.query({ arguments: { i: 7 } }).latest()?.startedMs).toBe(1_059);
  });

  test("are told by the records, not by columns that somebody has edited", async () => {
    const { cache } = openSqlite();
    for (let i = 0; i < 50; i++) await putCall(cache, { args: { i }, startedMs: 1_000 + i });
    edit(path(), (database) => database.exec("UPDATE records SET started_ms = 9000 - started_ms"));
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const latest = cache.query().sorted("startedMs", "descending").take(3).toArray();
    expect(latest.map(({ startedMs }) => startedMs)).toEqual([1_049, 1_048, 1_047]);
    edit(path(), (database) =>
      database.exec("DELETE FROM records WHERE id = 1; UPDATE records SET body = zeroblob(900) WHERE id = 2"),
    );
    const search = cache.query();
    expect(
      search
        .sorted()
        .take(2)
        .toArray()
        .map(({ startedMs }) => startedMs),
    ).toEqual([1_002, 1_003]);
  });

  test("a refused record among them is counted once, also where all have to be looked at", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { cache } = openSqlite();
    for (let i = 0; i < 9; i++) await putCall(cache, { args: { i }, startedMs: 1_000 + i });
    edit(path(), (database) =>
      database.exec(
        "UPDATE records SET body = zeroblob(900) WHERE id = 9; UPDATE records SET started_ms = 1 WHERE id = 8",
      ),
    );
    const search = cache.query().sorted("startedMs", "descending").take(9);
    expect(search.toArray().map(({ startedMs }) => startedMs)).toEqual([
      1_007, 1_006, 1_005, 1_004, 1_003, 1_002, 1_001, 1_000,
    ]);
    expect(search.skipped().records).toBe(1);
  });
});

describe("a lineage", () => {
  test("on SQLite opens the records that it shows, and is what it is on a store that cannot be searched", async () => {
    const { cache, opened } = openSqlite();
    const plain = memory();
    const digestOf = (value: unknown) => plain.save(value);
    const text = (name: string) => `${name} ${"x".repeat(40)}`;
    for (const to of [cache, plain]) {
      const outer = await putCall(to, { args: { raw: text("raw") }, result: text("model"), name: "train" });
      await putCall(to, { args: { raw: text("raw") }, result: text("step"), name: "step", parent: outer });
      await putCall(to, { args: { a: text("model"), b: text("model") }, result: text("score"), name: "score" });
      for (let i = 0; i < 300; i++) await putCall(to, { args: { i }, result: text(`noise ${i}`), name: "noise" });
    }
    opened();
    for (const of of ["raw", "model", "step", "score"]) {
      for (const direction of ["up", "down", "both"] as const) {
        const found = cache.lineage(digestOf(text(of)), { direction });
        expect(opened()).toBeLessThan(30);
        const expected = plain.lineage(digestOf(text(of)), { direction });
        expect(new Set(found.edges)).toEqual(new Set(expected.edges));
        expect(new Set(found.nodes)).toEqual(new Set(expected.nodes));
      }
    }
    expect(cache.lineage(digestOf(text("raw"))).nodes.length).toBeGreaterThan(5);
  });

  test("of a value that may be a part looks into all values, as no index knows what they hold", () => {
    const { cache, opened } = openSqlite();
    const big = "y".repeat(200_000);
    const wrap = fleche((x: number) => ({ big, x }), { cache, version: 1, name: "wrap" });
    for (let i = 0; i < 40; i++) wrap(i);
    opened();
    const found = cache.lineage(cache.save(big), { direction: "down" });
    expect(opened()).toBeGreaterThanOrEqual(40);
    expect(found.edges.filter(({ role }) => role === "part")).toHaveLength(40);
  });

  test("counts a record that is refused once, whether it was searched or all were read", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { cache } = openSqlite();
    const value = "v".repeat(50);
    await putCall(cache, { args: { i: 1, value, again: value }, name: "a" });
    await putCall(cache, { args: { i: 2, value }, result: "w".repeat(50), name: "b" });
    edit(path(), (database) => database.exec("UPDATE records SET body = zeroblob(900) WHERE id = 1"));
    const found = cache.lineage(cache.save(value));
    expect(found.skipped.records).toBe(1);
    expect(found.nodes.map(({ text }) => text).join()).toContain("b(");
  });
});
