/** What is noted of a run beside its result: when, how long, and what the metadata collectors say. */
import type { JsonObject } from "../record/json.ts";
import { startMetadata } from "../record/metadata.ts";
import type { NamedCall } from "./name-call.ts";
import type { Plan, Surroundings } from "./plan.ts";

/** Notes on one run. */
export interface Notes {
  /** Unix milliseconds; 0 where the clock tells none. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly metadata: Readonly<Record<string, JsonObject>>;
}

/** Starts taking notes; what it returns ends it, with the value that the run gave. */
export function startNotes(plan: Plan, call: NamedCall, around: Surroundings): (value: unknown) => Notes {
  const { name } = plan.identity;
  const about = { name, module: plan.identity.module(), lookupKey: call.lookupKey };
  const collect = startMetadata(around.collectors, about);
  const now = Date.now();
  const startedMs = Number.isFinite(now) ? Math.max(0, Math.trunc(now)) : 0;
  // The clock of the machine may be set meanwhile; this one is not.
  const started = performance.now();
  return (value) => {
    const durationMs = Math.max(0, Math.round((performance.now() - started) * 1000) / 1000);
    const { metadata, faults } = collect(value);
    for (const { name: collector, phase, error } of faults) {
      const text = `metadata ${collector} of ${name} failed (${phase}): ${String(error)}`;
      plan.warnOnce(around.cache, `metadata:${collector}`, text);
    }
    return { startedMs, durationMs, metadata };
  };
}
