/** Lengths of time as people write them: milliseconds, or text such as `90s`, `10m`, `24h`, `7d`. */
import { invalidArgument } from "./errors.ts";

/** Milliseconds, or a number with a unit: ms, s, m, h, d. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration; a `TypeError` that names the option for anything else. */
export function durationMs(option: string, duration: Duration): number {
  if (typeof duration === "number" && duration >= 0) return duration;
  const [, amount, unit] = (typeof duration === "string" && /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration)) || [];
  if (amount === undefined || unit === undefined) {
    const found = typeof duration === "string" ? JSON.stringify(duration) : String(duration);
    throw invalidArgument(`${option} must be milliseconds or a text such as "90s", "10m", "24h", "7d"; found ${found}`);
  }
  return Number(amount) * (UNIT_MS[unit] as number);
}
