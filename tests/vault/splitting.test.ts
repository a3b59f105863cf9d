import { DefaultSerializer } from "node:v8";
import { describe, expect, test } from "vitest";
import { formatParts, partsOf } from "../../src/codec/parts.ts";
import {
  DamagedError,
  DecodeError,
  digest,
  memoryStore,
  NotFoundError,
  SignatureError,
  valueStorage,
} from "../../src/index.ts";
import { SCHEME } from "../../src/seal/header.ts";
import { keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { seal } from "../../src/seal/seal.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { decodeContext } from "../../src/vault/encoded.ts";

const KEYS = "0123456789abcdef".repeat(4);
const LARGE = Array.from({ length: 30_000 }, (_, i) => i);

function open(store: SyncStore, options: { keys?: string | null } = {}) {
  return valueStorage({ store, keys: KEYS, ...options });
}

function entries(store: SyncStore): number {
  return [...store.blobs.list()].length;
}

/** The parts that the entry of a digest names. */
function named(store: SyncStore, entry: string): string[] {
  return partsOf(3, (store.blobs.get(entry) as Uint8Array).subarray(160));
}

/** A signed entry of codec 3 with this list of parts and this V8 tree, as only a key's holder could make it. */
function forge(store: SyncStore, entry: string, parts: string[], tree: unknown): void {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(formatParts(parts));
  serializer.writeHeader();
  serializer.writeValue(tree);
  const namespaceId = namespaceIdOf("default");
  const body = serializer.releaseBuffer();
  const signer = keyRing(KEYS).inNamespace(namespaceId);
  const contents = { kind: 1, codec: 3, scheme: SCHEME.exact, entry, namespaceId, body, createdMs: 0, signer };
  store.blobs.put(entry, seal(contents));
}

const marker = (entry: string) => ({ $fleche: ["part", Buffer.from(entry, "hex")] });

describe("big parts of values", () => {
  test("are stored once, under their own digest, and load by themselves", () => {
    const store = memoryStore();
    const storage = open(store);
    const whole = storage.save({ rows: LARGE, again: LARGE, text: "é".repeat(70_000), bytes: Buffer.alloc(70_000, 1) });
    expect(entries(store)).toBe(4);
    expect(named(store, String(whole)).sort()).toEqual(
      [digest(LARGE), digest("é".repeat(70_000)), digest(Buffer.alloc(70_000, 1))].sort(),
    );
    expect(storage.load(digest(LARGE))).toEqual(LARGE);
    storage.save([LARGE]);
    expect(entries(store)).toBe(5);
  });

  test("give the digest that the value has unsplit, and the value itself", () => {
    const storage = open(memoryStore());
    const value = { map: new Map([["rows", LARGE]]), nested: { set: new Set(LARGE), deep: [[{ rows: LARGE }]] } };
    const key = storage.save(value);
    expect(String(key)).toBe(digest(value));
    expect(storage.load(key)).toEqual(value);
  });

  test("stay one object where they were one, and two where they were two", () => {
    const storage = open(memoryStore());
    const shared = storage.load(storage.save([LARGE, LARGE])) as unknown[];
    expect(shared[0]).toBe(shared[1]);
    // In a storage of its own: the two values have one digest, and what is stored soundly stays as it is.
    const other = open(memoryStore());
    const equal = other.load(other.save([LARGE, [...LARGE]])) as unknown[];
    expect(equal[0]).not.toBe(equal[1]);
    expect(equal[0]).toEqual(equal[1]);
  });

  test("are named in every body that holds them, also where they were met before", () => {
    const store = memoryStore();
    const storage = open(store);
    const one = { rows: LARGE, pad: "x".repeat(60_000), more: "y".repeat(60_000) };
    const key = storage.save([one, { inner: LARGE }]);
    expect(named(store, String(key)).sort()).toEqual([digest(LARGE), digest(one)].sort());
    expect(storage.load(key)).toEqual([one, { inner: LARGE }]);
  });

  test("what is small, or the whole value, is not split", () => {
    const store = memoryStore();
    open(store).save(LARGE);
    open(store).save({ a: "x".repeat(60_000) });
    expect(entries(store)).toBe(2);
  });

  test("a missing, refused or damaged part is the whole value's miss, with that part's reason, until it is saved again", () => {
    const store = memoryStore();
    const storage = open(store);
    const key = storage.save({ rows: LARGE });
    const part = digest(LARGE);
    const sound = store.blobs.get(part) as Uint8Array;

    storage.evict(part);
    expect(() => storage.load(key)).toThrow(expect.objectContaining({ reason: "absent" }));
    expect(() => storage.load(key)).toThrow(NotFoundError);

    store.blobs.put(
      part,
      Uint8Array.from(sound, (byte, i) => (i === sound.length - 1 ? byte ^ 1 : byte)),
    );
    expect(() => storage.load(key)).toThrow(expect.objectContaining({ reason: "body-mismatch" }));
    expect(() => storage.load(key)).toThrow(SignatureError);

    const other = storage.save([...LARGE, 1]);
    store.blobs.put(part, store.blobs.get(String(other)) as Uint8Array);
    expect(() => storage.load(key)).toThrow(expect.objectContaining({ reason: "wrong-entry" }));

    storage.save({ rows: LARGE });
    expect(storage.load(key)).toEqual({ rows: LARGE });
  });

  test("without keys, a part that was changed and given a good checksum is noticed, and repaired by saving", () => {
    const store = memoryStore();
    const storage = open(store, { keys: null });
    const key = storage.save({ rows: LARGE });
    const part = digest(LARGE);
    const changed = storage.save([...LARGE.slice(1), 7]);
    const bytes = Buffer.from(store.blobs.get(String(changed)) as Uint8Array);
    const namespaceId = namespaceIdOf("default");
    const body = bytes.subarray(160);
    store.blobs.put(
      part,
      seal({ kind: 1, codec: 3, scheme: SCHEME.exact, entry: part, namespaceId, body, createdMs: 0 }),
    );
    expect(() => storage.load(key)).toThrow(expect.objectContaining({ reason: "content-mismatch" }));
    storage.save({ rows: LARGE });
    expect(storage.load(key)).toEqual({ rows: LARGE });
  });

  test("a part may lie as deep as a value may be", () => {
    const storage = open(memoryStore());
    let value: unknown = LARGE;
    for (let i = 0; i < 998; i++) value = i % 2 === 0 ? [value] : { a: value };
    expect(digest(storage.load(storage.save(value)))).toBe(digest(value));
  });
});

describe("parts that a key's holder made up", () => {
  const [a, b] = ["aa".repeat(32), "bb".repeat(32)];

  test("a value that names itself is refused, and nothing hangs", () => {
    const store = memoryStore();
    forge(store, a, [a], [marker(a)]);
    expect(() => open(store).load(a)).toThrow(DamagedError);
    forge(store, b, [b], marker(b));
    expect(() => open(store).load(b)).toThrow(DamagedError);
    const value = [1];
    const [part, whole] = [digest(value), "cc".repeat(32)];
    forge(store, part, [], value);
    forge(store, b, [part], marker(part));
    forge(store, whole, [b, part], [marker(b)]);
    expect(() => open(store).load(whole)).toThrow(expect.objectContaining({ reason: "decode-failed" }));
  });

  // 4,096 can be read whole, were there no bound; 2^39 could not.
  test.each([12, 40])("parts that double at each of %i levels are bounded", (levels) => {
    const store = memoryStore();
    const names = Array.from({ length: levels }, (_, i) => i.toString(16).padStart(64, "0"));
    names.forEach((name, i) => {
      const next = names[i + 1];
      if (next === undefined) forge(store, name, [], [1]);
      else forge(store, name, [next], [marker(next), marker(next)]);
    });
    const storage = valueStorage({ store, keys: KEYS, maxEntryBytes: 1_000_000 });
    expect(() => storage.load(names[0] as string)).toThrow(expect.objectContaining({ reason: "decode-failed" }));
  });

  test("a marker for a part that the list leaves out is refused", () => {
    const store = memoryStore();
    forge(store, a, [], [marker(b)]);
    expect(() => open(store).load(a)).toThrow(expect.objectContaining({ reason: "decode-failed" }));
  });
});

test("data that looks like a marker is data", () => {
  const storage = open(memoryStore());
  const value = [{ $fleche: ["part", Buffer.alloc(32, 1)] }];
  expect(storage.load(storage.save(value))).toEqual(value);
});

test("a part that is not in the list of parts is an error of decoding, not of ours", () => {
  const [known, unknown] = ["ab", "cd"].map((text) => text.repeat(32)) as [string, string];
  const context = decodeContext(known, new Map([[known, { body: Buffer.from("body") }]]), 10_000);
  expect(context.part?.(known)).toEqual(Buffer.from("body"));
  expect(() => context.part?.(unknown)).toThrow(DecodeError);
});
