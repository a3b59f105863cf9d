/** What a call writes in one trip: all of it where its arguments are scalars; what a body could change, before it runs. */
import { fleche, openCache, type SyncStore } from "fleche";
import { expect, test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { databasePath } from "./folder.ts";

const path = databasePath();
const secretKey = "0123456789abcdef".repeat(4);

/** The store, and the batches that put something: the names of what each put. */
function watched() {
  const store = sqliteStore({ path: path() });
  const trips: string[][] = [];
  let trip: string[] | undefined;
  const noting = <T extends (name: string, ...rest: never[]) => void>(put: T) =>
    ((name: string, ...rest: never[]) => {
      if (trip === undefined) trips.push([name]);
      else trip.push(name);
      put(name, ...rest);
    }) as T;
  const seen: SyncStore = {
    ...store,
    blobs: { ...store.blobs, put: noting(store.blobs.put) },
    records: { ...store.records, put: noting(store.records.put) },
    batch<T>(work: () => T): T {
      const puts: string[] = [];
      trip = puts;
      try {
        return (store.batch as NonNullable<typeof store.batch>)(work);
      } finally {
        trip = undefined;
        if (puts.length > 0) trips.push(puts);
      }
    },
  };
  return { cache: openCache({ store: seen, secretKey }), trips };
}

test("a call of scalars is one trip: its arguments, its result, and its record last", () => {
  const { cache, trips } = watched();
  const join = fleche((a: number, b: string, c: null, d: boolean) => [a, b, c, d].join(), { cache, name: "join" });
  join(1.5, "x", null, true);
  expect(trips.length).toBe(1);
  const record = cache.loadRecord(join.digest(1.5, "x", null, true));
  const names = [...record.arguments.map(([, digest]) => digest), record.result];
  expect(trips[0]).toEqual([...names, join.digest(1.5, "x", null, true)]);
  expect(record.arguments.map(([, digest]) => cache.load(digest))).toEqual([1.5, "x", null, true]);
});

test("what a body changes is stored as it was given", () => {
  const { cache, trips } = watched();
  const sort = fleche((list: number[], how: string) => `${list.sort()} ${how}`, { cache, name: "sort" });
  const list = [3, 1, 2];
  const key = sort.digest(list, "up");
  sort(list, "up");
  const { arguments: given } = cache.loadRecord(key);
  expect(given.map(([, digest]) => cache.load(digest))).toEqual([[3, 1, 2], "up"]);
  expect(trips.map((trip) => trip.length)).toEqual([1, 3]);
});

test("a call that throws leaves nothing of its scalars, and one that gives nothing to keep neither", () => {
  const { cache, trips } = watched();
  const fail = fleche(
    (x: number) => {
      throw new RangeError(`${x}`);
    },
    { cache, name: "fail" },
  );
  expect(() => fail(1)).toThrow(RangeError);
  const quiet = fleche((_: number) => undefined, { cache, name: "quiet" });
  quiet(2);
  expect(trips).toEqual([]);
});

test("without arguments to be stored, none are", () => {
  const { cache } = watched();
  const double = fleche((x: number) => x * 2, { cache, name: "double", storeArguments: false });
  double(21);
  const { arguments: given, result } = cache.loadRecord(double.digest(21));
  expect(cache.load(result)).toBe(42);
  expect(given.map(([, digest]) => cache.contains(digest))).toEqual([false]);
});
