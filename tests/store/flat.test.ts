/** The store that a Python program shares: where its files lie, what it leaves alone, and what becomes of faults. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { ConfigError, StoreError } from "../../src/errors.ts";
import { flatStore } from "../../src/store/file/flat.ts";
import { nodeFileSystem } from "../../src/store/file/system.ts";
import { faultyFiles, systemError } from "./fault-files.ts";

const home = mkdtempSync(join(tmpdir(), "fleche-flat-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made = 0;
const fresh = (): string => join(home, `${made++}`);

const NAME = "ab".repeat(32);
const OLD = Buffer.alloc(10_000, "old");
const NEW = Buffer.alloc(20_000, "new!");
const TEMPORARY = ".fleche-tmp";
const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

test("an entry lies under its full name, readable by us alone, and nothing else but a hidden folder", () => {
  const values = fresh();
  const store = flatStore({ values, calls: join(values, "calls"), durability: "process" });
  store.blobs.put(NAME, OLD);
  expect(readdirSync(values).sort()).toEqual([TEMPORARY, NAME, "calls"].sort());
  expect([modeOf(values), modeOf(join(values, NAME)), modeOf(join(values, TEMPORARY))]).toEqual(["700", "600", "700"]);
  expect([...store.blobs.list()]).toEqual([NAME]);
  expect([...store.records.list()]).toEqual([]);
});

test("without a directory for calls none are kept", () => {
  const values = fresh();
  const store = flatStore({ values, durability: "process" });
  store.records.put(NAME, OLD, {} as never);
  expect(store.records.get(NAME)).toBeUndefined();
  expect(existsSync(join(values, NAME))).toBe(false);
});

test("when it was written is told while it is read", () => {
  const values = fresh();
  const store = flatStore({ values, durability: "process" });
  store.blobs.put(NAME, OLD);
  utimesSync(join(values, NAME), 1_000, 1_000);
  const told = vi.fn(() => false);
  store.blobs.get(NAME, told);
  expect(told).toHaveBeenCalledWith(expect.any(Uint8Array), OLD.length, 1_000_000);
});

test("temporary files of writers that are gone are removed, others and those of others stay", () => {
  const values = fresh();
  flatStore({ values, durability: "process" }).blobs.put(NAME, OLD);
  const [old, young, foreign] = ["1-0123456789abcdef", "2-0123456789abcdef", "notes"].map((name) =>
    join(values, TEMPORARY, name),
  ) as [string, string, string];
  for (const path of [old, young, foreign]) writeFileSync(path, "");
  for (const path of [old, foreign]) utimesSync(path, 1, 1);
  flatStore({ values, durability: "process" });
  expect([old, young, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
});

test("a directory that others can write to is used with a warning; a file is refused, and so is a link for our folder", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const values = fresh();
  mkdirSync(values, { mode: 0o777 });
  nodeFileSystem.chmod(values, 0o777);
  expect(flatStore({ values, durability: "process" }).private).toBe(false);
  expect(warn.mock.calls.flat().join()).toContain("can be written by others");
  warn.mockRestore();

  const file = fresh();
  writeFileSync(file, "");
  expect(() => flatStore({ values: file, durability: "process" })).toThrow(ConfigError);

  const linked = fresh();
  const elsewhere = fresh();
  mkdirSync(elsewhere);
  const store = flatStore({ values: linked, durability: "process" });
  symlinkSync(elsewhere, join(linked, TEMPORARY));
  expect(() => store.blobs.put(NAME, NEW)).toThrow(StoreError);
  expect(readdirSync(elsewhere)).toEqual([]);
});

test.each(["process", "power"] as const)(
  "a put that fails at any call leaves whole entries and no litter (%s)",
  (durability) => {
    for (let n = 0; ; n++) {
      const values = fresh();
      flatStore({ values, durability: "process" }).blobs.put(NAME, OLD);
      let start = Number.POSITIVE_INFINITY;
      const files = faultyFiles((call, name) => (call === start + n ? systemError("ENOSPC", name) : undefined));
      const store = flatStore({ values, durability }, files);
      start = files.calls.length;
      let error: unknown;
      try {
        store.blobs.put(NAME, NEW);
      } catch (caught) {
        error = caught;
      }
      if (files.calls.length - start <= n) {
        expect(n).toBeGreaterThan(5);
        return;
      }
      if (error !== undefined) expect(error).toBeInstanceOf(StoreError);
      const found = Buffer.from(flatStore({ values, durability }).blobs.get(NAME) as Uint8Array);
      expect(found.equals(OLD) || found.equals(NEW)).toBe(true);
      expect(readdirSync(join(values, TEMPORARY))).toEqual([]);
    }
  },
);
