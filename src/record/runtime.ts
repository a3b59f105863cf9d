/** The collector of times: when a run started and stopped, how long it took, how much processor time went by meanwhile. */
import type { Metadata } from "./metadata.ts";

/** The clocks that {@link runtime} reads. */
export interface RuntimeClocks {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds from any point, never going back. */
  readonly elapsedMs: () => number;
  /** Processor time of this process, milliseconds. */
  readonly cpuMs: () => number;
}

const CLOCKS: RuntimeClocks = {
  now: Date.now,
  elapsedMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

type Start = Readonly<{ startedMs: number; elapsedMs: number; cpuMs: number }>;

/**
 * Records `{ startedMs, stoppedMs, wallMs, cpuMs }` as `runtime`. Start and stop are Unix milliseconds and follow the
 * clock when it is set; `wallMs` does not. `cpuMs` is the whole process's, all threads: of runs that overlap, each is
 * given all of it.
 */
export function runtime(clocks: Partial<RuntimeClocks> = {}): Metadata<Start> {
  const { now, elapsedMs, cpuMs } = { ...CLOCKS, ...clocks };
  return {
    name: "runtime",
    pre: () => ({ startedMs: now(), cpuMs: cpuMs(), elapsedMs: elapsedMs() }),
    post: (start) => ({
      startedMs: start.startedMs,
      stoppedMs: now(),
      wallMs: rounded(elapsedMs() - start.elapsedMs),
      cpuMs: rounded(cpuMs() - start.cpuMs),
    }),
  };
}

/** Whole microseconds: what lies beyond is noise that makes records longer. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
