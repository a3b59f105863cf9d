/** A moment as people write it in a search: a Date, Unix milliseconds, or ISO text. Reads no clock and knows no durations. */
import { types } from "node:util";
import { invalidArgument } from "../errors.ts";

/** A moment: a `Date`, Unix milliseconds, or ISO text such as `2025-03-01` or `2025-03-01T12:30:00Z`. */
export type Moment = Date | number | string;

/** Date, and perhaps a time and an offset. What `Date.parse` makes of other texts depends on the engine. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** The Unix milliseconds of a moment; a `TypeError` that names `where` for what is none. */
export function momentMs(where: string, moment: Moment): number {
  const ms = readMs(moment);
  if (Number.isFinite(ms)) return ms;
  const found = typeof moment === "string" ? JSON.stringify(moment) : String(moment);
  throw invalidArgument(
    `${where} must be a Date, Unix milliseconds or ISO text ("2025-03-01", "2025-03-01T12:30:00Z"); found ${found}`,
  );
}

function readMs(moment: unknown): number {
  if (typeof moment === "number") return moment;
  if (types.isDate(moment)) return Date.prototype.getTime.call(moment);
  const parts = typeof moment === "string" ? ISO.exec(moment) : null;
  if (parts === null) return Number.NaN;
  const [text, year, month, day] = parts;
  // V8 takes 30 February for the 1st of March.
  const isDay = new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day);
  return isDay ? Date.parse(text.replace(" ", "T")) : Number.NaN;
}
