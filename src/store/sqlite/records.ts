/**
 * Call records by their lookup key, in the table `records`, with what may be searched of them in columns and side tables
 * beside it. All of a record is written in one transaction; a record and its result's body are read by one statement.
 */
import { type Admit, assertEntryName, type RecordIndex, type SyncRecordStore } from "../store.ts";
import type { Bodies } from "./bodies.ts";
import type { Connection, Sql } from "./connection.ts";
import type { Row } from "./driver.ts";
import { admitted, bodyColumn, byName, entries, inlineBody, keyOf } from "./entries.ts";
import { functions } from "./functions.ts";
import { search } from "./search.ts";
import { digestColumn, digestNumber, nameNumber } from "./search-keys.ts";

/** The blob that a record turned out to name, and who judges it. */
export interface Wanted {
  readonly name: string;
  readonly admit: Admit;
}

/** A record, and its result's body where that was found and admitted. */
export interface Hit {
  readonly record: Uint8Array;
  readonly result: Uint8Array | undefined;
}

/** Records that bring their result's body in the same trip. */
export interface SqliteRecords extends SyncRecordStore {
  /**
   * As {@link SyncRecordStore.get}, and then the blob that `wanted` reads out of the record: it is shown the record's
   * bytes once they were admitted, and says which blob it wants, or `undefined` for none. `undefined` where the record is
   * absent or was refused.
   */
  hit(name: string, admit: Admit, wanted: (record: Uint8Array) => Wanted | undefined): Hit | undefined;
}

const SELECT_BOTH =
  `SELECT records.file AS file, ${bodyColumn("records")} AS body, ` +
  // As text: a name as bytes would cost a third of what its whole row does.
  `lower(hex(blobs.name)) AS name, blobs.file AS result_file, ${bodyColumn("blobs")} AS result_body ` +
  `FROM ${byName("records")} LEFT JOIN ${byName("blobs")} ON blobs.name = records.result WHERE records.name = ?`;

/** The records of a database; `getBlob` is asked for results that did not come with their record. */
export function sqliteRecords(
  connection: Connection,
  bodies: Bodies,
  getBlob: (name: string, admit: Admit) => Uint8Array | undefined,
): SqliteRecords {
  const { get, list, put, replace, delete: remove } = entries("records", connection, bodies);
  const known = functions(connection);

  const record = (name: string, row: Row, admit: Admit): Uint8Array | undefined =>
    row.file === null ? admitted(inlineBody(row.body, connection.path), admit) : get(name, admit);
  // The column `result` may have been edited: what came along counts only if it is what the record itself names.
  const result = (row: Row, { name, admit }: Wanted): Uint8Array | undefined =>
    row.result_file === null && row.name === name
      ? admitted(inlineBody(row.result_body, connection.path), admit)
      : getBlob(name, admit);

  return {
    get,
    list,
    replace,
    put(name, bytes, index) {
      let committed = false;
      let fn = 0;
      try {
        put(name, bytes, {
          columns(sql) {
            fn = known.numberOf(sql, index);
            return [fn, index.startedMs, digestColumn(index.result)];
          },
          after(sql, id, existed) {
            if (existed) forget(sql, id);
            describe(sql, id, fn, index);
          },
        });
        committed = true;
      } finally {
        known.settle(committed);
      }
    },
    delete: (name) => remove(name, forget),
    find: (filter) => ({ [Symbol.iterator]: () => search(filter, known, connection) }),
    hit(name, admit, wanted) {
      assertEntryName(name);
      const row = connection.read((sql) => sql(SELECT_BOTH).get(keyOf(name)));
      if (row === undefined) return undefined;
      const bytes = record(name, row, admit);
      if (bytes === undefined) return undefined;
      const next = wanted(bytes);
      return { record: bytes, result: next === undefined ? undefined : result(row, next) };
    },
  };
}

/** Writes what may be searched of a record and is no column of its own. */
function describe(sql: Sql, id: number, fn: number, index: RecordIndex): void {
  const insertArgument = "INSERT OR IGNORE INTO arguments (digest, name, function, record) VALUES (?, ?, ?, ?)";
  const insertTag = "INSERT OR IGNORE INTO tags (tag, function, record) VALUES (?, ?, ?)";
  for (const [name, digest] of index.arguments) {
    sql(insertArgument).run(digestNumber(digest), nameNumber(name), fn, id);
  }
  for (const tag of index.tags) sql(insertTag).run(tag, fn, id);
}

/** Removes what may be searched of a record from the side tables. */
function forget(sql: Sql, id: number): void {
  sql("DELETE FROM arguments WHERE record = ?").run(id);
  sql("DELETE FROM tags WHERE record = ?").run(id);
}
