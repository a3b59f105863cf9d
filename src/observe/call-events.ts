/** What happens in the course of a call, as events on `fleche:call`; read in order they tell why the value came back. */
import { type Channel, channel } from "node:diagnostics_channel";
import type { Reason } from "./reason.ts";

/** One step of a call. */
export interface CallEvent {
  /**
   * `hit`: served. `stale`: served, and being refreshed. `miss`: has to run, for `reason`. `join`: waits for the run of an
   * equal call. `run`: the body begins. `threw`: it ended in an error. `stored`: the result and its record are kept.
   * `unstored`: they are not, for `problem`. `uncached`: the call cannot be named, for `problem`, and just runs.
   */
  readonly step: "hit" | "stale" | "miss" | "join" | "run" | "threw" | "stored" | "unstored" | "uncached";
  /** The function's name. */
  readonly name: string;
  readonly lookupKey?: string | undefined;
  readonly reason?: Reason | undefined;
  readonly problem?: string | undefined;
}

const calls: Channel<unknown, CallEvent> = channel("fleche:call") as Channel<unknown, CallEvent>;

/** Publishes a step, where somebody listens. */
export function publishCall(
  step: CallEvent["step"],
  name: string,
  lookupKey?: string,
  why?: { readonly reason?: Reason; readonly problem?: string },
): void {
  if (calls.hasSubscribers) calls.publish({ step, name, lookupKey, ...why });
}
