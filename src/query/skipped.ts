/**
 * What a search passed over because it could not be served: counted by reason, and told in one line when the search ends.
 * One bad record never hides the others, and never goes unsaid.
 */
import { type Reason, reasonClass } from "../observe/reason.ts";
import type { Reporter } from "../observe/reporter.ts";

/** Counts of one search. */
export interface Skipped {
  /** Records that are there and were refused, or could not be read. */
  readonly records: number;
  /** Results of sound records that could not be served. */
  readonly results: number;
  /** Both by reason; reasons that did not occur are left out. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

/** A running count. */
export interface SkipCount {
  /** Notes a record; one that is gone meanwhile is nothing to speak of. */
  record(reason: Reason): void;
  /** Notes a result; one that is gone counts too, as somebody asked for it. */
  result(reason: Reason): void;
  /** The counts now, as a copy. */
  counts(): Skipped;
  /** Tells what came since it was told last, if anything did. */
  tell(): void;
  /** Begins at zero again, as the search does. */
  restart(): void;
}

/** A count from zero. */
export function startSkipCount(what: string, reporter: Reporter): SkipCount {
  const reasons = new Map<Reason, number>();
  let records = 0;
  let results = 0;
  let told = 0;
  const note = (reason: Reason): void => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  const counts = (): Skipped => ({ records, results, reasons: Object.fromEntries(reasons) as Skipped["reasons"] });
  return {
    record(reason) {
      if (reasonClass(reason) === "absence") return;
      records++;
      note(reason);
    },
    result(reason) {
      results++;
      note(reason);
    },
    counts,
    restart() {
      [records, results, told] = [0, 0, 0];
      reasons.clear();
    },
    tell() {
      if (records + results === told) return;
      told = records + results;
      reporter.warn(`${what}:skipped`, `${what}: skipped ${skippedText(counts())}`);
    },
  };
}

/** The counts for people: `2 records (bad-signature 1, decode-failed 1)`; empty where nothing was skipped. */
export function skippedText({ records, results, reasons }: Skipped): string {
  const what = [counted(records, "record"), counted(results, "result")].filter((part) => part !== "");
  if (what.length === 0) return "";
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return `${what.join(" and ")} (${why.join(", ")})`;
}

function counted(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}
