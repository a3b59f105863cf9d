/** Status of keys, reseal, eviction by key id: over stores of every kind, and what happens between looking and putting. */
import { describe, expect, test } from "vitest";
import { type Cache, openCache } from "../../src/cache.ts";
import { readOnly } from "../../src/caches/read-only.ts";
import { stack } from "../../src/caches/stack.ts";
import { jsonCodec } from "../../src/codec/json.ts";
import { StoreError } from "../../src/errors.ts";
import { fleche } from "../../src/fleche.ts";
import { readHeader } from "../../src/seal/header.ts";
import { keyRing } from "../../src/seal/key-ring.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { sqliteStore } from "../../src/store/sqlite/sqlite.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { evictByKey } from "../../src/upkeep/evict-by-key.ts";
import { keyStatus } from "../../src/upkeep/key-status.ts";
import { reseal } from "../../src/upkeep/reseal.ts";
import { verify } from "../../src/upkeep/verify.ts";
import { folder } from "../caches/kit.ts";
import { asyncStore } from "../conformance/async-store.ts";

const [OLD, NEW, THIRD] = ["0123456789abcdef", "fedcba9876543210", "00ff11ee22dd33cc"].map((text) =>
  text.repeat(4),
) as [string, string, string];
const [OLD_ID, NEW_ID, THIRD_ID] = [OLD, NEW, THIRD].map((key) => keyRing(key).keyIds[0] ?? "") as [
  string,
  string,
  string,
];

/** A store that can neither replace an entry nor tell of its use, as one from before. */
function withoutReplace(store: SyncStore): SyncStore {
  const { replace: _, ...blobs } = store.blobs;
  const { replace: __, usedMs: ___, noteUse: ____, ...records } = store.records;
  return { ...store, blobs, records };
}

/** The same, but telling of uses. */
function withoutReplaceOnly(store: SyncStore): SyncStore {
  const { replace: _, ...blobs } = store.blobs;
  const { replace: __, ...records } = store.records;
  return { ...store, blobs, records };
}

const STORES: readonly (readonly [kind: string, open: () => SyncStore])[] = [
  ["memory", memoryStore],
  ["files", () => fileStore({ root: folder() })],
  ["SQLite", () => sqliteStore({ path: `${folder()}/cache.db` })],
  ["a store that cannot replace", () => withoutReplace(memoryStore())],
  ["a database that cannot replace", () => withoutReplaceOnly(sqliteStore({ path: `${folder()}/cache.db` }))],
];

/** Some calls: small results, a large one with parts, compressed ones. */
function fill(cache: Cache, from = 0, to = 6): void {
  const small = fleche((x: number) => ({ x, half: x / 2 }), { cache, name: "small", version: 1 });
  const large = fleche((x: number) => ({ x, text: "y".repeat(200_000) + x }), { cache, name: "large", version: 1 });
  for (let x = from; x < to; x++) small(x);
  large(from);
}

describe.each(STORES)("on %s", (_, open) => {
  test("what the old key signed is signed by the new one, as it was", () => {
    const store = open();
    fill(openCache({ store, keys: OLD, compress: true }));
    const before = new Map([...store.blobs.list()].map((name) => [name, Buffer.from(store.blobs.get(name) ?? [])]));
    /** When each record was used; file systems keep a fraction of what Node tells. */
    const uses = () => [...store.records.list()].map((name) => [name, Math.round(store.records.usedMs?.(name) ?? 0)]);
    const used = uses();
    const cache = openCache({ store, keys: `${NEW}:${OLD}` });
    const entries = before.size + used.length;
    expect(keyStatus(cache).keys).toEqual([
      { keyId: NEW_ID, role: "signs", records: 0, values: 0, refused: 0 },
      { keyId: OLD_ID, role: "verifies", records: used.length, values: before.size, refused: 0 },
    ]);
    const done = { resealed: entries, already: 0, otherKeys: 0, changed: 0, refused: {}, bad: [] };
    expect(reseal(cache, { from: OLD, to: NEW, dryRun: true })).toEqual(done);
    expect(keyStatus(cache).keys[0]?.values).toBe(0);
    expect(reseal(cache, { from: keyRing(`${NEW}:${OLD}`), to: keyRing(NEW) })).toEqual(done);
    for (const [name, bytes] of before) {
      const now = Buffer.from(store.blobs.get(name) ?? []);
      // Only who signed has changed: the body, and when it was made, are the same bytes.
      expect(now.subarray(160).equals(bytes.subarray(160))).toBe(true);
      expect(now.subarray(0, 120).equals(bytes.subarray(0, 120))).toBe(true);
      expect(readHeader(now).keyId).toBe(NEW_ID.slice(3));
    }
    expect(uses()).toEqual(used);
    const after = openCache({ store, keys: NEW });
    expect(verify(after, { contents: true }).ok).toBe(true);
    expect(after.query({ name: "small", arguments: { x: 3 } }).count()).toBe(1);
    expect(keyStatus(after)).toEqual({
      keys: [{ keyId: NEW_ID, role: "signs", records: used.length, values: before.size, refused: 0 }],
      refused: {},
    });
    expect(reseal(after, { from: OLD, to: NEW })).toEqual({ ...done, resealed: 0, already: entries });
    store.close();
  });

  test("a record that was replaced after it was looked at is not lost", () => {
    const store = open();
    const square = fleche((x: number) => x * x, { name: "square", version: 1 });
    const old = square.with({ cache: openCache({ store, keys: OLD }) });
    const now = square.with({ cache: openCache({ store, keys: `${NEW}:${OLD}` }) });
    old(3);
    const name = old.digest(3);
    let times = 0;
    let newer: Uint8Array = Buffer.alloc(0);
    /** Somebody runs the call again, whenever its record was read to its end and before it is put. */
    const beside: SyncStore = {
      ...store,
      records: {
        ...store.records,
        get(entry, admit) {
          const bytes = store.records.get(entry, admit);
          if (bytes !== undefined && entry === name && times++ === 0) {
            now.rerun(3);
            newer = store.records.get(name) as Uint8Array;
          }
          return bytes;
        },
      },
    };
    const result = reseal(openCache({ store: beside, keys: null }), { from: OLD, to: NEW });
    expect(result).toMatchObject({ resealed: 2, already: 1, changed: 0, refused: {} });
    expect(newer.length).toBeGreaterThan(160);
    expect(store.records.get(name)).toEqual(newer);
    expect(readHeader(newer).keyId).toBe(NEW_ID.slice(3));
    store.close();
  });

  test("what a key signed goes, by its id alone; all else stays", () => {
    const store = open();
    fill(openCache({ store, keys: OLD }), 0, 4);
    fill(openCache({ store, keys: NEW }), 10, 13);
    const cache = openCache({ store, keys: NEW });
    const { records, values } = keyStatus(cache).keys[0] ?? { records: 0, values: 0 };
    const refused = keyStatus(cache).keys[1]?.refused ?? 0;
    const gone = evictByKey(cache, OLD_ID);
    expect(gone.records).toBe(5);
    expect(gone.records + gone.values).toBe(refused);
    expect(keyStatus(cache)).toEqual({
      keys: [{ keyId: NEW_ID, role: "signs", records, values, refused: 0 }],
      refused: {},
    });
    expect(verify(cache).ok).toBe(true);
    expect(evictByKey(cache, OLD_ID)).toEqual({ records: 0, values: 0, unreadable: 0 });
    store.close();
  });
});

test("the same on a store that answers later", async () => {
  const store = memoryStore();
  fill(openCache({ store, keys: OLD }));
  const cache = openCache({ store: asyncStore(store), keys: NEW });
  const entries = (await keyStatus(cache)).keys[1]?.refused ?? 0;
  expect((await reseal(cache, { from: OLD, to: NEW })).resealed).toBe(entries);
  expect(verify(openCache({ store, keys: NEW }), { contents: true }).ok).toBe(true);
  const { records, values } = await evictByKey(cache, NEW_ID);
  expect(records + values).toBe(entries);
});

describe("reseal", () => {
  test("of a stack signs in every store that can be written, and in no other", () => {
    const [near, far] = [memoryStore(), memoryStore()];
    for (const store of [near, far]) fill(openCache({ store, keys: OLD }), 0, 2);
    const both = stack([openCache({ store: near, keys: NEW }), readOnly(openCache({ store: far, keys: NEW }))]);
    reseal(both, { from: OLD, to: NEW });
    expect(verify(openCache({ store: near, keys: NEW })).ok).toBe(true);
    expect(verify(openCache({ store: far, keys: OLD })).ok).toBe(true);
    expect(() => reseal(readOnly(openCache({ store: far })), { from: OLD, to: NEW })).toThrow(TypeError);
    expect(() => evictByKey(readOnly(openCache({ store: far })), OLD_ID)).toThrow(TypeError);
  });

  test("leaves entries under keys that are in neither ring, and counts them", () => {
    const store = memoryStore();
    fill(openCache({ store, keys: THIRD }), 0, 3);
    const cache = openCache({ store, keys: NEW });
    const entries = keyStatus(cache).keys[1]?.refused;
    expect(reseal(cache, { from: OLD, to: NEW })).toMatchObject({ resealed: 0, otherKeys: entries, refused: {} });
    expect(keyStatus(cache).keys[1]).toMatchObject({ keyId: THIRD_ID, role: "unknown", refused: entries });
  });

  test("of what the new key has signed already no more than the head is read", () => {
    const store = memoryStore();
    openCache({ store, keys: NEW }).save("x".repeat(10_000));
    const verdicts: unknown[] = [];
    const watched: SyncStore = {
      ...store,
      blobs: {
        ...store.blobs,
        get: (entry, admit) =>
          store.blobs.get(entry, (head, ...more) => {
            const verdict = admit?.(head, ...more) ?? true;
            verdicts.push(verdict);
            return verdict;
          }),
      },
    };
    const result = reseal(openCache({ store: watched, keys: null }), { from: OLD, to: NEW });
    expect(result).toMatchObject({ resealed: 0, already: 1, refused: {} });
    expect(verdicts).toEqual([false]);
  });

  test("of what only names the new key says that it does not hold, and not that it was signed already", () => {
    const store = memoryStore();
    const name = String(openCache({ store, keys: NEW }).save([1]));
    const forged = Uint8Array.from(store.blobs.get(name) as Uint8Array);
    forged[130] = (forged[130] as number) ^ 1;
    store.blobs.put(name, forged);
    for (const dryRun of [true, false]) {
      const result = reseal(openCache({ store, keys: null }), { from: OLD, to: NEW, dryRun });
      expect(result).toMatchObject({ resealed: 0, already: 0, refused: { "bad-signature": 1 } });
    }
    expect(Buffer.compare(store.blobs.get(name) as Uint8Array, forged)).toBe(0);
  });

  test("signs nothing that one of the two keys may not vouch for", () => {
    const store = memoryStore();
    fill(openCache({ store, keys: OLD }), 0, 3);
    const cache = openCache({ store, keys: null });
    const records = [...store.records.list()].length;
    const values = [...store.blobs.list()].length;
    const left = (from: Parameters<typeof reseal>[1]["from"], to: typeof from) => {
      const { resealed, refused } = reseal(cache, { from, to, dryRun: true });
      return { resealed, refused };
    };
    const all = [{ secretKey: NEW }];
    expect(left(keyRing([{ secretKey: OLD, kinds: ["value"] }]), keyRing(all))).toEqual({
      resealed: values,
      refused: { "wrong-kind": records },
    });
    expect(left(OLD, keyRing([{ secretKey: NEW, kinds: ["record"] }]))).toEqual({
      resealed: records,
      refused: { "wrong-kind": values },
    });
    expect(left(OLD, keyRing([{ secretKey: NEW, codecs: ["json"] }]))).toEqual({
      resealed: records,
      refused: { "codec-not-allowed": values },
    });
    expect(left(OLD, keyRing([{ secretKey: NEW, namespaces: ["other"] }]))).toEqual({
      resealed: 0,
      refused: { "wrong-namespace": records + values },
    });
    // In another namespace the old key's tag does not hold.
    const other = openCache({ store, keys: null, namespace: "other" });
    expect(reseal(other, { from: OLD, to: NEW }).refused).toEqual({ "bad-signature": records + values });
  });

  test("signs code only under keys that were both granted it", () => {
    const store = memoryStore();
    const codec = { ...jsonCodec, name: "runs", id: 16, executable: true };
    const open = (keys: string | null) => openCache({ store, codec, keys });
    open(OLD).save("code");
    const grant = (secretKey: string) => keyRing([{ secretKey, codecs: ["runs"] }]);
    const plain = (secretKey: string) => keyRing([{ secretKey }]);
    const outcome = (cache: Cache, from: ReturnType<typeof keyRing>, to: ReturnType<typeof keyRing>) =>
      reseal(cache, { from, to, dryRun: true }).refused;
    const refused = { "codec-not-allowed": 1 };
    expect(outcome(open(OLD), plain(OLD), grant(NEW))).toEqual(refused);
    expect(outcome(open(OLD), grant(OLD), plain(NEW))).toEqual(refused);
    expect(outcome(open(OLD), grant(OLD), grant(NEW))).toEqual({});
    expect(outcome(openCache({ store, keys: OLD }), grant(OLD), grant(NEW))).toEqual(refused);
  });

  test("needs two rings, and knows its options", () => {
    const cache = openCache({ store: memoryStore(), keys: OLD });
    expect(() => reseal(cache, { from: OLD } as never)).toThrow("reseal: to must be a key list or a KeyRing");
    expect(() => reseal(cache, { from: 5, to: NEW } as never)).toThrow("reseal: from must be");
    expect(() => reseal(cache, { from: OLD, to: "abc" })).toThrow("odd number");
    expect(() => reseal(cache, { form: OLD, to: NEW } as never)).toThrow('did you mean "from"');
    expect(() => reseal({} as Cache, { from: OLD, to: NEW })).toThrow("reseal: a cache is expected");
  });

  test("ends in the store's error where it cannot write, and is taken up again", () => {
    const store = memoryStore();
    fill(openCache({ store, keys: OLD }));
    let left = 3;
    const failing: SyncStore = {
      ...store,
      blobs: {
        ...store.blobs,
        replace(name, seen, bytes) {
          if (left-- === 0) throw new StoreError("disk full");
          return store.blobs.replace?.(name, seen, bytes) ?? false;
        },
      },
    };
    const cache = openCache({ store: failing, keys: NEW });
    expect(() => reseal(cache, { from: OLD, to: NEW })).toThrow("disk full");
    expect(reseal(cache, { from: OLD, to: NEW })).toMatchObject({ already: 3, refused: {} });
    expect(verify(cache, { contents: true }).ok).toBe(true);
  });

  test("tells how far it is, and lists no more than it is asked for", () => {
    const store = memoryStore();
    const writer = openCache({ store, keys: null });
    for (let i = 0; i < 1200; i++) writer.save(i);
    const seen: number[] = [];
    const { refused, bad } = reseal(openCache({ store, keys: NEW }), {
      ...{ from: OLD, to: NEW, most: 7 },
      onProgress: (done) => seen.push(done),
    });
    expect([refused.unsigned, bad.length, seen]).toEqual([1200, 7, [1000]]);
  });
});

describe("status", () => {
  test("without keys tells what the headers say", () => {
    const store = memoryStore();
    fill(openCache({ store, keys: OLD }), 0, 2);
    openCache({ store, keys: null }).save("unsigned");
    const { keys, refused } = keyStatus(openCache({ store, keys: null }));
    expect(keys.map(({ keyId, role }) => `${keyId} ${role}`).sort()).toEqual([`${OLD_ID} unknown`, "null unknown"]);
    expect(refused).toEqual({});
  });

  test("counts a forged tag, an unsigned entry and rubbish apart from what opens", () => {
    const store = memoryStore();
    const cache = openCache({ store, keys: OLD });
    const names = ["a", "b", "c", "d"].map((text) => String(cache.save(text))) as [string, string, string, string];
    const forged = store.blobs.get(names[0]) as Uint8Array;
    forged[130] = (forged[130] as number) ^ 1;
    store.blobs.put(names[0], forged);
    store.blobs.delete(names[1]);
    openCache({ store, keys: null }).save("b");
    store.blobs.put(names[2], Buffer.from("rubbish"));
    expect(keyStatus(cache)).toEqual({
      keys: [
        { keyId: OLD_ID, role: "signs", records: 0, values: 1, refused: 1 },
        { keyId: null, role: "unknown", records: 0, values: 0, refused: 2 },
      ],
      refused: { "bad-signature": 1, unsigned: 1, "not-an-envelope": 1 },
    });
  });

  test("names no more keys than fit, whatever headers say", () => {
    const store = memoryStore();
    const cache = openCache({ store, keys: OLD });
    const bytes = store.blobs.get(String(cache.save("a"))) as Uint8Array;
    for (let i = 0; i < 300; i++) {
      const forged = Buffer.from(bytes);
      forged.writeUInt32BE(i, 120);
      store.blobs.put(i.toString(16).padStart(64, "0"), forged);
    }
    const { keys, refused } = keyStatus(cache);
    expect(keys.length).toBeLessThan(110);
    expect(keys.find(({ keyId }) => keyId === "others")?.refused).toBeGreaterThan(190);
    expect(refused["unknown-key"]).toBe(300);
  });
});

describe("eviction by key id", () => {
  test("takes nothing for a key id that is none, and does not repeat it", () => {
    const cache = openCache({ store: memoryStore(), keys: OLD });
    for (const text of [
      OLD,
      "",
      "k1:",
      `k1:${OLD}`,
      "K1:0123456789ABCDEF",
      undefined,
      [OLD_ID],
      { toString: () => OLD_ID },
    ]) {
      let message = "";
      try {
        evictByKey(cache, text as never);
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/^TypeError: evictByKey: a key id is expected/);
      expect(message).not.toContain(OLD.slice(0, 8));
    }
  });

  test("removes nothing where it is only to count, or an option is misspelt", () => {
    const store = memoryStore();
    const cache = openCache({ store, keys: OLD });
    fill(cache);
    const before = [...store.records.list()].length;
    expect(() => evictByKey(cache, OLD_ID, { dryrun: true } as never)).toThrow('did you mean "dryRun"');
    const { records, values } = evictByKey(cache, OLD_ID, { dryRun: true });
    expect([records, values > 0]).toEqual([before, true]);
    expect([...store.records.list()]).toHaveLength(before);
    expect([...store.blobs.list()]).toHaveLength(values);
  });

  test("passes over what cannot be read, and says so", () => {
    const store = memoryStore();
    fill(openCache({ store, keys: OLD }), 0, 3);
    const [first] = store.records.list();
    const failing: SyncStore = {
      ...store,
      records: {
        ...store.records,
        get(name, admit) {
          if (name === first) throw new StoreError("no luck");
          return store.records.get(name, admit);
        },
      },
    };
    const { records, unreadable } = evictByKey(openCache({ store: failing, keys: NEW }), OLD_ID);
    expect([records, unreadable]).toEqual([3, 1]);
  });

  test("also of entries that this reader would find too large, cut or of another namespace", () => {
    const store = memoryStore();
    const other = openCache({ store, keys: OLD, namespace: "other" });
    const name = String(other.save("x".repeat(5000)));
    const cut = String(other.save("y".repeat(5000)));
    store.blobs.put(cut, (store.blobs.get(cut) as Uint8Array).slice(0, 1000));
    const cache = openCache({ store, keys: NEW, maxEntryBytes: 100 });
    expect(evictByKey(cache, OLD_ID)).toEqual({ records: 0, values: 2, unreadable: 0 });
    expect(store.blobs.has(name)).toBe(false);
  });
});
