/**
 * The wrapper: the same function, except that each distinct call runs once, ever. What a call goes through is written in
 * `engine/call.ts`; here are the function's type and the methods that it gets.
 */
import type { AnyFunction } from "./call/source.ts";
import { makeCaller } from "./caller.ts";
import type { IdentityMode } from "./digest/lookup-key.ts";
import { type Explanation, explainCall } from "./engine/explain.ts";
import { WRAPPED } from "./engine/original.ts";
import { rerunInside } from "./engine/run.ts";
import { containsCall, loadCall } from "./engine/stored-call.ts";
import type { Wrapped } from "./identity/wrapped.ts";
import { type FunctionQueryOptions, type PartialArguments, selectionOf } from "./query/function-selection.ts";
import type { AsyncQuery, Query } from "./query/query-type.ts";
import { type FlecheOptions, wrapping } from "./wrap-options.ts";

/** What a method of a wrapped function gives: for functions that answer with promises a promise, else the result. */
export type Answer<F extends AnyFunction, T> = ReturnType<F> extends PromiseLike<unknown> ? T | Promise<T> : T;

/**
 * The calls of a function: what asks for them answers with promises where the function does. Of a function that is not
 * declared `async` it shows only when it runs; on a synchronous cache its answers are there at once: `await` fits both.
 */
export type QueryAnswer<F extends AnyFunction> =
  ReturnType<F> extends PromiseLike<unknown> ? AsyncQuery<Awaited<ReturnType<F>>> : Query<ReturnType<F>>;

/** A call, named and not run. */
export interface Call {
  readonly name: string;
  readonly module: string | null;
  readonly version: string | number | null;
  readonly identity: IdentityMode;
  readonly codeDigest: string;
  /** Names and digests of the arguments, in the order in which they enter the lookup key. */
  readonly arguments: readonly (readonly [name: string, digest: string])[];
  /** The name of its record. */
  readonly lookupKey: string;
}

/** The methods of a wrapped function; their arguments are those of the function. */
export interface CallMethods<F extends AnyFunction> {
  /** The lookup key of the call. Throws a `DigestError` where the call cannot be named. */
  digest(...args: Parameters<F>): string;
  /** The call, named and not run. Throws as `digest` does. */
  call(...args: Parameters<F>): Call;
  /** Whether a stored result could be served. */
  contains(...args: Parameters<F>): Answer<F, boolean>;
  /** The stored result; never runs the function. Throws as a storage's `load` does. */
  load(...args: Parameters<F>): ReturnType<F>;
  /** Runs the function again, and the cached calls that it makes, and stores what they give. */
  rerun(...args: Parameters<F>): ReturnType<F>;
  /** Forgets the call; `false` where it was not known. */
  evict(...args: Parameters<F>): Answer<F, boolean>;
  /** Why the call would hit or miss, part by part. */
  explain(...args: Parameters<F>): Answer<F, Explanation>;
  /** The stored calls of the function, of any version of its code, that were made with these arguments. */
  query(args?: PartialArguments, selection?: FunctionQueryOptions): QueryAnswer<F>;
  /** The call as a function without arguments: cache, tags and metadata stay those that are around now. */
  bind(...args: Parameters<F>): BoundCall<F>;
  /** The same function with other options; those not named here stay. */
  with(options: FlecheOptions): Fleche<F>;
  /** The same function with its receiver fixed, so that the methods know it too: `energy.on(model).digest(3)`. */
  on(receiver: ThisParameterType<F>): Fleche<OmitThisParameter<F>>;
  /** The function that was wrapped. */
  readonly original: F;
}

/** A call that can be made later. */
export interface BoundCall<F extends AnyFunction> {
  (): ReturnType<F>;
  /** The call, as it was named when it was bound. */
  readonly call: Call;
}

/** A cached function: the function itself, with methods. */
export type Fleche<F extends AnyFunction> = F & CallMethods<F>;

/**
 * The same function, except that each distinct call runs once, ever. Its type stays: parameters, generics, `this`,
 * result. What cannot be named exactly is not guessed: such a call runs uncached, and one warning says why. Throws a
 * `TypeError` for generators, classes and options that do not fit.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache } from "fleche";
 * let runs = 0;
 * const simulate = fleche(
 *   function simulate(temperature: number, steps: number) {
 *     runs++;
 *     return temperature * steps;
 *   },
 *   { cache: openCache({ store: memoryStore() }), version: 1 },
 * );
 * simulate(300, 1e6); // 300000000
 * simulate(300, 1e6); // 300000000
 * runs; // 1
 * ```
 */
export function fleche<F extends AnyFunction>(fn: F, options: FlecheOptions = {}): Fleche<F> {
  return wrap(fn, options);
}

function wrap<F extends AnyFunction>(fn: F, options: FlecheOptions, fixed?: { readonly receiver: unknown }): Fleche<F> {
  const caller = makeCaller(wrapping(fn, options));
  const { plan, run } = caller;
  const { identity } = plan;
  const receiver = fixed?.receiver;
  // A function of its own, not an arrow: a method is called with its instance.
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    return caller.invoke(fixed === undefined ? this : receiver, args);
  };
  const call = (args: readonly unknown[]): Call => {
    const { lookupKey, pairs, seen } = caller.name(receiver, args);
    const { name, mode, version } = identity;
    const { codeDigest } = seen;
    return { name, module: identity.module(), version, identity: mode, codeDigest, arguments: pairs, lookupKey };
  };
  const methods: { readonly [Name in keyof CallMethods<F>]: unknown } = {
    digest: (...args: unknown[]) => caller.name(receiver, args).lookupKey,
    call: (...args: unknown[]) => call(args),
    contains: (...args: unknown[]) => run(() => containsCall(plan, caller.around().cache, caller.name(receiver, args))),
    load: (...args: unknown[]) =>
      caller.answer(() => loadCall(plan, caller.around().cache, caller.name(receiver, args))),
    rerun: (...args: unknown[]) => rerunInside(() => caller.invoke(receiver, args)),
    evict: (...args: unknown[]) => run(() => caller.around().cache.evictRecord(caller.name(receiver, args).lookupKey)),
    explain: (...args: unknown[]) =>
      run(() => explainCall(plan, caller.around().cache, caller.namer(), receiver, args)),
    bind(...args: unknown[]) {
      const around = caller.around();
      const bound = (): unknown => caller.invoke(receiver, args, around);
      return Object.assign(bound, { call: call(args) });
    },
    query: (args?: PartialArguments, selection?: FunctionQueryOptions) =>
      caller.query(selectionOf({ identity, naming: plan.naming }, args, selection)),
    with: (more: FlecheOptions) => wrap(fn, { ...options, ...more }, fixed),
    on: (instance: unknown) => wrap(fn, options, { receiver: instance }),
    original: fn,
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(wrapper, name, { value });
  Object.defineProperty(wrapper, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: fn.length, configurable: true });
  const wrapped: Wrapped = {
    original: fn,
    receiver: fixed === undefined ? [] : [receiver],
    standard: new Set([...Reflect.ownKeys(wrapper), WRAPPED]),
  };
  Object.defineProperty(wrapper, WRAPPED, { value: wrapped });
  return wrapper as unknown as Fleche<F>;
}
