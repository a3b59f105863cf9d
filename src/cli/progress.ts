/** How far a long command is: one line on standard error that is written over, for people who watch; nothing for others. */
import type { Terminal } from "./terminal.ts";

/** A line of progress. */
export interface Progress {
  /** Tells how many of how many are done; what is not known yet is left out. */
  at(step: string, done: number, all?: number): void;
  /** Takes the line away. */
  clear(): void;
}

/** Often enough to be seen moving, seldom enough to cost nothing. */
const EVERY_MS = 100;
const BAR = 20;

/** Progress on this terminal; `write` gets what is written, without line ends. */
export function startProgress(
  { watched }: Pick<Terminal, "watched">,
  write: (text: string) => void = toStderr,
): Progress {
  let writtenMs = Number.NEGATIVE_INFINITY;
  let length = 0;
  const rewrite = (text: string): void => {
    write(`\r${text.padEnd(length)}`);
    length = text.length;
  };
  return {
    at(step, done, all) {
      if (!watched || performance.now() - writtenMs < EVERY_MS) return;
      writtenMs = performance.now();
      rewrite(all === undefined || all === 0 ? `${step} ${done}` : `${bar(done / all)} ${step} ${done}/${all}`);
    },
    clear() {
      if (length === 0) return;
      rewrite("");
      write("\r");
      length = 0;
    },
  };
}

function bar(part: number): string {
  const full = Math.round(Math.min(part, 1) * BAR);
  return `[${"#".repeat(full)}${" ".repeat(BAR - full)}]`;
}

function toStderr(text: string): void {
  process.stderr.write(text);
}
