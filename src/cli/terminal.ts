/**
 * Where output goes: results on standard output, remarks on standard error, colours only where a person looks at them and
 * did not refuse. Characters that a terminal would act on are taken out where texts of records are put in, not here.
 */
import { styleText } from "node:util";

/** What is said, by how it looks. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** The two streams of a command. */
export interface Terminal {
  /** Whether a person reads standard output. */
  readonly interactive: boolean;
  /** Whether a person reads standard error; progress is shown only then. */
  readonly watched: boolean;
  /** The width of a line; without end where nobody looks. */
  readonly columns: number;
  /** Writes to standard output; nothing is added. */
  write(text: string): void;
  /** Writes a line to standard error. */
  remark(line: string): void;
  /** The text, in this style where there are colours. */
  styled(style: Style, text: string): string;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const interactive = stdout.isTTY === true;
  const coloured = interactive && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return {
    interactive,
    watched: stderr.isTTY === true,
    columns: interactive ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    write: (text) => void stdout.write(text),
    remark: (line) => void stderr.write(`${line}\n`),
    styled: (style, text) => (coloured ? styleText(style, text) : text),
  };
}
