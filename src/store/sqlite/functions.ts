/**
 * The table `functions`: the four texts that say whose a call is, once for all calls. Its rows are never removed: other
 * processes remember their numbers, and there are as many as there were versions of the code.
 */
import type { RecordIndex, TimeFilter } from "../store.ts";
import type { Connection, Sql } from "./connection.ts";
import type { SqlValue } from "./driver.ts";
import { digestColumn } from "./search-keys.ts";

/** Numbers of functions. */
export interface Functions {
  /** The number of a record's function, made where it has none; within a transaction. */
  numberOf(sql: Sql, index: RecordIndex): number;
  /** Told when that transaction ended: only then are its numbers remembered, since it may have failed. */
  settle(committed: boolean): void;
  /** The numbers of all functions that a filter admits, lazily. */
  matching(filter: TimeFilter): Iterable<number>;
}

/** How many are remembered. */
const REMEMBERED = 1_000;

const PAGE = 256;

const FIND = "SELECT id FROM functions WHERE name = ? AND module IS ? AND version IS ? AND code_digest IS ?";
const INSERT = "INSERT INTO functions (name, module, version, code_digest) VALUES (?, ?, ?, ?)";

/** The functions of a database. */
export function functions(connection: Connection): Functions {
  // Of each opened database its own: a file that was removed is made again, and counts from one.
  const remembered = new WeakMap<Sql, Map<string, number>>();
  let made: { readonly known: Map<string, number>; readonly text: string; readonly id: number } | undefined;
  return {
    numberOf(sql, { name, module, version, codeDigest }) {
      const text = JSON.stringify([name, module, version, codeDigest]);
      const known = remembered.get(sql) ?? new Map<string, number>();
      remembered.set(sql, known);
      const number = known.get(text);
      if (number !== undefined) return number;
      const columns = [name, module, version, digestColumn(codeDigest)] as const;
      const found = sql(FIND).get(...columns);
      const id = Number(found?.id ?? sql(INSERT).run(...columns).lastInsertRowid);
      made = { known, text, id };
      return id;
    },
    settle(committed) {
      if (committed && made !== undefined) {
        if (made.known.size >= REMEMBERED) made.known.clear();
        made.known.set(made.text, made.id);
      }
      made = undefined;
    },
    matching: (filter) => ({ [Symbol.iterator]: () => matching(connection, filter) }),
  };
}

/** Which rows of the table a filter admits, as a condition with its values. */
export function functionCondition({ name, module, version, codeDigest }: TimeFilter): {
  readonly text: string;
  readonly values: readonly SqlValue[];
} {
  const texts: string[] = [];
  const values: SqlValue[] = [];
  for (const [column, value] of Object.entries({ name, module, version, code_digest: codeDigest })) {
    if (value === undefined) continue;
    texts.push(`${column} IS ?`);
    values.push(column === "code_digest" ? digestColumn(value) : value);
  }
  return { text: texts.length === 0 ? "1" : texts.join(" AND "), values };
}

function* matching(connection: Connection, filter: TimeFilter): Generator<number> {
  const { text, values } = functionCondition(filter);
  const select = `SELECT id FROM functions WHERE ${text} AND id > ? AND id < 9007199254740992 ORDER BY id LIMIT ${PAGE}`;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const from = after;
    const rows = connection.search((sql) => sql(select).all(...values, from)) ?? [];
    for (const { id } of rows) {
      after = Number(id);
      yield after;
    }
    if (rows.length < PAGE) return;
  }
}
