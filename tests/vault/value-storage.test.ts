import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import type { Codec } from "../../src/codec/codec.ts";
import { digest } from "../../src/digest/digest.ts";
import { D, Digest } from "../../src/digest/reference.ts";
import {
  AmbiguousDigestError,
  DamagedError,
  EncodeError,
  NotFoundError,
  SignatureError,
  StoreError,
} from "../../src/errors.ts";
import { HEADER_SIZE } from "../../src/seal/header.ts";
import type { Store, SyncStore } from "../../src/store/store.ts";
import { structuredFile } from "../../src/value-file.ts";
import { type SealOptions, valueStorage } from "../../src/vault/value-storage.ts";
import { alike, anyValue } from "../digest/values.ts";
import { asyncStore, watchedStore } from "./storages.ts";

const K1 = "0123456789abcdef".repeat(4);
const K2 = "fedcba9876543210".repeat(4);

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
const lines = (): string[] => warn.mock.calls.map(([line]) => String(line));

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Changes one byte of an entry's body. */
const damageBody = (bytes: Buffer): Buffer => {
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes;
};
const damageTag = (bytes: Buffer): Buffer => {
  bytes[HEADER_SIZE] = (bytes[HEADER_SIZE] as number) ^ 1;
  return bytes;
};

describe("a value storage", () => {
  test("brings back any value that it saved, each time a new one", () => {
    const storage = valueStorage({ store: watchedStore(), secretKey: K1 });
    fc.assert(
      fc.property(anyValue, (value) => {
        const saved = storage.save(value);
        expect(saved.equals(digest(value))).toBe(true);
        expect(alike(storage.load(saved), value)).toBe(true);
        if (typeof value === "object" && value !== null) expect(storage.load(saved)).not.toBe(storage.load(saved));
      }),
      { numRuns: 150 },
    );
  });

  test("is not changed by what callers do to what they saved or loaded", () => {
    const storage = valueStorage({ store: watchedStore(), secretKey: K1 });
    const value = { list: [1, 2], bytes: Buffer.from("abc"), big: Buffer.alloc(200_000, 7) };
    const saved = storage.save(value);
    value.list.push(3);
    value.bytes.fill(0);
    value.big.fill(0);
    const loaded = storage.load(saved) as typeof value;
    expect([loaded.list, loaded.bytes.toString(), loaded.big[199_999]]).toEqual([[1, 2], "abc", 7]);
    loaded.list.push(4);
    loaded.big.fill(9);
    expect(digest(storage.load(saved))).toBe(String(saved));
  });

  test("works the same on a store whose every call waits", async () => {
    const inner = watchedStore();
    const store = asyncStore(inner);
    await using storage = valueStorage({ store: store as Store, secretKey: K1 });
    const saved = await storage.save({ a: [1, new Map([[1, "x".repeat(200_000)]])] });
    expect(await storage.load(saved)).toEqual({ a: [1, new Map([[1, "x".repeat(200_000)]])] });
    expect(await storage.load(String(saved))).toEqual(await storage.load(saved));
    expect([await storage.contains(saved), await storage.contains("0".repeat(64))]).toEqual([true, false]);
    expect(String(await storage.expand(saved.slice(0, 12)))).toBe(String(saved));
    expect(await storage.shrink(saved)).toBe(saved.slice(0, (await storage.shrink(saved)).length));
    const names: string[] = [];
    for await (const name of storage.list()) names.push(String(name));
    expect(names).toContain(String(saved));
    await expect(storage.load("0".repeat(64))).rejects.toThrow(NotFoundError);
    await expect(storage.load("no digest")).rejects.toThrow(TypeError);
    await expect(storage.save(() => 1)).rejects.toThrow(/a function/);
    inner.alter(String(saved), damageTag);
    await expect(storage.load(saved)).rejects.toThrow(SignatureError);
    await storage.save({ a: [1, new Map([[1, "x".repeat(200_000)]])] });
    expect(await storage.contains(saved)).toBe(true);
    expect(await storage.evict(saved)).toBe(true);
    expect(await storage.evict(saved)).toBe(false);
    inner.down = true;
    await expect(storage.load(saved)).rejects.toThrow(StoreError);
    inner.down = false;
    for (const value of [1, 2, 3]) await storage.save(value);
    await expect(storage.expand("")).rejects.toThrow(AmbiguousDigestError);
    // Nothing is left open by a listing that was not gone through.
    expect(store.open()).toBe(0);
    expect(storage.stats().misses).toEqual({ absent: 1, "bad-signature": 1, "io-error": 1 });
  });

  test("of a value that is changed while an asynchronous save waits stores what was named", async () => {
    const storage = valueStorage({ store: asyncStore(watchedStore()) as Store, secretKey: K1, checkContent: "always" });
    const value = { list: [1, 2, 3], bytes: Buffer.alloc(100_000) };
    const saving = storage.save(value);
    value.list.push(4);
    value.bytes.fill(1);
    const saved = await saving;
    expect(await storage.load(saved)).toEqual({ list: [1, 2, 3], bytes: Buffer.alloc(100_000) });
  });

  test("on a store that says it is synchronous and is not tells so", () => {
    const store = { ...asyncStore(watchedStore()), sync: true } as unknown as SyncStore;
    const storage = valueStorage({ store, secretKey: K1 });
    expect(() => storage.save(1)).toThrow(/declares sync: true returned a promise/);
    expect(() => storage.load("0".repeat(64))).toThrow(StoreError);
    expect(() => storage.evict("0".repeat(64))).toThrow(/declares sync: true/);
  });

  test("names what it is given wrong: digests, stores, options", () => {
    const storage = valueStorage({ store: watchedStore(), keys: null });
    for (const bad of [
      "",
      "a",
      "A".repeat(64),
      "../x",
      1,
      null,
      undefined,
      {},
      Object("a".repeat(64)),
    ] as unknown as string[]) {
      expect(() => storage.load(bad)).toThrow(TypeError);
      expect(() => storage.contains(bad)).toThrow(TypeError);
      expect(() => storage.evict(bad)).toThrow(TypeError);
      expect(() => storage.shrink(bad)).toThrow(TypeError);
    }
    const store = watchedStore();
    const wrong: [object, RegExp][] = [
      [{ store, namespce: "x" }, /unknown option "namespce"; did you mean "namespace"\?/],
      [{ store, SecretKey: K1 }, /did you mean "secretKey"\?/],
      [{ store, zzzzzzzz: 1 }, /known are: store, codec/],
      [{ store, namespace: "" }, /namespace must be a text/],
      [{ store, posture: "off" }, /posture must be "on" or "strict"; found 'off'/],
      [{ store, checkContent: true }, /checkContent must be/],
      [{ store, maxEntryBytes: 10n }, /maxEntryBytes must be a whole number of bytes; found 10n/],
      [{ store, maxEntryBytes: Number.NaN }, /found NaN/],
      [{ store, maxEntryBytes: 0 }, /maxEntryBytes/],
      [{ store, compress: 1 }, /compress must be true or false/],
      [{ store, numbers: "exactly" }, /numbers must be/],
      [{ store, codec: "xml" }, /codec must be a codec or one of structured, json, bytes/],
      [{ store, codec: "toString" }, /codec must be/],
      [{ store, codec: { ...custom, id: 259 } }, /an id from 1 to 255/],
      [{ store, codec: { ...custom, id: 0 } }, /an id from 1 to 255/],
      [{ store, codec: { ...custom, decode: undefined } }, /a codec has encode, decode/],
      [{ store: {} }, /store must be a store/],
      [{ store: null }, /store must be a store/],
      [{}, /store must be a store/],
    ];
    for (const [options, message] of wrong) {
      const error = thrownBy(() => valueStorage(options as { store: SyncStore }));
      expect(error).toMatchObject({ code: "invalid-argument", message: expect.stringMatching(message) });
    }
    expect(() => valueStorage(null as unknown as { store: SyncStore })).toThrow(/must be an object/);
    expect(() => structuredFile({ root: "x", codec: "json" } as { root: string })).toThrow(/unknown option "codec"/);
  });

  test("expands and shrinks digests", () => {
    const storage = valueStorage({ store: watchedStore(), keys: null });
    const all = Array.from({ length: 300 }, (_, i) => storage.save(i));
    for (const saved of all) {
      const short = storage.shrink(saved);
      expect(saved.startsWith(short) && short.length >= 4).toBe(true);
      expect(String(storage.expand(short))).toBe(String(saved));
      if (short.length > 4) expect(() => storage.expand(short.slice(0, -1))).toThrow(AmbiguousDigestError);
    }
    expect(String(storage.expand(String(all[0])))).toBe(String(all[0]));
    expect(storage.shrink(digest("not stored"))).toHaveLength(4);
    expect(() => storage.expand("")).toThrow(AmbiguousDigestError);
    expect(() => storage.expand("f".repeat(60))).toThrow(NotFoundError);
    for (const bad of ["x", "ABC", "0".repeat(65)]) expect(() => storage.expand(bad)).toThrow(TypeError);
    expect([...storage.list()].map(String).sort()).toEqual(all.map(String).sort());
  });
});

/** A codec of the caller's. */
const custom: Codec = {
  name: "upper",
  id: 200,
  encode: (value) => Buffer.from(String(value).toUpperCase()),
  decode: (body) => Buffer.from(body).toString().toLowerCase(),
};

describe("save", () => {
  test("writes nothing where the value is stored soundly", () => {
    const store = watchedStore();
    for (const options of [{ secretKey: K1 }, { keys: null }, { secretKey: K1, compress: true }] as const) {
      const storage = valueStorage({ store, ...options, namespace: JSON.stringify(options) });
      storage.evict(storage.save({ a: 1 }));
      const before = store.calls.put;
      for (let i = 0; i < 5; i++) storage.save({ a: 1 });
      expect(store.calls.put - before).toBe(1);
    }
  });

  test.each<[string, (bytes: Buffer) => Uint8Array, string]>([
    ["a body that was changed", damageBody, "body-mismatch"],
    ["a tag that was changed", damageTag, "bad-signature"],
    ["a file that was cut", (bytes) => bytes.subarray(0, 200), "truncated"],
    ["a file that has more", (bytes) => Buffer.concat([bytes, Buffer.of(0)]), "trailing-bytes"],
    ["a file of zeros", () => Buffer.alloc(300), "not-an-envelope"],
    ["an empty file", () => Buffer.alloc(0), "truncated"],
  ])("repairs %s", (_, change, reason) => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    const value = { a: Buffer.alloc(300) };
    const saved = storage.save(value);
    store.alter(String(saved), change);
    expect(thrownBy(() => storage.load(saved))).toMatchObject({ reason, entry: String(saved) });
    storage.save(value);
    expect(store.calls.put).toBe(2);
    expect(storage.load(saved)).toEqual(value);
  });

  test("replaces an entry of another key, and of none", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, secretKey: K2 }).save("x");
    const storage = valueStorage({ store, secretKey: K1 });
    storage.save("x");
    expect(storage.load(saved)).toBe("x");
    valueStorage({ store, keys: null }).save("y");
    storage.save("y");
    expect(storage.load(digest("y"))).toBe("y");
  });

  test("with Python's numbers writes every time, as names there collide", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1, numbers: "python" });
    for (let i = 0; i < 3; i++) storage.save([1]);
    expect(store.calls.put).toBe(3);
    const saved = storage.save(0.5);
    expect(storage.load(saved)).toBe(0.5);
    expect(String(storage.save(2n ** 60n))).toBe(String(saved));
    expect(storage.load(saved)).toBe(2n ** 60n);
    // Entries of the two schemes do not pass for one another, though names may be equal.
    const exact = valueStorage({ store, secretKey: K1 });
    expect(thrownBy(() => exact.load(digest([1])))).toMatchObject({ reason: "bad-header" });
  });

  test("of a Digest returns it and writes nothing; one below the top is refused with its path", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    const reference = D(digest("elsewhere"));
    expect(storage.save(reference)).toBe(reference);
    expect(store.calls).toEqual({ get: 0, put: 0, delete: 0 });
    expect(thrownBy(() => storage.save({ a: [1, reference] }))).toMatchObject({ code: "undigestible", path: "a[1]" });
    expect(thrownBy(() => storage.save(new Map([[reference, 1]])))).toMatchObject({ path: "<key 0>" });
    expect(thrownBy(() => storage.save(Object.create(Digest.prototype)))).toMatchObject({ code: "undigestible" });
    expect(store.calls.put).toBe(0);
  });

  test("of what the codec cannot carry throws and writes nothing", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1, codec: "json" });
    expect(thrownBy(() => storage.save({ a: new Date() }))).toBeInstanceOf(EncodeError);
    expect(store.calls.put).toBe(0);
  });

  test("throws where the store fails, and works again when it does", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    store.down = true;
    expect(() => storage.save(1)).toThrow(StoreError);
    expect(() => storage.load(digest(1))).toThrow(StoreError);
    expect(() => storage.contains(digest(1))).toThrow(StoreError);
    expect(() => storage.evict(digest(1))).toThrow(StoreError);
    store.down = false;
    expect(storage.load(storage.save(1))).toBe(1);
  });

  test("by a codec of the caller's is read by it, and by nobody who does not have it", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, secretKey: K1, codec: custom }).save("text");
    expect(valueStorage({ store, secretKey: K1, codec: custom }).load(saved)).toBe("text");
    expect(thrownBy(() => valueStorage({ store, secretKey: K1 }).load(saved))).toMatchObject({
      reason: "codec-not-allowed",
    });
  });

  test("compresses where it is asked to and where that makes the body smaller", () => {
    const sizes = (value: unknown): [plain: number, packed: number] => {
      const [a, b] = [watchedStore(), watchedStore()];
      const [plain, packed] = [
        valueStorage({ store: a, secretKey: K1 }),
        valueStorage({ store: b, secretKey: K1, compress: true }),
      ];
      const saved = plain.save(value);
      packed.save(value);
      expect(alike(packed.load(saved), value)).toBe(true);
      // Whoever reads needs not have asked for it.
      expect(alike(valueStorage({ store: b, secretKey: K1 }).load(saved), value)).toBe(true);
      return [a.blobs.get(String(saved))?.length ?? 0, b.blobs.get(String(saved))?.length ?? 0];
    };
    const [plain, packed] = sizes("a".repeat(10_000));
    expect(packed).toBeLessThan(plain / 10);
    const [small, notSmaller] = sizes(1);
    expect(notSmaller).toBe(small);
  });
});

describe("maxEntryBytes", () => {
  test("bounds what is written and what is read, header included, compressed or not", () => {
    const store = watchedStore();
    const open = (maxEntryBytes: number, more: SealOptions = {}) =>
      valueStorage({ store, secretKey: K1, maxEntryBytes, ...more });
    const value = Buffer.alloc(5000);
    const saved = open(2 ** 20).save(value);
    const size = store.blobs.get(String(saved))?.length as number;
    expect(open(size).load(saved)).toEqual(value);
    expect(thrownBy(() => open(size - 1).load(saved))).toMatchObject({ reason: "too-large" });
    store.blobs.delete(String(saved));
    expect(thrownBy(() => open(size - 1).save(value))).toMatchObject({ code: "unencodable" });
    expect(store.blobs.has(String(saved))).toBe(false);
    open(size).save(value);
    // Compressed it is small on disk, but it would be large when it is read.
    store.blobs.delete(String(saved));
    expect(thrownBy(() => open(4000, { compress: true }).save(value))).toMatchObject({ code: "unencodable" });
    open(2 ** 20, { compress: true }).save(value);
    expect(thrownBy(() => open(4000).load(saved))).toMatchObject({ reason: "too-large" });
    expect(open(2 ** 20).load(saved)).toEqual(value);
  });
});

describe("which entries are served", () => {
  test("rotation: the old key verifies, the new one signs, and who has only the new one refuses the old", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, secretKey: K1 }).save("x");
    expect(valueStorage({ store, secretKey: `${K2}:${K1}` }).load(saved)).toBe("x");
    const error = thrownBy(() => valueStorage({ store, secretKey: K2 }).load(saved));
    expect(error).toBeInstanceOf(SignatureError);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      reason: "unknown-key",
      keyId: expect.stringMatching(/^k1:[0-9a-f]{16}$/),
      message: "Value present but failed signature check.",
    });
    expect(lines()).toEqual([
      expect.stringContaining("Invalid signature for cache entry. Potential tampering or key mismatch."),
    ]);
  });

  test("namespaces are apart under one key", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, secretKey: K1, namespace: "a" }).save("x");
    expect(thrownBy(() => valueStorage({ store, secretKey: K1, namespace: "b" }).load(saved))).toMatchObject({
      reason: "bad-signature",
    });
    expect(thrownBy(() => valueStorage({ store, secretKey: K1 }).load(saved))).toMatchObject({
      reason: "bad-signature",
    });
    const bare = valueStorage({ store, keys: null, namespace: "a" }).save("y");
    expect(thrownBy(() => valueStorage({ store, keys: null, namespace: "b" }).load(bare))).toMatchObject({
      reason: "wrong-namespace",
    });
  });

  test("without keys: safe codecs anywhere, V8's only in a private store, and counted as unverified", () => {
    for (const codec of ["json", "bytes", "structured"] as const) {
      for (const isPrivate of [true, false]) {
        const store = watchedStore({ private: isPrivate });
        const value = codec === "bytes" ? Buffer.from("x") : ["x"];
        const saved = valueStorage({ store, secretKey: K1, codec }).save(value);
        const reader = valueStorage({ store, keys: null });
        if (isPrivate || codec !== "structured") {
          expect(reader.load(saved)).toEqual(value);
          expect(reader.stats()).toEqual({ hits: 1, unverified: 1, misses: {} });
        } else {
          expect(thrownBy(() => reader.load(saved))).toMatchObject({ reason: "codec-not-allowed" });
          expect(reader.stats()).toEqual({ hits: 0, unverified: 0, misses: { "codec-not-allowed": 1 } });
        }
      }
    }
  });

  test("an unsigned entry is refused where there are keys", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, keys: null }).save("x");
    expect(thrownBy(() => valueStorage({ store, secretKey: K1 }).load(saved))).toMatchObject({ reason: "unsigned" });
  });

  test("posture on: contains misses and warns; strict: it throws, but for absence", () => {
    const store = watchedStore();
    const saved = valueStorage({ store, secretKey: K2 }).save("x");
    const on = valueStorage({ store, secretKey: K1 });
    expect([on.contains(saved), on.contains("0".repeat(64))]).toEqual([false, false]);
    expect(on.stats().misses).toEqual({ "unknown-key": 1 });
    const strict = valueStorage({ store, secretKey: K1, posture: "strict" });
    expect(() => strict.contains(saved)).toThrow(SignatureError);
    expect(strict.contains("0".repeat(64))).toBe(false);
    expect(lines()).toHaveLength(2);
  });

  test("contains reads no body", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    const saved = storage.save("x".repeat(1000));
    store.alter(String(saved), damageBody);
    expect(storage.contains(saved)).toBe(true);
    expect(() => storage.load(saved)).toThrow(SignatureError);
  });
});

describe("checkContent", () => {
  /** A signer who stores one value under the digest of another: everything but the content is right. */
  function mislabelled(store: SyncStore, keys: string | null): string {
    const liar: Codec = { name: "json", id: 1, encode: () => Buffer.from("\0\0\0\0[2]"), decode: () => [1] };
    return String(valueStorage({ store, keys, codec: liar }).save([1]));
  }

  test.each<[SealOptions, unknown]>([
    [{ keys: K1 }, [2]],
    [{ keys: K1, checkContent: "unsealed" }, [2]],
    [{ keys: K1, checkContent: "never" }, [2]],
    [{ keys: K1, checkContent: "always" }, "content-mismatch"],
    [{ keys: null }, "content-mismatch"],
    [{ keys: null, checkContent: "always" }, "content-mismatch"],
    [{ keys: null, checkContent: "never" }, [2]],
  ])("with %j a mislabelled value gives %j", (options, expected) => {
    const store = watchedStore();
    const entry = mislabelled(store, options.keys as string | null);
    const storage = valueStorage({ store, ...options });
    if (typeof expected !== "string") {
      expect(storage.load(entry)).toEqual(expected);
      return;
    }
    const error = thrownBy(() => storage.load(entry));
    expect(error).toBeInstanceOf(DamagedError);
    expect(error).toMatchObject({ reason: expected });
    // And the next save puts it right.
    storage.save([1]);
    expect(storage.load(entry)).toEqual([1]);
  });
});

test("what is sealed but cannot be decoded is damage, with the cause", () => {
  const store = watchedStore();
  const broken: Codec = { name: "json", id: 1, encode: () => Buffer.from("\0\0\0\0[1,"), decode: () => 1 };
  const entry = valueStorage({ store, secretKey: K1, codec: broken }).save([1]);
  const error = thrownBy(() => valueStorage({ store, secretKey: K1 }).load(entry));
  expect(error).toBeInstanceOf(DamagedError);
  expect(error).toMatchObject({ reason: "decode-failed", cause: { code: "undecodable" } });
});

test("a storage in a directory is found again by the next process, and closes", () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-vault-"));
  try {
    let saved: Digest;
    {
      using storage = structuredFile({ root, secretKey: K1, durability: "power" });
      saved = storage.save({ status: "secure", data: [1, 2, 3] });
    }
    using again = structuredFile({ root, secretKey: K1 });
    expect(again.load(saved)).toEqual({ status: "secure", data: [1, 2, 3] });
  } finally {
    rmSync(root, { recursive: true });
  }
});
