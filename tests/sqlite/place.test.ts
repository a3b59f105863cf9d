import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SyncStore } from "fleche";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { nodeFileSystem } from "../../src/store/file/system.ts";
import { type Driver, findDriver } from "../../src/store/sqlite/driver.ts";
import { makeTables } from "../../src/store/sqlite/schema.ts";
import { sqliteStoreOn } from "../../src/store/sqlite/sqlite.ts";
import { indexOf, nameOf, sampleBytes } from "../../src/testing/samples.ts";
import { databasePath, edit } from "./folder.ts";

const path = databasePath();
const big = sampleBytes(100_000);

const modeOf = (of: string): string => (lstatSync(of).mode & 0o777).toString(8);
const quietly = () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  return warn;
};

describe("files and directories", () => {
  test.each([0o000, 0o022, 0o077, 0o277, 0o777])("are readable by us alone under umask %o", (mask) => {
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), sampleBytes(10));
    store.blobs.put(nameOf(2), big);
    for (const file of [path(), `${path()}-wal`, `${path()}-shm`]) expect(modeOf(file), file).toBe("600");
    for (const folder of [dirname(path()), `${path()}-files`, `${path()}-files/bodies`, `${path()}-files/tmp`]) {
      expect(modeOf(folder), folder).toBe("700");
    }
    expect(store.private).toBe(true);
    expect(store.location).toBe(path());
    store.close();
  });

  test("are labelled where the directory is made, and nowhere else", () => {
    sqliteStore({ path: path() }).close();
    expect(readFileSync(join(dirname(path()), "CACHEDIR.TAG"), "utf8")).toMatch(/^Signature: 8a477f597d28d172789f/);
    expect(readFileSync(join(dirname(path()), "README"), "utf8")).toContain("made by fleche");
    const other = join(dirname(path()), "there");
    mkdirSync(other, { mode: 0o700 });
    sqliteStore({ path: join(other, "a.db") }).close();
    expect(existsSync(join(other, "README"))).toBe(false);
  });

  test("that only others can read are closed to them", () => {
    sqliteStore({ path: path() }).close();
    chmodSync(path(), 0o644);
    const store = sqliteStore({ path: path() });
    expect(store.private).toBe(true);
    expect(modeOf(path())).toBe("600");
    store.close();
  });

  test.each([
    ["the directory", () => dirname(path()), 0o777],
    ["the database", () => path(), 0o666],
  ] as const)("make the store not private, with a warning, where others can write to %s", (_, of, mode) => {
    const warn = quietly();
    sqliteStore({ path: path() }).close();
    chmodSync(of(), mode);
    const store = sqliteStore({ path: path() });
    expect(store.private).toBe(false);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(`can be written by others (mode ${mode.toString(8)})`));
    store.close();
  });
});

describe("links", () => {
  test("are not followed to a database", () => {
    const target = join(dirname(dirname(path())), "target.db");
    sqliteStore({ path: target }).close();
    const before = readFileSync(target);
    mkdirSync(dirname(path()));
    symlinkSync(target, path());
    expect(() => sqliteStore({ path: path() })).toThrowError(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining("is a link") }),
    );
    expect(readFileSync(target).equals(before)).toBe(true);
  });

  test.each(["-wal", "-shm", "-journal", "-files"])("in the place of %s lead nowhere", (suffix) => {
    sqliteStore({ path: path() }).close();
    const outside = join(dirname(dirname(path())), "outside");
    if (suffix === "-files") mkdirSync(outside);
    else writeFileSync(outside, "mine");
    rmSync(`${path()}${suffix}`, { force: true });
    symlinkSync(outside, `${path()}${suffix}`);
    quietly();
    const store = sqliteStore({ path: path() });
    expect(() => store.blobs.put(nameOf(1), big)).toThrowError(expect.objectContaining({ name: "StoreError" }));
    if (suffix === "-files") expect(existsSync(join(outside, "bodies"))).toBe(false);
    else expect(readFileSync(outside, "utf8")).toBe("mine");
    store.close();
  });
});

describe("what is no database of ours", () => {
  test("is refused and left alone: another program's", () => {
    mkdirSync(dirname(path()));
    edit(path(), (database) => database.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')"));
    const before = readFileSync(path());
    expect(() => sqliteStore({ path: path() })).toThrowError(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining("another program") }),
    );
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  test("is refused: one that a later version made", () => {
    sqliteStore({ path: path() }).close();
    edit(path(), (database) => database.exec("PRAGMA user_version = 2"));
    expect(() => sqliteStore({ path: path() })).toThrowError(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining("format 2; this one knows 1") }),
    );
  });

  test("is refused: a directory", () => {
    mkdirSync(path(), { recursive: true });
    expect(() => sqliteStore({ path: path() })).toThrowError(
      expect.objectContaining({ name: "ConfigError", message: expect.stringContaining("is not a file") }),
    );
  });

  test("fails each use and stays as it is: no database at all", () => {
    mkdirSync(dirname(path()));
    writeFileSync(path(), "my diary\n".repeat(1000));
    const store = sqliteStore({ path: path() });
    const failure = expect.objectContaining({ name: "StoreError", reason: "io-error" });
    expect(() => store.blobs.get(nameOf(1))).toThrowError(failure);
    expect(() => store.blobs.put(nameOf(1), sampleBytes(1))).toThrowError(failure);
    expect(readFileSync(path(), "utf8")).toBe("my diary\n".repeat(1000));
    store.close();
  });
});

describe("options", () => {
  test.each([
    [{ path: 5 }, "path must be the path of a file"],
    [{ path: "" }, "path must be the path of a file"],
    [{ path: "a\0b" }, "path must be the path of a file"],
    [{ path: ":memory:" }, "use memoryStore()"],
    [{ path: "x.db", durability: "none" }, 'durability must be "process" or "power"'],
    [{ pth: "x.db" }, 'unknown option "pth"; did you mean "path"?'],
  ])("that do not fit are errors: %o", (options, message) => {
    expect(() => sqliteStore(options as never)).toThrowError(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringContaining(message) }),
    );
  });
});

test("a database that is removed while it is open is made again by the next put", () => {
  const store = sqliteStore({ path: path() });
  store.blobs.put(nameOf(1), sampleBytes(10));
  for (const name of ["f", "g"]) store.records.put(nameOf(3), sampleBytes(10), indexOf({ name }));
  rmSync(dirname(path()), { recursive: true });
  store.blobs.put(nameOf(2), big);
  store.records.put(nameOf(4), sampleBytes(10), indexOf({ name: "g" }));
  const other = sqliteStore({ path: path() });
  for (const opened of [store, other]) {
    expect(opened.blobs.has(nameOf(1))).toBe(false);
    expect(opened.blobs.get(nameOf(2))).toEqual(Buffer.from(big));
    expect([...opened.records.find({ name: "g" })]).toEqual([nameOf(4)]);
    opened.close();
  }
});

test("an empty file is an empty database", () => {
  mkdirSync(dirname(path()), { mode: 0o700 });
  writeFileSync(path(), "", { mode: 0o600 });
  const store = sqliteStore({ path: path() });
  store.blobs.put(nameOf(1), sampleBytes(10));
  expect(store.blobs.has(nameOf(1))).toBe(true);
  store.close();
  expect(existsSync(`${path()}-wal`) && lstatSync(`${path()}-wal`).size > 0).toBe(false);
});

/** Opens a store at this path; before its n-th use of the driver somebody else does something. Whether there was an n-th. */
function openedAmid(at: string, n: number, act: () => void): { readonly store: SyncStore; readonly reached: boolean } {
  let uses = 0;
  const use = <T>(work: () => T): T => {
    if (++uses === n) act();
    return work();
  };
  const driver: Driver = {
    open(of) {
      const database = findDriver().open(of);
      return {
        close: () => database.close(),
        exec: (sql) => use(() => database.exec(sql)),
        prepare(sql) {
          const statement = database.prepare(sql);
          return {
            run: (...values) => use(() => statement.run(...values)),
            get: (...values) => use(() => statement.get(...values)),
            all: (...values) => use(() => statement.all(...values)),
          };
        },
      };
    },
  };
  const store = sqliteStoreOn({ driver, files: nodeFileSystem }, { path: at });
  return { store, reached: uses >= n };
}

test.each(["DELETE", "WAL"])("a database that another process makes meanwhile is ours, at any step (%s)", (mode) => {
  let made = 0;
  let reached = true;
  for (let n = 1; reached; n++) {
    const at = join(dirname(path()), String(n), "fleche.db");
    mkdirSync(dirname(at), { recursive: true, mode: 0o700 });
    edit(at, (database) => database.exec(`PRAGMA journal_mode = ${mode}`));
    const opened = openedAmid(at, n, () => {
      try {
        edit(at, (database) => makeTables(database, at));
        made++;
      } catch (error) {
        // We are writing, or reading what it would change: it would wait.
        expect(error).toMatchObject({ message: expect.stringContaining("locked") });
      }
    });
    reached = opened.reached;
    opened.store.blobs.put(nameOf(n), sampleBytes(10));
    const other = sqliteStore({ path: at });
    expect(other.blobs.has(nameOf(n)), `step ${n}`).toBe(true);
    other.close();
    opened.store.close();
  }
  expect(made).toBeGreaterThan(5);
});

test("a trigger that somebody adds while it is opened is seen, at any step", () => {
  for (let n = 1; ; n++) {
    const at = join(dirname(path()), String(n), "fleche.db");
    sqliteStore({ path: at }).close();
    const trigger = "CREATE TRIGGER theirs AFTER INSERT ON blobs BEGIN SELECT 1; END";
    const { store, reached } = openedAmid(at, n, () => edit(at, (database) => database.exec(trigger)));
    if (!reached) return store.close();
    expect(() => store.blobs.put(nameOf(n), sampleBytes(10)), `step ${n}`).toThrow(
      "holds what we did not make (theirs)",
    );
    store.close();
  }
});

test("a store that was closed says so", () => {
  const store = sqliteStore({ path: path() });
  store.close();
  expect(() => store.blobs.get(nameOf(1))).toThrowError(
    expect.objectContaining({ name: "StoreError", message: expect.stringContaining("was closed") }),
  );
});
