/**
 * Sync stays sync: a flow is written once, as a generator that yields what a store returned, and is run by one of two
 * drivers. On a synchronous store it ends without a promise in sight; on others each yielded promise is awaited.
 */

/** What a store method gives: the result, or on stores that are not synchronous a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** An operation of a synchronous store that can be done now, or later without blocking anybody: who runs the flow decides. */
export interface Choice<T> {
  now(): T;
  later(): PromiseLike<T>;
}

/** Steps that may have to wait, ending in a `T`. */
export type Flow<T> = Generator<PromiseLike<unknown> | Choice<unknown>, T, unknown>;

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Whether an operation has to be waited for: to ask first costs a tenth of a {@link settled} for each step of a hit. */
export function isPending<T>(operation: Awaitable<T>): operation is PromiseLike<T> {
  return isPromiseLike(operation);
}

/** Waits for one operation: `const bytes = yield* settled(store.blobs.get(name))`. */
export function* settled<T>(operation: Awaitable<T>): Flow<T> {
  // The driver sends back exactly what the promise gave.
  return isPromiseLike(operation) ? ((yield operation) as T) : operation;
}

/** Does one operation in the way of whoever runs the flow. */
export function* chosen<T>(choice: Choice<T>): Flow<T> {
  return (yield choice) as T;
}

function isChoice(step: PromiseLike<unknown> | Choice<unknown>): step is Choice<unknown> {
  return "later" in step;
}

/** Goes on without waiting, as far as that is possible. */
function goOn<T>(flow: Flow<T>): ReturnType<Flow<T>["next"]> {
  let step = flow.next();
  while (step.done !== true && isChoice(step.value)) {
    let sent: unknown;
    try {
      sent = step.value.now();
    } catch (error) {
      step = flow.throw(error);
      continue;
    }
    step = flow.next(sent);
  }
  return step;
}

/** Runs a flow on a store that declares `sync: true`; a promise from it is the store's mistake, and a `TypeError`. */
export function runSync<T>(flow: Flow<T>): T {
  const step = goOn(flow);
  if (step.done === true) return step.value;
  // Let the flow release what it holds; the promise's own failure must not crash the process.
  (step.value as PromiseLike<unknown>).then(undefined, () => {});
  const error = new TypeError("a store that declares sync: true returned a promise");
  const ended = flow.throw(error);
  if (ended.done === true) return ended.value;
  throw error;
}

/** Runs a flow on any store. */
export async function runAsync<T>(flow: Flow<T>): Promise<T> {
  return runFlow(flow, true);
}

/**
 * Runs a flow as far as it goes without waiting: its result itself where nothing has to be waited for, else a promise. Where
 * the caller gets a promise in any case (`mayWait`), what can be done later is.
 */
export function runFlow<T>(flow: Flow<T>, mayWait = false): Awaitable<T> {
  const step = mayWait ? flow.next() : goOn(flow);
  return step.done === true ? step.value : continueAsync(flow, step.value);
}

async function continueAsync<T>(flow: Flow<T>, first: PromiseLike<unknown> | Choice<unknown>): Promise<T> {
  let awaited = first;
  for (;;) {
    const pending = isChoice(awaited) ? awaited.later() : awaited;
    const step = await pending.then(
      (sent) => flow.next(sent),
      (error: unknown) => flow.throw(error),
    );
    if (step.done === true) return step.value;
    awaited = step.value;
  }
}
