/**
 * Calls one wrapped function: finds the cache and what else is around, runs the engine's flows as the function and the
 * store are, synchronously or not. The methods that people see on a wrapped function are in `fleche.ts`.
 */
import { activeCache, assertCacheChoice, cacheOf } from "./ambient.ts";
import { mergeCollectors, scopeNotes } from "./context.ts";
import type { Numbers } from "./digest/number.ts";
import { type Calling, cachedCall, type Outcome } from "./engine/call.ts";
import { CALLS, type CallCache } from "./engine/call-cache.ts";
import { type CallNamer, type CallNaming, callNamer, type NamedCall } from "./engine/name-call.ts";
import type { Plan, Surroundings } from "./engine/plan.ts";
import { DigestError, invalidArgument } from "./errors.ts";
import { type Awaitable, type Flow, runAsync, runFlow, runSync } from "./flow.ts";
import { query } from "./query/query.ts";
import type { AsyncQuery, Query } from "./query/query-type.ts";
import type { Selection } from "./query/selection.ts";
import type { Wrapping } from "./wrap-options.ts";

/** Calls one function. */
export interface Caller {
  readonly plan: Plan;
  /** What is around this code. */
  around(): Surroundings;
  /** The call, from its arguments to its value, in the function's own way: a value, or a promise; `fixed` is around it. */
  invoke(receiver: unknown, args: readonly unknown[], fixed?: Surroundings): unknown;
  /** A search of the active cache, in the function's own way. */
  query(selection: Selection): Query | AsyncQuery;
  /** A call by its name. Throws the reason why it has none. */
  name(receiver: unknown, args: readonly unknown[]): NamedCall;
  /** The namer of calls in the active cache. */
  namer(): CallNamer;
  /** Runs the flow of a method: a promise for asynchronous functions, also of what is wrong; the result itself for others. */
  run<T>(flow: () => Flow<T>): Awaitable<T>;
  /** As {@link Caller.run}, for a flow that ends in what a call of the function would give. */
  answer(flow: () => Flow<Outcome>): unknown;
}

/** A caller of a function. */
export function makeCaller({ plan, isAsync, cache, collectors }: Wrapping): Caller {
  if (cache !== undefined) assertCacheChoice(cache);
  const namerIn = namersOf(plan);
  const callsHere = (): CallCache => (cache === undefined ? activeCache() : cacheOf(cache))[CALLS];
  const around = (): Surroundings => {
    const calls = callsHere();
    if (!isAsync && !calls.sync) {
      const { name } = plan.identity;
      throw invalidArgument(`${name} is synchronous and its cache is not; give async: true, and await its calls`);
    }
    const scope = scopeNotes();
    return { cache: calls, tags: scope.tags, collectors: mergeCollectors(collectors, scope.collectors) };
  };
  const callAround = (receiver: unknown, args: readonly unknown[], surroundings: Surroundings): Awaitable<Outcome> => {
    const calling: Calling = {
      plan,
      around: surroundings,
      name: namerIn(surroundings.cache),
      isAsync,
      receiver,
      args,
    };
    return runFlow(cachedCall(calling), isAsync);
  };
  return {
    plan,
    around,
    invoke(receiver, args, fixed) {
      // What was fixed must not open the cache that is around here now.
      const there = (): Surroundings => fixed ?? around();
      if (isAsync) return invokeAsync(() => callAround(receiver, args, there()));
      return given(callAround(receiver, args, there()));
    },
    name(receiver, args) {
      const call = namerIn(around().cache)(receiver, args, false);
      if (call.unnamed === undefined) return call;
      throw call.cause ?? new DigestError("", `${plan.identity.name} runs uncached: ${call.unnamed}`);
    },
    query: (selection) => query(callsHere(), selection, isAsync || !callsHere().sync ? "async" : "sync"),
    namer: () => namerIn(around().cache),
    run: (flow) => (isAsync ? runLater(flow) : runSync(flow())),
    answer: (flow) => (isAsync ? invokeAsync(() => runLater(flow)) : given(runSync(flow()))),
  };
}

/** One namer for all caches that name values in one way. */
function namersOf(plan: Plan): (naming: CallNaming) => CallNamer {
  const plain = { exact: callNamer(plan, { numbers: "exact" }), python: callNamer(plan, { numbers: "python" }) };
  const others = new WeakMap<object, Partial<Record<Numbers, CallNamer>>>();
  return ({ numbers, otherDigest }) => {
    if (otherDigest === undefined) return plain[numbers];
    const known = others.get(otherDigest) ?? {};
    others.set(otherDigest, known);
    known[numbers] ??= callNamer(plan, { numbers, otherDigest });
    return known[numbers];
  };
}

/** What a function that was not declared asynchronous gives: a promise where its run gave one. */
function given(outcome: Awaitable<Outcome>): unknown {
  if ("then" in outcome) return outcome.then(({ value }) => value);
  return outcome.async ? Promise.resolve(outcome.value) : outcome.value;
}

async function runLater<T>(flow: () => Flow<T>): Promise<T> {
  return runAsync(flow());
}

/** Whatever goes wrong in a function that answers with promises is a rejection. */
function invokeAsync(call: () => Awaitable<Outcome>): Promise<unknown> {
  try {
    const outcome = call();
    // Not awaited where it is there already: a hit is 0.5 µs shorter.
    return "then" in outcome ? Promise.resolve(outcome).then(outcomeValue) : Promise.resolve(outcome.value);
  } catch (error) {
    return Promise.reject(error);
  }
}

function outcomeValue({ value }: Outcome): unknown {
  return value;
}
