/** Conformance: what a store of records may have and may lack: times of use, both entries in one trip, the order of time. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RecordStore, Store, TimeFilter } from "../../store/store.ts";
import { gathered, thrownBy } from "../runner.ts";
import { indexOf, nameOf, sampleBytes, WRONG_NAMES } from "../samples.ts";
import { onStore, type StoreCase } from "./case.ts";
import { assertBytes } from "./entries.ts";

/** A case for stores whose records can do this; others pass. */
function whereRecords<K extends "usedMs" | "hit" | "findByTime">(
  ability: K,
  title: string,
  run: (records: RecordStore & Required<Pick<RecordStore, K | "noteUse">>, store: Store) => Promise<void>,
): StoreCase {
  return onStore(title, async (store) => {
    if (store.records[ability] === undefined) return;
    await run(store.records as RecordStore & Required<Pick<RecordStore, K | "noteUse">>, store);
  });
}

/** File systems keep times a little coarser than the clock, and clocks are set. */
function assertNow(ms: number | undefined, what: string): void {
  ok(ms !== undefined && Math.abs(ms - Date.now()) < 10_000, `${what}: ${ms} is not about now, ${Date.now()}`);
}

const LONG_AGO = 1_600_000_000_000;

const USE_CASES: readonly StoreCase[] = [
  onStore(
    "usedMs and noteUse: a store has both or neither",
    async ({ records }) => {
      strictEqual(typeof records.usedMs, typeof records.noteUse);
    },
    true,
  ),
  whereRecords("usedMs", "usedMs is the time of the put, and undefined of what is absent", async (records) => {
    strictEqual(await records.usedMs(nameOf(1)), undefined);
    // The time of the call is another matter: it may have been made elsewhere, years ago.
    await records.put(nameOf(1), sampleBytes(10), indexOf({ startedMs: 5 }));
    assertNow(await records.usedMs(nameOf(1)), "usedMs");
    strictEqual(await records.usedMs(nameOf(2)), undefined);
  }),
  whereRecords("usedMs", "usedMs is what noteUse said last, later or earlier, to the millisecond", async (records) => {
    for (const i of [1, 2]) await records.put(nameOf(i), sampleBytes(10), indexOf());
    for (const time of [LONG_AGO, LONG_AGO + 60_001, LONG_AGO - 1]) {
      await records.noteUse(nameOf(1), time);
      strictEqual(Math.round((await records.usedMs(nameOf(1))) ?? 0), time);
    }
    assertNow(await records.usedMs(nameOf(2)), "usedMs of another record");
  }),
  whereRecords("usedMs", "noteUse changes nothing but the time of use", async (records) => {
    await records.put(nameOf(1), sampleBytes(10, 1), indexOf({ tags: ["kept"] }));
    await records.noteUse(nameOf(1), LONG_AGO);
    assertBytes(await records.get(nameOf(1)), sampleBytes(10, 1), "the record");
    ok((await gathered(records.find({ tags: ["kept"] }))).includes(nameOf(1)), "it is not found any more");
  }),
  whereRecords("usedMs", "noteUse of what is absent makes nothing", async (records) => {
    await records.noteUse(nameOf(1), LONG_AGO);
    strictEqual(await records.get(nameOf(1)), undefined);
    strictEqual(await records.usedMs(nameOf(1)), undefined);
    deepStrictEqual(await gathered(records.list()), []);
  }),
  whereRecords("usedMs", "a record that is put again was used just now", async (records) => {
    await records.put(nameOf(1), sampleBytes(10), indexOf());
    await records.noteUse(nameOf(1), LONG_AGO);
    await records.put(nameOf(1), sampleBytes(10), indexOf());
    assertNow(await records.usedMs(nameOf(1)), "after a second put");
    await records.noteUse(nameOf(1), LONG_AGO);
    await records.delete(nameOf(1));
    strictEqual(await records.usedMs(nameOf(1)), undefined);
    await records.put(nameOf(1), sampleBytes(10), indexOf());
    assertNow(await records.usedMs(nameOf(1)), "after it was removed and put again");
  }),
  whereRecords("usedMs", "usedMs and noteUse throw a TypeError for what is no name", async (records) => {
    for (const [what, name] of WRONG_NAMES) {
      ok((await thrownBy(() => records.usedMs(name))) instanceof TypeError, `usedMs: ${what}`);
      ok((await thrownBy(() => records.noteUse(name, LONG_AGO))) instanceof TypeError, `noteUse: ${what}`);
    }
  }),
];

const HIT_CASES: readonly StoreCase[] = [
  whereRecords(
    "hit",
    "hit gives the record that get gives, and the blob that it names or nothing",
    async (records, store) => {
      const sizes = [10, 0, 5000, 70_000, 1_500_000];
      for (const [i, size] of sizes.entries()) {
        await store.blobs.put(nameOf(i), sampleBytes(size, i));
        for (const [j, recordSize] of sizes.entries()) {
          const name = nameOf(100 + 10 * i + j);
          await records.put(name, sampleBytes(recordSize, j + 50), indexOf({ result: nameOf(i) }));
          let shown = 0;
          const [record, result] = [watched(), watched()];
          const hit = await records.hit(name, record.admit, (bytes) => {
            shown++;
            assertBytes(bytes, sampleBytes(recordSize, j + 50), "what wanted is shown");
            strictEqual(record.seen(), recordSize, "bytes that the record's sink was shown before");
            return { name: nameOf(i), admit: result.admit };
          });
          strictEqual(shown, 1, "how often wanted was asked");
          assertBytes(hit?.record, sampleBytes(recordSize, j + 50), "the record");
          if (hit?.result === undefined) continue;
          assertBytes(hit.result, sampleBytes(size, i), "the blob");
          strictEqual(result.seen(), size, "bytes that the blob's sink was shown");
        }
      }
    },
  ),
  whereRecords("hit", "hit goes by what the record says, not by its index", async (records, store) => {
    for (const i of [1, 2]) await store.blobs.put(nameOf(i), sampleBytes(10, i));
    await records.put(nameOf(3), sampleBytes(10), indexOf({ result: nameOf(2) }));
    for (const [i, wanted] of [nameOf(1), nameOf(2), nameOf(9)].entries()) {
      const hit = await records.hit(
        nameOf(3),
        () => true,
        () => ({ name: wanted, admit: () => true }),
      );
      if (hit?.result !== undefined) assertBytes(hit.result, sampleBytes(10, i + 1), "the blob");
    }
  }),
  whereRecords("hit", "hit gives nothing of what is absent or refused", async (records, store) => {
    const refusing = () => false;
    const admitting = () => true;
    let asked = 0;
    const wanted = (admit: () => boolean) => () => {
      asked++;
      return { name: nameOf(1), admit };
    };
    await store.blobs.put(nameOf(1), sampleBytes(10));
    await records.put(nameOf(2), sampleBytes(10), indexOf({ result: nameOf(1) }));
    strictEqual(await records.hit(nameOf(9), admitting, wanted(admitting)), undefined, "an absent record");
    strictEqual(await records.hit(nameOf(2), refusing, wanted(admitting)), undefined, "a refused record");
    strictEqual(asked, 0, "how often wanted was asked about a record that there is none of");
    const refused = await records.hit(nameOf(2), admitting, wanted(refusing));
    strictEqual(refused?.result, undefined, "a refused blob");
    strictEqual((await records.hit(nameOf(2), admitting, () => undefined))?.result, undefined, "a blob not asked for");
    for (const [what, name] of WRONG_NAMES) {
      const error = await thrownBy(() => records.hit(name, admitting, wanted(admitting)));
      ok(error instanceof TypeError, `hit: ${what}`);
    }
  }),
];

/** An `admit` that counts what its sink is shown. */
function watched() {
  let bytes = 0;
  const sink = (chunk: Uint8Array): void => {
    bytes += chunk.length;
  };
  return { admit: () => sink, seen: () => bytes };
}

const TIME_CASES: readonly StoreCase[] = [
  whereRecords("findByTime", "findByTime gives what matches in the order of time, each once", async (records) => {
    const many = 300;
    const timeOf = (i: number): number => (i * 7919) % many;
    for (let i = 0; i < many; i++) {
      await records.put(
        nameOf(i),
        sampleBytes(5),
        indexOf({ name: i % 2 === 0 ? "even" : "odd", startedMs: timeOf(i) }),
      );
    }
    const filters: [TimeFilter, (i: number) => boolean][] = [
      [{}, () => true],
      [{ name: "odd" }, (i) => i % 2 === 1],
      [{ name: "neither" }, () => false],
      [{ sinceMs: 20, untilMs: 290 }, (i) => timeOf(i) >= 20 && timeOf(i) < 290],
      [{ name: "even", untilMs: 30 }, (i) => i % 2 === 0 && timeOf(i) < 30],
    ];
    for (const [filter, isWanted] of filters) {
      const expected = Array.from({ length: many }, (_, i) => i)
        .filter(isWanted)
        .sort((a, b) => timeOf(a) - timeOf(b))
        .map(nameOf);
      const what = JSON.stringify(filter);
      deepStrictEqual(await gathered(records.findByTime(filter, "earliest")), expected, `${what}, earliest first`);
      deepStrictEqual(
        await gathered(records.findByTime(filter, "latest")),
        expected.reverse(),
        `${what}, latest first`,
      );
    }
  }),
];

/** A case for stores that put several entries in one trip; others pass. */
function whereBatches(
  title: string,
  run: (store: Store, batch: NonNullable<Store["batch"]>) => Promise<void>,
): StoreCase {
  return onStore(title, async (store) => {
    if (store.batch !== undefined) await run(store, store.batch.bind(store));
  });
}

const BATCH_CASES: readonly StoreCase[] = [
  whereBatches("batch puts all that was put in it, of any size, and gives what its work gave", async (store, batch) => {
    ok(store.sync, "a store that is not synchronous has no batch");
    const sizes = [10, 0, 70_000, 1_500_000];
    await store.blobs.put(nameOf(0), sampleBytes(100_000, 9));
    const given = batch(() => {
      for (const [i, size] of sizes.entries()) void store.blobs.put(nameOf(i), sampleBytes(size, i));
      void store.records.put(nameOf(7), sampleBytes(20), indexOf({ tags: ["batch"] }));
      void store.records.put(nameOf(8), sampleBytes(30), indexOf({ tags: ["batch"] }));
      return batch(() => "given");
    });
    strictEqual(given, "given");
    for (const [i, size] of sizes.entries()) {
      assertBytes(await store.blobs.get(nameOf(i)), sampleBytes(size, i), `the blob of ${size} bytes`);
    }
    for (const i of [7, 8]) {
      ok((await store.records.get(nameOf(i))) !== undefined, "a record is missing");
      ok((await gathered(store.records.find({ tags: ["batch"] }))).includes(nameOf(i)), "a record is not found");
    }
  }),
  whereBatches("batch puts what is put twice in the order of the puts", async (store, batch) => {
    for (const size of [10, 100_000]) {
      batch(() => {
        for (const seed of [1, 2]) void store.blobs.put(nameOf(size), sampleBytes(size, seed));
      });
      assertBytes(await store.blobs.get(nameOf(size)), sampleBytes(size, 2), `the blob of ${size} bytes`);
    }
  }),
  whereBatches("batch puts nothing where its work throws, and what comes after is put", async (store, batch) => {
    const failure = new Error("the work's own");
    await store.blobs.put(nameOf(1), sampleBytes(10, 1));
    const thrown = await thrownBy(() =>
      batch(() => {
        void store.blobs.put(nameOf(1), sampleBytes(10, 2));
        void store.blobs.put(nameOf(2), sampleBytes(100_000));
        void store.records.put(nameOf(3), sampleBytes(10), indexOf());
        throw failure;
      }),
    );
    strictEqual(thrown, failure);
    assertBytes(await store.blobs.get(nameOf(1)), sampleBytes(10, 1), "the entry that was there");
    strictEqual(await store.blobs.get(nameOf(2)), undefined, "the large blob");
    strictEqual(await store.records.get(nameOf(3)), undefined, "the record");
    await store.blobs.put(nameOf(2), sampleBytes(10, 5));
    assertBytes(await store.blobs.get(nameOf(2)), sampleBytes(10, 5), "what was put later");
  }),
];

export const ABILITY_CASES: readonly StoreCase[] = [...USE_CASES, ...HIT_CASES, ...TIME_CASES, ...BATCH_CASES];
