/**
 * Sync stays sync: a flow is written once, as a generator that yields what a store returned, and is run by one of two
 * drivers. On a synchronous store it ends without a promise in sight; on others each yielded promise is awaited.
 */

/** What a store method gives: the result, or on stores that are not synchronous a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Steps that may have to wait, ending in a `T`. */
export type Flow<T> = Generator<PromiseLike<unknown>, T, unknown>;

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

/** Runs a flow on a store that declares `sync: true`; a promise from it is the store's mistake, and a `TypeError`. */
export function runSync<T>(flow: Flow<T>): T {
  const step = flow.next();
  if (step.done === true) return step.value;
  // Let the flow release what it holds; the promise's own failure must not crash the process.
  step.value.then(undefined, () => {});
  const error = new TypeError("a store that declares sync: true returned a promise");
  const ended = flow.throw(error);
  if (ended.done === true) return ended.value;
  throw error;
}

/** Runs a flow on any store. */
export async function runAsync<T>(flow: Flow<T>): Promise<T> {
  return runFlow(flow);
}

/** Runs a flow as far as it goes without waiting: its result itself where nothing has to be waited for, else a promise. */
export function runFlow<T>(flow: Flow<T>): Awaitable<T> {
  const step = flow.next();
  return step.done === true ? step.value : continueAsync(flow, step.value);
}

async function continueAsync<T>(flow: Flow<T>, first: PromiseLike<unknown>): Promise<T> {
  let awaited = first;
  for (;;) {
    const step = await awaited.then(
      (sent) => flow.next(sent),
      (error: unknown) => flow.throw(error),
    );
    if (step.done === true) return step.value;
    awaited = step.value;
  }
}
