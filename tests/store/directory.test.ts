import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { ConfigError, StoreError } from "../../src/errors.ts";
import { fileStore } from "../../src/store/file/file.ts";

const home = realpathSync(mkdtempSync(join(tmpdir(), "fleche-directory-")));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made = 0;
const freshRoot = (): string => join(home, `${made++}`);

const NAME = "ab".repeat(32);
const BYTES = Buffer.from("bytes");
const posix = process.platform !== "win32";
const asRoot = process.geteuid?.() === 0;
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("the cache directory", () => {
  test("is made with what people need to know what it is", () => {
    const root = join(freshRoot(), "deeper", "still");
    const store = fileStore({ root });
    expect(readFileSync(join(root, "README"), "utf8")).toMatch(/a cache made by fleche/);
    // The signature that the specification of this file demands, at its very start.
    expect(readFileSync(join(root, "CACHEDIR.TAG"), "utf8")).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
    expect([store.private, store.location]).toEqual([true, root]);
    expect(warn).not.toHaveBeenCalled();
  });

  test("holds entries sharded by their first two characters, values beside calls", () => {
    const root = freshRoot();
    const store = fileStore({ root });
    store.blobs.put(NAME, BYTES);
    store.records.put(NAME, BYTES, {
      name: "f",
      module: null,
      version: null,
      codeDigest: null,
      arguments: [],
      result: NAME,
      tags: [],
      parent: null,
      startedMs: 0,
    });
    expect(readFileSync(join(root, "values", "ab", NAME.slice(2)))).toEqual(BYTES);
    expect(readFileSync(join(root, "calls", "ab", NAME.slice(2)))).toEqual(BYTES);
    expect(readdirSync(root).sort()).toEqual(["CACHEDIR.TAG", "README", "calls", "tmp", "values"]);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
  });

  test("that is there already is labelled as well; what lies in it is kept, labels too", () => {
    const root = freshRoot();
    mkdirSync(root, { mode: 0o700 });
    writeFileSync(join(root, "README"), "mine");
    fileStore({ root }).blobs.put(NAME, BYTES);
    expect(readFileSync(join(root, "README"), "utf8")).toBe("mine");
    expect(readdirSync(root).sort()).toEqual(["CACHEDIR.TAG", "README", "tmp", "values"]);
  });

  test("that is a file is refused", () => {
    const root = freshRoot();
    writeFileSync(root, "");
    expect(() => fileStore({ root })).toThrow(ConfigError);
    expect(() => fileStore({ root: join(root, "below") }).blobs.put(NAME, BYTES)).toThrow(StoreError);
    const link = freshRoot();
    symlinkSync(root, link);
    expect(() => fileStore({ root: link })).toThrow(ConfigError);
  });

  test("that is a link to nowhere is refused", () => {
    const root = freshRoot();
    symlinkSync(freshRoot(), root);
    expect(() => fileStore({ root })).toThrow(ConfigError);
    const loop = freshRoot();
    symlinkSync(loop, loop);
    expect(() => fileStore({ root: loop })).toThrow(ConfigError);
  });

  test.each(["", "a\0b", 1, null, undefined])("cannot be %j", (root) => {
    expect(() => fileStore({ root: root as string })).toThrow(TypeError);
    expect(() => fileStore({ root: root as string })).toThrow("root must be the path of a directory");
  });

  test("is not made for options that are misspelt, or ask for what there is not", () => {
    const root = freshRoot();
    for (const more of [{ durabilty: "power" }, { durability: "forever" }, { durability: true }]) {
      expect(() => fileStore({ root, ...(more as object) })).toThrow(TypeError);
    }
    expect(existsSync(root)).toBe(false);
  });

  test.skipIf(!posix)("that is a link is used, with a warning, and does not count as private", () => {
    const real = freshRoot();
    mkdirSync(real, { mode: 0o700 });
    const root = freshRoot();
    symlinkSync(real, root);
    const store = fileStore({ root });
    expect([store.private, store.location]).toEqual([false, real]);
    expect(warn.mock.calls).toEqual([[`fleche: the cache directory ${real} is a link`]]);
    store.blobs.put(NAME, BYTES);
    expect(existsSync(join(real, "values"))).toBe(true);
  });

  test.skipIf(!posix).each([[0o777], [0o770], [0o1777], [0o702]])(
    "that others can write to (mode %o) is used with a warning, and is not private",
    (mode) => {
      const root = freshRoot();
      mkdirSync(root);
      chmodSync(root, mode);
      const store = fileStore({ root });
      expect(store.private).toBe(false);
      expect(warn.mock.calls).toHaveLength(1);
      expect(warn.mock.calls[0]?.[0]).toContain("can be written by others");
      expect(statSync(root).mode & 0o7777).toBe(mode);
    },
  );

  test.skipIf(!posix).each(["values", "calls"])("of which others can write to %s is not private", (folder) => {
    const root = freshRoot();
    mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
    chmodSync(join(root, folder), 0o777);
    expect(fileStore({ root }).private).toBe(false);
    expect(warn.mock.calls[0]?.[0]).toContain(`has a folder, ${folder}, that can be written by others`);
  });

  test.skipIf(!posix).each([[0o700], [0o755], [0o500]])("that only we can write to (mode %o) is private", (mode) => {
    const root = freshRoot();
    mkdirSync(root);
    chmodSync(root, mode);
    expect(fileStore({ root }).private).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  });

  test.skipIf(!asRoot)("that belongs to somebody else is used with a warning, and is not private", () => {
    const root = freshRoot();
    mkdirSync(root, { mode: 0o700 });
    chownSync(root, 12345, 12345);
    const store = fileStore({ root });
    expect(store.private).toBe(false);
    expect(warn.mock.calls[0]?.[0]).toContain("belongs to user 12345, not to us (0)");
  });

  test.skipIf(!posix)("whose folders were replaced by links is not written through them", () => {
    for (const folder of ["tmp", "values", "values/ab"]) {
      const root = freshRoot();
      const victim = freshRoot();
      mkdirSync(victim);
      const store = fileStore({ root });
      mkdirSync(join(root, folder, ".."), { recursive: true, mode: 0o700 });
      symlinkSync(victim, join(root, folder));
      expect(() => store.blobs.put(NAME, BYTES)).toThrow(StoreError);
      expect(readdirSync(victim)).toEqual([]);
    }
  });
});

describe.skipIf(!posix)("whatever the umask", () => {
  test.each(["000", "077", "277", "777"])("%s: directories are 0700 and entries 0600", (umask) => {
    const root = freshRoot();
    const child = spawnSync(process.execPath, [join(import.meta.dirname, "umask-child.mjs"), root, umask, NAME], {
      encoding: "utf8",
    });
    expect(child.stderr).toBe("");
    const paths = [root, ...["values", "values/ab", "tmp"].map((folder) => join(root, folder))];
    expect(paths.map(modeOf)).toEqual(paths.map(() => "700"));
    expect(modeOf(join(root, "values/ab", NAME.slice(2)))).toBe("600");
    expect(Number.parseInt(modeOf(join(root, "README")), 8) & 0o077).toBe(0);
  });
});

describe("temporary files", () => {
  const DAY = 24 * 60 * 60;
  const temporary = (root: string, name: string, ageSeconds: number): string => {
    const path = join(root, "tmp", name);
    writeFileSync(path, "half");
    const time = Date.now() / 1000 - ageSeconds;
    utimesSync(path, time, time);
    return path;
  };

  test("of writers that died a day ago are removed when the store is opened; younger ones are not", () => {
    const root = freshRoot();
    fileStore({ root }).blobs.put(NAME, BYTES);
    const old = temporary(root, "123-0123456789abcdef", DAY + 60);
    const young = temporary(root, "123-fedcba9876543210", DAY - 60);
    const ahead = temporary(root, "123-00000000ffffffff", -DAY * 1000);
    fileStore({ root });
    expect([old, young, ahead].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  test("are told by their names: nothing else in that folder is touched, however old", () => {
    const root = freshRoot();
    fileStore({ root }).blobs.put(NAME, BYTES);
    const foreign = temporary(root, "thesis.txt", DAY * 100);
    mkdirSync(join(root, "tmp", "9-0123456789abcdef"));
    utimesSync(join(root, "tmp", "9-0123456789abcdef"), 1, 1);
    symlinkSync(foreign, join(root, "tmp", "8-0123456789abcdef"));
    const old = temporary(root, "7-0123456789abcdef", DAY * 100);
    fileStore({ root });
    expect(existsSync(foreign)).toBe(true);
    expect(lstatSync(join(root, "tmp", "8-0123456789abcdef")).isSymbolicLink()).toBe(true);
    expect(existsSync(old)).toBe(false);
  });

  test.skipIf(!posix)("are looked for in our folder only, not where a link in its place leads", () => {
    const root = freshRoot();
    const victim = freshRoot();
    fileStore({ root });
    mkdirSync(join(victim, "tmp"), { recursive: true });
    const precious = temporary(victim, "123-0123456789abcdef", DAY * 100);
    symlinkSync(join(victim, "tmp"), join(root, "tmp"));
    fileStore({ root });
    expect(existsSync(precious)).toBe(true);
  });

  test("of a writer at work do not appear among the entries", () => {
    const root = freshRoot();
    const store = fileStore({ root });
    store.blobs.put(NAME, BYTES);
    temporary(root, "123-0123456789abcdef", 1);
    for (const name of [
      "values/README",
      "values/zz",
      "values/ab/short",
      `values/ab/${NAME}`,
      `values/ab/${NAME.slice(2).toUpperCase()}x`,
    ]) {
      writeFileSync(join(root, name), "");
    }
    expect([...store.blobs.list()]).toEqual([NAME]);
    expect([...store.blobs.list("a")]).toEqual([NAME]);
    expect([...store.blobs.list("ac")]).toEqual([]);
  });
});
