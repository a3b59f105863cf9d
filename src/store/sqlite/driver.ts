/**
 * Which SQLite there is: the one in Node, else the optional peer with the same interface. Loaded when a store is made,
 * never when the library is imported. Nothing about files, tables or errors here.
 */
import { createRequire } from "node:module";
import { ConfigError } from "../../errors.ts";

/** What is bound to a statement. */
export type SqlValue = null | number | string | Uint8Array;

/** A row, by column names; its values are whatever lies in the file. */
export type Row = Readonly<Record<string, unknown>>;

/** A prepared statement. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  /** The first row. Only for reading: what fails when a statement is reset goes unnoticed. */
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

/** An open database. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** Opens databases. */
export interface Driver {
  open(path: string): Database;
}

/** What `node:sqlite` and the peer have in common; neither is in the types of Node 20. */
interface SqliteModule {
  readonly DatabaseSync: new (path: string) => Database;
}

const PEER = "@photostructure/sqlite";

const ADVICE = `use Node 22.13 or newer, or install the driver: npm install ${PEER}@1.2.1`;

/** `octet_length`, which tells the size of a body without reading it, came with this version. */
const OLDEST_SQLITE = [3, 43] as const;

/** The driver of this process. Throws a `ConfigError` that says what to install where there is none. */
export function findDriver(): Driver {
  const { DatabaseSync } = builtin() ?? peer();
  return {
    open(path) {
      const database = new DatabaseSync(path);
      try {
        assertVersion(database);
      } catch (error) {
        database.close();
        throw error;
      }
      return database;
    },
  };
}

/** `node:sqlite`, without the line about its being experimental that Node 22 prints. */
function builtin(): SqliteModule | undefined {
  const { emitWarning } = process;
  process.emitWarning = (...warning: readonly unknown[]) => {
    if (!String(warning[0]).startsWith("SQLite is an experimental feature")) {
      Reflect.apply(emitWarning, process, warning);
    }
  };
  try {
    const found: unknown = process.getBuiltinModule("node:sqlite");
    return isSqliteModule(found) ? found : undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function peer(): SqliteModule {
  let found: unknown;
  try {
    found = createRequire(import.meta.url)(PEER);
  } catch (cause) {
    const missing = cause instanceof Error && Reflect.get(cause, "code") === "MODULE_NOT_FOUND";
    const problem = missing ? `Node ${process.versions.node} has no SQLite` : `${PEER} cannot be loaded`;
    throw new ConfigError(`sqliteStore: ${problem}; ${ADVICE}`, { cause });
  }
  if (!isSqliteModule(found)) throw new ConfigError(`sqliteStore: this ${PEER} has no DatabaseSync; ${ADVICE}`);
  return found;
}

function isSqliteModule(found: unknown): found is SqliteModule {
  return typeof found === "object" && found !== null && typeof Reflect.get(found, "DatabaseSync") === "function";
}

function assertVersion(database: Database): void {
  const version = String(database.prepare("SELECT sqlite_version() AS version").get()?.version);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = OLDEST_SQLITE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new ConfigError(
    `sqliteStore needs SQLite ${OLDEST_SQLITE.join(".")} or newer; this driver has ${version}; ${ADVICE}`,
  );
}
