// A call served from SQLite, where record and result come in one statement: whatever lies there, it is judged as it is
// where each is got by itself, with the same reasons, warnings and counts.
import { fleche, openCache, type SyncStore } from "fleche";
import { describe, expect, test } from "vitest";
import { CALLS } from "../../src/engine/call-cache.ts";
import { runSync } from "../../src/flow.ts";
import { sqliteStore } from "../../src/sqlite.ts";
import { indexOf } from "../../src/testing/samples.ts";
import { traceWarnings } from "../engine/kit.ts";
import { databasePath, edit } from "./folder.ts";

const path = databasePath();
const KEY = "0123456789abcdef".repeat(4);

type Alter = (bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const flipped =
  (at: number): Alter =>
  (bytes) => {
    const copy = new Uint8Array(bytes);
    const place = at < 0 ? copy.length + at : at;
    copy[place] = (copy[place] as number) ^ 1;
    return copy;
  };

const ALTERATIONS: Readonly<Record<string, Alter>> = {
  "nothing but zeros": (bytes) => new Uint8Array(bytes.length),
  empty: () => new Uint8Array(),
  "a bit of the magic": flipped(0),
  "a bit of the version": flipped(8),
  "a bit of the kind": flipped(10),
  "a bit of the name": flipped(80),
  "a bit of the tag": flipped(140),
  "a bit of the body": flipped(-1),
  "cut within the header": (bytes) => bytes.slice(0, 100),
  "cut within the body": (bytes) => bytes.slice(0, -1),
  "a byte more": (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
  "the entry of another call": (_, other) => other,
};

/** The same store without the shortcut. */
const inTwoTrips = (store: SyncStore): SyncStore => {
  const { hit: _, ...records } = store.records;
  return { ...store, records };
};

/** Two calls in a cache with keys; `look` gives all that is to be seen of the first one. */
function scene(posture: "on" | "strict") {
  const store = sqliteStore({ path: path() });
  const open = (over: SyncStore) => openCache({ store: over, secretKey: KEY, posture });
  const wrapped = (over: SyncStore) => {
    const cache = open(over);
    return { cache, fn: fleche((x: number) => `${x} and more than a few bytes`, { cache, name: "text", version: 1 }) };
  };
  const { cache, fn } = wrapped(store);
  fn(1);
  fn(2);
  const names = [1, 2].map((x) => ({ record: fn.digest(x), result: cache.loadRecord(fn.digest(x)).result }));
  const look = (over: SyncStore, lines: string[]) => {
    lines.length = 0;
    const { cache: looking, fn: asked } = wrapped(over);
    const { outcome, reason } = asked.explain(1);
    let loaded: unknown;
    try {
      loaded = asked.load(1);
    } catch (error) {
      loaded = [Reflect.get(error as object, "name"), Reflect.get(error as object, "reason"), String(error)];
    }
    return { outcome, reason, loaded, stats: looking.stats(), lines: [...lines] };
  };
  return { store, names: names as [(typeof names)[0], (typeof names)[0]], look };
}

describe.each(["on", "strict"] as const)("with posture %s, an altered", (posture) => {
  for (const [title, alter] of Object.entries(ALTERATIONS)) {
    test.each(["record", "result"] as const)(`%s is judged alike in one trip and in two: ${title}`, (which) => {
      const lines = traceWarnings();
      const { store, names, look } = scene(posture);
      const shelf = which === "record" ? store.records : store.blobs;
      const [bytes, other] = names.map((of) => shelf.get(of[which])) as [Uint8Array, Uint8Array];
      const altered = alter(bytes, other);
      const { record, result } = names[0];
      if (which === "record") store.records.put(record, altered, indexOf({ result }));
      else store.blobs.put(result, altered);
      const inOne = look(store, lines);
      expect(inOne.outcome).toBe("miss");
      expect(inOne).toEqual(look(inTwoTrips(store), lines));
      store.close();
    });
  }
});

test.each([
  [
    "leads to the result of another call",
    "UPDATE records SET result = (SELECT result FROM records r WHERE r.id <> records.id)",
  ],
  ["leads nowhere", "UPDATE records SET result = x'00'"],
  ["is no digest", "UPDATE records SET result = 'text'"],
])("a hint that %s costs a trip and changes nothing", (_, sql) => {
  const lines = traceWarnings();
  const { store, look } = scene("strict");
  edit(path(), (database) => database.exec(sql));
  const found = look(store, lines);
  expect(found).toMatchObject({ outcome: "hit", loaded: "1 and more than a few bytes", lines: [] });
  expect(found).toEqual(look(inTwoTrips(store), lines));
  store.close();
});

test("a record that a good key signed for another call is not served, in one trip or in two", () => {
  const lines = traceWarnings();
  const { store, names, look } = scene("on");
  const calls = openCache({ store, secretKey: KEY })[CALLS];
  const other = runSync(calls.findRecord(names[1].record));
  if (other.refused !== undefined) expect.unreachable();
  else runSync(calls.saveRecord(names[0].record, other.record));
  const found = look(store, lines);
  expect(found).toMatchObject({ outcome: "miss", reason: "content-mismatch" });
  expect(found).toEqual(look(inTwoTrips(store), lines));
  store.close();
});

test("a sound call takes one trip", () => {
  traceWarnings();
  const { store, look } = scene("on");
  let gets = 0;
  const get: typeof store.blobs.get = (...args) => {
    gets++;
    return store.blobs.get(...args);
  };
  const records = { ...store.records, get: (): never => expect.unreachable() };
  const found = look({ ...store, records, blobs: { ...store.blobs, get } }, []);
  expect([found.outcome, found.loaded, gets]).toEqual(["hit", "1 and more than a few bytes", 0]);
  store.close();
});
