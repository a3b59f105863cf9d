/**
 * A run: one execution of a function's body, and its place among the others. Runs started inside a run are its children,
 * also across awaits; that is how a record names its parent, and how nobody waits for a run that waits for them.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** One execution of a body. */
export interface Run {
  readonly lookupKey: string;
  readonly parent: Run | undefined;
  /** The runs that this one or a run inside it waits for now, with how many do. */
  readonly waits: Map<Run, number>;
}

/** What a call finds around it. */
interface Around {
  readonly run: Run | undefined;
  /** The calls that were run again already; set inside a `rerun`. */
  readonly rerun: Set<string> | undefined;
}

const around = new AsyncLocalStorage<Around>();

/** The run inside which this code runs. */
export function currentRun(): Run | undefined {
  return around.getStore()?.run;
}

/** Whether this call is to run again although it may be stored: once for each call inside a `rerun`. */
export function takeRerun(lookupKey: string): boolean {
  const done = around.getStore()?.rerun;
  if (done === undefined || done.has(lookupKey)) return false;
  done.add(lookupKey);
  return true;
}

/** Runs `call` so that it, and every cached call inside it, runs its body again. */
export function rerunInside<T>(call: () => T): T {
  return around.run({ run: currentRun(), rerun: new Set() }, call);
}

/** A run below the current one. */
export function startRun(lookupKey: string): Run {
  return { lookupKey, parent: currentRun(), waits: new Map() };
}

/** Runs `body` inside a run. */
export function insideRun<T>(run: Run, body: () => T): T {
  return around.run({ run, rerun: around.getStore()?.rerun }, body);
}

/** Whether waiting for `awaited` in `run` would never end: it is around us, or waits for something that is. */
export function wouldWaitForItself(awaited: Run, run: Run | undefined = currentRun()): boolean {
  const ours = new Set(selfAndAround(run));
  const seen = new Set<Run>();
  const reaches = (run: Run): boolean => {
    if (ours.has(run)) return true;
    if (seen.has(run)) return false;
    seen.add(run);
    return [...run.waits.keys()].some(reaches);
  };
  return reaches(awaited);
}

/** Notes that the current run, and those around it, wait for another; call what is returned when that is over. */
export function noteWait(awaited: Run): () => void {
  const waiting = [...selfAndAround(currentRun())];
  for (const run of waiting) run.waits.set(awaited, (run.waits.get(awaited) ?? 0) + 1);
  return () => {
    for (const run of waiting) {
      const left = (run.waits.get(awaited) ?? 1) - 1;
      if (left === 0) run.waits.delete(awaited);
      else run.waits.set(awaited, left);
    }
  };
}

function* selfAndAround(run: Run | undefined): Generator<Run> {
  for (let at = run; at !== undefined; at = at.parent) yield at;
}
