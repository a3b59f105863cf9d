/** The function behind a wrapper: a wrapped function counts, in digests and in the code of others, as its original. */
import { types } from "node:util";
import { CALLS } from "./call-cache.ts";

/** Holds the original on a wrapper; not exported to programs, so nothing else can carry it. */
export const ORIGINAL: unique symbol = Symbol("original");

/** The function that this one wraps; `undefined` where it is no wrapper. */
export function originalOf(fn: object): object | undefined {
  return Object.getOwnPropertyDescriptor(fn, ORIGINAL)?.value as object | undefined;
}

/** What a captured object is that has no part in what a function gives: a cache only keeps it. */
export function keptApart(value: object): string | undefined {
  return !types.isProxy(value) && Object.hasOwn(value, CALLS) ? "a cache" : undefined;
}
