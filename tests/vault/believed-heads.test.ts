/** Entries in this process's memory are verified once: what counts as the same entry, and what is looked at again. */
import { fleche, memoryStore, openCache, type SyncStore, valueStorage } from "fleche";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const secretKey = "0123456789abcdef".repeat(4);

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

/** A store with a value that was loaded, and so believed, once. */
function believing() {
  const store = memoryStore();
  const values = valueStorage({ store, secretKey, checkContent: "never" });
  const digest = values.save({ status: "secure" });
  const other = values.save({ status: "other" });
  for (const name of [digest, other]) values.load(name);
  const entry = (name: string) => store.blobs.get(name) as Uint8Array;
  return { store, values, digest: String(digest), other: String(other), entry };
}

/** Why something was refused. */
function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(Reflect.get(error as object, "reason"));
  }
  return "served";
}

/** The same store, giving other bytes than those that it shows. */
function giving(store: SyncStore, change: (bytes: Uint8Array) => Uint8Array): SyncStore {
  const get: SyncStore["blobs"]["get"] = (name, admit) => {
    const bytes = store.blobs.get(name, admit);
    return bytes && change(bytes);
  };
  return { ...store, blobs: { ...store.blobs, get } };
}

describe("after an entry was believed", () => {
  test("every loader gets a value of its own", () => {
    const { values, digest } = believing();
    const first = values.load(digest) as { status: string };
    first.status = "changed";
    expect(values.load(digest)).toEqual({ status: "secure" });
  });

  test("every single byte of it that is replaced is found out", () => {
    const { store, values, digest, entry } = believing();
    const sound = entry(digest);
    for (let i = 0; i < sound.length; i++) {
      const bytes = Uint8Array.from(sound);
      bytes[i] = (bytes[i] as number) ^ 1;
      store.blobs.put(digest, bytes);
      expect(() => values.load(digest), `byte ${i}`).toThrow();
    }
    store.blobs.put(digest, sound);
    expect(values.load(digest)).toEqual({ status: "secure" });
  });

  test("the same bytes under another name, or on the other side of the store, are not it", () => {
    const { store, values, digest, other } = believing();
    // The very object that was believed: what is shown of it is the same, too.
    const bytes = store.blobs.get(digest) as Uint8Array;
    store.blobs.put(digest, bytes);
    values.load(digest);
    store.blobs.put(other, bytes);
    expect(reasonOf(() => values.load(other))).toMatch(/wrong-entry/);
    const cache = openCache({ store, secretKey });
    store.records.put(digest, bytes, {} as never);
    expect(reasonOf(() => cache.loadRecord(digest))).toMatch(/wrong-kind/);
  });

  test("a storage with other keys, another namespace or lower limits believes nothing of it", () => {
    const { store, digest } = believing();
    const others = [
      [{ secretKey: "f".repeat(64) }, /unknown-key/],
      [{ secretKey, namespace: "elsewhere" }, /unknown-key|bad-signature|wrong-namespace/],
      [{ secretKey, maxEntryBytes: 100 }, /too-large/],
    ] as const;
    for (const [options, reason] of others) {
      expect(reasonOf(() => valueStorage({ store, ...options }).load(digest))).toMatch(reason);
    }
  });

  test("bytes that are shorter or longer than what was shown are refused", () => {
    const { store, digest } = believing();
    for (const [change, reason] of [
      [(bytes: Uint8Array) => bytes.slice(0, -1), /truncated/],
      [(bytes: Uint8Array) => Uint8Array.from([...bytes, 0]), /trailing-bytes/],
    ] as const) {
      let changed = false;
      const values = valueStorage({
        store: giving(store, (bytes) => (changed ? change(bytes) : bytes)),
        secretKey,
        checkContent: "never",
      });
      values.load(digest);
      changed = true;
      expect(reasonOf(() => values.load(digest))).toMatch(reason);
    }
  });

  test("an evicted one is gone", () => {
    const { values, digest } = believing();
    values.evict(digest);
    expect(values.contains(digest)).toBe(false);
  });

  test("one that was refused stays refused", () => {
    const { store, values, digest, entry } = believing();
    const bytes = Uint8Array.from(entry(digest));
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    store.blobs.put(digest, bytes);
    for (let i = 0; i < 3; i++) expect(reasonOf(() => values.load(digest))).toMatch(/body-mismatch/);
  });
});

test("a call that is hit again and again, and then tampered with, runs again", () => {
  const store = memoryStore();
  const cache = openCache({ store, secretKey });
  let runs = 0;
  const twice = fleche((x: number) => ({ x, run: ++runs }), { cache, name: "twice", version: 1, module: null });
  for (let i = 0; i < 5; i++) expect(twice(1)).toEqual({ x: 1, run: 1 });
  const { result } = cache.loadRecord(twice.digest(1));
  const bytes = store.blobs.get(result) as Uint8Array;
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  store.blobs.put(result, bytes);
  expect(twice(1)).toEqual({ x: 1, run: 2 });
});
