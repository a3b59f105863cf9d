/**
 * The store in one SQLite database: records, small bodies and what may be searched of them in tables, large bodies and locks
 * as files beside it. For several processes of one machine; not for a network drive, whose locks SQLite cannot rely on. No expiry
 * and no limit here: the layers above decide.
 */
import { resolve } from "node:path";
import { invalidArgument } from "../../errors.ts";
import { startReporter } from "../../observe/reporter.ts";
import { assertOptions } from "../../options.ts";
import { fileLocks } from "../file/locks.ts";
import { type FileSystem, messageOf, nodeFileSystem } from "../file/system.ts";
import type { SyncStore } from "../store.ts";
import { sqliteBlobs } from "./blobs.ts";
import { bodyFiles } from "./bodies.ts";
import { connect } from "./connection.ts";
import { type Driver, findDriver } from "./driver.ts";
import { type Place, preparePlace } from "./place.ts";
import { startPuts } from "./puts.ts";
import { type SqliteRecords, sqliteRecords } from "./records.ts";

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** The database file; made with mode 0600 where it is missing, and its directory with mode 0700. */
  readonly path: string;
  /** What an entry survives once it is put: a killed process (default), or also a power failure (slower). */
  readonly durability?: "process" | "power";
}

/** A store in a SQLite database. */
export interface SqliteStore extends SyncStore {
  readonly records: SqliteRecords;
}

/** What a store stands on; for tests. */
export interface SqliteSystem {
  readonly driver: Driver;
  readonly files: FileSystem;
}

/**
 * A store in a SQLite database. Throws a `ConfigError` where there is no SQLite (it says what to install), where the file is
 * a link or another program's database, or where a later version made it; warns, and counts as not private, where others
 * can write to it.
 *
 * @example
 * ```ts
 * import { valueStorage } from "fleche";
 * import { sqliteStore } from "fleche/sqlite";
 * const values = valueStorage({ store: sqliteStore({ path: "./cache/fleche.db" }) });
 * ```
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  return sqliteStoreOn(undefined, options);
}

/** As {@link sqliteStore}, on a system of the caller's. */
export function sqliteStoreOn(system: SqliteSystem | undefined, options: SqliteStoreOptions): SqliteStore {
  assertOptions("sqliteStore", options, ["path", "durability"]);
  const { path, durability = "process" } = options;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalidArgument(`sqliteStore: path must be the path of a file; found ${JSON.stringify(path)}`);
  }
  if (path === ":memory:") throw invalidArgument("sqliteStore: path must be a file; use memoryStore() for memory");
  if (durability !== "process" && durability !== "power") {
    throw invalidArgument(`sqliteStore: durability must be "process" or "power"; found ${JSON.stringify(durability)}`);
  }
  const { driver, files } = system ?? { driver: findDriver(), files: nodeFileSystem };
  const durable = durability === "power";
  const place = findPlace(resolve(path), files);
  const prepare = (): string => preparePlace(resolve(path), files).path;
  const identify = (): string | undefined => {
    const stats = files.lstat(place.path);
    return stats === undefined ? undefined : `${stats.dev} ${stats.ino}`;
  };
  const reporter = startReporter();
  const warn = (problem: string): void => reporter.warn("changed-tables", `a search found nothing: ${problem}`);
  const connection = connect(place.path, { prepare, identify, driver, durable, warn });
  if (place.exposed !== undefined) reporter.warn("not-private", place.exposed);
  const bodies = bodyFiles(connection, durable, files);
  bodies.sweep();
  const puts = startPuts(connection, bodies);
  // Files again: a row would cost a transaction to take and one to give back, three times as much.
  const locks = fileLocks(`${place.path}-files`, { files });
  const close = (): void => {
    locks.close();
    connection.close();
  };
  return {
    sync: true,
    private: place.exposed === undefined,
    location: place.path,
    blobs: sqliteBlobs(connection, bodies, puts),
    records: sqliteRecords(connection, bodies, puts),
    lock: locks.take,
    batch: puts.batch,
    close,
    [Symbol.dispose]: close,
  };
}

/** The place at first sight; where it cannot be used, connecting or the uses of the store will tell. */
function findPlace(path: string, files: FileSystem): Place {
  try {
    return preparePlace(path, files);
  } catch (error) {
    return { path, exposed: `the database ${path} cannot be used: ${messageOf(error)}` };
  }
}
