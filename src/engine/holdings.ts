/**
 * The locks that this thread holds, each with the run that it is for. Here it is found out whether waiting for somebody
 * else's lock would be for ever, as that one waits for one of ours. Whether to wait at all is decided in `turn.ts`.
 */
import { type Awaitable, type Flow, settled } from "../flow.ts";
import type { HeldLock, TakenLock } from "../store/store.ts";
import { type Run, wouldWaitForItself } from "./run.ts";

/** A lock of ours. */
export interface Holding {
  readonly lock: HeldLock;
  readonly run: Run;
  /** What it waits for now, by who waits. */
  readonly waits: Map<object, readonly string[]>;
  /** Whether others can know all of that. */
  isTold: boolean;
}

/** Of this thread, in all stores: a synchronous call that waits stops them all. */
const holdings = new Set<Holding>();

/** More than this is not passed on. */
const MOST_WAITS = 1_000;

/** Notes a lock that was taken. */
export function hold(lock: HeldLock, run: Run): Holding {
  const holding: Holding = { lock, run, waits: new Map(), isTold: true };
  holdings.add(holding);
  return holding;
}

/** Gives a lock back. */
export function letGo(holding: Holding): Awaitable<void> {
  holdings.delete(holding);
  return holding.lock.release();
}

/** Our locks that cannot be given back before `run` has begun: those of what is around it, or waits for that. */
function blockedBy(run: Run, stopsThread: boolean): Holding[] {
  return [...holdings].filter((holding) => stopsThread || wouldWaitForItself(holding.run, run));
}

/** Whether `run` would wait for a lock of its own thread that cannot be given back meanwhile. */
export function isHeldAround(taken: TakenLock, run: Run, stopsThread: boolean): boolean {
  if (taken.ours && stopsThread) return true;
  return blockedBy(run, stopsThread).some(({ lock }) => lock.id === taken.id);
}

/**
 * Whether its holder waits for us: then one of the two must not wait, and of any two it is one, the same for both. Else tells
 * others what our locks now wait for. `waiter` stands for this wait, until {@link forgetWait}.
 */
export function* isDeadlock(taken: TakenLock, run: Run, stopsThread: boolean, waiter: object): Flow<boolean> {
  const blocked = blockedBy(run, stopsThread);
  if (blocked.length === 0 || taken.id === "") return false;
  const beyond = yield* settled(taken.waits());
  const waitedFor = new Set(beyond);
  if (blocked.some(({ lock: { id } }) => waitedFor.has(id) && id < taken.id)) return true;
  const waits = [...new Set([taken.id, ...beyond])].slice(0, MOST_WAITS);
  for (const holding of blocked) yield* note(holding, waiter, waits);
  return false;
}

/** Tells that this wait is over. */
export function* forgetWait(waiter: object): Flow<void> {
  for (const holding of [...holdings]) if (holding.waits.has(waiter)) yield* note(holding, waiter, []);
}

function* note(holding: Holding, waiter: object, ids: readonly string[]): Flow<void> {
  const { lock, waits } = holding;
  const before = waits.get(waiter) ?? [];
  if (holding.isTold && before.length === ids.length && before.every((id, i) => id === ids[i])) return;
  if (ids.length === 0) waits.delete(waiter);
  else waits.set(waiter, ids);
  // Where that fails it is told again by the next look: the others rely on it.
  holding.isTold = false;
  yield* settled(lock.noteWaits([...new Set([...waits.values()].flat())].slice(0, MOST_WAITS)));
  holding.isTold = true;
}
