/** Verified entries that are kept in memory: what is served from there, what is not, and when it is forgotten. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cache, fileStore, fleche, gc, memoryStore, openCache, SignatureError, verify } from "fleche";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SyncStore } from "../../src/store/store.ts";

const secretKey = "0123456789abcdef".repeat(4);

/** A memory store that counts what is read from it. */
function counted(): { store: SyncStore; reads: () => number } {
  const store = memoryStore();
  let reads = 0;
  const counting = <S extends SyncStore["blobs"] | SyncStore["records"]>(shelf: S): S => ({
    ...shelf,
    get(name: string, admit?: Parameters<S["get"]>[1]) {
      reads++;
      return shelf.get(name, admit);
    },
  });
  return { store: { ...store, blobs: counting(store.blobs), records: counting(store.records) }, reads: () => reads };
}

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

describe("a cache that keeps verified bytes", () => {
  const setUp = (keepVerifiedBytes: number, keys: string | null = secretKey) => {
    const { store, reads } = counted();
    const cache = openCache({ store, keys, keepVerifiedBytes });
    let runs = 0;
    const make = fleche((x: number) => ({ x, run: ++runs, list: [1, 2, 3] }), {
      cache,
      name: "make",
      version: 1,
      module: null,
    });
    return { store, cache, make, reads, runs: () => runs };
  };

  test("serves the second hit without reading the store, with a value of its own", () => {
    const { make, reads } = setUp(1e6);
    make(1);
    const first = make(1);
    const before = reads();
    first.list.push(4);
    expect(make(1)).toEqual({ x: 1, run: 1, list: [1, 2, 3] });
    expect(make(1)).not.toBe(make(1));
    expect(reads()).toBe(before);
  });
  test("reads every time where it keeps nothing, or where nobody signs", () => {
    for (const { make, reads } of [setUp(0), setUp(1e6, null)]) {
      make(1);
      make(1);
      const before = reads();
      make(1);
      expect(reads()).toBe(before + 2);
    }
  });
  test("keeps no more than its bytes, the least recently used go first", () => {
    // A record takes more than a thousand bytes of these, a result more than five hundred.
    const { make, reads } = setUp(5_000);
    for (const x of [1, 2, 3, 4, 5, 6]) make(x);
    for (const x of [1, 2, 3, 4, 5, 6]) make(x);
    let before = reads();
    make(6);
    expect(reads()).toBe(before);
    before = reads();
    make(1);
    expect(reads()).toBe(before + 2);
  });
  test("forgets what it writes and removes itself: rerun, evict, gc", () => {
    const { cache, make, runs } = setUp(1e6);
    make(1);
    make(1);
    expect(make.rerun(1).run).toBe(2);
    expect(make(1).run).toBe(2);
    make.evict(1);
    expect(make(1).run).toBe(3);
    make(1);
    make.evict(1);
    const digest = cache.save("kept");
    expect(cache.load(digest)).toBe("kept");
    gc(cache, { grace: 0 });
    expect(() => cache.load(digest)).toThrow("no entry");
    expect(runs()).toBe(3);
  });
  test("saves again what others have removed from the store, though it is kept here", () => {
    const { store, cache } = setUp(1e6);
    const digest = cache.save([1, 2]);
    cache.load(digest);
    store.blobs.delete(String(digest));
    expect(cache.load(digest)).toEqual([1, 2]);
    cache.save([1, 2]);
    expect(store.blobs.has(String(digest))).toBe(true);
  });
  test("shows upkeep what lies in the store, and never keeps what was refused", () => {
    const root = mkdtempSync(join(tmpdir(), "kept-"));
    const open = (): Cache => openCache({ store: fileStore({ root }), secretKey, keepVerifiedBytes: 1e6 });
    const cache = open();
    const digest = cache.save("hello");
    cache.load(digest);
    const [shard = ""] = readdirSync(join(root, "values"));
    const [name = ""] = readdirSync(join(root, "values", shard));
    const path = join(root, "values", shard, name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    expect(verify(cache).bad).toHaveLength(1);
    const other = open();
    for (let i = 0; i < 3; i++) expect(() => other.load(digest)).toThrow(SignatureError);
  });
  test("keeps nothing of a body that its reader may change", () => {
    const { store } = counted();
    const cache = openCache({ store, secretKey, codec: "bytes", keepVerifiedBytes: 1e6 });
    const digest = cache.save(Buffer.from("abc"));
    for (let i = 0; i < 3; i++) {
      const loaded = cache.load(digest) as Buffer;
      expect(loaded.toString()).toBe("abc");
      loaded.fill(0);
    }
  });
  test("does not keep what was read while it was replaced", async () => {
    const store = memoryStore();
    let gate: Promise<void> | undefined;
    const later = <S extends SyncStore["blobs"] | SyncStore["records"]>(shelf: S) => ({
      ...shelf,
      async get(name: string, admit?: Parameters<S["get"]>[1]) {
        const bytes = shelf.get(name, admit);
        await gate;
        return bytes;
      },
    });
    const slow = { ...store, sync: false, blobs: store.blobs, records: later(store.records) };
    const cache = openCache({ store: slow, secretKey, keepVerifiedBytes: 1e6 });
    let runs = 0;
    const make = fleche(async (x: number) => ({ x, run: ++runs }), { cache, name: "make", version: 1, module: null });
    await make(1);
    let open = (): void => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const old = make(1);
    gate = undefined;
    expect((await make.rerun(1)).run).toBe(2);
    open();
    expect((await old).run).toBe(1);
    expect((await make(1)).run).toBe(2);
  });
  test("refuses a number of bytes that is none", () => {
    for (const keepVerifiedBytes of [-1, 1.5, Number.NaN, "1" as never]) {
      expect(() => openCache({ store: memoryStore(), keys: null, keepVerifiedBytes })).toThrow("keepVerifiedBytes");
    }
  });
});
