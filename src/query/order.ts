/**
 * Calls in an order. Sorting holds what it must: every call, or twice as many as will be asked for; the earliest or the
 * latest is found holding one. Equal keys are ordered by lookup key, so the answer does not depend on the store.
 */
import type { Flow } from "../flow.ts";
import { compareKeys, type KeyOf } from "./by.ts";
import type { AnyCall } from "./stored-call.ts";
import { forEach, type Stream } from "./stream.ts";

/** Which way. */
export type Direction = "ascending" | "descending";

interface Keyed {
  readonly key: unknown;
  readonly call: AnyCall;
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

function byLookupKey(a: AnyCall, b: AnyCall): number {
  return a.lookupKey < b.lookupKey ? -1 : Number(a.lookupKey > b.lookupKey);
}
