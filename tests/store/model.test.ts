import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { RecordIndex, SyncBlobStore, SyncStore } from "../../src/store/store.ts";
import { voidStore } from "../../src/store/void.ts";

const home = mkdtempSync(join(tmpdir(), "fleche-model-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made = 0;

type Model = Map<string, Buffer>;
interface Real {
  readonly shelf: SyncBlobStore;
  reopen(): void;
}
type Step = fc.Command<Model, Real>;

const INDEX: RecordIndex = {
  name: "f",
  module: null,
  version: null,
  codeDigest: null,
  arguments: [],
  result: "",
  tags: [],
  parent: null,
  startedMs: 0,
};

const command = (text: string, run: (model: Model, real: Real) => void): Step => ({
  check: () => true,
  run,
  toString: () => text,
});

// Few names, so that they are met again; some share a shard.
const name = fc.constantFrom(
  "aa".repeat(32),
  `aa${"ab".repeat(31)}`,
  `ab${"00".repeat(31)}`,
  "0".repeat(64),
  "f".repeat(64),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 50 }),
  fc.constantFrom(4095, 4096, 4097, 9000).map((size) => new Uint8Array(size).fill(size)),
);
const prefix = fc.oneof(
  fc.constant(""),
  name.chain((text) => fc.nat(64).map((length) => text.slice(0, length))),
);

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(name, bytes).map(([key, value]) =>
    command(`put ${key.slice(0, 4)} ${value.length}`, (model, { shelf }) => {
      model.set(key, Buffer.from(value));
      shelf.put(key, Buffer.from(value));
    }),
  ),
  name.map((key) =>
    command(`get ${key.slice(0, 4)}`, (model, { shelf }) => {
      const found = shelf.get(key);
      expect(found === undefined ? undefined : Buffer.from(found)).toEqual(model.get(key));
      // They are the caller's: what is done to them is not seen by the next reader.
      found?.fill(0xee);
    }),
  ),
  fc.tuple(name, fc.constantFrom(true, false, "sink")).map(([key, verdict]) =>
    command(`get ${key.slice(0, 4)} ${verdict}`, (model, { shelf }) => {
      const expected = model.get(key);
      const heads: [Buffer, number][] = [];
      const chunks: Buffer[] = [];
      const found = shelf.get(key, (head, size) => {
        heads.push([Buffer.from(head), size]);
        return verdict === "sink" ? (chunk) => void chunks.push(Buffer.from(chunk)) : (verdict as boolean);
      });
      expect(heads).toEqual(expected === undefined ? [] : [[expected.subarray(0, 4096), expected.length]]);
      expect(found === undefined ? undefined : Buffer.from(found)).toEqual(verdict === false ? undefined : expected);
      if (verdict === "sink") expect(Buffer.concat(chunks)).toEqual(expected ?? Buffer.alloc(0));
    }),
  ),
  name.map((key) =>
    command(`has ${key.slice(0, 4)}`, (model, { shelf }) => expect(shelf.has(key)).toBe(model.has(key))),
  ),
  name.map((key) =>
    command(`delete ${key.slice(0, 4)}`, (model, { shelf }) => expect(shelf.delete(key)).toBe(model.delete(key))),
  ),
  prefix.map((start) =>
    command(`list ${start.slice(0, 4)}`, (model, { shelf }) => {
      expect([...shelf.list(start)].sort()).toEqual([...model.keys()].filter((key) => key.startsWith(start)).sort());
    }),
  ),
  fc.constant(command("reopen", (_, real) => real.reopen())),
];

function follows(
  open: () => { store: SyncStore; reopen: () => SyncStore },
  shelfOf: (store: SyncStore) => SyncBlobStore,
): void {
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 40 }), (commands) => {
      const { store, reopen } = open();
      let current = store;
      const real = {
        get shelf() {
          return shelfOf(current);
        },
        reopen() {
          current = reopen();
        },
      };
      fc.modelRun(() => ({ model: new Map<string, Buffer>(), real }), commands);
    }),
    { numRuns: 40 },
  );
}

const records = (store: SyncStore): SyncBlobStore => ({
  ...store.records,
  put: (key, value) => store.records.put(key, value, INDEX),
  has: (key) => store.records.get(key, () => false) !== undefined || store.records.get(key) !== undefined,
});

describe.each<[string, () => { store: SyncStore; reopen: () => SyncStore }]>([
  [
    "memory",
    () => {
      const store = memoryStore();
      return { store, reopen: () => store };
    },
  ],
  [
    "files",
    () => {
      const root = join(home, `${made++}`);
      const open = (): SyncStore => fileStore({ root });
      return { store: open(), reopen: open };
    },
  ],
  [
    "files that survive a power failure",
    () => {
      const root = join(home, `${made++}`);
      const open = (): SyncStore => fileStore({ root, durability: "power" });
      return { store: open(), reopen: open };
    },
  ],
])("the store in %s", (_, open) => {
  test("does what a Map does, for values", () => follows(open, (store) => store.blobs));
  test("does what a Map does, for records", () => follows(open, records));
});

test("values and records of one name are two entries", () => {
  for (const store of [memoryStore(), fileStore({ root: join(home, `${made++}`) })]) {
    const key = "aa".repeat(32);
    store.blobs.put(key, Buffer.from("value"));
    expect(store.records.get(key)).toBeUndefined();
    store.records.put(key, Buffer.from("record"), INDEX);
    expect(store.blobs.delete(key)).toBe(true);
    expect(store.records.get(key)).toEqual(Buffer.from("record"));
    expect([...store.records.find({ name: "anything" })]).toEqual([key]);
  }
});

test("the void store keeps nothing and takes everything", () => {
  const store = voidStore();
  const key = "aa".repeat(32);
  store.blobs.put(key, Buffer.from("value"));
  store.records.put(key, Buffer.from("record"), INDEX);
  expect([store.blobs.get(key), store.records.get(key), store.blobs.has(key), store.blobs.delete(key)]).toEqual([
    undefined,
    undefined,
    false,
    false,
  ]);
  expect([...store.blobs.list(), ...store.records.list(), ...store.records.find({})]).toEqual([]);
});

describe.each<[string, () => SyncStore]>([
  ["memory", memoryStore],
  ["files", () => fileStore({ root: join(home, `${made++}`) })],
  ["nothing", voidStore],
])("the store in %s", (_, open) => {
  test.each([
    "",
    ".",
    "..",
    "../../x",
    "..\\x",
    "/etc/passwd",
    "a/b",
    "CON",
    "x:stream",
    "a".repeat(63),
    "a".repeat(65),
    "A".repeat(64),
    `${"a".repeat(63)}\0`,
    `${"a".repeat(64)}\n`,
    `${"a".repeat(63)}g`,
    "ａ".repeat(64),
    "a".repeat(1e6),
    `${"../".repeat(21)}a`,
  ])("refuses the name %j before it is used", (bad) => {
    const store = open();
    const invalid = expect.objectContaining({ name: "TypeError", code: "invalid-argument" });
    const acts = [
      () => store.blobs.get(bad),
      () => store.blobs.put(bad, Buffer.of(1)),
      () => store.blobs.has(bad),
      () => store.blobs.delete(bad),
      () => store.records.get(bad),
      () => store.records.put(bad, Buffer.of(1), INDEX),
      () => store.records.delete(bad),
    ];
    for (const act of acts) {
      let error: unknown;
      try {
        act();
      } catch (caught) {
        error = caught;
      }
      expect(error).toEqual(invalid);
      expect((error as Error).message.length).toBeLessThan(250);
    }
    if (/^[0-9a-f]{0,64}$/.test(bad) && !bad.includes("\n")) return;
    expect(() => [...store.blobs.list(bad)]).toThrow(TypeError);
  });

  test("refuses names that are no text", () => {
    for (const bad of [undefined, null, 1, {}, ["a".repeat(64)], Object("a".repeat(64))] as unknown as string[]) {
      expect(() => open().blobs.get(bad)).toThrow(TypeError);
      expect(() => open().blobs.put(bad, Buffer.of(1))).toThrow(TypeError);
    }
  });
});
