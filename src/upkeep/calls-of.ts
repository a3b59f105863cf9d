/** From a cache as people hold it to the flows behind it, and back to a result in the cache's own way. */
import { CALLS, type CallCache, type CallHolder } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "../flow.ts";

/** The flows behind a cache; a `TypeError` for anything else. */
export function callsOf(where: string, cache: CallHolder): CallCache {
  if (typeof cache === "object" && cache !== null && CALLS in cache) return cache[CALLS];
  throw invalidArgument(`${where}: a cache is expected, such as openCache({ store }); found ${typeof cache}`);
}

/** Runs a flow: its result itself where every cache that takes part is synchronous, else a promise. */
export function runOver<T>(caches: readonly CallCache[], flow: Flow<T>): Awaitable<T> {
  return caches.every(({ sync }) => sync) ? runSync(flow) : runAsync(flow);
}
