/**
 * Call records by their lookup key, in the table `records`, with what may be searched of them in columns and side tables
 * beside it. All of a record is written in one transaction; a record and its result's body are read by one statement.
 */
import { assertEntryName, type RecordIndex, type SyncRecordStore } from "../store.ts";
import type { Bodies } from "./bodies.ts";
import type { Connection, Sql } from "./connection.ts";
import { admitted, bodyColumn, byName, entries, isNamed, keyOf, prefixOf } from "./entries.ts";
import { functions } from "./functions.ts";
import type { Puts } from "./puts.ts";
import { search, searchByTime } from "./search.ts";
import {
  type ArgumentMark,
  argumentMark,
  MOST_MARKS_BYTES,
  marksColumn,
  marksIn,
  prefixColumn,
} from "./search-keys.ts";

/** The records of a SQLite store: with everything that a store may have and may lack. */
export type SqliteRecords = SyncRecordStore &
  Required<Pick<SyncRecordStore, "hit" | "findByTime" | "usedMs" | "noteUse" | "indexed">>;

// Few columns, as each takes a twentieth of the statement: where a body lies in a file, there are no bytes in its row.
const SELECT_BOTH =
  `SELECT ${bodyColumn("records")} AS body, ` +
  // As text: a name as bytes would cost a third of what its whole row does.
  `lower(hex(blobs.name)) AS name, ${bodyColumn("blobs")} AS result ` +
  `FROM ${byName("records")} LEFT JOIN ${byName("blobs")} ON ${prefixOf("blobs.name")} = records.result ` +
  `WHERE ${isNamed("records")}`;

/** A number that somebody edited may be none, or larger than JavaScript's. */
const USED = `SELECT CASE WHEN used_ms BETWEEN 0 AND 9007199254740991 THEN used_ms ELSE 0 END AS used_ms FROM ${byName("records")} WHERE ${isNamed("records")}`;
const USE = `UPDATE ${byName("records")} SET used_ms = ?2 WHERE ${isNamed("records")}`;

/** The records of a database; `nowMs` tells when a record is put. */
export function sqliteRecords(
  connection: Connection,
  bodies: Bodies,
  puts: Puts,
  nowMs: () => number = Date.now,
): SqliteRecords {
  const { get, list, put, replace, delete: remove } = entries("records", connection, bodies, puts);
  const known = functions(connection);

  return {
    get,
    list,
    replace,
    indexed: true,
    put(name, bytes, index) {
      let fn = 0;
      const marks = index.arguments.map(([argument, digest]) => argumentMark(argument, digest));
      put(name, bytes, {
        before: forget,
        columns(sql) {
          fn = known.numberOf(sql, index);
          const { startedMs, result, parent } = index;
          const hints = [prefixColumn(result), parent === null ? null : prefixColumn(parent), marksColumn(marks)];
          return [fn, startedMs, Math.trunc(nowMs()), ...hints];
        },
        after(sql, id) {
          describe(sql, id, fn, index, marks);
        },
        ended: known.settle,
      });
    },
    delete: (name) => remove(name, forget),
    find: (filter) => ({ [Symbol.iterator]: () => search(filter, known, connection) }),
    findByTime: (filter, order) => ({ [Symbol.iterator]: () => searchByTime(filter, order, connection) }),
    usedMs(name) {
      assertEntryName(name);
      const row = connection.read((sql) => sql(USED).get(keyOf(name)));
      return row === undefined ? undefined : Number(row.used_ms);
    },
    noteUse(name, atMs) {
      assertEntryName(name);
      connection.write((sql) => sql(USE).run(keyOf(name), Math.trunc(atMs)));
    },
    hit(name, admit, wanted) {
      assertEntryName(name);
      const row = connection.read((sql) => sql(SELECT_BOTH).get(keyOf(name)));
      if (row === undefined) return undefined;
      const record = row.body instanceof Uint8Array ? admitted(row.body, admit) : get(name, admit);
      if (record === undefined) return undefined;
      const next = wanted(record);
      // The column `result` may have been edited: what came along counts only if it is what the record itself names.
      const isThere = next !== undefined && row.name === next.name && row.result instanceof Uint8Array;
      const result = isThere ? admitted(row.result as Uint8Array, next.admit) : undefined;
      return { record, result };
    },
  };
}

/** Writes what may be searched of a record and is no column of its own. */
function describe(sql: Sql, id: number, fn: number, { tags }: RecordIndex, marks: readonly ArgumentMark[]): void {
  const insertArgument = "INSERT OR IGNORE INTO arguments (digest, function, record, name) VALUES (?, ?, ?, ?)";
  const insertTag = "INSERT OR IGNORE INTO tags (tag, function, record) VALUES (?, ?, ?)";
  for (const { digest, name } of marks) sql(insertArgument).run(digest, fn, id, name);
  for (const tag of tags) sql(insertTag).run(tag, fn, id);
}

/** Removes what may be searched of a record from the side tables, before its row changes or goes. */
function forget(sql: Sql, id: number): void {
  const select = "SELECT CASE WHEN octet_length(marks) <= ? THEN marks END AS marks FROM records WHERE id = ?";
  const remove =
    "DELETE FROM arguments WHERE digest = ? AND function = (SELECT function FROM records WHERE id = ?) AND record = ? AND name = ?";
  const marks = marksIn(sql(select).get(MOST_MARKS_BYTES, id)?.marks);
  for (const { digest, name } of marks) sql(remove).run(digest, id, id, name);
  sql("DELETE FROM tags WHERE record = ?").run(id);
}
