/** Goes through the names that a store lists, whichever way it lists them, one at a time. */
import { type Flow, settled } from "../flow.ts";

/** Names as stores list them. */
export type NameList = Iterable<string> | AsyncIterable<string>;

/** The iterator of a list of either kind, whose steps may have to be waited for. */
export function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.iterator in items ? items[Symbol.iterator]() : items[Symbol.asyncIterator]();
}

/** Carries out `act` for each name, in the order in which they come; lets go of the listing also where `act` throws. */
export function* forEachName(names: NameList, act: (name: string) => Flow<unknown>): Flow<void> {
  const iterator = iteratorOf(names);
  let over = false;
  try {
    for (;;) {
      const next = yield* settled(iterator.next());
      if (next.done === true) {
        over = true;
        return;
      }
      yield* act(next.value);
    }
  } finally {
    if (!over && iterator.return !== undefined) yield* settled(iterator.return());
  }
}

/** The first names, no more than `most`. */
export function* firstNames(names: NameList, most: number): Flow<string[]> {
  const found: string[] = [];
  const iterator = iteratorOf(names);
  while (found.length < most) {
    const next = yield* settled(iterator.next());
    if (next.done === true) return found;
    found.push(next.value);
  }
  // Not wanted to its end: the store may hold something open for it.
  if (iterator.return !== undefined) yield* settled(iterator.return());
  return found;
}
