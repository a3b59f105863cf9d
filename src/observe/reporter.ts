/**
 * What people see without asking: one line for each kind of trouble, at most one a minute of a kind, on standard error.
 * Counting is not done here and is never limited.
 */
import { debuglog } from "node:util";

/** Prints warnings, seldom. */
export interface Reporter {
  /** Prints `text` unless a line of this kind was printed within the last minute; then it is only counted. */
  warn(kind: string, text: string): void;
}

/** Where lines go and what time it is; for tests. */
export interface ReporterOptions {
  readonly print?: (line: string) => void;
  readonly now?: () => number;
}

const QUIET_MS = 60_000;

/** Every line that would be printed, with `NODE_DEBUG=fleche`. */
const debug = debuglog("fleche");

/** A reporter with a memory of its own. */
export function startReporter(options: ReporterOptions = {}): Reporter {
  const { print = (line) => console.warn(line), now = Date.now } = options;
  const kinds = new Map<string, { printedMs: number; held: number }>();
  return {
    warn(kind, text) {
      debug("%s: %s", kind, text);
      const time = now();
      const known = kinds.get(kind);
      // A clock set back must not silence us until it has caught up.
      if (known !== undefined && time - known.printedMs < QUIET_MS && time >= known.printedMs) {
        known.held++;
        return;
      }
      const more = known === undefined || known.held === 0 ? "" : ` (and ${known.held} more of this kind since)`;
      kinds.set(kind, { printedMs: time, held: 0 });
      try {
        print(`fleche: ${text}${more}`);
      } catch {
        // A program may forbid warnings; that must not make its calls fail.
      }
    },
  };
}
