/**
 * What blobs and records have in common: named bodies in a table, small ones in the row and large ones in a file. Reads are
 * one statement, writes one transaction. What else a row holds is its table's business.
 */
import { StoreError } from "../../errors.ts";
import { type Admit, assertEntryName, assertEntryPrefix, headOf, type Room } from "../store.ts";
import { type Bodies, INLINE_BYTES, isFileName } from "./bodies.ts";
import type { Connection, Sql } from "./connection.ts";
import type { Row, SqlValue } from "./driver.ts";
import type { Puts } from "./puts.ts";
import { PREFIX_BYTES } from "./search-keys.ts";

/** The tables that hold entries. */
export type EntryTable = "blobs" | "records";

/** Entries of one table, but for the columns that only this table has. */
export interface Entries {
  get(name: string, admit?: Admit, room?: Room): Uint8Array | undefined;
  getLater(name: string, admit?: Admit, room?: Room): Promise<Uint8Array | undefined>;
  has(name: string): boolean;
  list(prefix?: string): Iterable<string>;
  /** Puts an entry, with what else belongs to it. */
  put(name: string, bytes: Uint8Array, besides?: Besides): void;
  putPieces(name: string, pieces: readonly Uint8Array[]): void;
  /** Puts other bytes in the place of an entry that begins with `seen`, in one transaction; nothing else of its row changes. */
  replace(name: string, seen: Uint8Array, bytes: Uint8Array): boolean;
  /** Deletes an entry; `alsoDo` is part of its transaction, and done before the row goes. */
  delete(name: string, alsoDo?: (sql: Sql, id: number) => void): boolean;
}

/** What a table has besides its entries; all parts are done in the transaction that puts the entry. */
export interface Besides {
  /** What is to be done before a row is replaced. */
  before(sql: Sql, id: number): void;
  /** The values of the columns that only this table has. */
  columns(sql: Sql): readonly SqlValue[];
  /** What is to be done when the row is written. */
  after(sql: Sql, id: number): void;
  /** Told when the transaction ended. */
  ended?(committed: boolean): void;
}

/** A blob is its name and its body. */
const NOTHING: Besides = { before: () => {}, columns: () => [], after: () => {} };

/** The columns that only one of the tables has. */
const COLUMNS = {
  blobs: [],
  records: ["function", "started_ms", "used_ms", "result", "parent", "marks"],
} as const;

/** How many names are listed by one statement. */
const PAGE = 256;

/** How often a file is looked for that was gone when its row had been read: somebody is replacing the entry. */
const ATTEMPTS = 3;

/**
 * The body in a row: its bytes, null where it is empty, and a number where it is larger than anything we write, since
 * nothing that large may be read before its head was believed. (`octet_length` does not read it.)
 */
export function bodyColumn(table: string): string {
  return `CASE WHEN octet_length(${table}.body) > ${INLINE_BYTES} THEN 0 ELSE ${table}.body END`;
}

/** Names are found through their index and in no other way: a view of the same name has none, and is refused. */
export function byName(table: EntryTable): string {
  return `${table} INDEXED BY ${table}_name`;
}

/** What the index of names holds of each. */
export function prefixOf(column: string): string {
  return `substr(${column}, 1, ${PREFIX_BYTES})`;
}

/** The condition that an entry has the first value that is bound as its name. */
export function isNamed(table: EntryTable): string {
  return `${prefixOf(`${table}.name`)} = ${prefixOf("?1")} AND ${table}.name = ?1`;
}

/** Entries of one table. */
export function entries(table: EntryTable, connection: Connection, bodies: Bodies, puts: Puts): Entries {
  const select = `SELECT file, ${bodyColumn(table)} AS body FROM ${byName(table)} WHERE ${isNamed(table)}`;
  const find = `SELECT id, file FROM ${byName(table)} WHERE ${isNamed(table)}`;
  const selectBody = `SELECT id, file, ${bodyColumn(table)} AS body FROM ${byName(table)} WHERE ${isNamed(table)}`;
  const updateBody = `UPDATE ${table} SET file = ?, body = ? WHERE id = ?`;
  const columns = [...COLUMNS[table], "file", "body"];
  const insert = `INSERT INTO ${table} (${columns.join(", ")}, name) VALUES (${columns.map(() => "?").join(", ")}, ?)`;
  const update = `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE id = ?`;

  /** Returns the file that the row named before. */
  const upsert = (
    sql: Sql,
    key: Uint8Array,
    besides: Besides,
    bodyValues: readonly SqlValue[],
  ): Uint8Array | undefined => {
    const row = sql(find).get(key);
    if (row === undefined) {
      const { lastInsertRowid } = sql(insert).run(...besides.columns(sql), ...bodyValues, key);
      besides.after(sql, Number(lastInsertRowid));
      return undefined;
    }
    const id = idOf(row);
    besides.before(sql, id);
    sql(update).run(...besides.columns(sql), ...bodyValues, id);
    besides.after(sql, id);
    return isFileName(row.file) ? row.file : undefined;
  };

  const beginsWith = (row: Row, seen: Uint8Array): boolean => {
    let same = false;
    const look: Admit = (head) => {
      same = Buffer.compare(head.subarray(0, seen.length), seen) === 0;
      return false;
    };
    if (row.file === null) admitted(inlineBody(row.body, connection.path), look);
    else bodies.read(row.file, look);
    return same;
  };

  const rowOf = (name: string): Row | undefined => {
    const key = keyOf(name);
    return connection.read((sql) => sql(select).get(key));
  };

  const put = (name: string, pieces: readonly Uint8Array[], besides = NOTHING): void => {
    assertEntryName(name);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const file = size > INLINE_BYTES ? bodies.write(pieces) : null;
    const bodyValues = file === null ? [null, inOnePiece(pieces)] : [file, null];
    puts.put({ file, write: (sql) => upsert(sql, keyOf(name), besides, bodyValues), ended: besides.ended });
  };

  return {
    get(name, admit, room) {
      assertEntryName(name);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const row = rowOf(name);
        if (row === undefined) return undefined;
        if (row.file === null) return admitted(inlineBody(row.body, connection.path), admit);
        const found = bodies.read(row.file, admit, room);
        if (found !== undefined) return found.bytes;
      }
      return undefined;
    },
    async getLater(name, admit, room) {
      assertEntryName(name);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const row = rowOf(name);
        if (row === undefined) return undefined;
        if (row.file === null) return admitted(inlineBody(row.body, connection.path), admit);
        const found = await bodies.readLater(row.file, admit, room);
        if (found !== undefined) return found.bytes;
      }
      return undefined;
    },
    has(name) {
      assertEntryName(name);
      return connection.read((sql) => sql(find).get(keyOf(name))) !== undefined;
    },
    list(prefix = "") {
      assertEntryPrefix(prefix);
      return { [Symbol.iterator]: () => listNames(connection, table, prefix) };
    },
    put: (name, bytes, besides) => put(name, [bytes], besides),
    putPieces: put,
    replace(name, seen, bytes) {
      assertEntryName(name);
      const file = bytes.length > INLINE_BYTES ? bodies.write([bytes]) : null;
      let litter: Uint8Array | null = file;
      try {
        return connection.write((sql) => {
          const row = sql(selectBody).get(keyOf(name));
          if (row === undefined || !beginsWith(row, seen)) return false;
          sql(updateBody).run(file, file === null ? bytes : null, idOf(row));
          if (file !== null) bodies.keep(sql, file);
          litter = isFileName(row.file) ? row.file : null;
          if (litter !== null) bodies.forsake(sql, litter);
          return true;
        });
      } catch (error) {
        litter = file;
        throw error;
      } finally {
        if (litter !== null) bodies.remove(litter);
      }
    },
    delete(name, alsoDo) {
      assertEntryName(name);
      const row = connection.write((sql) => {
        const found = sql(find).get(keyOf(name));
        if (found === undefined) return undefined;
        const id = idOf(found);
        alsoDo?.(sql, id);
        sql(`DELETE FROM ${table} WHERE id = ?`).run(id);
        if (isFileName(found.file)) bodies.forsake(sql, found.file);
        return found;
      });
      if (isFileName(row?.file)) bodies.remove(row.file);
      return row !== undefined;
    },
  };
}

function inOnePiece(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

/** A digest as it lies in the tables. */
export function keyOf(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

/** The name in a row, of which a statement asked for 32 bytes; `undefined` where somebody put a text there. */
export function nameOf({ name }: Row): string | undefined {
  if (!(name instanceof Uint8Array)) return undefined;
  return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString("hex");
}

/** SQLite numbers every row of our tables. */
function idOf(row: Row): number {
  return Number(row.id);
}

/** The body that {@link bodyColumn} gave. */
export function inlineBody(body: unknown, path: string): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (body === null) return new Uint8Array(0);
  throw new StoreError(`a row of ${path} holds no entry of ours`, "not-a-regular-file");
}

/** Shows bytes that were read whole to whoever may refuse them. They are a copy of SQLite's, so the caller's own. */
export function admitted(bytes: Uint8Array, admit: Admit | undefined): Uint8Array | undefined {
  const verdict = admit === undefined || admit(headOf(bytes), bytes.length);
  if (verdict === false) return undefined;
  if (typeof verdict === "function") verdict(bytes);
  return bytes;
}

/** Lists page by page, so that entries may come and go between them and no statement stays open. */
function listNames(connection: Connection, table: EntryTable, prefix: string): Generator<string> {
  return prefix === "" ? listAll(connection, table) : listFrom(connection, table, prefix);
}

/** In the order of rows, as they lie on the disk; those that are put meanwhile are left out, or there might be no end. */
function* listAll(connection: Connection, table: EntryTable): Generator<string> {
  const end = `SELECT max(id) AS id FROM ${table} WHERE id <= 9007199254740991`;
  const select = `SELECT id, name FROM ${table} WHERE id > ? AND id <= ? AND octet_length(name) = 32 ORDER BY id LIMIT ${PAGE}`;
  const last = connection.scan((sql) => sql(end).get()?.id);
  if (typeof last !== "number") return;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const from = after;
    const rows = connection.scan((sql) => sql(select).all(from, last));
    for (const row of rows) {
      after = Number(row.id);
      const name = nameOf(row);
      if (name !== undefined) yield name;
    }
    if (rows.length < PAGE) return;
  }
}

/** By name: the index leads to the few that begin so. */
function* listFrom(connection: Connection, table: EntryTable, prefix: string): Generator<string> {
  const at = prefixOf("name");
  const select =
    `SELECT name FROM ${byName(table)} WHERE ${at} >= ${prefixOf("?1")} AND ${at} <= ${prefixOf("?2")} ` +
    `AND name >= ?1 AND name <= ?2 AND octet_length(name) = 32 ORDER BY ${at}, name LIMIT ${PAGE}`;
  const last = keyOf(prefix.padEnd(64, "f"));
  let first = keyOf(prefix.padEnd(64, "0"));
  for (;;) {
    const from = first;
    const rows = connection.read((sql) => sql(select).all(from, last));
    for (const row of rows) {
      const name = nameOf(row);
      if (name !== undefined) yield name;
    }
    const end = rows.at(-1)?.name;
    if (rows.length < PAGE || !(end instanceof Uint8Array)) return;
    // The next name there can be: nothing lies between a text and the same with a zero behind it.
    first = Buffer.concat([end, Buffer.alloc(1)]);
  }
}
