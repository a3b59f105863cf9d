import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fleche, openCache, valueStorage } from "../../src/index.ts";
import { sqliteStore } from "../../src/sqlite.ts";
import { nodeFileSystem } from "../../src/store/file/system.ts";
import { type Database, findDriver, type Row } from "../../src/store/sqlite/driver.ts";
import { sqliteStoreOn } from "../../src/store/sqlite/sqlite.ts";
import { indexOf, nameOf, sampleBytes } from "../../src/testing/samples.ts";
import { databasePath, edit } from "./folder.ts";

const path = databasePath();
const big = sampleBytes(100_000);
const ioError = expect.objectContaining({ name: "StoreError", reason: "io-error" });
const notRegular = expect.objectContaining({ name: "StoreError", reason: "not-a-regular-file" });

const key = (i: number): Uint8Array => Buffer.from(nameOf(i), "hex");
const bodies = (): string[] => {
  const folder = `${path()}-files/bodies`;
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((x) => x.length > 3)
    : [];
};

/** A store whose connection a test can reach: for settings that SQLite keeps for each connection. */
function openWithDatabase() {
  const driver = findDriver();
  const databases: Database[] = [];
  const open = (of: string): Database => {
    const database = driver.open(of);
    databases.push(database);
    return database;
  };
  const store = sqliteStoreOn({ driver: { open }, files: nodeFileSystem }, { path: path() });
  onTestFinished(() => store.close());
  return { store, database: databases.at(-1) as Database };
}

describe("edited tables never give a wrong value", () => {
  test.each([
    ["bodies swapped", "UPDATE blobs SET body = (SELECT body FROM blobs b WHERE b.id <> blobs.id)", "wrong-entry"],
    [
      "names swapped",
      "UPDATE blobs SET name = zeroblob(32) WHERE id = 1; UPDATE blobs SET name = (SELECT name FROM blobs WHERE id = 2) || '' WHERE id = 1",
      "absent",
    ],
    ["a body cut", "UPDATE blobs SET body = substr(body, 1, 100)", "truncated"],
    ["a body emptied", "UPDATE blobs SET body = x''", "truncated"],
    ["a body removed", "UPDATE blobs SET body = NULL", "truncated"],
    ["a text for a body", "UPDATE blobs SET body = 'text'", "not-a-regular-file"],
    ["a number for a body", "UPDATE blobs SET body = 7", "not-a-regular-file"],
    ["a number too large to read", "UPDATE blobs SET body = 9223372036854775807", "io-error"],
    ["a body of 20 MB", "UPDATE blobs SET body = zeroblob(20000000)", "not-a-regular-file"],
    ["a file that is not there", "UPDATE blobs SET file = randomblob(32)", "absent"],
    ["a file name that is none", "UPDATE blobs SET file = '../../x'", "not-a-regular-file"],
    ["a row deleted", "DELETE FROM blobs WHERE id = 1", "absent"],
    ["all rows deleted", "DELETE FROM blobs", "absent"],
    ["another kind of name", "UPDATE blobs SET name = hex(name)", "absent"],
  ])("%s", (_, sql, reason) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const values = valueStorage({ store: sqliteStore({ path: path() }), secretKey: "ab".repeat(32) });
    const digest = values.save("first");
    values.save("second");
    edit(path(), (database) => database.exec(sql));
    expect(() => values.load(digest)).toThrowError(expect.objectContaining({ reason }));
    expect(() => [...values.list()]).not.toThrow();
    values.close();
  });

  test("columns that are searched: found or not, nothing fails, and the record stays what it is", () => {
    const store = sqliteStore({ path: path() });
    const record = sampleBytes(30);
    for (const i of [1, 2, 3])
      store.records.put(nameOf(i), record, indexOf({ tags: ["t"], arguments: [["a", nameOf(9)]] }));
    const edits = [
      "UPDATE records SET result = 5, started_ms = 'never'",
      "UPDATE records SET function = 77 WHERE id = 1",
      "UPDATE records SET id = 9223372036854775807 WHERE id = 2",
      "UPDATE arguments SET record = 9223372036854775807 WHERE record = 1",
      "UPDATE tags SET record = -9223372036854775808 WHERE record = 1",
      "UPDATE records SET marks = 'text', parent = 7, used_ms = 'never' WHERE id = 1",
      "UPDATE records SET marks = zeroblob(10000000), used_ms = 9223372036854775807 WHERE id = 3",
      "INSERT INTO functions (id, name) VALUES (9223372036854775807, 'simulate')",
      "INSERT INTO records (name, function) VALUES (7, 1), ('x', 1), (zeroblob(31), 1), (zeroblob(100000), 1)",
      "DELETE FROM functions",
    ];
    for (const sql of edits) {
      edit(path(), (database) => database.exec(sql));
      for (const filter of [
        {},
        { name: "simulate" },
        { result: nameOf(0) },
        { tags: ["t"] },
        { arguments: [["a", nameOf(9)]] as const },
      ]) {
        for (const name of store.records.find(filter)) expect([1, 2, 3].map(nameOf)).toContain(name);
      }
      for (const order of ["latest", "earliest"] as const) {
        for (const name of store.records.findByTime({ name: "simulate" }, order)) {
          expect([1, 2, 3].map(nameOf)).toContain(name);
        }
      }
      expect(store.records.usedMs(nameOf(3))).toBeGreaterThanOrEqual(0);
      expect(store.records.get(nameOf(3))).toEqual(record);
      // A row under a number that JavaScript cannot hold is none of ours.
      const listed = [...store.records.list()];
      expect(new Set([...listed, nameOf(2)])).toEqual(new Set([1, 2, 3].map(nameOf)));
      expect(listed.length).toBeLessThanOrEqual(3);
    }
    for (const i of [1, 3]) expect(store.records.delete(nameOf(i))).toBe(true);
    store.close();
  });
});

describe("rows that somebody added or edited hide no others from a search", () => {
  test.each([
    ["names that are none", "INSERT INTO records (name, function, started_ms) SELECT zeroblob(31), 1, 5 FROM n"],
    [
      "names that are texts",
      "INSERT INTO records (name, function, started_ms) SELECT substr(hex(randomblob(16)), 1, 32), 1, 5 FROM n",
    ],
    [
      "names that are huge",
      "INSERT INTO records (name, function, started_ms) SELECT zeroblob(100000), 1, 5 FROM n LIMIT 10",
    ],
    [
      "times that are texts",
      "INSERT INTO records (name, function, started_ms) SELECT randomblob(32), 1, 'never' FROM n",
    ],
    ["times that are blobs", "INSERT INTO records (name, function, started_ms) SELECT randomblob(32), 1, x'ff' FROM n"],
    ["no times", "INSERT INTO records (name, function) SELECT randomblob(32), 1 FROM n"],
    [
      "numbers beyond JavaScript's",
      "INSERT INTO records (id, name, function, started_ms) VALUES (9223372036854775807, randomblob(32), 1, 5), (-9223372036854775808, randomblob(32), 1, 5)",
    ],
  ])("%s", (_, sql) => {
    const store = sqliteStore({ path: path() });
    const ours = [1, 2, 3].map(nameOf);
    for (const name of ours) store.records.put(name, sampleBytes(30), indexOf());
    edit(path(), (database) => {
      // More than a page of them.
      const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)";
      database.exec(sql.replace(/^INSERT INTO records (\(.*?\)) SELECT/, `INSERT INTO records $1 ${many} SELECT`));
    });
    for (const found of [
      store.records.find({ name: "simulate" }),
      store.records.find({}),
      store.records.findByTime({}, "latest"),
      store.records.findByTime({ name: "simulate" }, "earliest"),
    ]) {
      const names = [...found];
      expect(names).toEqual(expect.arrayContaining(ours));
      expect(names.filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
    }
    store.close();
  });
});

describe("changed tables", () => {
  // A recursion without an end, if it ever ran.
  const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const changes = [
    ["a trigger", `CREATE TRIGGER t AFTER INSERT ON blobs BEGIN INSERT INTO tags SELECT 1, 2, (${endless}); END`],
    [
      "a view for a table",
      `DROP TABLE blobs; CREATE VIEW blobs AS SELECT 1 AS id, x'00' AS name, NULL AS file, (${endless}) AS body`,
    ],
    ["a table dropped", "DROP TABLE blobs"],
    ["a table of others", "CREATE TABLE notes (text)"],
    ["an index dropped", "DROP INDEX blobs_name"],
    ["an index dropped that only removing needs", "DROP INDEX tags_record"],
    ["another column", "ALTER TABLE blobs ADD COLUMN x"],
  ] as const;

  test.each(changes)("fail each use when the store is opened, and nothing in them runs: %s", (_, sql) => {
    sqliteStore({ path: path() }).close();
    edit(path(), (database) => database.exec(sql));
    const store = sqliteStore({ path: path() });
    expect(() => store.blobs.get(nameOf(1))).toThrowError(ioError);
    expect(() => store.blobs.put(nameOf(1), sampleBytes(1))).toThrowError(ioError);
    store.close();
  });

  test.each(changes)("fail writing while the store is open, and nothing in them runs: %s", (_, sql) => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), sampleBytes(1));
    edit(path(), (database) => database.exec(sql));
    expect(() => store.blobs.put(nameOf(1), sampleBytes(1))).toThrowError(ioError);
    expect(() => store.blobs.delete(nameOf(1))).toThrowError(ioError);
    try {
      store.blobs.get(nameOf(1));
    } catch (error) {
      expect(error).toEqual(ioError);
    }
    store.close();
  });

  test.each(["blobs", "records"] as const)(
    "a view in the place of %s, with an entry for every name, serves none",
    (table) => {
      const store = sqliteStore({ path: path() });
      const { blobs, records } = store;
      records.put(nameOf(1), sampleBytes(5), indexOf());
      blobs.put(nameOf(1), sampleBytes(5));
      edit(path(), (database) =>
        database.exec(
          `DROP TABLE ${table}; CREATE VIEW ${table} AS SELECT 1 AS id, x'${nameOf(1)}' AS name, NULL AS file, x'00' AS body, 7 AS used_ms`,
        ),
      );
      const uses: (() => unknown)[] = [
        () => store[table].get(nameOf(1)),
        () => records.hit(nameOf(1), undefined as never, () => undefined),
      ];
      if (table === "blobs") uses.push(() => blobs.has(nameOf(1)));
      else
        uses.push(
          () => records.usedMs(nameOf(1)),
          () => records.noteUse(nameOf(1), 5),
        );
      for (const use of uses) expect(use).toThrowError(ioError);
      store.close();
    },
  );

  test.each([
    ["a view for the table of arguments", "arguments"],
    ["a view for the table of tags", "tags"],
    ["a view for the table of functions", "functions"],
    ["a view for the table of records", "records"],
  ])("make a search find nothing, with a warning, while the store is open: %s", (_, table) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const cache = openCache({ store: sqliteStore({ path: path() }), secretKey: "ab".repeat(32) });
    const half = fleche((x: number) => x / 2, { cache, version: 1, name: "half" });
    half(7);
    expect(cache.query({ arguments: { x: 7 } }).count()).toBe(1);
    edit(path(), (database) =>
      database.exec(`DROP TABLE ${table}; CREATE VIEW ${table} AS SELECT (${endless}) AS id, 1 AS digest, 1 AS tag`),
    );
    for (const selection of [{}, { arguments: { x: 7 } }, { name: "half", tags: ["t"] }, { result: 3.5 }]) {
      expect(cache.query(selection).toArray()).toEqual([]);
    }
    expect(cache.query().latest()).toBeUndefined();
    // Where records cannot be listed either, an answer would be as good as invented.
    if (table === "records") expect(() => cache.lineage(half.digest(7))).toThrowError(ioError);
    else expect(cache.lineage(half.digest(7)).nodes.length).toBeLessThan(3);
    expect(warn.mock.calls.flat().join()).toContain("a search found nothing: the database");
    // What needs no search is served as long as its own table is there.
    expect(half(7)).toBe(3.5);
    cache.close();
  });

  test("statistics that ANALYZE left are no change", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), sampleBytes(1));
    edit(path(), (database) => database.exec("ANALYZE"));
    store.blobs.put(nameOf(2), sampleBytes(1));
    store.close();
    const again = sqliteStore({ path: path() });
    expect(again.blobs.has(nameOf(2))).toBe(true);
    again.close();
  });
});

describe("trouble is a StoreError, and passes", () => {
  test("a full disk: nothing of the failed put is left, what was there is untouched", () => {
    const { store, database } = openWithDatabase();
    store.blobs.put(nameOf(1), sampleBytes(50_000));
    store.blobs.put(nameOf(3), big);
    const files = bodies();
    const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    for (const put of [
      () => store.blobs.put(nameOf(2), sampleBytes(60_000)),
      () => store.blobs.put(nameOf(1), sampleBytes(65_000)),
      () => store.records.put(nameOf(2), sampleBytes(60_000), indexOf()),
    ]) {
      expect(put).toThrowError(ioError);
    }
    expect(store.blobs.get(nameOf(2))).toBeUndefined();
    expect(store.blobs.get(nameOf(1))).toEqual(sampleBytes(50_000));
    expect([...store.records.find({ name: "simulate" })]).toEqual([]);
    expect(bodies()).toEqual(files);
    database.exec("PRAGMA max_page_count = 100000");
    store.records.put(nameOf(2), sampleBytes(60_000), indexOf());
    expect([...store.records.find({ name: "simulate" })]).toEqual([nameOf(2)]);
  });

  test("another process that holds the lock for too long", () => {
    const { store, database } = openWithDatabase();
    store.blobs.put(nameOf(1), sampleBytes(5));
    database.exec("PRAGMA busy_timeout = 50");
    edit(path(), (other) => {
      other.exec("BEGIN IMMEDIATE");
      expect(() => store.blobs.put(nameOf(2), sampleBytes(5))).toThrowError(ioError);
      expect(() => store.blobs.put(nameOf(3), big)).toThrowError(ioError);
      expect(store.blobs.get(nameOf(1))).toEqual(sampleBytes(5));
      other.exec("ROLLBACK");
    });
    store.blobs.put(nameOf(2), sampleBytes(5));
    expect(store.blobs.has(nameOf(2))).toBe(true);
    expect(bodies()).toEqual([]);
  });

  test("a damaged page, wherever it is: an error or the right bytes, never others and never the end of the process", () => {
    const build = (): void => {
      const store = sqliteStore({ path: path() });
      for (let i = 0; i < 60; i++) {
        store.blobs.put(nameOf(i), sampleBytes(i * 40, i + 1));
        store.records.put(nameOf(i), sampleBytes(100), indexOf({ arguments: [["a", nameOf(i)]], tags: [`t${i}`] }));
      }
      store.close();
    };
    build();
    const pages = statSync(path()).size / 4096;
    const quiet = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => quiet.mockRestore());
    for (let page = 0; page < pages; page++) {
      const file = openSync(path(), "r+");
      // The header of page 1 is behind that of the file.
      writeSync(file, sampleBytes(300, page + 1), 0, 300, page * 4096 + (page === 0 ? 100 : 0));
      closeSync(file);
      const store = sqliteStore({ path: path() });
      const allowing = (act: () => unknown): void => {
        try {
          act();
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ name: "StoreError" }));
        }
      };
      for (let i = 0; i < 60; i++) allowing(() => store.blobs.get(nameOf(i)));
      allowing(() => [...store.blobs.list()]);
      allowing(() => [...store.records.find({ name: "simulate" })]);
      allowing(() => [...store.records.find({ arguments: [["a", nameOf(7)]] })]);
      allowing(() => store.blobs.put(nameOf(100), sampleBytes(10)));
      allowing(() => store.records.delete(nameOf(7)));
      allowing(() => store.close());
      rmSync(path());
      rmSync(`${path()}-wal`, { force: true });
      rmSync(`${path()}-shm`, { force: true });
      build();
    }
  });

  test.skipIf(process.getuid?.() === 0)("a directory that cannot be written to", () => {
    const store = sqliteStore({ path: "/proc/fleche/a.db" });
    expect(() => store.blobs.put(nameOf(1), sampleBytes(1))).toThrowError(ioError);
    store.close();
  });

  test("a place where nothing can be made: each use tries once, and is served again when it can", () => {
    let broken = true;
    let tries = 0;
    const driver = findDriver();
    const open = (of: string): Database => {
      tries++;
      if (broken) throw new Error("unable to open database file");
      return driver.open(of);
    };
    const store = sqliteStoreOn({ driver: { open }, files: nodeFileSystem }, { path: path() });
    tries = 0;
    expect(() => store.blobs.get(nameOf(1))).toThrowError(ioError);
    expect(tries).toBe(1);
    broken = false;
    store.blobs.put(nameOf(1), sampleBytes(1));
    expect(store.blobs.get(nameOf(1))).toEqual(sampleBytes(1));
    store.close();
  });
});

describe("a database that somebody else made", () => {
  /** What statements gave and how many were run, by the beginning of their text. */
  function openWatched() {
    const driver = findDriver();
    const given: { readonly sql: string; readonly rows: readonly Row[] }[] = [];
    const run: string[] = [];
    const open = (of: string): Database => {
      const database = driver.open(of);
      return {
        exec: (sql) => database.exec(sql),
        close: () => database.close(),
        prepare(sql) {
          const statement = database.prepare(sql);
          return {
            get: (...values) => statement.get(...values),
            all(...values) {
              const rows = statement.all(...values);
              given.push({ sql, rows });
              return rows;
            },
            run(...values) {
              run.push(sql);
              return statement.run(...values);
            },
          };
        },
      };
    };
    const store = sqliteStoreOn({ driver: { open }, files: nodeFileSystem }, { path: path() });
    onTestFinished(() => store.close());
    return { store, given, run };
  }

  test("may have any number of tables, with any texts: few of them are looked at", () => {
    sqliteStore({ path: path() }).close();
    edit(path(), (database) => {
      database.exec(`CREATE TABLE long (a) /* ${"x".repeat(100_000)} */`);
      database.exec(`CREATE TABLE longer (a DEFAULT '${"x".repeat(100_000)}')`);
      for (let i = 0; i < 200; i++) database.exec(`CREATE TABLE t${i} (a)`);
    });
    const { store, given } = openWatched();
    expect(() => store.blobs.get(nameOf(1))).toThrowError(ioError);
    const seen = given.filter(({ sql }) => sql.includes("sqlite_schema"));
    expect(seen.length).toBeGreaterThan(0);
    for (const { rows } of seen) {
      expect(rows.length).toBeLessThanOrEqual(100);
      expect(JSON.stringify(rows).length).toBeLessThan(100_000);
    }
  });

  test("may say that a record has any number of arguments: deleting it goes through few of them", () => {
    const { store, run } = openWatched();
    store.records.put(nameOf(1), sampleBytes(5), indexOf());
    edit(path(), (database) => database.exec("UPDATE records SET marks = zeroblob(50000)"));
    expect(store.records.delete(nameOf(1))).toBe(true);
    expect(run.filter((sql) => sql.startsWith("DELETE FROM arguments")).length).toBeLessThan(1001);
  });

  test("is used by a connection that runs no function of its tables, and looks at cells before it uses them", () => {
    const { store, database } = openWithDatabase();
    store.blobs.put(nameOf(1), sampleBytes(5));
    edit(path(), (other) => other.exec("CREATE VIEW v AS SELECT * FROM pragma_database_list"));
    expect(() => database.prepare("SELECT * FROM v").all()).toThrow(/unsafe/);
    expect(Object.values(database.prepare("PRAGMA cell_size_check").get() ?? {})).toEqual([1]);
  });
});

describe("large bodies", () => {
  test("lie beside the database, once each, and go with their entry", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), sampleBytes(65_536));
    expect(bodies()).toHaveLength(0);
    store.blobs.put(nameOf(1), big);
    store.records.put(nameOf(1), big, indexOf());
    expect(bodies()).toHaveLength(2);
    store.blobs.put(nameOf(1), sampleBytes(70_000));
    expect(bodies()).toHaveLength(2);
    store.blobs.put(nameOf(1), sampleBytes(7));
    expect(bodies()).toHaveLength(1);
    store.records.delete(nameOf(1));
    expect(bodies()).toHaveLength(0);
    store.close();
    expect(edit(path(), (database) => database.prepare("SELECT * FROM litter").all())).toEqual([]);
  });

  test("that are missing make an entry absent, and it can be put again", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), big);
    rmSync(`${path()}-files`, { recursive: true });
    expect(store.blobs.get(nameOf(1))).toBeUndefined();
    store.blobs.put(nameOf(1), big);
    expect(store.blobs.get(nameOf(1))).toEqual(Buffer.from(big));
    store.close();
  });

  test("whose row was never written are removed a day later, when the store is opened", () => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), big);
    store.blobs.put(nameOf(2), big);
    const lost = edit(path(), (database) => {
      const file = database.prepare("SELECT file FROM blobs WHERE name = ?").get(key(2))?.file as Uint8Array;
      // What a writer leaves that is killed between the file and its row.
      database.prepare("DELETE FROM blobs WHERE name = ?").run(key(2));
      database.prepare("INSERT INTO litter VALUES (?, ?)").run(file, Date.now() - 2 * 60 * 60 * 1000);
      return Buffer.from(file).toString("hex");
    });
    const abandoned = join(`${path()}-files`, "tmp", "77-0123456789abcdef");
    writeFileSync(abandoned, "half");
    store.close();
    sqliteStore({ path: path() }).close();
    expect(bodies()).toHaveLength(2);
    edit(path(), (database) => database.exec("UPDATE litter SET since_ms = since_ms - 86400000"));
    utimesSync(abandoned, 0, 0);
    const again = sqliteStore({ path: path() });
    expect(bodies()).toEqual([expect.not.stringContaining(lost.slice(2))]);
    expect(existsSync(abandoned)).toBe(false);
    expect(again.blobs.has(nameOf(1))).toBe(true);
    expect(again.blobs.get(nameOf(1))).toEqual(Buffer.from(big));
    again.close();
  });

  test.each([
    ["a file", () => writeFileSync(`${path()}-files`, "")],
    ["a link, though to the same files", () => symlinkSync(`${path()}-elsewhere`, `${path()}-files`)],
  ])("are neither read nor written where the place of their directory has %s", (_, make) => {
    const store = sqliteStore({ path: path() });
    store.blobs.put(nameOf(1), big);
    renameSync(`${path()}-files`, `${path()}-elsewhere`);
    make();
    const before = readdirSync(`${path()}-elsewhere`, { recursive: true });
    expect(() => store.blobs.get(nameOf(1))).toThrowError(notRegular);
    expect(() => store.blobs.put(nameOf(2), big)).toThrowError(notRegular);
    expect(() => store.blobs.replace?.(nameOf(1), big.subarray(0, 10), big)).toThrowError(notRegular);
    store.blobs.delete(nameOf(1));
    expect(readdirSync(`${path()}-elsewhere`, { recursive: true })).toEqual(before);
    store.close();
  });
});
