/**
 * Finds the names of records by the columns beside them: a filter becomes one statement, asked for each function that may
 * match and continued page by page. It only proposes: somebody may have edited these columns, so nothing here is believed.
 */
import type { RecordFilter } from "../store.ts";
import type { Connection, Sql } from "./connection.ts";
import type { SqlValue } from "./driver.ts";
import { nameOf } from "./entries.ts";
import type { Functions } from "./functions.ts";
import { digestColumn, digestNumber, nameNumber } from "./search-keys.ts";

const PAGE = 256;

/** Beyond this, one condition is as unselective as another. */
const COUNTED = 1_000;

/** A part of a statement, and what is bound to it. */
interface Part {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** The names of the records that may match, in the order in which each function's were first put. */
export function* search(filter: RecordFilter, functions: Functions, connection: Connection): Generator<string> {
  for (const fn of functions.matching(filter)) yield* searchFunction(fn, filter, connection);
}

function* searchFunction(fn: number, filter: RecordFilter, connection: Connection): Generator<string> {
  const { first, id, others } = plan(fn, filter, connection);
  const texts = others.map(({ text }) => ` AND ${text}`).join("");
  // By row numbers, which stay when a record is replaced: who runs each call again while listing is not led in circles.
  const select = `SELECT r.id AS id, r.name AS name ${first.text}${texts} AND r.function = ? AND octet_length(r.name) = 32 AND ${id} > ? AND ${id} < 9007199254740992 ORDER BY ${id} LIMIT ${PAGE}`;
  const values = [...first.values, ...others.flatMap((part) => part.values), fn];
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const from = after;
    const rows = connection.read((sql) => sql(select).all(...values, from));
    for (const row of rows) {
      after = Number(row.id);
      const name = nameOf(row);
      if (name !== undefined) yield name;
    }
    if (rows.length < PAGE) return;
  }
}

/** Where to begin, the column of row numbers there, by which an index is sorted, and what else must hold. */
interface Plan {
  readonly first: Part;
  readonly id: string;
  readonly others: readonly Part[];
}

function plan(fn: number, filter: RecordFilter, connection: Connection): Plan {
  const marks = [...argumentMarks(fn, filter), ...tagMarks(fn, filter)];
  const others: Part[] = [];
  if (filter.result !== undefined) others.push({ text: "r.result = ?", values: [digestColumn(filter.result)] });
  if (filter.sinceMs !== undefined) others.push({ text: "r.started_ms >= ?", values: [filter.sinceMs] });
  if (marks.length > 0) {
    const [rarest, ...rest] = byRarity(marks, connection);
    if (rarest !== undefined) {
      const first = {
        text: `FROM ${rarest.table} m CROSS JOIN records r ON r.id = m.record WHERE ${rarest.text}`,
        values: rarest.values,
      };
      return { first, id: "m.record", others: [...rest.map(existence), ...others] };
    }
  }
  if (filter.result !== undefined) {
    const column = "substr(r.result, 1, 8)";
    const key = digestColumn(filter.result);
    const values = [key instanceof Uint8Array ? key.subarray(0, 8) : (key?.slice(0, 8) ?? null)];
    const first = { text: `FROM records r INDEXED BY records_result WHERE ${column} = ?`, values };
    return { first, id: "r.id", others };
  }
  return { first: { text: "FROM records r INDEXED BY records_function WHERE 1", values: [] }, id: "r.id", others };
}

/** A row that a matching record has in a side table. */
interface Mark extends Part {
  readonly table: "arguments" | "tags";
}

function argumentMarks(fn: number, filter: RecordFilter): Mark[] {
  return (filter.arguments ?? []).map(([name, digest]) => ({
    table: "arguments",
    text: "m.digest = ? AND m.name = ? AND m.function = ?",
    values: [digestNumber(digest), nameNumber(name), fn],
  }));
}

function tagMarks(fn: number, filter: RecordFilter): Mark[] {
  return (filter.tags ?? []).map((tag) => ({ table: "tags", text: "m.tag = ? AND m.function = ?", values: [tag, fn] }));
}

function existence({ table, text, values }: Mark): Part {
  return { text: `EXISTS (SELECT 1 FROM ${table} m WHERE ${text} AND m.record = r.id)`, values };
}

/** The mark that fewest records have comes first: `verbose = true` is in every call, `temperature = 300.5` in one. */
function byRarity(marks: readonly Mark[], connection: Connection): readonly Mark[] {
  if (marks.length < 2) return marks;
  const counted = connection.read((sql) => marks.map((mark) => ({ mark, count: countOf(sql, mark) })));
  return counted.sort((a, b) => a.count - b.count).map(({ mark }) => mark);
}

function countOf(sql: Sql, { table, text, values }: Mark): number {
  const select = `SELECT count(*) AS count FROM (SELECT 1 FROM ${table} m WHERE ${text} LIMIT ${COUNTED})`;
  return Number(sql(select).get(...values)?.count);
}
