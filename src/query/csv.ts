/**
 * Calls as comma-separated values, RFC 4180: for spreadsheets, so short of what JSON lines hold. Texts that a spreadsheet
 * would take for a formula are disarmed by an apostrophe; values that are large or gone are shown by their digest.
 */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { plainJson } from "../record/json.ts";
import { glimpse, shownValue } from "./glimpse.ts";
import type { AnyCall } from "./stored-call.ts";
import { forEach, type Stream } from "./stream.ts";
import { isoText } from "./table.ts";

/** What stands before the columns of the arguments, and behind them. */
const FRONT = ["lookupKey", "name", "started", "durationMs"] as const;
const BACK = ["result", "tags", "module", "version", "codeDigest", "parent", "metadata"] as const;

/** A cell as it is written. */
type Cell = string;

/**
 * The calls as one text with a header; a column `arguments.<name>` for each name that occurs, in the order in which they
 * first do. Holds the written cells of all calls, as the columns are known only at the end.
 */
export function* csvOf(calls: CallCache, stream: Stream<AnyCall>): Flow<string> {
  const columns = new Map<string, number>();
  const rows: { readonly front: Cell[]; readonly args: Cell[]; readonly back: Cell[] }[] = [];
  yield* forEach(stream, function* ({ record, lookupKey }) {
    const args: Cell[] = [];
    for (const [name, digest] of record.arguments) {
      if (!columns.has(name)) columns.set(name, columns.size);
      args[columns.get(name) as number] = yield* valueCell(calls, digest);
    }
    const { name, durationMs, tags, module, version, codeDigest, parent, metadata } = record;
    rows.push({
      front: [lookupKey, name, isoText(record.startedMs), durationMs].map(cell),
      args,
      back: [
        yield* valueCell(calls, record.result),
        ...[tags.join("; "), module ?? "", version ?? "", codeDigest ?? "", parent ?? ""].map(cell),
        cell(Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata)),
      ],
    });
  });
  const header = [...FRONT, ...Array.from(columns.keys(), (name) => `arguments.${name}`), ...BACK].map(cell);
  const lines = rows.map(({ front, args, back }) => {
    const filled = Array.from({ length: columns.size }, (_, i) => args[i] ?? "");
    return [...front, ...filled, ...back];
  });
  return [header, ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

/** What a spreadsheet holds in a cell at most is 32,767 characters; it would cut the rest off without a word. */
const LONGEST = 32_000;

function* valueCell(calls: CallCache, digest: string): Flow<Cell> {
  const seen = yield* glimpse(calls, digest);
  const value = seen.seen ? writable(seen.value) : digest;
  return cell(typeof value === "string" && value.length > LONGEST ? digest : value);
}

/** Numbers and texts as they are, JSON where it holds the value exactly, else what people are shown. */
function writable(value: unknown): string | number {
  if (typeof value === "string" || typeof value === "number") return value;
  try {
    return JSON.stringify(plainJson(value, "the value"));
  } catch {
    return shownValue(value, 1_000);
  }
}

/** What begins a formula in some spreadsheet, also in its full-width form, also behind blanks, which are dropped there. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** A later line counts too, as some take it for a new cell; so does a tab or a line break at the beginning. */
function isFormula(text: string): boolean {
  return /^[\t\r\n]/.test(text) || text.split(/[\r\n]/).some((line) => FORMULA.test(line));
}

/** What needs no quotes in any dialect, also where the semicolon or the tab separates. */
const BARE = /^[\w.:+\- ]*$/;

/** A value as a cell; a number is no formula. */
export function cell(value: string | number): Cell {
  if (typeof value === "number" && Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  const text = String(value);
  const safe = isFormula(text) ? `'${text}` : text;
  return BARE.test(safe) && safe.trim() === safe ? safe : `"${safe.replaceAll('"', '""')}"`;
}
