/** Copying calls from cache to cache. */
import { describe, expect, test } from "vitest";
import { readOnly } from "../../src/caches/read-only.ts";
import { transfer } from "../../src/caches/transfer.ts";
import { fleche } from "../../src/fleche.ts";
import { runSync } from "../../src/flow.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { callsOf } from "../../src/upkeep/calls-of.ts";
import { traceWarnings } from "../engine/kit.ts";
import { counted, countedLater, KEY, opened, openedLater } from "./kit.ts";

const recordsOf = (store: SyncStore): number => [...store.records.list()].length;
const valuesOf = (store: SyncStore): number => [...store.blobs.list()].length;
const damage = (shelf: SyncStore["blobs"] | SyncStore["records"], name: string): void => {
  const bytes = shelf.get(name) as Uint8Array;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  shelf.put(name, bytes, {} as never);
};

/** The entry that a trusted writer makes of a wrong value: sealed in order, under a name that is not its own. */
function forge(store: SyncStore, digest: string, value: unknown, more = { keys: KEY as string | null }): Uint8Array {
  const cache = opened(store, more);
  const calls = callsOf("test", cache);
  runSync(calls.saveValue(calls.encode(digest, value)));
  return store.blobs.get(digest) as Uint8Array;
}

describe("transfer", () => {
  test("copies calls with arguments and results; filter, overwrite and pop", () => {
    const [a, b] = [memoryStore(), memoryStore()];
    const [from, to] = [opened(a), opened(b, { codec: "json" })];
    const [square, other] = [counted(from), counted(from, "other")];
    for (const x of [1, 2]) square.fn(x);
    other.fn(3);
    expect(transfer(from, to, { filter: ({ name }) => name === "square" })).toMatchObject({ transferred: 2, kept: 0 });
    expect([recordsOf(b), valuesOf(b)]).toEqual([2, 4]);
    expect(counted(to).fn.load(2)).toBe(4.5);
    expect(transfer(from, to, { pop: true })).toMatchObject({ transferred: 1, kept: 2, popped: 3 });
    expect(recordsOf(a)).toBe(0);
    square.fn(2);
    expect(transfer(from, to, { overwrite: true })).toMatchObject({ transferred: 1, kept: 0 });
  });
  test("what is refused is counted and stays", () => {
    traceWarnings();
    const a = memoryStore();
    const from = opened(a);
    const { fn } = counted(from);
    for (const x of [1, 2, 3]) fn(x);
    damage(a.records, fn.digest(1));
    from.evict(from.loadRecord(fn.digest(2)).result);
    expect(transfer(from, opened(), { pop: true })).toMatchObject({ transferred: 1, popped: 1, skipped: 1 });
    expect(recordsOf(a)).toBe(2);
  });
  test("launders nothing: without a signature it is not copied to where it would be signed", () => {
    const from = opened();
    counted(from).fn(3);
    const b = memoryStore();
    expect(transfer(from, opened(b, { keys: KEY }))).toMatchObject({ transferred: 0 });
    expect([recordsOf(b), valuesOf(b)]).toEqual([0, 0]);
    expect(transfer(from, opened(memoryStore(), { keys: KEY }), { unverified: true }).transferred).toBe(1);
    const unchecked = memoryStore();
    const lax = opened(unchecked, { checkContent: "never" });
    const { fn } = counted(lax);
    fn(3);
    const { result } = lax.loadRecord(fn.digest(3));
    unchecked.blobs.put(result, forge(memoryStore(), result, 0.25, { keys: null }));
    expect(transfer(lax, opened())).toMatchObject({ transferred: 0, skipped: 1 });
  });
  test("what the other codec cannot carry is counted", () => {
    const from = opened();
    const fn = fleche((x: number) => new Map([[x, x]]), { cache: from, name: "map", version: 1 });
    fn(1);
    expect(transfer(from, opened(memoryStore(), { codec: "json" }))).toMatchObject({ transferred: 0, failed: 1 });
  });
  test("between stores of both kinds", async () => {
    const from = opened();
    counted(from).fn(3);
    const to = openedLater();
    expect(await transfer(from, to)).toMatchObject({ transferred: 1 });
    expect(await countedLater(to).fn.contains(3)).toBe(true);
  });
  test("mistakes are TypeErrors", () => {
    const cache = opened();
    expect(() => transfer(cache, cache)).toThrow(/one/);
    expect(() => transfer(cache, readOnly(opened()))).toThrow(/read-only/);
    expect(() => transfer(readOnly(cache), opened(), { pop: true })).toThrow(/pop/);
    expect(() => transfer(cache, opened(memoryStore(), { numbers: "python" }))).toThrow(/redigest/);
  });
});
