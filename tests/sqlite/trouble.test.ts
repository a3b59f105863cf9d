/**
 * Calls cached in a database that is in trouble: full, locked, damaged, taken away, closed to writing. Each gives its right
 * result, says so once, and is cached again when the trouble is over.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fleche, openCache, type SyncStore } from "fleche";
import { describe, expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { nodeFileSystem } from "../../src/store/file/system.ts";
import { type Database, findDriver } from "../../src/store/sqlite/driver.ts";
import { sqliteStoreOn } from "../../src/store/sqlite/sqlite.ts";
import { sampleBytes } from "../../src/testing/samples.ts";
import { traceWarnings } from "../engine/kit.ts";
import { databasePath, edit } from "./folder.ts";

const path = databasePath();
const KEYS = "0123456789abcdef".repeat(4);

/** A small result, and one that lies in a file beside the database. */
const RESULT = (x: number) => ({ square: x * x, text: x % 2 === 0 ? "long ".repeat(20_000) : "short" });

/** A function cached in this store, and how often it ran. */
function cached(store: SyncStore) {
  let runs = 0;
  const body = (x: number) => {
    runs++;
    return RESULT(x);
  };
  const call = fleche(body, { name: "square", version: 1, cache: openCache({ store, keys: KEYS }) });
  return { call, runs: () => runs };
}

/** A store whose statements a test can see, and which does not wait for long. */
function watched(waitMs?: number) {
  const driver = findDriver();
  const executed: string[] = [];
  const databases: Database[] = [];
  const open = (of: string): Database => {
    const database = driver.open(of);
    databases.push(database);
    return {
      prepare: (sql) => database.prepare(sql),
      close: () => database.close(),
      exec(sql) {
        executed.push(sql);
        // Waiting for seconds proves nothing more than waiting for a moment.
        database.exec(waitMs === undefined ? sql : sql.replace(/(?<=^PRAGMA busy_timeout = )\d+/, `${waitMs}`));
      },
    };
  };
  const store = sqliteStoreOn({ driver: { open }, files: nodeFileSystem }, { path: path() });
  onTestFinished(() => {
    try {
      store.close();
    } catch {
      // What is damaged may fail to close.
    }
  });
  return { store, executed, database: () => databases.at(-1) as Database };
}

/** Calls with known and new arguments give their results, and of each kind of trouble there is one line. */
function assertRight(call: (x: number) => unknown): void {
  const warnings = traceWarnings();
  for (const x of [1, 2, 3, 4, 1, 3]) expect(call(x)).toEqual(RESULT(x));
  const kinds = warnings.map((line) => line.replace(/\d+/g, ""));
  expect(new Set(kinds).size, warnings.join("\n")).toBe(kinds.length);
  expect(warnings.length, warnings.join("\n")).toBeLessThanOrEqual(3);
}

/** The database is used again: what is called now is served by another process's store. */
function assertRecovered(call: (x: number) => unknown): void {
  for (const x of [101, 102]) expect(call(x)).toEqual(RESULT(x));
  const { call: again, runs } = cached(sqliteStore({ path: path() }));
  for (const x of [101, 102]) expect(again(x)).toEqual(RESULT(x));
  expect(runs()).toBe(0);
  const check = edit(path(), (database) => database.prepare("PRAGMA integrity_check").get()?.integrity_check);
  expect(check).toBe("ok");
}

function remove(suffixes: readonly string[] = ["", "-wal", "-shm"]): void {
  for (const suffix of suffixes) rmSync(path() + suffix, { force: true });
}

/** Writes random bytes over part of a file. */
function scribble(file: string, from: number, size: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, sampleBytes(size, from + 1), 0, size, from);
  nodeFileSystem.close(descriptor);
}

describe("a full disk", () => {
  test("calls give their results, and are cached again when there is room", () => {
    const { store, database } = watched();
    const { call } = cached(store);
    call(1);
    const pages = Number(database().prepare("PRAGMA page_count").get()?.page_count);
    database().exec(`PRAGMA max_page_count = ${pages}`);
    assertRight(call);
    database().exec("PRAGMA max_page_count = 100000");
    assertRecovered(call);
  });

  // No file may grow beyond so many blocks of 512 bytes; the signal that would end the process is ignored.
  test.each([8, 64, 200])("in earnest, at %i blocks: the process goes on, and what it leaves is sound", (blocks) => {
    const script = `
      import { fleche, openCache } from "fleche";
      import { sqliteStore } from "fleche/sqlite";
      const cache = openCache({ store: sqliteStore({ path: ${JSON.stringify(path())} }), keys: "${KEYS}" });
      const f = fleche((x) => ({ x, text: "long ".repeat(x % 2 ? 2000 : 20000) }), { name: "f", version: 1, cache });
      for (const x of [1, 2, 3, 4, 5, 6, 1, 2]) {
        if (JSON.stringify(f(x)) !== JSON.stringify(f.original(x))) throw new Error("wrong");
      }
      console.log("right");
    `;
    const child = spawnSync(
      "sh",
      ["-c", `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      {
        cwd: join(import.meta.dirname, "../.."),
        encoding: "utf8",
      },
    );
    expect([child.stdout.trim(), child.status], child.stderr).toEqual(["right", 0]);
    expect(child.stderr.split("\n").filter((line) => line.startsWith("fleche:")).length).toBeLessThanOrEqual(2);
    if (existsSync(path())) assertRecovered(cached(sqliteStore({ path: path() })).call);
  });
});

/** A process that holds the database for itself until it is told to end. */
async function holder(mode: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { createRequire } from "node:module";
       const require = createRequire(${JSON.stringify(import.meta.url)});
       const { DatabaseSync } = process.getBuiltinModule("node:sqlite") ?? require("@photostructure/sqlite");
       const database = new DatabaseSync(${JSON.stringify(path())});
       database.exec(${JSON.stringify(mode)});
       console.log("held");
       process.stdin.resume();
       process.stdin.on("end", () => { database.exec("ROLLBACK"); database.close(); });`,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill());
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

async function letGo(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, "exit");
}

describe("another process that holds the lock", () => {
  test("calls give their results, only the first waits, and they are cached again when it lets go", async () => {
    const { store, executed } = watched(20);
    const { call } = cached(store);
    call(1);
    const child = await holder("BEGIN IMMEDIATE");
    executed.length = 0;
    assertRight(call);
    // Asked for the full time before; from then on for a moment, until a write succeeds.
    expect(executed.filter((sql) => sql.includes("busy_timeout"))[0]).toBe("PRAGMA busy_timeout = 50");
    await letGo(child);
    assertRecovered(call);
    call(13);
    expect(executed.filter((sql) => sql.includes("busy_timeout")).at(-1)).toBe("PRAGMA busy_timeout = 5000");
  });

  test("before it was ever opened: the same", async () => {
    mkdirSync(dirname(path()), { mode: 0o700 });
    const child = await holder("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y)");
    const { store } = watched(20);
    const { call } = cached(store);
    assertRight(call);
    await letGo(child);
    assertRecovered(call);
  });
});

describe("damage while the database is open", () => {
  const damages: readonly (readonly [title: string, damage: () => void])[] = [
    ["in the middle of the database", () => scribble(path(), 4096, statSync(path()).size - 4096)],
    ["at its beginning", () => scribble(path(), 0, 100)],
    ["by cutting it", () => truncateSync(path(), 5000)],
    ["by emptying it", () => truncateSync(path(), 0)],
    ["in the log", () => existsSync(`${path()}-wal`) && scribble(`${path()}-wal`, 32, 8000)],
    ["by cutting the log", () => existsSync(`${path()}-wal`) && truncateSync(`${path()}-wal`, 100)],
    ["by other contents", () => writeFileSync(path(), "these are no tables, these are letters ".repeat(300))],
  ];

  test.each(damages)("%s: calls give their results, and are cached again when it was removed", (_, damage) => {
    const { store } = watched();
    const { call } = cached(store);
    for (let x = 1; x < 40; x += 2) call(x);
    damage();
    assertRight(call);
    remove();
    rmSync(`${path()}-files`, { recursive: true, force: true });
    assertRecovered(call);
  });

  test.each(damages)("%s, and opened again: the same", (_, damage) => {
    const first = sqliteStore({ path: path() });
    const { call } = cached(first);
    for (let x = 1; x < 40; x += 2) call(x);
    damage();
    try {
      first.close();
    } catch {
      // It may tell what it found.
    }
    let store: SyncStore;
    try {
      store = sqliteStore({ path: path() });
    } catch (error) {
      // No database of ours any more: said when the cache is made, before any call.
      expect(error).toMatchObject({ name: "ConfigError" });
      return;
    }
    onTestFinished(() => store.close());
    assertRight(cached(store).call);
    remove();
    rmSync(`${path()}-files`, { recursive: true, force: true });
    assertRecovered(cached(store).call);
  });
});

describe("taken away while it is open", () => {
  test.each([
    ["the database", () => unlinkSync(path())],
    ["the database and its log", () => remove()],
    ["its log", () => remove(["-wal", "-shm"])],
    ["the whole directory", () => rmSync(dirname(path()), { recursive: true })],
    [
      "the directory, and a file is there instead",
      () => {
        rmSync(dirname(path()), { recursive: true });
        writeFileSync(dirname(path()), "");
      },
    ],
    [
      "the database, and a directory is there instead",
      () => {
        remove();
        mkdirSync(path());
      },
    ],
  ])("%s: calls give their results, and are cached again", (_, take) => {
    const { store } = watched();
    const { call } = cached(store);
    for (const x of [1, 2]) call(x);
    take();
    assertRight(call);
    if (existsSync(dirname(path())) && !statSync(dirname(path())).isDirectory()) rmSync(dirname(path()));
    else if (existsSync(path()) && statSync(path()).isDirectory()) rmSync(path(), { recursive: true });
    else if (existsSync(dirname(path()))) remove();
    assertRecovered(call);
  });
});

describe("a body that lies beside the database", () => {
  const file = (): string => {
    const folder = `${path()}-files/bodies`;
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.length > 3);
    return join(folder, found[0] as string);
  };

  test.each([
    ["missing", () => unlinkSync(file())],
    ["changed", () => scribble(file(), 50_000, 1)],
    ["cut", () => truncateSync(file(), 70_000)],
    ["emptied", () => truncateSync(file(), 0)],
    [
      "a directory",
      () => {
        const at = file();
        unlinkSync(at);
        mkdirSync(at);
      },
    ],
    ["without its folders", () => rmSync(`${path()}-files`, { recursive: true })],
  ])("%s: the call runs, is told of where it was refused, and is repaired", (title, damage) => {
    const { store } = watched();
    const { call, runs } = cached(store);
    call(2);
    damage();
    const warnings = traceWarnings();
    expect([call(2), call(2)]).toEqual([RESULT(2), RESULT(2)]);
    expect(runs()).toBe(2);
    expect(warnings).toHaveLength(/missing|without/.test(title) ? 0 : 1);
    assertRecovered(call);
  });
});

describe("closed to writing", () => {
  const isRoot = process.geteuid?.() === 0;

  test("its directory and file: calls of a process that may only read run, and each trouble is told once", ({
    skip,
  }) => {
    const { call } = cached(sqliteStore({ path: path() }));
    for (const x of [1, 2]) call(x);
    // Whoever opens it for reading alone must be able to: others, or we ourselves.
    chmodSync(join(dirname(path()), ".."), 0o755);
    chmodSync(dirname(path()), isRoot ? 0o755 : 0o500);
    chmodSync(path(), isRoot ? 0o644 : 0o400);
    const script = `
      import { fleche, openCache } from "fleche";
      import { sqliteStore } from "fleche/sqlite";
      const cache = openCache({ store: sqliteStore({ path: ${JSON.stringify(path())} }), keys: "${KEYS}" });
      const f = fleche((x) => ({ square: x * x, text: "short" }), { name: "square", version: 1, cache });
      for (const x of [3, 5, 3]) if (f(x).square !== x * x) throw new Error("wrong");
      console.log("right");
    `;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: join(import.meta.dirname, "../.."),
      encoding: "utf8",
      ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    });
    chmodSync(dirname(path()), 0o700);
    chmodSync(path(), 0o600);
    skip(child.error !== undefined, `another user cannot run ${process.execPath}`);
    expect([child.stdout.trim(), child.status], child.stderr).toEqual(["right", 0]);
    const lines = child.stderr.split("\n").filter((line) => line.startsWith("fleche:"));
    expect(lines.length, child.stderr).toBeGreaterThan(0);
    // The directory belongs to somebody else; it cannot be read; nothing can be stored. That locks cannot either is no news.
    expect(lines.length, child.stderr).toBeLessThanOrEqual(3);
    expect(child.stderr).not.toContain("lock");
    assertRecovered(cached(sqliteStore({ path: path() })).call);
  });
});
