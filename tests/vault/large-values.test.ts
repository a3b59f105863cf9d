import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { digest, fileStore, fleche, memoryStore, openCache, register, valueStorage } from "../../src/index.ts";
import { SCHEME } from "../../src/seal/header.ts";
import { keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { seal } from "../../src/seal/seal.ts";
import { sqliteStore } from "../../src/sqlite.ts";
import type { Admit, Store, SyncStore } from "../../src/store/store.ts";
import { asyncStore } from "./storages.ts";

const KEYS = "0123456789abcdef".repeat(4);
const home = mkdtempSync(join(tmpdir(), "fleche-large-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made = 0;

const STORES: Record<string, () => SyncStore> = {
  memory: () => memoryStore(),
  files: () => fileStore({ root: join(home, `${made++}`) }),
  SQLite: () => sqliteStore({ path: join(home, `${made++}`, "x.db") }),
};

/** Elements that no two places share. */
const large = (count: number, from = 0): Float64Array => Float64Array.from({ length: count }, (_, i) => from + i / 3);
const same = (a: Float64Array, b: Float64Array): boolean => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

/** The same store, whose every read is done later. */
function laterOnly(store: SyncStore): Store {
  const { blobs } = store;
  const getLater = blobs.getLater?.bind(blobs);
  if (getLater === undefined) return asyncStore(store);
  return { ...asyncStore(store), blobs: { ...asyncStore(store).blobs, get: getLater } };
}

describe.each(Object.entries(STORES))("a large array in a store of %s", (_, open) => {
  // Just beyond the head, in a row or a file of its own, in one chunk and in several.
  test.each([520, 8_000, 40_000, 300_001])(
    "comes back in memory of its own, exactly its size: %i numbers",
    async (count) => {
      const store = open();
      const storage = valueStorage({ store, keys: KEYS });
      const value = large(count);
      const name = storage.save(value);
      const later = valueStorage({ store: laterOnly(store), keys: KEYS });
      for (const load of [() => storage.load(name), () => later.load(name)]) {
        const [first, second] = [await load(), await load()] as [Float64Array, Float64Array];
        expect(first).toBeInstanceOf(Float64Array);
        expect([first.byteOffset, first.buffer.byteLength]).toEqual([0, count * 8]);
        expect(same(first, value)).toBe(true);
        first.fill(0);
        expect(same(second, value)).toBe(true);
        expect(same((await load()) as Float64Array, value)).toBe(true);
      }
      // Saved bytes are those from before: what is changed later is no part of them.
      value.fill(7);
      expect(same(storage.load(name) as Float64Array, large(count))).toBe(true);
    },
  );

  test("of no elements, of one, and around the end of the head comes back equal", () => {
    const storage = valueStorage({ store: open(), keys: KEYS });
    for (let length = 3900; length <= 4110; length += 7) {
      const value = Buffer.from(Uint8Array.from({ length }, (_, i) => i % 253));
      const loaded = storage.load(storage.save(value)) as Buffer;
      expect(Buffer.isBuffer(loaded) && loaded.equals(value)).toBe(true);
      expect(loaded.buffer.byteLength).toBe(length);
    }
  });

  test("is refused as any entry is, wherever it was changed, cut or made longer", async () => {
    const store = open();
    const storage = valueStorage({ store, keys: KEYS });
    const name = storage.save(large(200_000));
    const sound = Buffer.from((await store.blobs.get(String(name))) as Uint8Array);
    const expected: [change: (bytes: Buffer) => Uint8Array, reason: string][] = [
      [(bytes) => flipped(bytes, 130), "bad-signature"],
      [(bytes) => flipped(bytes, 40), "bad-signature"],
      // The list of parts, V8's mark, its version, Node's mark, the class, the length, the first and last bytes.
      ...[160, 163, 164, 165, 166, 167, 168, 170, 173, 4095, 4096, 1 << 20, sound.length - 1].map(
        (at): [(bytes: Buffer) => Uint8Array, string] => [(bytes) => flipped(bytes, at), "body-mismatch"],
      ),
      // Another class of as many bytes.
      [(bytes) => Buffer.concat([bytes.subarray(0, 167), Buffer.from([11]), bytes.subarray(168)]), "body-mismatch"],
      [(bytes) => bytes.subarray(0, -1), "truncated"],
      [(bytes) => bytes.subarray(0, 4096), "truncated"],
      [(bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), "trailing-bytes"],
    ];
    const later = valueStorage({ store: laterOnly(store), keys: KEYS });
    for (const [change, reason] of expected) {
      await store.blobs.put(String(name), Uint8Array.from(change(Buffer.from(sound))));
      expect(() => storage.load(name)).toThrow(expect.objectContaining({ reason }));
      await expect(later.load(name)).rejects.toThrow(expect.objectContaining({ reason }));
    }
    await store.blobs.put(String(name), sound);
    expect(same(storage.load(name) as Float64Array, large(200_000))).toBe(true);
  });

  test("that a key's holder sealed with a wrong frame is refused as V8's reader refuses it", async () => {
    const store = open();
    const storage = valueStorage({ store, keys: KEYS });
    const namespaceId = namespaceIdOf("default");
    const signer = keyRing(KEYS).inNamespace(namespaceId);
    const entry = String(digest("a name"));
    // A version of V8 that nobody has.
    const body = Buffer.concat([Buffer.from("00000000ff635c08808002", "hex"), Buffer.alloc(0x8000)]);
    const contents = { kind: 1, codec: 3, scheme: SCHEME.exact, entry, namespaceId, createdMs: 0, signer };
    await store.blobs.put(entry, seal({ ...contents, body }));
    expect(() => storage.load(entry as never)).toThrow(expect.objectContaining({ reason: "decode-failed" }));
  });

  test("without keys is looked at for its content", async () => {
    const store = open();
    const storage = valueStorage({ store, keys: null });
    const [a, b] = [storage.save(large(20_000)), storage.save(large(20_000, 1))];
    expect(same(storage.load(a) as Float64Array, large(20_000))).toBe(true);
    await store.blobs.put(String(a), (await store.blobs.get(String(b))) as Uint8Array);
    expect(() => storage.load(a)).toThrow(expect.objectContaining({ reason: "wrong-entry" }));
    const forged = seal({
      kind: 1,
      codec: 3,
      scheme: SCHEME.exact,
      entry: String(a),
      namespaceId: namespaceIdOf("default"),
      body: ((await store.blobs.get(String(b))) as Uint8Array).slice(160),
      createdMs: 0,
    });
    await store.blobs.put(String(a), forged);
    expect(() => storage.load(a)).toThrow(expect.objectContaining({ reason: "content-mismatch" }));
  });

  test("as a part: two that are equal share no memory, one that is met twice is one", () => {
    const storage = valueStorage({ store: open(), keys: KEYS });
    const twice = large(30_000);
    const name = storage.save({ a: large(20_000), b: large(20_000), c: twice, d: twice });
    const loaded = storage.load(name) as Record<"a" | "b" | "c" | "d", Float64Array>;
    expect(loaded.c).toBe(loaded.d);
    loaded.a.fill(0);
    expect(same(loaded.b, large(20_000))).toBe(true);
    expect(loaded.b.buffer.byteLength).toBe(160_000);
  });

  test("kept in memory is copied for everybody", () => {
    const cache = openCache({ store: open(), secretKey: KEYS, keepVerifiedBytes: 10_000_000 });
    const name = cache.save({ samples: large(20_000) });
    const [first, second] = [cache.load(name), cache.load(name)] as { samples: Float64Array }[];
    first?.samples.fill(0);
    expect(same(second?.samples as Float64Array, large(20_000))).toBe(true);
    expect(same((cache.load(name) as { samples: Float64Array }).samples, large(20_000))).toBe(true);
  });

  test("is a hit of a synchronous function, and one of an asynchronous one", async () => {
    const cache = openCache({ store: open(), secretKey: KEYS });
    let runs = 0;
    const make = fleche((count: number) => large(count, ++runs), { cache, name: "make", version: 1 });
    const later = fleche(async (count: number) => large(count, ++runs), { cache, name: "later", version: 1 });
    const [first, promised] = [make(300_000), await later(300_000)];
    expect(same(make(300_000), first)).toBe(true);
    const hits = await Promise.all([later(300_000), later(300_000)]);
    for (const hit of hits) expect(same(hit, promised)).toBe(true);
    expect(hits[0]).not.toBe(hits[1]);
    expect(runs).toBe(2);
  });
});

test("a class whose decode changes what it is given changes no other part", () => {
  class Sorted {
    readonly numbers: Float64Array;
    constructor(numbers: Float64Array) {
      this.numbers = numbers;
    }
  }
  register(Sorted, {
    name: "test.Sorted",
    encode: ({ numbers }) => numbers,
    decode: (numbers) => new Sorted(numbers.fill(-1)),
  });
  const storage = valueStorage({ store: memoryStore(), keys: KEYS });
  const name = storage.save([new Sorted(large(20_000)), large(20_000), new Sorted(large(20_000)), large(20_000)]);
  const [, b, , d] = storage.load(name) as [Sorted, Float64Array, Sorted, Float64Array];
  expect(same(b, large(20_000))).toBe(true);
  expect(same(d, large(20_000))).toBe(true);
});

test("an asynchronous hit of a file that is gone, or another, by the time that it is read is a miss with the reason", async () => {
  const root = join(home, `${made++}`);
  const store = fileStore({ root });
  const name = String(valueStorage({ store, keys: KEYS }).save(large(200_000)));
  const path = join(root, "values", name.slice(0, 2), name.slice(2));
  const sound = readFileSync(path);
  for (const [act, reason] of [
    [() => rmSync(path), "absent"],
    [() => writeFileSync(path, flipped(Buffer.from(sound), 130)), "bad-signature"],
    [() => writeFileSync(path, sound.subarray(0, 200)), "truncated"],
  ] as const) {
    writeFileSync(path, sound);
    const { blobs } = store;
    const getLater: NonNullable<Store["blobs"]["getLater"]> = (...args) => {
      act();
      return blobs.getLater?.(...args) ?? Promise.reject(new Error("it cannot"));
    };
    // What an asynchronous function does, without the function.
    const later = valueStorage({
      store: { ...store, sync: false, blobs: { ...blobs, getLater } } as Store,
      keys: KEYS,
    });
    await expect(later.load(name)).rejects.toThrow(expect.objectContaining({ reason }));
  }
});

test("a file that is cut while it is read is truncated, however it is read", async () => {
  const root = join(home, `${made++}`);
  const store = fileStore({ root });
  const name = String(valueStorage({ store, keys: KEYS }).save(large(400_000)));
  const path = join(root, "values", name.slice(0, 2), name.slice(2));
  const sound = readFileSync(path);
  /** Cuts the file once its head was believed. */
  const cutting = (admit: Admit | undefined, left: number): Admit => {
    return (head, size) => {
      const verdict = admit?.(head, size) ?? true;
      if (verdict !== false) truncateSync(path, left);
      return verdict;
    };
  };
  const { blobs } = store;
  for (const left of [100, 4096, 5000, 2_000_000]) {
    const get: SyncStore["blobs"]["get"] = (entry, admit, room) => blobs.get(entry, cutting(admit, left), room);
    const getLater: Store["blobs"]["getLater"] = (entry, admit, room) =>
      blobs.getLater?.(entry, cutting(admit, left), room) ?? Promise.reject(new Error("it cannot"));
    writeFileSync(path, sound);
    const cutNow = { ...store, blobs: { ...blobs, get } };
    expect(() => valueStorage({ store: cutNow, keys: KEYS }).load(name)).toThrow(
      expect.objectContaining({ reason: "truncated" }),
    );
    writeFileSync(path, sound);
    const cutLater = { ...store, sync: false, blobs: { ...blobs, getLater } } as Store;
    await expect(valueStorage({ store: cutLater, keys: KEYS }).load(name)).rejects.toThrow(
      expect.objectContaining({ reason: "truncated" }),
    );
  }
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}
