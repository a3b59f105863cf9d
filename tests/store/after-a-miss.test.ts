/** What lies at an entry's place is judged alike whether or not the entry before was missing. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileStore, fileStoreOn } from "../../src/store/file/file.ts";
import { type FileSystem, nodeFileSystem } from "../../src/store/file/system.ts";
import { systemError } from "./fault-files.ts";

const NAME = "ab".repeat(32);
const ABSENT = "cd".repeat(32);

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), "fleche-miss-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const KINDS: readonly (readonly [name: string, put: (path: string) => void])[] = [
  ["a link", (path) => symlinkSync("/etc/hostname", path)],
  ["a link that leads nowhere", (path) => symlinkSync("/nowhere/at/all", path)],
  ["a directory", (path) => mkdirSync(path)],
];

test.each(KINDS)("%s is no entry, and is refused", async (_, put) => {
  const root = join(home(), "cache");
  const store = fileStore({ root });
  const path = join(root, "values", NAME.slice(0, 2), NAME.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  put(path);
  const refused = { reason: "not-a-regular-file" };
  expect(() => store.blobs.get(NAME)).toThrow(expect.objectContaining(refused));
  for (let i = 0; i < 2; i++) {
    expect(store.blobs.get(ABSENT)).toBe(undefined);
    expect(() => store.blobs.get(NAME)).toThrow(expect.objectContaining(refused));
    expect(store.blobs.get(ABSENT)).toBe(undefined);
    await expect(store.blobs.getLater?.(NAME)).rejects.toMatchObject(refused);
  }
});

test("a look that fails is not taken for a missing entry: whoever opens it finds it, or says why", () => {
  const root = join(home(), "cache");
  fileStore({ root }).blobs.put(NAME, Buffer.from("there"));
  let failing: readonly string[] = [];
  const failed = (call: string): void => {
    if (failing.includes(call)) throw systemError("EACCES", call);
  };
  const files: FileSystem = {
    ...nodeFileSystem,
    lstat: (path) => {
      failed("lstat");
      return nodeFileSystem.lstat(path);
    },
    open: (path, flags, mode) => {
      failed("open");
      return nodeFileSystem.open(path, flags, mode);
    },
  };
  const store = fileStoreOn(files, { root });
  expect(store.blobs.get(ABSENT)).toBe(undefined);
  failing = ["lstat"];
  expect(store.blobs.get(NAME)).toEqual(Buffer.from("there"));
  expect(store.blobs.get(ABSENT)).toBe(undefined);
  failing = ["lstat", "open"];
  expect(() => store.blobs.get(NAME)).toThrow(expect.objectContaining({ reason: "io-error" }));
});

test("an entry that is put after it was missing is there at once", () => {
  const store = fileStore({ root: join(home(), "cache") });
  for (let i = 0; i < 3; i++) {
    expect(store.blobs.get(NAME)).toBe(undefined);
    expect(store.blobs.get(NAME)).toBe(undefined);
    store.blobs.put(NAME, Buffer.from("now"));
    expect(store.blobs.get(NAME)).toEqual(Buffer.from("now"));
    store.blobs.delete(NAME);
  }
});

test("directories are made with those above them, and where nothing can be made it ends", () => {
  const folder = home();
  const deep = join(folder, "a", "b", "c");
  nodeFileSystem.mkdir(deep, 0o700, true);
  nodeFileSystem.mkdir(deep, 0o700, true);
  expect(existsSync(deep)).toBe(true);
  writeFileSync(join(folder, "file"), "");
  expect(() => nodeFileSystem.mkdir(join(folder, "file"), 0o700, true)).toThrow(/EEXIST/);
  expect(() => nodeFileSystem.mkdir(join(folder, "file", "x"), 0o700, true)).toThrow(/ENOTDIR|ENOENT/);
  if (existsSync("/proc/self")) expect(() => nodeFileSystem.mkdir("/proc/none/x", 0o700, true)).toThrow(/ENOENT/);
});
