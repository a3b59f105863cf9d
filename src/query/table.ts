/** A call as a row for `console.table`: everything short and on one line. For programs there is `toNdjson`. */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { glimpseText, oneLine, shortened } from "./glimpse.ts";
import type { CallFacts } from "./stored-call.ts";

/** A row. */
export interface TableRow {
  readonly name: string;
  /** `temperature: 300, steps: 1000000`. */
  readonly arguments: string;
  readonly result: string;
  /** When the run began, ISO. */
  readonly started: string;
  readonly durationMs: number;
  readonly tags: string;
  /** The first twelve characters. */
  readonly lookupKey: string;
}

const LONGEST_ARGUMENTS = 100;

/** The row of a call; values that are large or cannot be served are shown by the beginning of their digest. */
export function* tableRow(calls: CallCache, { record, lookupKey }: CallFacts): Flow<TableRow> {
  return {
    name: oneLine(record.name),
    arguments: shortened(yield* argumentTexts(calls, record.arguments), LONGEST_ARGUMENTS),
    result: yield* glimpseText(calls, record.result),
    started: isoText(record.startedMs),
    durationMs: record.durationMs,
    tags: oneLine(record.tags.join(", ")),
    lookupKey: lookupKey.slice(0, 12),
  };
}

/** Arguments with short values; of very many only the first are looked at. */
export function* argumentTexts(
  calls: CallCache,
  pairs: readonly (readonly [name: string, digest: string])[],
): Flow<string> {
  const texts: string[] = [];
  let length = 0;
  for (const [name, digest] of pairs) {
    const text = `${oneLine(name)}: ${yield* glimpseText(calls, digest)}`;
    texts.push(text);
    length += text.length + 2;
    if (length > LONGEST_ARGUMENTS) break;
  }
  return texts.join(", ");
}

/** A time as ISO text; as it is, where no calendar reaches it. */
export function isoText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
