/**
 * Items one after the other, each perhaps after waiting: what a search is made of. Written once as flows for caches of
 * both kinds; nothing is asked for before the first `next`, and no more than was asked for is held.
 */
import { type Flow, runAsync, runSync, settled } from "../flow.ts";
import { iteratorOf } from "../vault/names.ts";

/** Items that come when they are asked for. */
export interface Stream<T> {
  next(): Flow<IteratorResult<T, undefined>>;
  /** Lets go of what is held open; call it once, at the end or before. */
  close(): Flow<void>;
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The items that a store lists. */
export function streamOf<T>(items: Iterable<T> | AsyncIterable<T>): Stream<T> {
  const iterator = iteratorOf(items);
  return {
    *next() {
      const step = yield* settled(iterator.next());
      return step.done === true ? END : step;
    },
    *close() {
      if (iterator.return !== undefined) yield* settled<unknown>(iterator.return());
    },
  };
}

/** What `turn` makes of the items; nothing of those for which it gives `undefined`. */
export function chosen<T, U>(inner: Stream<T>, turn: (item: T) => Flow<U | undefined>): Stream<U> {
  return {
    *next() {
      for (;;) {
        const step = yield* inner.next();
        if (step.done === true) return END;
        const value = yield* turn(step.value);
        if (value !== undefined) return { done: false, value };
      }
    },
    close: () => inner.close(),
  };
}

/** The first items; asks for none beyond them. */
export function taken<T>(inner: Stream<T>, count: number): Stream<T> {
  let left = count;
  return {
    *next() {
      if (left <= 0) return END;
      left--;
      return yield* inner.next();
    },
    close: () => inner.close(),
  };
}

/** All but the first items. */
export function dropped<T>(inner: Stream<T>, count: number): Stream<T> {
  let left = count;
  return {
    *next() {
      for (; left > 0; left--) {
        const step = yield* inner.next();
        if (step.done === true) return END;
      }
      return yield* inner.next();
    },
    close: () => inner.close(),
  };
}

/** Does something with each item, until it says `false`, and closes the stream. */
export function* forEach<T>(stream: Stream<T>, act: (item: T) => Flow<unknown>): Flow<void> {
  try {
    for (;;) {
      const step = yield* stream.next();
      if (step.done === true || (yield* act(step.value)) === false) return;
    }
  } finally {
    yield* stream.close();
  }
}

/** The items for a plain loop; the stream is closed when the loop ends. */
export function* iterated<T>(open: () => Stream<T>): Generator<T, undefined> {
  const stream = open();
  try {
    for (;;) {
      const step = runSync(stream.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    runSync(stream.close());
  }
}

/** As {@link iterated}, for `for await`. */
export async function* iteratedAsync<T>(open: () => Stream<T>): AsyncGenerator<T, undefined> {
  const stream = open();
  try {
    for (;;) {
      const step = await runAsync(stream.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await runAsync(stream.close());
  }
}
