/**
 * Finds the names of records by the columns beside them: a filter becomes one statement, asked for each function that may
 * match and continued page by page. It only proposes: somebody may have edited these columns, so nothing here is believed.
 */
import type { RecordFilter, TimeFilter } from "../store.ts";
import type { Connection, Sql } from "./connection.ts";
import type { Row, SqlValue } from "./driver.ts";
import { nameOf } from "./entries.ts";
import { type Functions, functionCondition } from "./functions.ts";
import { argumentMark, digestNumber, prefixColumn } from "./search-keys.ts";

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
  const namesNone = functionCondition(filter).values.length === 0;
  // One statement for all functions, where what it begins with is rare: it sorts all that it finds for each page.
  if (namesNone && isRare(filter, connection)) yield* searchFunction(undefined, filter, connection);
  else for (const fn of functions.matching(filter)) yield* searchFunction(fn, filter, connection);
}

function* searchFunction(fn: number | undefined, filter: RecordFilter, connection: Connection): Generator<string> {
  const { first, id, others } = plan(fn, filter, connection);
  const conditions = [...others, ...(fn === undefined ? [] : [{ text: "r.function = ?", values: [fn] }])];
  const texts = conditions.map(({ text }) => ` AND ${text}`).join("");
  // By row numbers, which stay when a record is replaced: who runs each call again while listing is not led in circles.
  const select = `SELECT r.id AS id, r.name AS name ${first.text}${texts} AND octet_length(r.name) = 32 AND ${id} > ? AND ${id} < 9007199254740992 ORDER BY ${id} LIMIT ${PAGE}`;
  const values = [...first.values, ...conditions.flatMap((part) => part.values)];
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const from = after;
    const rows = connection.search((sql) => sql(select).all(...values, from)) ?? [];
    for (const row of rows) {
      // An argument that was passed under two names.
      if (Number(row.id) === after) continue;
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

function plan(fn: number | undefined, filter: RecordFilter, connection: Connection): Plan {
  const { result, parent } = filter;
  const marks = marksOf(fn, filter);
  const others = timeConditions(filter);
  if (result !== undefined) others.push({ text: "r.result = ?", values: [prefixColumn(result)] });
  if (typeof parent === "string") others.push({ text: "r.parent = ?", values: [prefixColumn(parent)] });
  if (parent === null) others.push({ text: "r.parent IS NULL", values: [] });
  const [rarest, ...rest] = byRarity(marks, connection);
  if (rarest !== undefined) {
    const first = {
      text: `FROM ${rarest.table} m CROSS JOIN records r ON r.id = m.record WHERE ${rarest.text}`,
      values: rarest.values,
    };
    return { first, id: "m.record", others: [...rest.map(existence), ...others] };
  }
  const index = typeof parent === "string" ? "parent" : result !== undefined ? "result" : "function";
  return { first: { text: `FROM records r INDEXED BY records_${index} WHERE 1`, values: [] }, id: "r.id", others };
}

function timeConditions({ sinceMs, untilMs }: TimeFilter): Part[] {
  const conditions: Part[] = [];
  if (sinceMs !== undefined) conditions.push({ text: "r.started_ms >= ?", values: [sinceMs] });
  if (untilMs !== undefined) conditions.push({ text: "r.started_ms < ?", values: [untilMs] });
  return conditions;
}

/** A row that a matching record has in a side table. */
interface Mark extends Part {
  readonly table: "arguments" | "tags";
}

function marksOf(fn: number | undefined, filter: RecordFilter): Mark[] {
  const end = fn === undefined ? "" : " AND m.function = ?";
  const last = fn === undefined ? [] : [fn];
  const { arguments: named = [], anyArgument, tags = [] } = filter;
  const marks = named.map(([name, digest]): Mark => {
    const mark = argumentMark(name, digest);
    return { table: "arguments", text: `m.digest = ? AND m.name = ?${end}`, values: [mark.digest, mark.name, ...last] };
  });
  if (anyArgument !== undefined) {
    marks.push({ table: "arguments", text: `m.digest = ?${end}`, values: [digestNumber(anyArgument), ...last] });
  }
  for (const tag of tags) marks.push({ table: "tags", text: `m.tag = ?${end}`, values: [tag, ...last] });
  return marks;
}

function existence({ table, text, values }: Mark): Part {
  return { text: `EXISTS (SELECT 1 FROM ${table} m WHERE ${text} AND m.record = r.id)`, values };
}

/** The mark that fewest records have comes first: `verbose = true` is in every call, `temperature = 300.5` in one. */
function byRarity(marks: readonly Mark[], connection: Connection): readonly Mark[] {
  if (marks.length < 2) return marks;
  const counted = connection.search((sql) => marks.map((mark) => ({ mark, count: countOf(sql, mark) })));
  return counted?.sort((a, b) => a.count - b.count).map(({ mark }) => mark) ?? marks;
}

function countOf(sql: Sql, { table, text, values }: Mark): number {
  const select = `SELECT count(*) AS count FROM (SELECT 1 FROM ${table} m WHERE ${text} LIMIT ${COUNTED})`;
  return Number(sql(select).get(...values)?.count);
}

/** Whether few records of all functions have a mark, the result or the parent that is looked for. */
function isRare(filter: RecordFilter, connection: Connection): boolean {
  const { result, parent } = filter;
  const marks = marksOf(undefined, filter);
  const few = connection.search((sql) => {
    if (marks.length > 0) return marks.some((mark) => countOf(sql, mark) < COUNTED);
    const [column, digest] = typeof parent === "string" ? ["parent", parent] : ["result", result];
    if (digest === undefined) return false;
    const select = `SELECT count(*) AS count FROM (SELECT 1 FROM records INDEXED BY records_${column} WHERE ${column} = ? LIMIT ${COUNTED})`;
    return Number(sql(select).get(prefixColumn(digest))?.count) < COUNTED;
  });
  return few ?? false;
}

/**
 * The names of records by when their calls started. The index of functions holds the time, so all of it is gone through for
 * each page, some ten million entries a second, and only the rows of the page are read: a second index would take room.
 */
export function* searchByTime(
  filter: TimeFilter,
  order: "latest" | "earliest",
  connection: Connection,
): Generator<string> {
  const [direction, beyond] = order === "latest" ? ["DESC", "<"] : ["ASC", ">"];
  const functions = functionCondition(filter);
  const time = timeConditions(filter);
  const conditions = ["typeof(r.started_ms) IN ('integer', 'real')", ...time.map(({ text }) => text)];
  if (functions.values.length > 0) conditions.push(`r.function IN (SELECT id FROM functions WHERE ${functions.text})`);
  const values = [...time.flatMap((part) => part.values), ...functions.values];
  // A row without a name of ours is a row of its page all the same: without any, the search would end there.
  const page = (after: string): string =>
    "SELECT p.id AS id, p.at AS at, CASE WHEN octet_length(n.name) = 32 THEN n.name END AS name FROM (SELECT r.id AS id, r.started_ms AS at " +
    `FROM records r INDEXED BY records_function WHERE ${[...conditions, after].join(" AND ")} ` +
    `AND r.id BETWEEN -9007199254740991 AND 9007199254740991 ORDER BY r.started_ms ${direction}, r.id ${direction} LIMIT ${PAGE}) p ` +
    `CROSS JOIN records n ON n.id = p.id ORDER BY p.at ${direction}, p.id ${direction}`;
  const firstPage = page("1");
  const nextPage = page(`(r.started_ms, r.id) ${beyond} (?, ?)`);
  let last: Row | undefined;
  for (;;) {
    const bound = last === undefined ? [] : [Number(last.at), Number(last.id)];
    const select = last === undefined ? firstPage : nextPage;
    const rows = connection.search((sql) => sql(select).all(...values, ...bound)) ?? [];
    for (const row of rows) {
      const name = nameOf(row);
      if (name !== undefined) yield name;
    }
    last = rows.at(-1);
    if (last === undefined) return;
  }
}
