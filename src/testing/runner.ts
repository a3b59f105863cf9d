/**
 * What the suites ask of whoever runs them: a function that registers a test, and one that opens a store. No runner is
 * imported here, so that vitest, node:test and others can all run them.
 */
import type { Awaitable } from "../flow.ts";
import type { Store } from "../store/store.ts";

/** Registers a test: `test` of vitest, of node:test, of jest. */
export type Test = (name: string, run: () => Promise<void>) => unknown;

/** What a suite is run over. */
export interface SuiteOptions {
  readonly test: Test;
  /** A store of its own, with nothing in it, for each test. */
  open(): Awaitable<Store>;
  /** Removes what a store leaves behind; called after it was closed. */
  cleanUp?(store: Store): Awaitable<void>;
}

/** Runs something on a store of its own. */
export async function withStore(options: SuiteOptions, run: (store: Store) => Awaitable<void>): Promise<void> {
  const store = await options.open();
  try {
    await run(store);
  } finally {
    await store.close();
    await options.cleanUp?.(store);
  }
}

/** What an act threw, whether at once or as a rejection; `undefined` where it did not. */
export async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error ?? new Error(`${error} was thrown`);
  }
}

/** All that an iterable of either kind gives. */
export async function gathered<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
