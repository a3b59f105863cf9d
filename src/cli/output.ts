/**
 * Results in one of three forms: a table for people, one JSON document, or one JSON object a line. Rows are written as
 * they come where the form allows it, so that a long list costs no memory.
 */
import { Option as CliOption, type Option } from "commander";
import { type Row, tableLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Which form. */
export interface FormOptions {
  readonly json?: boolean;
  readonly ndjson?: boolean;
}

/** The options for it. */
export function formOptions(): Option[] {
  return [
    new CliOption("--json", "one JSON document").conflicts("ndjson"),
    new CliOption("--ndjson", "one JSON object a line"),
  ];
}

/** One result: what programs get and what people see of it. */
export interface Line {
  readonly json: object;
  readonly row: Row;
}

/** Tables are aligned by so many rows at a time. */
const ROWS_AT_ONCE = 200;

/** Writes results as they come; gives how many there were. */
export async function writeLines(
  terminal: Terminal,
  form: FormOptions,
  lines: AsyncIterable<Line> | Iterable<Line>,
): Promise<number> {
  let count = 0;
  let rows: Row[] = [];
  const flush = (): void => {
    for (const line of tableLines(rows, terminal)) terminal.write(`${line}\n`);
    rows = [];
  };
  for await (const { json, row } of lines) {
    if (form.ndjson === true) terminal.write(`${JSON.stringify(json)}\n`);
    else if (form.json === true) terminal.write(`${count === 0 ? "[\n" : ",\n"}  ${JSON.stringify(json)}`);
    else rows.push(row);
    count++;
    if (rows.length >= ROWS_AT_ONCE) flush();
  }
  if (form.json === true) terminal.write(count === 0 ? "[]\n" : "\n]\n");
  flush();
  return count;
}

/** Writes one result: facts by name for people, one object for programs. */
export function writeFacts(
  terminal: Terminal,
  form: FormOptions,
  json: object,
  facts: readonly (readonly [name: string, value: string])[],
): void {
  if (form.json === true || form.ndjson === true) {
    terminal.write(`${JSON.stringify(json, undefined, form.json === true ? 2 : undefined)}\n`);
    return;
  }
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    terminal.write(`${`${terminal.styled("bold", name.padEnd(width))}  ${value}`.trimEnd()}\n`);
  }
}
