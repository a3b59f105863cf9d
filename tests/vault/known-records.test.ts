import { expect, test } from "vitest";
import { formatRecord, parseRecord } from "../../src/record/format.ts";
import { knownRecords } from "../../src/vault/known-records.ts";

const KEY = "0".repeat(64);

function bytesOf(name: string, note = ""): Uint8Array {
  return formatRecord({
    name,
    module: null,
    version: 1,
    codeDigest: null,
    identity: "version",
    arguments: [["x", "a".repeat(64)]],
    rest: null,
    result: "b".repeat(64),
    async: false,
    startedMs: 1,
    durationMs: 2,
    parent: null,
    parts: [],
    tags: ["one"],
    metadata: { notes: { note } },
  });
}

/** A reader, and how often it had to parse. */
function counting() {
  const parsed: Uint8Array[] = [];
  const read = knownRecords((body) => {
    parsed.push(body);
    return parseRecord(body);
  });
  return { read, parses: () => parsed.length };
}

test("the same bytes give the same record, which is parsed once", () => {
  const { read, parses } = counting();
  const first = read(KEY, bytesOf("f"));
  expect(read(KEY, bytesOf("f"))).toBe(first);
  expect(first).toEqual(parseRecord(bytesOf("f")));
  expect(parses()).toBe(1);
});

test("other bytes under the same key are parsed, whatever was there before, of the same length too", () => {
  const { read } = counting();
  for (const name of ["f", "g", "f", "longer"]) expect(read(KEY, bytesOf(name)).name).toBe(name);
});

test("the same bytes under another key are parsed for themselves", () => {
  const { read, parses } = counting();
  read(KEY, bytesOf("f"));
  read("1".repeat(64), bytesOf("f"));
  expect(parses()).toBe(2);
});

test("bytes that are no record are refused each time, and what is known stays", () => {
  const { read, parses } = counting();
  const first = read(KEY, bytesOf("f"));
  for (let i = 0; i < 2; i++) expect(() => read(KEY, Buffer.from("{}"))).toThrow(/call record/);
  expect(read(KEY, bytesOf("f"))).toBe(first);
  expect(parses()).toBe(3);
});

test("nobody can change what others get", () => {
  const { read } = counting();
  const record = read(KEY, bytesOf("f", "a note"));
  for (const change of [
    () => Object.assign(record, { name: "g" }),
    () => (record.tags as string[]).push("two"),
    () => Object.assign(record.arguments[0] as object, { 1: "c".repeat(64) }),
    () => Object.assign(record.metadata.notes as object, { note: "another" }),
  ]) {
    expect(change).toThrow(TypeError);
  }
  expect(read(KEY, bytesOf("f", "a note"))).toEqual(parseRecord(bytesOf("f", "a note")));
});

test("long records and the least recent of many are not remembered", () => {
  const { read, parses } = counting();
  const long = bytesOf("f", "x".repeat(5_000));
  for (let i = 0; i < 3; i++) read(KEY, long);
  expect(parses()).toBe(3);
  for (let i = 0; i < 513; i++) read(String(i).padStart(64, "0"), bytesOf("f"));
  const before = parses();
  read("512".padStart(64, "0"), bytesOf("f"));
  expect(parses()).toBe(before);
  read("1".padStart(64, "1"), bytesOf("f"));
  read("0".padStart(64, "0"), bytesOf("f"));
  expect(parses()).toBe(before + 2);
});
