/** The function behind a wrapper: a wrapped function counts, in digests and in the code of others, as its original. */

/** Holds the original on a wrapper; not exported to programs, so nothing else can carry it. */
export const ORIGINAL: unique symbol = Symbol("original");

/** The function that this one wraps; `undefined` where it is no wrapper. */
export function originalOf(fn: object): object | undefined {
  return Object.getOwnPropertyDescriptor(fn, ORIGINAL)?.value as object | undefined;
}
