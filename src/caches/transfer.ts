/** Copies the calls of one cache into another, or of those that a filter takes. How is written in `query/transfer.ts`. */
import type { AsyncCache, Cache } from "../cache.ts";
import { CALLS, type CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import type { Awaitable } from "../flow.ts";
import { assertOptions } from "../options.ts";
import { query } from "../query/query.ts";
import type { TransferOptions, Transferred } from "../query/transfer.ts";
import type { CallRecord } from "../record/call-record.ts";
import { callsOf } from "../upkeep/calls-of.ts";

/** Options of {@link transfer}. */
export interface CopyOptions extends TransferOptions {
  /** Which calls; default all. */
  readonly filter?: (record: CallRecord) => boolean;
}

/** Names of {@link CopyOptions}. */
export const COPY_OPTIONS: readonly (keyof CopyOptions)[] = ["filter", "pop", "overwrite", "unverified"];

/**
 * Copies calls from one cache to another: arguments and result first, then the record. What is refused is counted and stays
 * where it is. Both caches must name numbers alike (else: `redigest`). Throws `StoreError` where the second cache cannot be
 * written.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, transfer } from "fleche";
 * const secretKey = "0123456789abcdef".repeat(4);
 * const from = openCache({ store: memoryStore(), secretKey });
 * const to = openCache({ store: memoryStore(), secretKey });
 * const square = fleche((x: number) => x * x, { cache: from, name: "square" });
 * square(12); // 144
 * transfer(from, to, { filter: ({ name }) => name === "square" }).transferred; // 1
 * square.with({ cache: to }).load(12); // 144
 * ```
 */
export function transfer(from: Cache, to: Cache, options?: CopyOptions): Transferred;
export function transfer(
  from: Cache | AsyncCache,
  to: Cache | AsyncCache,
  options?: CopyOptions,
): Awaitable<Transferred>;
export function transfer(
  from: Cache | AsyncCache,
  to: Cache | AsyncCache,
  options: CopyOptions = {},
): Awaitable<Transferred> {
  assertOptions("transfer", options, COPY_OPTIONS);
  return copyCalls("transfer", callsOf("transfer", from), callsOf("transfer", to), options);
}

/** Copies calls; `where` names the function that was called. */
export function copyCalls(where: string, from: CallCache, to: CallCache, options: CopyOptions): Awaitable<Transferred> {
  const { filter = () => true, ...how } = options;
  const { pop = false } = how;
  if (from === to) throw invalidArgument(`${where}: the two caches are one`);
  if (!to.writable) throw invalidArgument(`${where}: the cache to copy to is read-only`);
  if (pop && !from.writable) throw invalidArgument(`${where}: pop forgets calls in a cache that is read-only`);
  if (from.numbers !== to.numbers) throw invalidArgument(`${where}: the caches name numbers differently; use redigest`);
  const found = query(from, {}, from.sync && to.sync ? "sync" : "async");
  return found.filter(({ record }) => filter(record)).transfer({ [CALLS]: to }, how);
}
