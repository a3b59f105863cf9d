/**
 * What somebody who can write to the store, or holds a key, may try with code in an entry. Each payload would leave a mark
 * where it was run; the mark must not be there.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ROOT } from "../../src/closure/body.ts";
import { closureCodec, closureFile } from "../../src/closure-file.ts";
import type { Codec } from "../../src/codec/codec.ts";
import { writeV8 } from "../../src/codec/structured/v8-bytes.ts";
import { NotFoundError } from "../../src/errors.ts";
import { runSync } from "../../src/flow.ts";
import { startReporter } from "../../src/observe/reporter.ts";
import { startTally } from "../../src/observe/tally.ts";
import { KIND } from "../../src/seal/header.ts";
import { type KeyRing, keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { seal } from "../../src/seal/seal.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { structuredFile } from "../../src/value-file.ts";
import { makeRules } from "../../src/vault/posture.ts";
import { valuesIn } from "../../src/vault/value-flows.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";

const KEY = "0123456789abcdef".repeat(4);
const OTHER = "fedcba9876543210".repeat(4);
const ENTRY = "ab".repeat(32);
const namespaceId = namespaceIdOf("default");

let root: string;
const mark = (): string => join(root, "mark");
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fleche-attack-"));
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

/** A body whose one function writes a file as soon as it is defined. */
function payload(): Uint8Array {
  const text = `(process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(mark())}, "run"), () => 1)`;
  const fn = { text, method: false, scope: ROOT.strict, own: [] };
  return writeV8({ form: 1, value: { $fleche: ["function", 0] }, functions: [fn], scopes: [] }, new Uint8Array(0));
}

function entry(body: Uint8Array, { key, codec = 16 }: { key?: string; codec?: number }): Uint8Array {
  const signer = key === undefined ? undefined : keyRing(key).inNamespace(namespaceId);
  return seal({
    kind: KIND.value,
    codec,
    scheme: 1,
    entry: ENTRY,
    namespaceId,
    body,
    uncompressedLength: undefined,
    createdMs: 0,
    signer,
  });
}

/** What a storage does with an entry; `ran` is whether anything of it was run. */
function outcome(
  bytes: Uint8Array,
  codec: Codec | "structured",
  keys: KeyRing | string | null,
): { reason: string; ran: boolean } {
  const store = memoryStore();
  store.blobs.put(ENTRY, bytes);
  const storage = valueStorage({ store, codec, keys });
  let reason = "served";
  try {
    storage.load(ENTRY);
  } catch (error) {
    reason = error instanceof NotFoundError ? error.reason : String(error);
  }
  return { reason, ran: readdirSync(root).includes("mark") };
}

describe("a payload that would write a file", () => {
  test("does write it where a trusted key signed it: the other cases would notice", () => {
    expect(outcome(entry(payload(), { key: KEY }), closureCodec, KEY).ran).toBe(true);
  });

  test.each<[string, Parameters<typeof entry>[1], Codec | "structured", string | null, string]>([
    ["unsigned", {}, closureCodec, KEY, "unsigned"],
    ["signed by a key that is not ours", { key: OTHER }, closureCodec, KEY, "unknown-key"],
    ["unsigned, in a storage of another codec with keys", {}, "structured", KEY, "unsigned"],
    ["unsigned, in a storage of another codec without keys", {}, "structured", null, "codec-not-allowed"],
    ["signed, in a storage without keys", { key: KEY }, "structured", null, "codec-not-allowed"],
    [
      "signed by our key, in a storage that does not name the codec",
      { key: KEY },
      "structured",
      KEY,
      "codec-not-allowed",
    ],
    ["signed by our key as structured", { key: KEY, codec: 3 }, closureCodec, KEY, "decode-failed"],
  ])("%s: is never run", (_, how, codec, keys, reason) => {
    expect(outcome(entry(payload(), how), codec, keys)).toEqual({ reason, ran: false });
  });

  describe("in a list of keys with policies", () => {
    /** The second key signs and was granted the codec; what of the first one is left to it is tried. */
    const ring = (codecs?: readonly string[]): KeyRing =>
      keyRing([
        { secretKey: OTHER, codecs: ["closure"] },
        { secretKey: KEY, ...(codecs === undefined ? {} : { codecs }) },
      ]);

    test.each<[string, readonly string[] | undefined]>([
      ["every codec but this one", ["json", "bytes", "structured"]],
      ["no codec by name", undefined],
    ])("row 72: signed by a key that was granted %s: is never run", (_, codecs) => {
      const bytes = entry(payload(), { key: KEY });
      expect(outcome(bytes, closureCodec, ring(codecs))).toEqual({ reason: "codec-not-allowed", ran: false });
    });

    test("row 72: signed by a key that was granted it: is run, so the cases before would notice", () => {
      const bytes = entry(payload(), { key: KEY });
      expect(outcome(bytes, closureCodec, ring(["closure"])).ran).toBe(true);
    });
  });

  test("behind a good header with any one bit flipped: is never run", () => {
    const bytes = entry(payload(), { key: KEY });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const { reason, ran } = outcome(flipped, closureCodec, KEY);
      expect({ bit, ran }).toEqual({ bit, ran: false });
      expect(["served", "decode-failed"]).not.toContain(reason);
    }
  });

  test("put in the place of a good file: is refused, and stays where it is", () => {
    const folder = join(root, "cache");
    const storage = closureFile({ root: folder, secretKey: KEY });
    const digest = storage.save({ run: () => 1 });
    const file = join(folder, "values", digest.slice(0, 2), digest.slice(2));
    const good = readFileSync(file);
    const forged = Buffer.concat([good.subarray(0, 160), payload()]);
    writeFileSync(file, forged);
    expect(() => storage.load(digest)).toThrow(/failed signature check/);
    expect(readdirSync(root)).toEqual(["cache"]);
    expect(readFileSync(file)).toEqual(forged);
  });

  test("the files of a closure storage are nothing to a structured one", () => {
    const folder = join(root, "cache");
    const digest = closureFile({ root: folder, secretKey: KEY }).save({ run: () => 1 });
    expect(() => structuredFile({ root: folder, secretKey: KEY }).load(digest)).toThrow(/failed signature check/);
  });
});

test("rules without keys have no reader of it, whoever makes them", () => {
  const rules = makeRules({
    ring: undefined,
    namespace: "default",
    numbers: "exact",
    posture: "on",
    checkContent: "never",
    maxEntryBytes: 1e6,
    compress: false,
    codec: closureCodec,
    privateStore: true,
  });
  const store = memoryStore();
  store.blobs.put(ENTRY, entry(payload(), {}));
  const values = valuesIn(store, { rules, reporter: startReporter(), tally: startTally() });
  expect(runSync(values.findValue(ENTRY))).toMatchObject({ refused: "codec-not-allowed" });
  expect(readdirSync(root)).toEqual([]);
});
