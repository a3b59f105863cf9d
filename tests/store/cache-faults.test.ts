/** A cache on a store in trouble; what is tried is in `cache-acts.ts`, and each error at each call in tests/slow. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleche, memoryStore, openCache, type Store, type SyncStore, stack } from "fleche";
import { describe, expect, onTestFinished, test } from "vitest";
import { fileStoreOn } from "../../src/store/file/file.ts";
import { nodeFileSystem } from "../../src/store/file/system.ts";
import { findDriver, type Statement } from "../../src/store/sqlite/driver.ts";
import { sqliteStoreOn } from "../../src/store/sqlite/sqlite.ts";
import { faultyStore, laterStore, traceCalls, traceWarnings } from "../engine/kit.ts";
import {
  ACTS,
  assertSound,
  CODES,
  doLess,
  failFrom,
  failOnce,
  openAt,
  RESULT,
  square,
  template,
} from "./cache-acts.ts";
import { faultyFiles, systemError } from "./fault-files.ts";

describe.each(ACTS.map((act) => [act.title, act] as const))("a cache on files: %s", (_, act) => {
  // ENOSPC, EIO, EACCES, EMFILE, EROFS, ESTALE and EINTR, in turn.
  test("fails at every call", { timeout: 60_000 }, () => failOnce(act, (n) => CODES[n % CODES.length] as string));

  test("fails from every call on", { timeout: 60_000 }, () => failFrom(act));

  test.each([
    ["a third", (length: number) => Math.ceil(length / 3)],
    // A byte at a time would take a second for each large one.
    ["a byte", (length: number) => (length > 5_000 ? 1_000 : 1)],
    ["a page", (length: number) => Math.min(length, 4_095)],
  ])("reads and writes less than it asked for: %s", (__, less) => doLess(act, less));
});

test("a directory that turns read-only serves what it has, and a call that cannot be stored says so once", () => {
  const warnings = traceWarnings();
  const real = template.copy();
  const writing = ["mkdir", "chmod", "fchmod", "rename", "unlink", "write", "lutimes"];
  const files = faultyFiles((_, name) => (writing.includes(name) ? systemError("EROFS", name) : undefined), real);
  const cached = square.with({ cache: openAt(files, "/from") });
  for (let i = 0; i < 3; i++) expect([cached(1), cached(5), cached(6)]).toEqual([RESULT(1), RESULT(5), RESULT(6)]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("EROFS");
  assertSound(real);
});

/** How reading and how writing fails; `undefined` where it does not. */
interface Trouble {
  reads?: Error;
  writes?: Error;
}

const throwIf = (error: Error | undefined): void => {
  if (error !== undefined) throw error;
};

/** A store in memory, with locks. */
function troubledMemory(trouble: Trouble): SyncStore {
  const store = faultyStore((operation) => throwIf(operation.endsWith("put") ? trouble.writes : trouble.reads));
  return {
    ...store,
    lock(name) {
      throwIf(trouble.writes);
      return { held: true, id: name, inherited: false, noteWaits() {}, release: () => throwIf(trouble.writes) };
    },
  };
}

function troubledFiles(trouble: Trouble): SyncStore {
  const reading = ["open", "read", "fstat", "names"];
  const real = template.copy();
  const files = faultyFiles((_, name) => (reading.includes(name) ? trouble.reads : trouble.writes), real);
  return fileStoreOn(files, { root: "/from" });
}

function troubledDatabase(trouble: Trouble): SyncStore {
  const home = mkdtempSync(join(tmpdir(), "fleche-faults-"));
  const open = (path: string) => {
    const database = findDriver().open(path);
    const prepare = (sql: string): Statement => {
      const statement = database.prepare(sql);
      const use = <T>(work: () => T): T => {
        if (sql.startsWith("BEGIN IMMEDIATE")) throwIf(trouble.writes);
        if (sql.startsWith("SELECT")) throwIf(trouble.reads);
        return work();
      };
      return {
        run: (...values) => use(() => statement.run(...values)),
        get: (...values) => use(() => statement.get(...values)),
        all: (...values) => use(() => statement.all(...values)),
      };
    };
    return { close: () => database.close(), exec: (sql: string) => database.exec(sql), prepare };
  };
  const store = sqliteStoreOn({ driver: { open }, files: nodeFileSystem }, { path: join(home, "cache", "a.db") });
  onTestFinished(() => {
    store.close();
    rmSync(home, { recursive: true, force: true });
  });
  return store;
}

/** As the driver throws it. */
const sqliteError = (errcode: number, message: string): Error =>
  Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode });

const coded = (code: string): Error => systemError(code, "write");

describe.each<[string, (trouble: Trouble) => Store, one: () => Error, inWriting: () => Error, other: () => Error]>([
  ["memory", troubledMemory, () => coded("EIO"), () => coded("EIO"), () => coded("ENOSPC")],
  [
    "memory, later",
    (trouble) => laterStore(troubledMemory(trouble)),
    () => coded("EIO"),
    () => coded("EIO"),
    () => coded("ENOSPC"),
  ],
  ["files", troubledFiles, () => coded("EIO"), () => coded("EIO"), () => coded("ENOSPC")],
  [
    "SQLite",
    troubledDatabase,
    () => sqliteError(266, "disk I/O error, reading"),
    () => sqliteError(778, "disk I/O error, writing"),
    () => sqliteError(13, "database or disk is full"),
  ],
])("a store that fails throughout a call: %s", (_, open, one, inWriting, other) => {
  /** What two calls print, and what is published of the first. */
  async function told(trouble: Trouble) {
    const now: Trouble = {};
    const cache = openCache({ store: open(now), keys: null });
    const double = fleche(async (x: number) => x * 2, { name: "double", version: 1, cache, async: true });
    const [warnings, events] = [traceWarnings(), traceCalls()];
    Object.assign(now, trouble);
    expect([await double(1), await double(2)]).toEqual([2, 4]);
    return { warnings, events: events.filter((line) => line.startsWith("double#1")) };
  }

  test("of one fault there is one line; all is published", async () => {
    const { warnings, events } = await told({ reads: one(), writes: inWriting() });
    expect(warnings).toEqual([
      expect.stringMatching(/^fleche: The store could not be read\. \(io-error, .*(EIO|I\/O error)/),
    ]);
    expect(events.map((line) => line.split(" ", 2)[1])).toEqual(["miss", "run", "unstored"]);
    expect(events[0]).toBe("double#1 miss io-error");
    expect(events[2]).toMatch(/EIO|I\/O error/);
  });

  test("another fault in writing has a line of its own", async () => {
    const { warnings } = await told({ reads: one(), writes: other() });
    expect(warnings).toEqual([
      expect.stringMatching(/^fleche: The store could not be read\. .*(EIO|I\/O error)/),
      expect.stringMatching(/^fleche: a call of double could not be stored: .*(ENOSPC|disk is full)/),
    ]);
  });

  test("only writing: one line", async () => {
    const { warnings } = await told({ writes: other() });
    expect(warnings).toEqual([expect.stringMatching(/^fleche: a call of double could not be stored: /)]);
  });
});

test.each<[string, make: (n: number) => unknown]>([
  ["without a code, in other words each time", (n) => new Error(`attempt ${n} failed`)],
  ["that are no text", () => Object.create(null)],
  [
    "whose code cannot be read",
    () => ({
      get code() {
        throw new Error("no");
      },
    }),
  ],
  [
    "whose cause is a ring",
    () => {
      const error = new Error("again");
      return Object.assign(error, { cause: error });
    },
  ],
])("errors %s: one line", (_, make) => {
  const warnings = traceWarnings();
  let n = 0;
  const store = faultyStore(() => {
    throw make(n++);
  });
  const double = fleche((x: number) => x * 2, { name: "double", version: 1, cache: openCache({ store, keys: null }) });
  expect([double(1), double(2)]).toEqual([2, 4]);
  expect(warnings).toHaveLength(1);
});

test("a nearer layer that fails throughout a call that a farther one serves: one line", () => {
  const warnings = traceWarnings();
  const near = faultyStore(() => {
    throw coded("EIO");
  });
  const layers = [openCache({ store: near, keys: null }), openCache({ store: memoryStore(), keys: null })] as const;
  const double = fleche((x: number) => x * 2, { name: "double", version: 1, cache: stack(layers) });
  double.with({ cache: layers[1] })(1);
  expect(double(1)).toBe(2);
  expect(warnings).toEqual([expect.stringMatching(/could not be read.*EIO/)]);
});
