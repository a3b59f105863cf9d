/** What becomes of the locks that keep processes from running the same call at once, as events on `fleche:lock`. */
import { type Channel, channel } from "node:diagnostics_channel";

/** One step of a call on its way to run alone. */
export interface LockEvent {
  /**
   * `acquire`: the call has its lock and runs. `takeover`: the same, and the lock was that of a process that died. `wait`: another process
   * has it. `served`: what that process stored is served. `timeout`: it has waited for `lockWaitMs`, and runs. `unlocked`: it
   * runs without a lock, for `problem`. `release`: the lock was given back.
   */
  readonly step: "acquire" | "takeover" | "wait" | "served" | "timeout" | "unlocked" | "release";
  /** The function's name. */
  readonly name: string;
  readonly lookupKey: string;
  /** Who has the lock, of `wait` and `timeout`: `process 4711 on host build-3`. */
  readonly holder?: string | undefined;
  /** How long the call has waited, in milliseconds; left out where it did not. */
  readonly waitedMs?: number | undefined;
  readonly problem?: string | undefined;
}

const locks: Channel<unknown, LockEvent> = channel("fleche:lock") as Channel<unknown, LockEvent>;

/** Publishes a step, where somebody listens. */
export function publishLock(
  step: LockEvent["step"],
  name: string,
  lookupKey: string,
  more?: Pick<LockEvent, "holder" | "waitedMs" | "problem">,
): void {
  if (locks.hasSubscribers) locks.publish({ step, name, lookupKey, ...more });
}
