/**
 * Limits: entries that would take more memory, levels or time than they may, written and read, with each codec. Memory is
 * measured in a process of its own; what it may grow by is told with each case.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { gzipSync } from "node:zlib";
import { digest, EncodeError, fleche, memoryStore, openCache, SignatureError, valueStorage } from "fleche";
import { afterAll, describe, expect, test } from "vitest";
import { KEYS, sealedAs } from "../../src/testing/attack/scene.ts";
import { nameOf, sampleBytes } from "../../src/testing/samples.ts";
import { traceWarnings } from "../engine/kit.ts";

const folder = mkdtempSync(join(tmpdir(), "fleche-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1 << 20;
const NAME = nameOf(1);
const NO_PARTS = Buffer.alloc(4);

/** An entry under this name, soundly signed, whatever is in it. */
function signed(name: string, codec: number, body: Uint8Array, compressed?: number): [string, Buffer] {
  const empty = Buffer.alloc(0);
  const contents = { codec, body, ...(compressed === undefined ? {} : { uncompressedLength: compressed }) };
  return [name, sealedAs({ name, value: undefined, bytes: empty, body: empty }, contents)];
}

const behind = (parts: readonly string[], contents: Uint8Array): Buffer => {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(parts.length);
  return Buffer.concat([count, ...parts.map((part) => Buffer.from(part, "hex")), contents]);
};
const v8 = (hex: string): Buffer => Buffer.concat([NO_PARTS, Buffer.from(`ff0f${hex}`, "hex")]);
const json = (text: string): Buffer => Buffer.concat([NO_PARTS, Buffer.from(text)]);
const marker = (part: string): object => ({ $fleche: ["part", Buffer.from(part, "hex")] });

/** A value whose parts name a part twice each, so many levels deep: what it stands for doubles with each. */
function doubling(levels: number): [string, Buffer][] {
  const entries: [string, Buffer][] = [];
  let inner = nameOf(1000);
  entries.push(signed(inner, 3, behind([], serialize(["leaf".repeat(1000)]))));
  for (let i = 0; i < levels; i++) {
    const name = i === levels - 1 ? NAME : nameOf(1001 + i);
    entries.push(signed(name, 3, behind([inner], serialize([marker(inner), marker(inner)]))));
    inner = name;
  }
  return entries;
}

interface Hostile {
  readonly title: string;
  readonly codec: "json" | "bytes" | "structured";
  readonly entries: () => readonly [string, Buffer][];
  readonly ends: string;
  /** How much the process may grow by, in MiB: in proportion to what lies there, never to what it stands for. */
  readonly mostMiB: number;
  readonly maxEntryBytes?: number;
}

const bomb = (size: number): Buffer => gzipSync(Buffer.alloc(size));

const HOSTILE: readonly Hostile[] = [
  ...(["json", "bytes", "structured"] as const).flatMap((codec, i): Hostile[] => [
    {
      title: "a bomb of 512 MiB that says that it is 1 MiB",
      codec,
      entries: () => [signed(NAME, i + 1, bomb(512 * MIB), MIB)],
      ends: "decompress-failed",
      mostMiB: 40,
    },
    {
      title: "a bomb of 512 MiB that says so, where 64 MiB are allowed",
      codec,
      entries: () => [signed(NAME, i + 1, bomb(512 * MIB), 512 * MIB)],
      ends: "too-large",
      mostMiB: 15,
      maxEntryBytes: 64 * MIB,
    },
    {
      title: "16 MiB where 1 MiB is allowed",
      codec,
      entries: () => [signed(NAME, i + 1, Buffer.alloc(16 * MIB))],
      ends: "too-large",
      mostMiB: 15,
      maxEntryBytes: MIB,
    },
  ]),
  // V8 reads them before they can be looked at; what it makes of a level takes some hundred bytes.
  ...(
    [
      ["a million levels of arrays", v8(`${"4101".repeat(1e6)}30${"240001".repeat(1e6)}`)],
      ["a million levels of objects", v8(`${"6f220161".repeat(1e6)}30${"7b01".repeat(1e6)}`)],
      ["lengths that nothing backs: a sparse array", v8("61ffffffff0f4000ffffffff0f")],
      ["lengths that nothing backs: a dense array", v8("41ffffffff0f")],
      ["lengths that nothing backs: a text", v8("22ffffffff0f61")],
      ["lengths that nothing backs: a buffer", v8("42ffffffff0f00")],
      ["lengths that nothing backs: a buffer that can grow to 1 TiB", v8("7e0880808080802000000000000000000000")],
      ["a hundred arrays of four thousand million holes", v8(`4164${"61ffffffff0f4000ffffffff0f".repeat(100)}240064`)],
      [
        "a record with four thousand million fields",
        v8(`6f2207${Buffer.from("$fleche").toString("hex")}61ffffffff0f4000ffffffff0f7b01`),
      ],
    ] as const
  ).map(
    ([title, body]): Hostile => ({
      title,
      codec: "structured",
      entries: () => [signed(NAME, 3, body)],
      ends: "decode-failed",
      mostMiB: title.includes("million levels") ? 400 : 80,
    }),
  ),
  ...(
    [
      ["a million levels of arrays", json("[".repeat(1e6) + "]".repeat(1e6))],
      ["a million levels of objects", json(`${'{"a":'.repeat(1e6)}1${"}".repeat(1e6)}`)],
      ["a million levels of arrays that are never closed", json("[".repeat(1e6))],
      ["twenty million values", json(`[${"0,".repeat(2e7)}0]`)],
    ] as const
  ).map(
    ([title, body]): Hostile => ({
      title,
      codec: "json",
      entries: () => [signed(NAME, 1, body)],
      ends: "decode-failed",
      mostMiB: 700,
    }),
  ),
  {
    title: "a list of four thousand million parts",
    codec: "structured",
    entries: () => [signed(NAME, 3, Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(MIB)]))],
    ends: "decode-failed",
    mostMiB: 15,
  },
  {
    title: "a million parts that are not there",
    codec: "structured",
    entries: () => [
      signed(
        NAME,
        3,
        behind(
          Array.from({ length: 1e6 }, (_, i) => nameOf(i + 5)),
          serialize(1),
        ),
      ),
    ],
    ends: "absent",
    mostMiB: 500,
  },
  {
    title: "parts that name each other twice, a thousand levels: more than all memory",
    codec: "structured",
    entries: () => doubling(1000),
    ends: "decode-failed",
    mostMiB: 200,
    maxEntryBytes: 64 * MIB,
  },
  {
    title: "parts that name each other twice, thirty levels: four gigabytes of leaves",
    codec: "structured",
    entries: () => doubling(30),
    ends: "decode-failed",
    mostMiB: 200,
    maxEntryBytes: 64 * MIB,
  },
  {
    title: "a part that names itself",
    codec: "structured",
    entries: () => [signed(NAME, 3, behind([NAME], serialize([marker(NAME)])))],
    ends: "decode-failed",
    mostMiB: 40,
  },
  {
    title: "a hundred parts of 1 MiB where 16 MiB are allowed",
    codec: "structured",
    entries: () => {
      const parts = Array.from({ length: 100 }, (_, i) => nameOf(i + 5));
      return [
        ...parts.map((part, i) => signed(part, 3, behind([], serialize(Buffer.from(sampleBytes(MIB, i)))))),
        signed(NAME, 3, behind(parts, serialize(parts.map(marker)))),
      ];
    },
    ends: "too-large",
    mostMiB: 60,
    maxEntryBytes: 16 * MIB,
  },
];

describe("a reader's memory stays within bounds", { timeout: 120_000 }, () => {
  test.each(HOSTILE.map((hostile) => [hostile.codec, hostile.title, hostile] as const))(
    "%s: %s",
    (codec, _, hostile) => {
      const file = join(folder, "entries.json");
      writeFileSync(file, JSON.stringify(hostile.entries().map(([name, bytes]) => [name, bytes.toString("base64")])));
      const child = spawnSync(
        process.execPath,
        [
          "--expose-gc",
          join(import.meta.dirname, "hostile-child.mjs"),
          file,
          codec,
          NAME,
          String(hostile.maxEntryBytes ?? ""),
        ],
        { encoding: "utf8", env: { ...process.env, TEST_KEYS: KEYS.first } },
      );
      expect(child.status, child.stderr).toBe(0);
      const { ended, grownMiB } = JSON.parse(child.stdout) as { ended: string; grownMiB: number };
      expect(ended).toBe(hostile.ends);
      expect(grownMiB).toBeLessThan(hostile.mostMiB);
    },
  );
});

describe("maxEntryBytes", () => {
  const open = (maxEntryBytes: number, codec: "json" | "bytes" | "structured" = "structured", compress = false) => {
    const store = memoryStore();
    return { store, storage: valueStorage({ store, keys: KEYS.first, maxEntryBytes, codec, compress }) };
  };

  test.each(["json", "bytes", "structured"] as const)("bounds what is written with codec %s, to the byte", (codec) => {
    const value = codec === "bytes" ? Buffer.from("a".repeat(5000)) : "a".repeat(5000);
    const plenty = open(1e6, codec);
    const size = plenty.store.blobs.get(String(plenty.storage.save(value)))?.length as number;
    const enough = open(size, codec);
    expect(enough.storage.load(enough.storage.save(value))).toEqual(value);
    const short = open(size - 1, codec);
    expect(() => short.storage.save(value)).toThrow(EncodeError);
    expect([...short.store.blobs.list()]).toEqual([]);
  });

  test("counts what a compressed body inflates to", () => {
    const { store, storage } = open(4000, "structured", true);
    expect(() => storage.save("a".repeat(5000))).toThrow(EncodeError);
    const reader = valueStorage({ store, keys: KEYS.first, maxEntryBytes: 4000 });
    const writer = valueStorage({ store, keys: KEYS.first, compress: true });
    const name = writer.save("a".repeat(5000));
    expect(() => reader.load(name)).toThrow(expect.objectContaining({ reason: "too-large" }));
  });

  test("counts the parts of a value together, where it is written too: nobody could read it back", () => {
    traceWarnings();
    const value = ["a".repeat(100_000), "b".repeat(100_000)];
    const { store, storage } = open(150_000);
    expect(() => storage.save(value)).toThrow(EncodeError);
    expect([...store.blobs.list()]).toEqual([]);
    const writer = valueStorage({ store, keys: KEYS.first });
    writer.save(value);
    expect(() => storage.load(digest(value))).toThrow(SignatureError);
  });

  test("makes a call whose result is larger run, say so once, and give its result", () => {
    const warnings = traceWarnings();
    const cache = openCache({ store: memoryStore(), keys: KEYS.first, maxEntryBytes: 5000 });
    let runs = 0;
    const large = fleche((x: number) => "a".repeat(6000) + x + (runs++ > 0), { name: "large", version: 1, cache });
    expect([large(1), large(1)].map((text) => text.length)).toEqual([6006, 6005]);
    expect(runs).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("maxEntryBytes");
  });
});

describe("what can be saved can be loaded, however deep", () => {
  const wraps: readonly (readonly [title: string, wrap: (inner: unknown) => unknown])[] = [
    ["arrays", (inner) => [inner]],
    ["objects", (inner) => ({ inner })],
    ["objects with symbols", (inner) => ({ [Symbol.for("inner")]: inner })],
    ["null prototypes", (inner) => Object.assign(Object.create(null) as object, { inner })],
    ["Maps", (inner) => new Map([["inner", inner]])],
    ["Sets", (inner) => new Set([inner])],
    ["causes of errors", (inner) => new Error("outer", { cause: inner })],
    ["errors together", (inner) => new AggregateError([inner], "outer")],
    ["fields of errors", (inner) => Object.assign(new Error("outer"), { inner })],
  ];
  const nested = (wrap: (inner: unknown) => unknown, levels: number): unknown => {
    let value: unknown = "innermost";
    for (let i = 0; i < levels; i++) value = wrap(value);
    return value;
  };

  test.each(wraps)("%s", (_, wrap) => {
    const storage = valueStorage({ store: memoryStore(), keys: KEYS.first });
    for (const levels of [100, 330, 500, 501, 660, 664, 665, 666, 667, 668, 990, 1000, 1001]) {
      let name: ReturnType<typeof storage.save>;
      try {
        name = storage.save(nested(wrap, levels));
      } catch (error) {
        expect(error, `${levels} levels`).toMatchObject({ message: expect.stringMatching(/levels deep/) });
        continue;
      }
      expect(digest(storage.load(name)), `${levels} levels`).toBe(String(name));
    }
  });
});
