/**
 * One connection to one database: opened with its settings, opened again where that failed, its statements prepared once,
 * and every error of SQLite turned into a `StoreError`. Knows no table by name.
 */
import { ConfigError, StoreError } from "../../errors.ts";
import { messageOf } from "../file/system.ts";
import type { Database, Driver, Statement } from "./driver.ts";
import { makeTables, ownerOf, rollBack, watchTables } from "./schema.ts";

/** A statement by its text; prepared when it is first used. */
export type Sql = (text: string) => Statement;

/** What a store does with its database. Every failure is a `StoreError`. */
export interface Connection {
  readonly path: string;
  /** One statement or several that need not agree with each other. */
  read<T>(work: (sql: Sql) => T): T;
  /**
   * As `read`, all statements on one state of the database, whose tables are ours: for statements that a view in the place
   * of a table could make endless. Where they are ours no longer, a `StoreError`.
   */
  scan<T>(work: (sql: Sql) => T): T;
  /** As `scan`; where the tables are not ours, `undefined` and a warning, since a search is no promise. */
  search<T>(work: (sql: Sql) => T): T | undefined;
  /** All statements or none, and nobody else's in between. */
  write<T>(work: (sql: Sql) => T): T;
  /** Closes the database; using the connection afterwards is an error. */
  close(): void;
}

/** What a connection is made with. */
export interface ConnectionOptions {
  /** Makes the file where it is missing, and says where it is. Called before each attempt to open it. */
  readonly prepare: () => string;
  /** Tells one file under this path from another that took its place. */
  readonly identify: () => string | undefined;
  readonly driver: Driver;
  /** Whether what was written survives a power failure, not only a killed process. */
  readonly durable: boolean;
  /** Told why a search found nothing. */
  readonly warn: (problem: string) => void;
}

/** How long a process waits for others that are writing. */
const BUSY_MS = 5_000;

/** How long once it has waited that long in vain: a process that holds the lock and hangs must not delay each call anew. */
const IMPATIENT_MS = 50;

/** The write-ahead log is copied back at this size: a put writes some ten pages, and each copy waits for the disk. */
const CHECKPOINT_PAGES = 4_000;

/** The most memory that pages are kept in; SQLite's own 2 MiB make reads of a store of 20 MB a third slower. */
const CACHE_KIB = 16_384;

const SQLITE_BUSY = 5;

interface Opened {
  readonly database: Database;
  /** Which file it is. */
  readonly identity: string | undefined;
  readonly sql: Sql;
  /** In what the tables are not ours, looked at again where they were changed; `undefined` where they are. */
  foreign(): string | undefined;
  /** Sets how long a statement waits for others. */
  waitAtMost(ms: number): void;
}

/**
 * Opens the database. Throws a `ConfigError` where it is not ours. Where it cannot be opened (no permission, disk full,
 * damaged), each use tries again and fails with a `StoreError`: a broken cache must not stop a program.
 */
export function connect(path: string, options: ConnectionOptions): Connection {
  let opened: Opened | undefined;
  let closed = false;
  // Apart, since readers get by where a writer does not: each is as it was once it succeeds again.
  const patience = { read: BUSY_MS, write: BUSY_MS };
  try {
    opened = open(options, BUSY_MS);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (isBusy(error)) patience.read = patience.write = IMPATIENT_MS;
  }

  const use = (ms: number): Opened => {
    if (closed) throw new StoreError(`the database ${path} was closed`);
    opened ??= open(options, ms);
    opened.waitAtMost(ms);
    return opened;
  };
  // Whoever removed the file while it was open wants an empty cache, not one that lives on without a name.
  const useForWriting = (ms: number): Opened => {
    if (opened !== undefined && opened.identity !== options.identify()) {
      const { database } = opened;
      opened = undefined;
      database.close();
    }
    return use(ms);
  };
  const failure = (error: unknown): StoreError =>
    error instanceof StoreError
      ? error
      : new StoreError(`cannot use the database ${path}: ${messageOf(error)}`, "io-error", { cause: error });
  const attempt = <T>(what: "read" | "write", act: (ms: number) => T): T => {
    try {
      const result = act(patience[what]);
      patience[what] = BUSY_MS;
      return result;
    } catch (error) {
      if (isBusy(error)) patience[what] = IMPATIENT_MS;
      throw failure(error);
    }
  };

  return {
    path,
    read: (work) => attempt("read", (ms) => work(use(ms).sql)),
    scan: (work) => attempt("read", (ms) => inOurTables(use(ms), "BEGIN", work)),
    search(work) {
      const foreign = (problem: string): undefined => {
        options.warn(problem);
        return undefined;
      };
      return attempt("read", (ms) => inOurTables<ReturnType<typeof work> | undefined>(use(ms), "BEGIN", work, foreign));
    },
    // Immediate, because a reader that turns writer later may be refused without waiting.
    write: (work) => attempt("write", (ms) => inOurTables(useForWriting(ms), "BEGIN IMMEDIATE", work)),
    close() {
      closed = true;
      const { database } = opened ?? {};
      opened = undefined;
      if (database === undefined) return;
      copyBack(database);
      try {
        database.close();
      } catch (error) {
        throw failure(error);
      }
    },
  };
}

/** Work in a transaction, unless the tables are no longer ours: then what `otherwise` makes of it. */
function inOurTables<T>(
  now: Opened,
  begin: "BEGIN" | "BEGIN IMMEDIATE",
  work: (sql: Sql) => T,
  otherwise = (problem: string): T => {
    throw new StoreError(problem);
  },
): T {
  return inTransaction(now, begin, (sql) => {
    const problem = now.foreign();
    return problem === undefined ? work(sql) : otherwise(problem);
  });
}

function inTransaction<T>({ database, sql }: Opened, begin: "BEGIN" | "BEGIN IMMEDIATE", work: (sql: Sql) => T): T {
  sql(begin).run();
  try {
    const result = work(sql);
    sql("COMMIT").run();
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Several processes that make one database at once get in each other's way without SQLite waiting by itself. */
function open(options: ConnectionOptions, patienceMs: number): Opened {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return openOnce(options, patienceMs);
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function openOnce({ prepare, identify, driver, durable }: ConnectionOptions, patienceMs: number): Opened {
  const path = prepare();
  const database = driver.open(path);
  let foreign: Opened["foreign"];
  try {
    database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    // The file may be an attacker's: no functions in its schema, and pages are checked before they are used.
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    // Asked before anything is changed, since the file may be another program's.
    const owner = ownerOf(database, path);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIB}`);
    if (owner === "nobody") makeTables(database, path);
    foreign = watchTables(database, path);
    const problem = foreign();
    if (problem !== undefined) throw new StoreError(problem);
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, Statement>();
  const sql: Sql = (text) => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
  let waited = patienceMs;
  const waitAtMost = (ms: number): void => {
    if (ms === waited) return;
    database.exec(`PRAGMA busy_timeout = ${ms}`);
    waited = ms;
  };
  return { database, identity: identify(), sql, waitAtMost, foreign };
}

/** Empties the write-ahead log where nobody else is using it; the driver of Node 20 does not do so when it closes. */
function copyBack(database: Database): void {
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // It stays, and belongs to the database.
  }
}

function isBusy(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, "errcode") : undefined;
  // Extended codes keep the plain one in their lowest byte.
  return typeof code === "number" && (code & 0xff) === SQLITE_BUSY;
}
