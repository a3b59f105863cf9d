/** How often lookups hit, and for which reasons they missed: exact, whatever is printed. */
import type { Reason } from "./reason.ts";

/** Counts since a storage was made. */
export interface Stats {
  readonly hits: number;
  /** Hits on entries whose signature could not be checked, as no key is configured. */
  readonly unverified: number;
  /** How long the runs took that hits made unnecessary, in milliseconds; left out where no call was served. */
  readonly savedMs?: number;
  /** Misses by reason; reasons that did not occur are left out. */
  readonly misses: Readonly<Partial<Record<Reason, number>>>;
}

/** A running count. */
export interface Tally {
  /** `savedMs`: how long the run took that need not be made again; none for a value loaded by hand. */
  hit(verified: boolean, savedMs?: number): void;
  miss(reason: Reason): void;
  /** The counts now, as a copy. */
  stats(): Stats;
}

/** A count from zero. */
export function startTally(): Tally {
  const misses = new Map<Reason, number>();
  let hits = 0;
  let unverified = 0;
  let saved: number | undefined;
  return {
    hit(verified, savedMs) {
      hits++;
      if (savedMs !== undefined) saved = (saved ?? 0) + savedMs;
      if (!verified) unverified++;
    },
    miss(reason) {
      misses.set(reason, (misses.get(reason) ?? 0) + 1);
    },
    stats: () => ({
      hits,
      unverified,
      ...(saved === undefined ? {} : { savedMs: saved }),
      misses: Object.fromEntries(misses) as Stats["misses"],
    }),
  };
}
