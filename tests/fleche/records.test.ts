/** Call records as they lie in a store: their bytes, their seal, and what becomes of them when somebody else writes there. */
import { createHash, createHmac, hash, hkdfSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment, fileStore, fleche, git, memoryStore, openCache, runtime, tags } from "fleche";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { traceCalls, traceWarnings } from "../engine/kit.ts";

const KEY = hash("sha256", "a key of the tests", "hex");
const START = Date.UTC(2026, 0, 1);

/** H(type name, parts) of the format, by itself. */
function h(type: string, ...parts: (string | Uint8Array)[]): string {
  const sha = createHash("sha256").update(type);
  for (const part of parts) sha.update(part);
  return sha.digest("hex");
}
const str = (text: string): string => h("str", text);
const none = h("NoneType", "__None__");
const tuple = (...children: string[]): string => h("tuple", ...children);
const dict = (entries: [string, string][]): string =>
  h(
    "dict",
    ...entries
      .map(([key, value]) => [str(key), value])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
      .flat(),
  );

/** An envelope of the format, written down byte by byte. */
function envelope(entry: string, body: Uint8Array, created: number): Buffer {
  const namespaceId = createHash("sha256").update("fleche/namespace/v1\0default").digest().subarray(0, 16);
  const derived = (info: Uint8Array, length: number) =>
    Buffer.from(hkdfSync("sha256", Buffer.from(KEY, "hex"), "fleche/v1", info, length));
  const header = Buffer.alloc(128);
  header.set([0x89, 0x46, 0x4c, 0x43, 0x0d, 0x0a, 0x1a, 0x0a], 0);
  header.set([1, 1, 2, 1, 0, 0], 8);
  header.writeUInt16BE(1, 14);
  header.writeBigUInt64BE(BigInt(body.length), 16);
  header.writeBigUInt64BE(BigInt(body.length), 24);
  header.writeBigUInt64BE(BigInt(created), 32);
  header.set(createHash("sha256").update(body).digest(), 40);
  header.set(Buffer.from(entry, "hex"), 72);
  header.set(namespaceId, 104);
  header.set(derived(Buffer.from("fleche/v1/key-id"), 8), 120);
  const mac = derived(Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]), 32);
  const tag = createHmac("sha256", mac).update("fleche/envelope/v1\0").update(header).digest();
  return Buffer.concat([header, tag, body]);
}

describe("a call record", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("has these bytes, under this name", () => {
    const store = memoryStore();
    const cache = openCache({ store, secretKey: KEY });
    const add = fleche((a: number, ...more: number[]) => a + more.length, {
      name: "add",
      module: "m",
      version: "1.0",
      cache,
      metadata: [{ name: "lab", pre: () => ({ room: 7 }) }],
    });
    expect(tags(["trial", "é"], () => add(1, 2))).toBe(2);
    const [one, two] = [h("int", Buffer.from([1])), h("int", Buffer.from([2]))];
    const pairs: [string, string][] = [
      ["a", one],
      ["more", tuple(two)],
    ];
    const key = h(
      "Call",
      dict([
        ["name", str("add")],
        ["arguments", tuple(...pairs.map(([name, digest]) => tuple(str(name), digest)))],
        ["metadata", none],
        ["module", str("m")],
        ["version", str("1.0")],
        ["code_digest", none],
        ["result", none],
      ]),
    );
    expect(add.digest(1, 2)).toBe(key);
    const { codeDigest, parts } = cache.loadRecord(key);
    const body =
      `{"v":1,"name":"add","module":"m","version":"1.0","codeDigest":"${codeDigest}","identity":"version",` +
      `"arguments":[["a","${one}"],["more","${tuple(two)}"]],"rest":"more","result":"${two}","async":false,` +
      `"startedMs":${START},"durationMs":0,"parent":null,"parts":${JSON.stringify(parts)},"tags":["trial","é"],` +
      `"metadata":{"lab":{"room":7}}}`;
    const expected = envelope(key, Buffer.from(body), START);
    expect(Buffer.from(store.records.get(key) as Uint8Array).toString("latin1")).toBe(expected.toString("latin1"));
    // And what is written down by hand is read.
    store.records.put(key, envelope(key, Buffer.from(body.replace("trial", "other")), START), {} as never);
    expect(cache.loadRecord(key).tags).toEqual(["other", "é"]);
    expect(add(1, 2)).toBe(2);
  });

  test("of closure identity has a key without module and version, but tells them", () => {
    const cache = openCache({ store: memoryStore(), secretKey: KEY });
    const f = fleche((x: number) => x, { name: "f", module: "m", cache });
    f(1);
    const { codeDigest } = f.call(1);
    const key = h(
      "Call",
      dict([
        ["name", str("f")],
        ["arguments", tuple(tuple(str("x"), h("int", Buffer.from([1]))))],
        ["metadata", none],
        ["module", none],
        ["version", none],
        ["code_digest", codeDigest],
        ["result", none],
      ]),
    );
    expect(f.digest(1)).toBe(key);
    expect(cache.loadRecord(key)).toMatchObject({ module: "m", version: null, codeDigest, identity: "closure" });
  });

  test("tells how long the run took and when it began", async () => {
    const cache = openCache({ store: memoryStore(), secretKey: KEY });
    const f = fleche(
      async () => {
        vi.advanceTimersByTime(1500);
        return 1;
      },
      { name: "f", version: 1, cache },
    );
    await f();
    expect(cache.loadRecord(f.digest())).toMatchObject({ startedMs: START, durationMs: 1500, async: true });
  });
});

test("metadata of runtime, environment and git is in the record", () => {
  const cache = openCache({ store: memoryStore(), keys: null });
  const f = fleche((x: number) => x, { name: "f", cache, metadata: [runtime(), environment(), git()] });
  f(1);
  const { metadata } = cache.loadRecord(f.digest(1));
  expect(metadata.runtime).toMatchObject({ wallMs: expect.any(Number), cpuMs: expect.any(Number) });
  expect(Object.keys(metadata.environment ?? {}).length).toBeGreaterThan(3);
  expect(JSON.stringify(metadata)).not.toMatch(/FLECHE_SECRET/);
});

describe("in files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "fleche-records-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const files = (kind: "calls" | "values") =>
    readdirSync(join(root, kind), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  test("nothing but a record's seal is asked: whatever is changed in its file, the call runs again, with the reason", () => {
    traceWarnings();
    const lines = traceCalls();
    const open = () => openCache({ store: fileStore({ root }), secretKey: KEY });
    const make = () => fleche((x: number) => ({ x }), { name: "f", cache: open() });
    make()(1);
    const [file] = files("calls") as [string];
    expect(files("calls")).toHaveLength(1);
    const sound = readFileSync(file);
    const text = sound.toString("latin1");
    const changes: [Buffer, string][] = [
      [Buffer.from(text.replace('"name":"f"', '"name":"g"'), "latin1"), "body-mismatch"],
      [Buffer.concat([sound, Buffer.from(" ")]), "trailing-bytes"],
      [sound.subarray(0, 300), "truncated"],
      [sound.subarray(160), "not-an-envelope"],
      [Buffer.from(sound.map((byte, i) => (i === 72 ? byte ^ 1 : byte))), "bad-signature"],
      [Buffer.from(sound.map((byte, i) => (i === 9 ? 0 : byte))), "unsigned"],
      [readFileSync(files("values")[0] as string), "wrong-kind"],
    ];
    lines.take();
    for (const [bytes, reason] of changes) {
      writeFileSync(file, bytes);
      expect(make()(1)).toEqual({ x: 1 });
      const seen = lines.take().map((line) => line.replace(/#\d+/, ""));
      // A value has another name, too; its kind is looked at first.
      expect(seen).toEqual([`f miss ${reason}`, "f run", "f stored"]);
    }
    expect(make()(1)).toEqual({ x: 1 });
    expect(lines.take().map((line) => line.replace(/#\d+/, ""))).toEqual(["f hit"]);
  });

  test("results outlive the cache that stored them, and are seen by another one at once", () => {
    const lines = traceCalls();
    const make = () =>
      fleche((x: number) => ({ x }), { name: "f", cache: openCache({ store: fileStore({ root }), secretKey: KEY }) });
    const [one, other] = [make(), make()];
    one(1);
    expect(other.contains(1)).toBe(true);
    expect(other(1)).toEqual({ x: 1 });
    expect(other.evict(1)).toBe(true);
    expect(one.contains(1)).toBe(false);
    expect(lines.map((line) => line.split(" ")[1])).toEqual(["miss", "run", "stored", "hit"]);
  });
});
