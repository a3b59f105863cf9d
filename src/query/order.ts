/**
 * Calls in an order. Sorting holds what it must: every call, or twice as many as will be asked for; the earliest or the
 * latest is found holding one. Equal keys are ordered by lookup key, so the answer does not depend on the store.
 */
import type { Flow } from "../flow.ts";
import { compareKeys, type KeyOf } from "./by.ts";
import type { SkipCount } from "./skipped.ts";
import type { AnyCall } from "./stored-call.ts";
import { forEach, type Stream } from "./stream.ts";

/** Which way. */
export type Direction = "ascending" | "descending";

interface Keyed {
  readonly key: unknown;
  readonly call: AnyCall;
}

/** A search that can be opened more than once. */
export interface Search {
  readonly skips: SkipCount;
  /** All its calls, in any order. */
  readonly all: () => Stream<AnyCall>;
  /** Its calls in the order of time that the store believes in. */
  readonly byTime: (order: "latest" | "earliest") => Stream<AnyCall>;
}

/** The calls in order; not more than `limit` of them will be asked for. */
export function sortedCalls(
  inner: Stream<AnyCall>,
  keyOf: KeyOf,
  direction: Direction,
  limit: number,
): Stream<AnyCall> {
  const sign = direction === "descending" ? -1 : 1;
  const order = (a: Keyed, b: Keyed): number => sign * compareKeys(a.key, b.key) || byLookupKey(a.call, b.call);
  let sorted: Iterator<Keyed> | undefined;
  return {
    *next() {
      sorted ??= (yield* held(inner, keyOf, order, limit))[Symbol.iterator]();
      const step = sorted.next();
      return step.done === true ? { done: true, value: undefined } : { done: false, value: step.value.call };
    },
    close: () => inner.close(),
  };
}

/** So few are not worth a round of sorting. */
const SLACK = 256;

function* held(
  inner: Stream<AnyCall>,
  keyOf: KeyOf,
  order: (a: Keyed, b: Keyed) => number,
  limit: number,
): Flow<Keyed[]> {
  const calls: Keyed[] = [];
  for (;;) {
    const step = yield* inner.next();
    if (step.done === true) return calls.sort(order);
    calls.push({ key: yield* keyOf(step.value), call: step.value });
    // All beyond the limit so far stay beyond it, whatever comes.
    if (calls.length > 2 * limit + SLACK) calls.sort(order).splice(limit);
  }
}

/** The call that began first, or last. */
export function* extremeCall(stream: Stream<AnyCall>, direction: Direction): Flow<AnyCall | undefined> {
  const sign = direction === "descending" ? -1 : 1;
  let best: AnyCall | undefined;
  // biome-ignore lint/correctness/useYield: nothing to wait for
  yield* forEach(stream, function* (call) {
    if (best === undefined || (sign * (call.startedMs - best.startedMs) || byLookupKey(call, best)) < 0) best = call;
  });
  return best;
}

/**
 * The calls that began first, or last, in order; for each that is asked for no more than one is opened, and those that
 * began at the same time. The store's order is a hint: where the records say otherwise, all calls are looked at instead.
 */
export function firstByTime(search: Search, direction: Direction, limit: number): Stream<AnyCall> {
  const sign = direction === "descending" ? -1 : 1;
  const order = (a: AnyCall, b: AnyCall): number => sign * (a.startedMs - b.startedMs) || byLookupKey(a, b);
  // biome-ignore lint/correctness/useYield: nothing to wait for
  const byStart = function* (call: AnyCall): Flow<unknown> {
    return call.startedMs;
  };
  let sorted: Stream<AnyCall> | undefined;
  return {
    *next() {
      if (sorted === undefined) {
        const first = yield* takenByTime(search, direction, limit);
        if (first === undefined) search.skips.restart();
        sorted = first === undefined ? sortedCalls(search.all(), byStart, direction, limit) : listed(first.sort(order));
      }
      return yield* sorted.next();
    },
    *close() {
      if (sorted !== undefined) yield* sorted.close();
    },
  };
}

/** The first calls as the store has them in order, `undefined` where that order is not the one of the records. */
function* takenByTime(search: Search, direction: Direction, limit: number): Flow<AnyCall[] | undefined> {
  const sign = direction === "descending" ? -1 : 1;
  const calls: AnyCall[] = [];
  const stream = search.byTime(direction === "descending" ? "latest" : "earliest");
  let isOrdered = true;
  // biome-ignore lint/correctness/useYield: nothing to wait for
  yield* forEach(stream, function* (call) {
    const last = calls.at(-1)?.startedMs ?? call.startedMs;
    isOrdered = sign * (call.startedMs - last) >= 0;
    // All that began with the last one too: equal times are ordered by lookup key, of which the store knows nothing.
    if (!isOrdered || (calls.length >= limit && call.startedMs !== last)) return false;
    calls.push(call);
    return true;
  });
  return isOrdered ? calls : undefined;
}

function listed(calls: readonly AnyCall[]): Stream<AnyCall> {
  const iterator = calls[Symbol.iterator]();
  return {
    // biome-ignore lint/correctness/useYield: nothing to wait for
    *next() {
      const step = iterator.next();
      return step.done === true ? { done: true, value: undefined } : step;
    },
    *close() {},
  };
}

function byLookupKey(a: AnyCall, b: AnyCall): number {
  return a.lookupKey < b.lookupKey ? -1 : Number(a.lookupKey > b.lookupKey);
}
