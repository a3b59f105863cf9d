/** Rows as a table for people: columns as wide as they must be, the last ones cut where the terminal ends. */
import { shortened } from "../query/glimpse.ts";
import type { Terminal } from "./terminal.ts";

/** A row: what stands in each column, by the column's title. */
export type Row = Readonly<Record<string, string | number>>;

const GAP = "  ";
/** No column is cut below this. */
const NARROWEST = 8;

/** Lines of a table: titles, then rows; numbers to the right. Every row has the same columns. */
export function tableLines(rows: readonly Row[], terminal: Pick<Terminal, "columns" | "styled">): string[] {
  const titles = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => titles.map((title) => shortened(String(row[title] ?? ""), Number.POSITIVE_INFINITY)));
  const widths = fitted(
    titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0))),
    terminal.columns,
  );
  const isNumber = titles.map((title) => typeof rows[0]?.[title] === "number");
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        const text = shortened(cell, width);
        return isNumber[i] ? text.padStart(width) : text.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return rows.length === 0 ? [] : [terminal.styled("bold", line(titles)), ...cells.map(line)];
}

/** Widths that fit into a line, the widest columns giving way first. */
function fitted(widths: number[], columns: number): number[] {
  const fit = [...widths];
  for (;;) {
    const over = fit.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns;
    const widest = Math.max(...fit);
    if (over <= 0 || widest <= NARROWEST) return fit;
    const at = fit.indexOf(widest);
    const others = Math.max(NARROWEST, ...fit.filter((_, i) => i !== at));
    fit[at] = Math.max(NARROWEST, widest - over, Math.min(others, widest - 1));
  }
}
