/** How old a result may be. Computed from its record, so that it survives restarts and later changes of the option. */
import type { CallRecord } from "../record/call-record.ts";

/** Limits in milliseconds. */
export interface Freshness {
  /** Older results are run again; infinite by default. */
  readonly maxAgeMs: number;
  /** How much longer an old result is served while it is being refreshed. */
  readonly staleMs: number;
}

/** Whether a result may be served. */
export type Age = "fresh" | "stale" | "expired";

/** The age of a result. A record from the future (a clock was set back) counts as made now. */
export function ageOf(record: CallRecord, { maxAgeMs, staleMs }: Freshness, nowMs: number): Age {
  const made = record.startedMs + record.durationMs;
  const age = Math.max(0, nowMs - made);
  // Written so that NaN is neither fresh nor stale.
  if (age <= maxAgeMs) return "fresh";
  return age <= maxAgeMs + staleMs ? "stale" : "expired";
}
