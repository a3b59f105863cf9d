/**
 * The way of a call, step by step: name the inputs, look them up, serve the stored result, or join an equal run, or run
 * the body and keep what it gave. Written once, as a flow, for synchronous and asynchronous functions and stores. A fault
 * of the cache never changes the outcome; the function's own error passes as the same object.
 */
import { types } from "node:util";
import { Digest, isDigest } from "../digest/reference.ts";
import { type Flow, runAsync, settled } from "../flow.ts";
import { publishCall } from "../observe/call-events.ts";
import { errorOf, isRefused, warnRefused } from "../vault/notice.ts";
import { commitArguments, commitResult, encodeResult, isScalar, labelOf } from "./commit.ts";
import type { Landing } from "./flights.ts";
import { type Hit, lookup, type Miss } from "./lookup.ts";
import type { CallNamer, NamedCall, UnnamedCall } from "./name-call.ts";
import { startNotes } from "./notes.ts";
import type { Plan, Surroundings } from "./plan.ts";
import { insideRun, takeRerun } from "./run.ts";
import { awaitTurn, type Candidate, endTurn, noteRun, type Turn, tryTurn } from "./turn.ts";

/** What a call came to. */
export interface Outcome {
  readonly value: unknown;
  /** Whether the function answers with a promise. */
  readonly async: boolean;
}

/** One call, with all it needs. */
export interface Calling {
  readonly plan: Plan;
  readonly around: Surroundings;
  readonly name: CallNamer;
  /** Whether it answers with a promise in any case, so that it may wait. */
  readonly isAsync: boolean;
  readonly receiver: unknown;
  readonly args: readonly unknown[];
}

/** How often a call is named anew because its inputs keep changing before its body can run. */
const MOST_NAMINGS = 3;

/** How far apart the clocks of two machines may be without a word. */
const MOST_SKEW_MS = 60_000;

/** A call, from its inputs to its value. */
export function* cachedCall(calling: Calling): Flow<Outcome> {
  let call = calling.name(calling.receiver, calling.args, false);
  let values: readonly unknown[] | undefined;
  for (let i = 0; i < MOST_NAMINGS; i++) {
    if (call.unnamed !== undefined) return yield* runUncached(calling, call);
    const again = takeRerun(call.lookupKey);
    const found = again ? "alone" : yield* serveOrJoin(calling, call);
    if (typeof found === "object") return found;
    if (values === undefined) {
      values = yield* withoutReferences(calling.args, calling.around);
      // That may have taken its time, in which an equal call may have begun to run.
      const joined = again || call.references.length === 0 ? undefined : yield* join(calling, call);
      if (typeof joined === "object") return joined;
    }
    const candidate = candidateOf(calling, call);
    const turn = yield* found === "alone" ? tryTurn(candidate) : awaitTurn(candidate);
    if ("outcome" in turn) return turn.outcome;
    // Named again right before the body, with no wait between: captured variables may have changed since they were last
    // read, and arguments while we waited. What the body sees is what the result is stored under.
    const now = calling.name(calling.receiver, calling.args, true);
    if (now.unnamed === undefined && now.lookupKey === call.lookupKey)
      return yield* runAndCommit(calling, now, values, turn);
    yield* giveUp(candidate, turn);
    call = now;
  }
  return yield* runUncached(calling, { unnamed: "its inputs change while it waits to run", kind: "argument" });
}

/** A stored value, or that of an equal run that is under way; `"alone"` where it is to run whoever else does. */
function* serveOrJoin(calling: Calling, call: NamedCall): Flow<Outcome | "alone" | undefined> {
  const { plan, around } = calling;
  // While a result is refreshed in the background, the old one is served: only who finds none waits for the new one.
  let joined = yield* join(calling, call, "foreground");
  for (;;) {
    if (typeof joined === "object") return joined;
    const found = yield* lookup(around.cache, call.lookupKey, plan.freshness);
    if (found.refused !== undefined) noticeMiss(calling, call, found);
    else return yield* serve(calling, call, found);
    // What cannot be shared is not waited for again: the others who waited would run one after the other.
    if (joined === "not-shareable") return "alone";
    // While we looked, an equal call may have begun to run.
    joined = yield* join(calling, call);
    if (joined === undefined) return undefined;
  }
}

/** What the run of an equal call gives; `undefined` where none is under way that may be waited for. */
function* join(
  { plan, around }: Calling,
  call: NamedCall,
  which: "foreground" | "any" = "any",
): Flow<Outcome | "not-shareable" | "look-again" | undefined> {
  const landed = around.cache.flights.join(call.lookupKey, which);
  if (landed === undefined) return undefined;
  publishCall("join", plan.identity.name, call.lookupKey);
  const landing: Landing = yield* settled(landed);
  if (typeof landing === "string") return landing;
  if ("error" in landing) throw landing.error;
  if ("scalar" in landing) return { value: landing.scalar, async: true };
  try {
    return { value: landing.encoded.decode(), async: true };
  } catch {
    // It cannot be read back: the cache's trouble, not the caller's.
    return "not-shareable";
  }
}

/** What the run of another process gave: not counted as a hit, as it was looked up and missed before. */
function* serveJoined({ around: { cache } }: Calling, { lookupKey }: NamedCall, hit: Hit): Flow<Outcome> {
  yield* cache.noteHit(lookupKey, hit);
  return { value: hit.value, async: hit.record.async };
}

function* serve(calling: Calling, call: NamedCall, hit: Hit): Flow<Outcome> {
  const { plan, around } = calling;
  around.cache.tally.hit(hit.verified, hit.record.durationMs);
  yield* around.cache.noteHit(call.lookupKey, hit);
  publishCall(hit.stale ? "stale" : "hit", plan.identity.name, call.lookupKey);
  if (hit.stale) refresh(calling, call);
  if (plan.identity.mode === "version" && hit.record.codeDigest !== call.seen.codeDigest) {
    const text = `the code of ${plan.identity.name} was edited since its results of version ${plan.identity.version} were stored`;
    plan.warnOnce(around.cache, "edited", `${text}; they are still served`);
  }
  if (plan.freshness.maxAgeMs < Number.POSITIVE_INFINITY && hit.record.startedMs > Date.now() + MOST_SKEW_MS) {
    const text = `a result of ${plan.identity.name} is dated in the future`;
    plan.warnOnce(around.cache, "clock", `${text}: a clock was or is wrong; until then it counts as new`);
  }
  return { value: hit.value, async: hit.record.async };
}

/** Runs a call again in the background; a failure leaves the old result and says so. */
function refresh(calling: Calling, call: NamedCall): void {
  const { plan, around } = calling;
  if (around.cache.flights.isUnderWay(call.lookupKey)) return;
  runAsync(runAgain(calling, call)).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    around.cache.reporter.warn("refresh", `refreshing ${plan.identity.name} failed, its old result stays: ${why}`);
  });
}

function* runAgain(calling: Calling, call: NamedCall): Flow<void> {
  const { receiver, args, around } = calling;
  const values = yield* withoutReferences(args, around);
  const candidate = candidateOf(calling, call);
  // Another process that has the lock is refreshing it, or has just done so.
  const turn = yield* tryTurn(candidate);
  const isDue = !turn.taken && (turn.holding === undefined || (yield* isStillStale(candidate)));
  const now = calling.name(receiver, args, true);
  // Inputs that have changed since they were named are another call: there is nothing to refresh it with.
  const isSame = now.unnamed === undefined && now.lookupKey === call.lookupKey;
  if (!isDue || !isSame || around.cache.flights.isUnderWay(call.lookupKey)) yield* giveUp(candidate, turn);
  else yield* runAndCommit(calling, now, values, turn, "background");
}

function* isStillStale({ lookAgain }: Candidate<Outcome>): Flow<boolean> {
  const found = yield* lookAgain();
  return found.refused !== undefined || found.stale;
}

function candidateOf(calling: Calling, call: NamedCall): Candidate<Outcome> {
  const { plan, around, isAsync } = calling;
  const { lookupKey } = call;
  return {
    cache: around.cache,
    name: plan.identity.name,
    lookupKey,
    label: () => labelOf(plan, around.tags),
    isAsync,
    join: () => join(calling, call),
    serve: (hit) => serveJoined(calling, call, hit),
    lookAgain: () => lookup(around.cache, lookupKey, plan.freshness),
  };
}

/** Ends a turn in which nothing ran. */
function* giveUp(candidate: Candidate<Outcome>, turn: Turn): Flow<void> {
  yield* endTurn(turn, candidate);
  turn.departure?.land("look-again");
}

function noticeMiss({ plan, around }: Calling, call: NamedCall, miss: Miss): void {
  const { cache } = around;
  const { refused: reason } = miss;
  cache.tally.miss(reason);
  publishCall("miss", plan.identity.name, call.lookupKey, { reason });
  warnRefused(miss.entry, miss, cache.reporter);
  if (cache.posture === "strict" && isRefused(reason)) throw errorOf(miss.entry, miss);
}

function* runUncached({ plan, around, receiver, args }: Calling, why: UnnamedCall): Flow<Outcome> {
  const { name } = plan.identity;
  plan.warnOnce(around.cache, why.kind, `${name} runs uncached: ${why.unnamed}`);
  publishCall("uncached", name, undefined, { problem: why.unnamed });
  const values = yield* withoutReferences(args, around);
  // What it returns is passed on as it is, a promise too.
  return { value: invoke(plan, receiver, values), async: false };
}

function invoke(plan: Plan, receiver: unknown, args: readonly unknown[]): unknown {
  return Reflect.apply(plan.fn, receiver, args);
}

/** The arguments with the values that Digests among them stand for. */
function* withoutReferences(args: readonly unknown[], { cache }: Surroundings): Flow<readonly unknown[]> {
  // Not `instanceof`, which asks a proxy for its prototype: that is the caller's code, and may throw.
  if (!args.some(isDigest)) return args;
  const values: unknown[] = [];
  for (const arg of args) {
    const digest = Digest.hexOf(arg);
    if (digest === undefined) {
      values.push(arg);
      continue;
    }
    const loaded = yield* cache.findValue(digest);
    // There is nothing to run with: this is the caller's to know.
    if (loaded.refused !== undefined) throw errorOf(digest, loaded);
    values.push(loaded.value);
  }
  return values;
}

/** Steps 5 and 6. The run's own error passes; nothing of ours does. */
function* runAndCommit(
  calling: Calling,
  call: NamedCall,
  args: readonly unknown[],
  turn: Turn,
  where: "foreground" | "background" = "foreground",
): Flow<Outcome> {
  let stored = false;
  try {
    const ended = yield* runInTurn(calling, call, args, turn, where);
    stored = ended.stored;
    return ended;
  } finally {
    // Whatever became of the run: somebody may be waiting.
    const candidate = candidateOf(calling, call);
    noteRun(turn, candidate, stored);
    yield* endTurn(turn, candidate);
  }
}

function* runInTurn(
  { plan, around, receiver }: Calling,
  call: NamedCall,
  args: readonly unknown[],
  turn: Turn,
  where: "foreground" | "background",
): Flow<Outcome & { readonly stored: boolean }> {
  const { cache } = around;
  const { name } = plan.identity;
  const { run } = turn;
  const departure = turn.departure ?? cache.flights.depart(run, where);
  const written = commitArguments(plan, call, around);
  const notes = startNotes(plan, call, around);
  publishCall("run", name, call.lookupKey);
  let value: unknown;
  let isAsync = false;
  try {
    value = insideRun(run, () => invoke(plan, receiver, args));
    isAsync = types.isPromise(value);
    if (isAsync) {
      departure.goesOn();
      value = yield* settled(value as Promise<unknown>);
    }
  } catch (error) {
    publishCall("threw", name, call.lookupKey);
    departure.land({ error });
    throw error;
  }
  const ended = { run, async: isAsync, ...notes(value) };
  const kept = encodeResult(plan, call, value, cache);
  if (written !== undefined) yield* settled(written);
  const stored = typeof kept === "object" && (yield* commitResult(plan, call, kept, ended, around));
  // Whoever joined it with the inputs that it was named by may not get what it gave with others.
  if (kept === "changed") departure.land("not-shareable");
  else departure.land(isScalar(value) ? { scalar: value } : (kept ?? "not-shareable"));
  return { value, async: isAsync, stored };
}
