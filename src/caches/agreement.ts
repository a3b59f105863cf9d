/** What caches must agree on before they can stand for one. */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { callsOf } from "../upkeep/calls-of.ts";

/** A cache on a store of either kind. */
export type AnyCache = Cache | AsyncCache;

/** The flows behind caches that are to stand for one. Throws a `TypeError` where there are none, or they do not agree. */
export function agreedCalls(where: string, caches: readonly AnyCache[]): readonly [CallCache, ...CallCache[]] {
  if (!Array.isArray(caches)) throw invalidArgument(`${where}: an array of caches is expected; found ${typeof caches}`);
  const [first, ...others] = caches.map((cache) => callsOf(where, cache));
  if (first === undefined) throw invalidArgument(`${where}: at least one cache is needed`);
  for (const [i, other] of others.entries()) {
    for (const rule of ["numbers", "posture"] as const) {
      if (other[rule] === first[rule]) continue;
      const found = `cache 0 has "${first[rule]}", cache ${i + 1} has "${other[rule]}"`;
      throw invalidArgument(`${where}: all caches need the same ${rule}; ${found}`);
    }
  }
  return [first, ...others];
}

/** What is thrown where something is written by hand to a cache that is read-only. */
export function readOnlyError(act: string): TypeError {
  return invalidArgument(`cannot ${act}: the cache is read-only`);
}

/** Closes all, also where closing one fails; then the first failure is thrown. */
export function closeAll(caches: readonly AnyCache[]): void | Promise<void> {
  const failures: unknown[] = [];
  const waits: Promise<void>[] = [];
  for (const cache of caches) {
    try {
      const closed = cache.close();
      if (closed !== undefined) waits.push(closed);
    } catch (error) {
      failures.push(error);
    }
  }
  if (waits.length === 0) {
    if (failures.length > 0) throw failures[0];
    return;
  }
  return Promise.allSettled(waits).then((ends) => {
    for (const end of ends) if (end.status === "rejected") failures.push(end.reason);
    if (failures.length > 0) throw failures[0];
  });
}
