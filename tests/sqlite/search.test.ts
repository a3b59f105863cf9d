import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import type { RecordFilter, RecordIndex } from "../../src/store/store.ts";
import { indexOf, nameOf, sampleBytes } from "../../src/testing/samples.ts";
import { databasePath, edit } from "./folder.ts";

const path = databasePath();
const bytes = sampleBytes(20);

/** What the filter says, without a database. */
function matches(index: RecordIndex, filter: RecordFilter): boolean {
  const { arguments: pairs = [], anyArgument, tags = [], sinceMs, untilMs, ...equal } = filter;
  return (
    Object.entries(equal).every(([field, value]) => index[field as keyof typeof equal] === value) &&
    pairs.every(([name, digest]) => index.arguments.some((pair) => pair[0] === name && pair[1] === digest)) &&
    (anyArgument === undefined || index.arguments.some((pair) => pair[1] === anyArgument)) &&
    tags.every((tag) => index.tags.includes(tag)) &&
    index.startedMs >= (sinceMs ?? Number.NEGATIVE_INFINITY) &&
    index.startedMs < (untilMs ?? Number.POSITIVE_INFINITY)
  );
}

// Few of each, so that filters match.
const digest = fc.integer({ min: 0, max: 3 }).map(nameOf);
const text = fc.constantFrom("f", "g", "", "ünï\0code");
const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b"), digest), { selector: ([name]) => name });
const index = fc.record<RecordIndex>({
  name: text,
  module: fc.option(text),
  version: fc.option(fc.constantFrom("1", "2")),
  codeDigest: fc.option(digest),
  arguments: pairs,
  result: digest,
  tags: fc.uniqueArray(fc.constantFrom("x", "y")),
  parent: fc.option(digest),
  startedMs: fc.integer({ min: 0, max: 3 }),
});
const filter = fc.tuple(index, digest).chain(([fields, anyArgument]) => {
  const { startedMs, ...equal } = fields;
  const all = { ...equal, anyArgument, sinceMs: startedMs, untilMs: startedMs + 2 };
  return fc
    .subarray(Object.keys(all), { maxLength: 4 })
    .map((kept): RecordFilter => Object.fromEntries(Object.entries(all).filter(([field]) => kept.includes(field))));
});

function definedOf(filter: { [K in keyof RecordFilter]: RecordFilter[K] | undefined }): RecordFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

describe("a search", () => {
  test("finds what matches, after any puts, replacements and deletions", () => {
    const store = sqliteStore({ path: path() });
    const model = new Map<string, RecordIndex>();
    const step = fc.tuple(fc.integer({ min: 0, max: 15 }).map(nameOf), fc.option(index));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), filter, (steps, wanted) => {
        for (const [name, fields] of steps) {
          if (fields === null) {
            expect(store.records.delete(name)).toBe(model.delete(name));
          } else {
            store.records.put(name, bytes, fields);
            model.set(name, fields);
          }
        }
        const expected = [...model].filter(([, fields]) => matches(fields, wanted));
        expect([...store.records.find(wanted)].sort()).toEqual(expected.map(([name]) => name).sort());
        const { name, module, version, codeDigest, sinceMs, untilMs } = wanted;
        const timed = definedOf({ name, module, version, codeDigest, sinceMs, untilMs });
        const times = [...model].filter(([, fields]) => matches(fields, timed)).map(([, { startedMs }]) => startedMs);
        const timeOf = (found: string) => model.get(found)?.startedMs;
        times.sort((x, y) => x - y);
        expect([...store.records.findByTime(timed, "earliest")].map(timeOf)).toEqual(times);
        expect([...store.records.findByTime(timed, "latest")].map(timeOf)).toEqual(times.reverse());
      }),
      { numRuns: 400 },
    );
    store.close();
  });

  test("finds more than one page, each name once", () => {
    const store = sqliteStore({ path: path() });
    const names = Array.from({ length: 700 }, (_, i) => nameOf(i));
    names.forEach((name, i) => void store.records.put(name, bytes, indexOf({ tags: ["t"], startedMs: 700 - i })));
    for (const wanted of [{}, { name: "simulate" }, { tags: ["t"] }, { result: nameOf(0) }]) {
      expect([...store.records.find(wanted)]).toEqual(names);
    }
    expect([...store.records.findByTime({}, "earliest")]).toEqual([...names].reverse());
    expect([...store.records.findByTime({ sinceMs: 201 }, "latest")]).toEqual(names.slice(0, 500));
    expect([...store.records.find({ sinceMs: 1 })]).toHaveLength(700);
    expect([...store.records.find({ sinceMs: 201 })]).toHaveLength(500);
    store.close();
  });

  test("ends where each record found is put again, and misses none that is deleted meanwhile", () => {
    const store = sqliteStore({ path: path() });
    for (let i = 0; i < 600; i++) store.records.put(nameOf(i), bytes, indexOf({ startedMs: i }));
    let found = 0;
    for (const name of store.records.find({ name: "simulate" })) {
      store.records.put(name, bytes, indexOf({ startedMs: 10_000 + found++ }));
    }
    expect(found).toBe(600);
    for (const name of store.records.find({})) {
      found--;
      store.records.delete(name);
    }
    expect(found).toBe(0);
    store.close();
  });

  test("can be repeated, and takes an index that is no index", () => {
    const store = sqliteStore({ path: path() });
    store.records.put(nameOf(1), bytes, indexOf({ result: "none", codeDigest: "x", startedMs: Number.NaN }));
    store.records.put(nameOf(2), bytes, indexOf({ arguments: [["a", "no digest"]], startedMs: 1.5 }));
    const all = store.records.find({ name: "simulate" });
    expect([...all]).toEqual([...all]);
    expect([...store.records.find({ result: "none" })]).toEqual([nameOf(1)]);
    expect([...store.records.find({ arguments: [["a", "no digest"]] })]).toEqual([nameOf(2)]);
    store.close();
  });

  test("uses an index for every way to begin", () => {
    const store = sqliteStore({ path: path() });
    store.records.put(nameOf(1), bytes, indexOf());
    store.close();
    const steps = edit(path(), (database) =>
      [
        "SELECT 1 FROM arguments m CROSS JOIN records r ON r.id = m.record WHERE m.digest = 1 AND m.name = 1 AND m.function = 1 AND r.function = 1 AND m.record > 1 ORDER BY m.record",
        "SELECT 1 FROM arguments m CROSS JOIN records r ON r.id = m.record WHERE m.digest = 1 AND m.function = 1 AND r.function = 1 AND m.record > 1 ORDER BY m.record",
        "SELECT 1 FROM records r INDEXED BY records_result WHERE 1 AND r.result = 1 AND r.function = 1 AND r.id > 1 ORDER BY r.id",
        "SELECT 1 FROM records r INDEXED BY records_parent WHERE 1 AND r.parent = 1 AND r.function = 1 AND r.id > 1 ORDER BY r.id",
        "SELECT 1 FROM blobs INDEXED BY blobs_name WHERE substr(blobs.name, 1, 6) = substr(?1, 1, 6) AND blobs.name = ?1",
        "SELECT name FROM blobs INDEXED BY blobs_name WHERE substr(name, 1, 6) >= substr(?1, 1, 6) AND name >= ?1",
        "SELECT 1 FROM records r INDEXED BY records_function WHERE 1 AND r.function = 1 AND r.id > 1 ORDER BY r.id",
      ].flatMap((sql) =>
        database
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail)),
      ),
    );
    expect(steps.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([]);
  });
});

describe("a record and its result in one trip", () => {
  const admit = () => true;

  test("are what two trips give, where the result lies in the database", () => {
    const store = sqliteStore({ path: path() });
    for (const [i, [recordSize, resultSize]] of [
      [10, 10],
      [10, 70_000],
      [70_000, 10],
      [70_000, 0],
    ].entries()) {
      const record = sampleBytes(recordSize ?? 0, 1 + i);
      const result = sampleBytes(resultSize ?? 0, 9 + i);
      store.blobs.put(nameOf(i), result);
      store.records.put(nameOf(100 + i), record, indexOf({ result: nameOf(i) }));
      const hit = store.records.hit(nameOf(100 + i), admit, (shown) => {
        expect(Buffer.compare(shown, record)).toBe(0);
        return { name: nameOf(i), admit };
      });
      expect(Buffer.compare(hit?.record ?? bytes, record)).toBe(0);
      // A large one lies in a file, and is got by itself.
      expect(hit?.result === undefined || Buffer.compare(hit.result, result) === 0).toBe(true);
      expect(hit?.result === undefined).toBe((resultSize ?? 0) > 65_536);
    }
    store.close();
  });

  test("a result comes along only where it is the one that the record names", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), sampleBytes(5, 1));
    store.blobs.put(nameOf(2), sampleBytes(6, 2));
    store.records.put(nameOf(3), bytes, indexOf({ result: nameOf(2) }));
    const wanting = (name: string) => store.records.hit(nameOf(3), admit, () => ({ name, admit }))?.result?.length;
    expect([wanting(nameOf(1)), wanting(nameOf(2)), wanting(nameOf(9))]).toEqual([undefined, 6, undefined]);
    store.close();
  });

  test("nothing is given of a record that is absent or refused, nor of a result that is refused", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), bytes);
    store.records.put(nameOf(3), bytes, indexOf({ result: nameOf(1) }));
    const wanted = { name: nameOf(1), admit: () => false };
    expect(store.records.hit(nameOf(4), admit, () => wanted)).toBeUndefined();
    expect(
      store.records.hit(
        nameOf(3),
        () => false,
        () => wanted,
      ),
    ).toBeUndefined();
    expect(store.records.hit(nameOf(3), admit, () => wanted)).toEqual({ record: bytes, result: undefined });
    expect(store.records.hit(nameOf(3), admit, () => undefined)?.result).toBeUndefined();
    store.close();
  });
});
