/**
 * A call's turn to run: it takes the lock of its key, so that of all processes that want the call one runs it; the others
 * wait, at most as long as the cache says, and are served what that one stored. The trouble of locks is never the caller's:
 * at worst a call runs twice. Runs of this process that are under way are joined, in `flights.ts`, not waited for here.
 */
import { type Flow, settled } from "../flow.ts";
import { publishCall } from "../observe/call-events.ts";
import { publishLock } from "../observe/lock-events.ts";
import type { CallLabel } from "../record/call-record.ts";
import type { HeldLock, TakenLock } from "../store/store.ts";
import { messageOf, warnFault } from "../vault/fault.ts";
import type { CallCache, CallLocks } from "./call-cache.ts";
import type { Departure } from "./flights.ts";
import { forgetWait, type Holding, hold, isDeadlock, isHeldAround, letGo } from "./holdings.ts";
import type { Hit, Miss } from "./lookup.ts";
import { type Run, startRun } from "./run.ts";

/** The turn of one call. */
export interface Turn {
  readonly run: Run;
  /** Where its lock lies; `undefined` where there are none. */
  readonly locks: CallLocks | undefined;
  /** Its lock; `undefined` where it runs without. */
  readonly holding: Holding | undefined;
  /** Why it has none where it wanted one, as locks are in trouble. */
  readonly trouble?: Trouble;
  /** Where it had to wait: others have joined it already. */
  readonly departure: Departure | undefined;
}

/** A call that wants to run; `T` is what it comes to. */
export interface Candidate<T extends object> {
  readonly cache: CallCache;
  readonly name: string;
  readonly lookupKey: string;
  readonly label: () => CallLabel;
  /** Whether it answers with a promise: then it waits without stopping the thread. */
  readonly isAsync: boolean;
  /** What the equal run under way in this process comes to, as {@link Flights.join}. */
  join(): Flow<T | "not-shareable" | "look-again" | undefined>;
  /** Whether somebody has stored its result meanwhile. Never throws. */
  lookAgain(): Flow<Hit | Miss>;
  /** Serves what was stored meanwhile. Never throws. */
  serve(hit: Hit): Flow<T>;
}

/** More calls than this are not remembered as fruitless. */
const MANY = 10_000;

type Named = Pick<Candidate<object>, "cache" | "name" | "lookupKey">;

/** Sooner than this nobody looks whether processes wait for each other, which they hardly ever do. */
const SUSPECT_MS = 50;

/** When people want to know why nothing happens. */
const TELL_MS = 10_000;

/** It looks again after this part of the time that it has waited, so that what it loses is in proportion. */
const PATIENCE = 1 / 8;
const LONGEST_SLEEP_MS = 100;

/** The turn to run; or what an equal run, here or in another process, has come to meanwhile. */
export function* awaitTurn<T extends object>(candidate: Candidate<T>): Flow<Turn | { readonly outcome: T }> {
  const { cache, lookupKey, isAsync } = candidate;
  const run = startRun(lookupKey);
  const locks = locksOf(candidate);
  const alone: Turn = { run, locks, holding: undefined, departure: undefined };
  if (locks === undefined || locks.fruitless.has(lookupKey)) return alone;
  const wait = startWait(candidate, locks, run);
  let departure: Departure | undefined;
  try {
    for (;;) {
      const attempt = yield* attemptOf(candidate, locks);
      const unlocked: Turn = { ...alone, departure };
      if (attempt.held === undefined) return { ...unlocked, trouble: attempt.trouble };
      const holding = attempt.held ? hold(attempt, run) : undefined;
      // Also with the lock: its last holder may have stored the result right before it gave it back.
      const found = yield* candidate.lookAgain();
      if (found.refused === undefined) {
        wait.publish("served");
        if (holding !== undefined) yield* endTurn({ ...unlocked, holding }, candidate);
        departure?.land("look-again");
        return { outcome: yield* candidate.serve(found) };
      }
      if (attempt.held) {
        wait.publish(attempt.inherited ? "takeover" : "acquire");
        return { ...unlocked, holding };
      }
      // In this process somebody may have begun to run, or to wait for the same lock, while we looked.
      const joined = departure === undefined && isAsync ? yield* candidate.join() : undefined;
      if (typeof joined === "object") return { outcome: joined };
      if (joined === "look-again") continue;
      if (joined === "not-shareable" || (yield* wait.isInVain(attempt))) return unlocked;
      if (departure === undefined && isAsync) {
        departure = cache.flights.depart(run, "foreground");
        departure.goesOn();
      }
      if (isAsync) yield new Promise((wake) => setTimeout(wake, wait.nextSleepMs()));
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait.nextSleepMs());
    }
  } finally {
    yield* wait.end();
  }
}

/** The turn of a call that runs in any case, or not at all: takes the lock if it is free, and does not wait for it. */
export function* tryTurn<T extends object>(candidate: Candidate<T>): Flow<Turn & { readonly taken: boolean }> {
  const { name, lookupKey } = candidate;
  const run = startRun(lookupKey);
  const locks = locksOf(candidate);
  const alone: Turn = { run, locks, holding: undefined, departure: undefined };
  if (locks === undefined) return { ...alone, taken: false };
  const attempt = yield* attemptOf(candidate, locks);
  if (attempt.held === undefined) return { ...alone, trouble: attempt.trouble, taken: false };
  if (!attempt.held) return { ...alone, taken: true };
  publishLock(attempt.inherited ? "takeover" : "acquire", name, lookupKey);
  return { ...alone, holding: hold(attempt, run), taken: false };
}

/**
 * The call has run; whether its result was stored. Else nobody is to wait for its next run: it might leave nothing either.
 * Only now is it told that it had no lock: without a result others run it in any case, and a store that takes neither a
 * lock nor a result says so by the result.
 */
export function noteRun({ locks, trouble }: Turn, { cache, name, lookupKey }: Named, isStored: boolean): void {
  if (locks === undefined) return;
  if (!isStored) {
    if (locks.fruitless.size < MANY) locks.fruitless.add(lookupKey);
    return;
  }
  locks.fruitless.delete(lookupKey);
  if (trouble === undefined) return;
  const text = `a call of ${name} ran without a lock, others may have run it, too: ${messageOf(trouble.error)}`;
  warnFault(cache.reporter, "lock", trouble.error, text);
}

/** The turn is over: gives the lock back. Never throws. */
export function* endTurn({ holding }: Turn, { cache, name, lookupKey }: Named): Flow<void> {
  if (holding === undefined) return;
  try {
    yield* settled(letGo(holding));
    publishLock("release", name, lookupKey);
  } catch (error) {
    const text = `the lock of a call of ${name} could not be given back, others may wait for it: ${messageOf(error)}`;
    warnFault(cache.reporter, "lock", error, text);
  }
}

function locksOf({ cache, label }: Pick<Candidate<object>, "cache" | "label">): CallLocks | undefined {
  try {
    return cache.locksFor(label());
  } catch {
    // Where a call is to be stored could not be told; that is said when it is stored.
    return undefined;
  }
}

/** What a store threw where a lock was wanted: anything. */
interface Trouble {
  readonly error: unknown;
}

/** Locks that are in trouble: the call runs without. */
interface Troubled {
  readonly held?: undefined;
  readonly trouble: Trouble;
}

function* attemptOf({ name, lookupKey }: Named, locks: CallLocks): Flow<HeldLock | TakenLock | Troubled> {
  try {
    return yield* settled(locks.take(lookupKey));
  } catch (error) {
    publishLock("unlocked", name, lookupKey, { problem: messageOf(error) });
    return { trouble: { error } };
  }
}

/** One call's wait for a lock. */
interface Wait {
  /** Tells how it ended. */
  publish(step: "served" | "acquire" | "takeover"): void;
  /** Whether it should run rather than wait on. */
  isInVain(attempt: TakenLock): Flow<boolean>;
  nextSleepMs(): number;
  end(): Flow<void>;
}

function startWait({ cache, name, lookupKey, isAsync }: Candidate<object>, { waitMs }: CallLocks, run: Run): Wait {
  const wait = {};
  let startedMs: number | undefined;
  let seen: string | undefined;
  let told = false;
  const waitedMs = (): number => (startedMs === undefined ? 0 : performance.now() - startedMs);
  const lasted = (): { readonly waitedMs?: number } => (startedMs === undefined ? {} : { waitedMs: waitedMs() });
  const unlocked = (problem: string): true => {
    publishLock("unlocked", name, lookupKey, { problem, ...lasted() });
    return true;
  };
  const tell = (holder: string): void => {
    told = true;
    const text = `${name} has waited ${TELL_MS / 1000} s for ${holder}, which runs the same call`;
    cache.reporter.warn("waiting", `${text}; it runs itself after ${waitMs / 1000} s (lockWaitMs)`);
  };
  return {
    publish: (step) => publishLock(step, name, lookupKey, lasted()),
    *isInVain(attempt) {
      const { id, holder } = attempt;
      if (isHeldAround(attempt, run, !isAsync)) return unlocked("it would wait for itself");
      if (startedMs === undefined) {
        startedMs = performance.now();
        publishCall("join", name, lookupKey);
        publishLock("wait", name, lookupKey, { holder });
      }
      if (waitedMs() >= waitMs) {
        publishLock("timeout", name, lookupKey, { holder, ...lasted() });
        const text = `${name} has waited ${waitMs / 1000} s (lockWaitMs) for ${holder} and runs, too`;
        cache.reporter.warn("timeout", text);
        return true;
      }
      // Waiting for the next one, too, would make all who want the call run it one after the other.
      const leftNothing = seen !== undefined && id !== "" && id !== seen && !attempt.inherited;
      if (leftNothing) return unlocked("the run that it waited for left no result");
      if (id !== "") seen = id;
      if (waitedMs() >= SUSPECT_MS && (yield* quietly(isDeadlock(attempt, run, !isAsync, wait)))) {
        return unlocked("two processes wait for each other");
      }
      if (waitedMs() >= TELL_MS && !told) tell(holder);
      return false;
    },
    nextSleepMs() {
      const sleepMs = Math.min(Math.max(1, waitedMs() * PATIENCE), LONGEST_SLEEP_MS);
      // Not longer than it may wait at all, and never nothing: that would be a busy loop.
      return Math.max(1, Math.min(sleepMs, waitMs - waitedMs()));
    },
    *end() {
      if (startedMs !== undefined) yield* quietly(forgetWait(wait));
    },
  };
}

/** What is told and asked about waits is a hint: where that fails, a call is run twice or waits longer. */
function* quietly<T>(act: Flow<T>): Flow<T | undefined> {
  try {
    return yield* act;
  } catch {
    return undefined;
  }
}
