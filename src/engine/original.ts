/** The function behind a wrapper: a wrapped function counts, in digests and in the code of others, as its original. */
import { types } from "node:util";
import type { Wrapped } from "../identity/wrapped.ts";
import { CALLS } from "./call-cache.ts";

/** Holds what a wrapper is on it, a {@link Wrapped}; not exported to programs, so nothing else can carry it. */
export const WRAPPED: unique symbol = Symbol("wrapped");

/** What a function is that wraps another one; `undefined` where it is no wrapper. */
export function wrappedBy(fn: object): Wrapped | undefined {
  return Object.getOwnPropertyDescriptor(fn, WRAPPED)?.value as Wrapped | undefined;
}

/** What a captured object is that has no part in what a function gives: a cache only keeps it. */
export function keptApart(value: object): string | undefined {
  return !types.isProxy(value) && Object.hasOwn(value, CALLS) ? "a cache" : undefined;
}
