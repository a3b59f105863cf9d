/**
 * The tables: made where there are none, recognised where there are, refused where they are somebody else's or of a later
 * version. What is put into them is decided elsewhere.
 */
import { ConfigError } from "../../errors.ts";
import type { Database } from "./driver.ts";

/** "flec": marks the file as ours, for us and for `file(1)`. */
const APPLICATION_ID = 0x666c6563;

/** Raised with every change of the statements below. */
const SCHEMA_VERSION = 1;

/**
 * The statements, as SQLite keeps them. Names are digests as 32 bytes, and found by their first six: an index of whole names
 * would hold each a second time. Rows grow at the end of a table and only those six bytes are sorted: WITHOUT ROWID would
 * sort the bodies too, and make a miss among large ones slow. A body lies in its row, or in a file that the row names
 * (`bodies.ts`). Nothing but the transaction of a put keeps a name from standing twice; the first is the one that is read.
 *
 * What may be searched is a hint, so it is as small as it can be: the four texts that name a function are kept once, of a
 * result and a parent six bytes, of an argument four bytes of its digest and one of its name's hash. `marks` repeats the
 * latter, so that they are found again when the record goes: an index would take four times as much. Every index that is
 * searched by an argument, a tag or a result goes on with the function, as the values true, null and 0 are in half of all
 * calls; the one of functions holds the time too, so that the latest calls are found without reading a row.
 */
const STATEMENTS: readonly string[] = [
  "CREATE TABLE blobs (id INTEGER PRIMARY KEY, name BLOB NOT NULL, file BLOB, body BLOB)",
  "CREATE INDEX blobs_name ON blobs (substr(name, 1, 6))",
  "CREATE TABLE records (id INTEGER PRIMARY KEY, name BLOB NOT NULL, function INTEGER, started_ms INTEGER, used_ms INTEGER, result BLOB, parent BLOB, marks BLOB, file BLOB, body BLOB)",
  "CREATE INDEX records_name ON records (substr(name, 1, 6))",
  "CREATE INDEX records_function ON records (function, id, started_ms)",
  "CREATE INDEX records_result ON records (result, function)",
  "CREATE INDEX records_parent ON records (parent, function) WHERE parent IS NOT NULL",
  "CREATE TABLE functions (id INTEGER PRIMARY KEY, name TEXT, module TEXT, version TEXT, code_digest BLOB)",
  "CREATE INDEX functions_name ON functions (name, module, version, code_digest)",
  "CREATE TABLE arguments (digest INTEGER, function INTEGER, record INTEGER, name INTEGER, PRIMARY KEY (digest, function, record, name)) WITHOUT ROWID",
  "CREATE TABLE tags (tag TEXT, function INTEGER, record INTEGER, PRIMARY KEY (tag, function, record)) WITHOUT ROWID",
  "CREATE INDEX tags_record ON tags (record)",
  "CREATE TABLE litter (file BLOB PRIMARY KEY, since_ms INTEGER) WITHOUT ROWID",
];

/** Statistics that somebody's ANALYZE has left are harmless. */
const STATISTICS = /^sqlite_stat[14]$/;

/** Whose database a file is. */
export type Owner = "nobody" | "us";

/**
 * Whose it is, seen in one state of it: read piece by piece, a database that another process of ours is just making looks
 * like another program's. Throws a `ConfigError` where it is one, or of a later version; writes nothing.
 */
export function ownerOf(database: Database, path: string): Owner {
  return inTransaction(database, "BEGIN", () => judgeOwner(database, path));
}

function judgeOwner(database: Database, path: string): Owner {
  const application = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  if (application === 0 && version === 0 && schemaOf(database).length === 0) return "nobody";
  if (application !== APPLICATION_ID) {
    throw new ConfigError(`${path} is the database of another program; choose another path for the cache`);
  }
  if (version > SCHEMA_VERSION) {
    throw new ConfigError(
      `${path} was made by a later version of fleche (format ${version}; this one knows ${SCHEMA_VERSION}); ` +
        "update fleche, or choose another path",
    );
  }
  return "us";
}

/** Makes the tables of an empty database, all or none. Where another process is faster, there is nothing to do. */
export function makeTables(database: Database, path: string): void {
  inTransaction(database, "BEGIN IMMEDIATE", () => {
    if (judgeOwner(database, path) !== "nobody") return;
    database.exec(STATEMENTS.join(";"));
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

function inTransaction<T>(database: Database, begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/**
 * Says in what the tables are not those we made, `undefined` where they are: a trigger or a view put there by somebody else
 * would run inside our own statements, and could keep them from ever ending. Looks again only where they were changed.
 */
export function watchTables(database: Database, path: string): () => string | undefined {
  // A number that changes whenever anybody changes the tables.
  const cookie = database.prepare("PRAGMA schema_version");
  let seen: unknown = Number.NaN;
  return () => {
    // Before the tables: what is changed between the two looks is seen next time.
    const now = cookie.get()?.schema_version;
    if (now === seen) return undefined;
    const problem = foreignTables(database, path);
    if (problem === undefined) seen = now;
    return problem;
  };
}

function foreignTables(database: Database, path: string): string | undefined {
  const wanted = new Set(STATEMENTS);
  const others = schemaOf(database).filter(({ name, sql }) => !wanted.delete(sql) && !STATISTICS.test(name));
  const problem =
    others.length > 0
      ? `holds what we did not make (${others[0]?.name})`
      : wanted.size > 0
        ? "lacks tables"
        : undefined;
  return problem && `the database ${path} ${problem}; remove it, it will be made again`;
}

/** Undoes a transaction, if it is still open: some errors end it by themselves. */
export function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // It was over already.
  }
}

function pragma(database: Database, name: "application_id" | "user_version"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function schemaOf(database: Database): { readonly name: string; readonly sql: string }[] {
  // More than we can have made is enough to know that we did not. Automatic indexes have no text.
  const rows = database
    .prepare(
      "SELECT name, CASE WHEN octet_length(sql) < 1000 THEN sql END AS sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex_%' LIMIT 100",
    )
    .all();
  return rows.map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
}
