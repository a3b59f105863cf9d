/**
 * On which line of a TOML file a table or a key stands, for messages and sources: the parser does not say. Reads lines, not
 * the grammar: it is asked only about files that were parsed, and a wrong line would be a wrong hint, never a wrong value.
 */

/** Finds lines, counted from 1. */
export interface Lines {
  /** The line of a table's header, or of the first key in it; 1 where none is found. */
  table(name: string): number;
  /** The line of a key; the table's where it is not found. */
  key(table: string, key: string): number;
}

const HEADER = /^\s*\[+([^\]]*)\]/;
const ENTRY = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)$/;
const STEP = /[\w-]+|"[^"]*"|'[^']*'/g;

/** The lines of this text. */
export function linesOf(text: string): Lines {
  const tables = new Map<string, number>();
  const keys = new Map<string, number>();
  const note = (map: Map<string, number>, name: string, line: number): void => {
    if (!map.has(name)) map.set(name, line);
  };
  let header: readonly string[] = [];
  /** The quotes that end a text of several lines, inside one. */
  let open: string | undefined;
  text.split("\n").forEach((content, i) => {
    if (open !== undefined) {
      if (content.includes(open)) open = undefined;
      return;
    }
    const line = i + 1;
    const headed = HEADER.exec(content);
    const entry = headed === null ? ENTRY.exec(content) : null;
    if (headed !== null) header = steps(headed[1] ?? "");
    const path = entry === null ? header : [...header, ...steps(entry[1] ?? "")];
    const [table, key] = path;
    if ((headed === null && entry === null) || table === undefined) return;
    note(tables, table, line);
    if (key !== undefined) note(keys, `${table}\n${key}`, line);
    open = opened(entry?.[2] ?? "");
  });
  const table = (name: string): number => tables.get(name) ?? 1;
  return { table, key: (name, key) => keys.get(`${name}\n${key}`) ?? table(name) };
}

function steps(path: string): string[] {
  return (path.match(STEP) ?? []).map((step) => step.replace(/^(["'])(.*)\1$/, "$2"));
}

function opened(value: string): string | undefined {
  const quotes = /^("""|''')/.exec(value)?.[1];
  return quotes === undefined || value.indexOf(quotes, 3) !== -1 ? undefined : quotes;
}
