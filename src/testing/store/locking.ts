/** Conformance: locks, of stores that have them. A store without them passes: then processes run a call side by side. */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { HeldLock, Store, TakenLock } from "../../store/store.ts";
import { gathered, thrownBy } from "../runner.ts";
import { NO_NAMES, nameOf, WRONG_NAMES } from "../samples.ts";
import { onStore, type StoreCase } from "./case.ts";

type Take = (name: string) => Promise<HeldLock | TakenLock>;

function onLocks(title: string, run: (take: Take, store: Store) => Promise<void>): StoreCase {
  return onStore(
    `lock: ${title}`,
    async (store: Store) => {
      const { lock } = store;
      if (lock !== undefined) await run(async (name) => lock.call(store, name), store);
    },
    true,
  );
}

async function held(take: Take, name: string): Promise<HeldLock> {
  const attempt = await take(name);
  ok(attempt.held, "a lock that is free was not given");
  return attempt;
}

async function taken(take: Take, name: string): Promise<TakenLock> {
  const attempt = await take(name);
  ok(!attempt.held, "a lock was given to two at once");
  return attempt;
}

export const LOCK_CASES: readonly StoreCase[] = [
  onLocks("is given to one at a time, and again once it is given back", async (take) => {
    for (let i = 0; i < 3; i++) {
      const lock = await held(take, nameOf(1));
      for (let j = 0; j < 3; j++) await taken(take, nameOf(1));
      await lock.release();
    }
  }),
  onLocks("of many that ask at once one gets it", async (take) => {
    const attempts = await Promise.all(Array.from({ length: 20 }, () => take(nameOf(1))));
    strictEqual(attempts.filter((attempt) => attempt.held).length, 1);
  }),
  onLocks("of one name is no obstacle to another", async (take) => {
    const locks = await Promise.all([1, 2, 3].map((i) => held(take, nameOf(i))));
    strictEqual(new Set(locks.map(({ id }) => id)).size, 3);
    await locks[1]?.release();
    await held(take, nameOf(2));
    await taken(take, nameOf(1));
    await taken(take, nameOf(3));
  }),
  onLocks("tells by whom it is held", async (take) => {
    const lock = await held(take, nameOf(1));
    const other = await taken(take, nameOf(1));
    strictEqual(other.id, lock.id);
    strictEqual(other.inherited, false);
    strictEqual(other.ours, true);
    ok(other.holder.length > 0, "nobody is told who has it");
  }),
  onLocks("that was given back is another one when it is taken again", async (take) => {
    const first = await held(take, nameOf(1));
    await first.release();
    const second = await held(take, nameOf(1));
    notStrictEqual(second.id, first.id);
  }),
  onLocks("given back twice is not taken from who has it then", async (take) => {
    const first = await held(take, nameOf(1));
    await first.release();
    await held(take, nameOf(1));
    await first.release();
    await taken(take, nameOf(1));
  }),
  onLocks("tells what its holder waits for, as it was told last", async (take) => {
    const lock = await held(take, nameOf(1));
    const awaited = await held(take, nameOf(2));
    const other = await taken(take, nameOf(1));
    deepStrictEqual([...(await other.waits())], []);
    await lock.noteWaits([awaited.id]);
    deepStrictEqual([...(await other.waits())], [awaited.id]);
    await lock.noteWaits([]);
    deepStrictEqual([...(await other.waits())], []);
  }),
  onLocks("is no entry", async (take, store) => {
    await held(take, nameOf(1));
    for (const shelf of [store.blobs, store.records]) {
      strictEqual(await shelf.get(nameOf(1)), undefined);
      deepStrictEqual(await gathered(shelf.list()), []);
    }
  }),
  onLocks("has the name of an entry; any other is a TypeError", async (take) => {
    for (const [what, name] of WRONG_NAMES) ok((await thrownBy(() => take(name))) instanceof TypeError, what);
    for (const name of NO_NAMES) ok((await thrownBy(() => take(name as string))) instanceof TypeError, typeof name);
  }),
];
