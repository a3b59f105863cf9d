/** Copies what one layer of a stack holds to the next one: from the laptop to the share, say. */
import { invalidArgument } from "../errors.ts";
import type { Awaitable } from "../flow.ts";
import { assertOptions } from "../options.ts";
import type { Transferred } from "../query/transfer.ts";
import { callsOf } from "../upkeep/calls-of.ts";
import type { AsyncCacheStack, CacheStack } from "./stack.ts";
import { COPY_OPTIONS, type CopyOptions, copyCalls } from "./transfer.ts";

/** Options of {@link push}. */
export interface PushOptions extends CopyOptions {
  /** Which layer is copied to the one after it. Default 0, the nearest. */
  readonly from?: number;
}

/**
 * Copies the calls of one layer to the next, as `transfer` does.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, push, stack } from "fleche";
 * const secretKey = "0123456789abcdef".repeat(4);
 * const local = openCache({ store: memoryStore(), secretKey });
 * const shared = openCache({ store: memoryStore(), secretKey });
 * const both = stack([local, shared]);
 * const square = fleche((x: number) => x * x, { cache: both, name: "square" });
 * square(12); // 144
 * push(both).transferred; // 1
 * square.with({ cache: shared }).contains(12); // true
 * ```
 */
export function push(layers: CacheStack, options?: PushOptions): Transferred;
export function push(layers: CacheStack | AsyncCacheStack, options?: PushOptions): Awaitable<Transferred>;
export function push(layers: CacheStack | AsyncCacheStack, options: PushOptions = {}): Awaitable<Transferred> {
  assertOptions("push", options, ["from", ...COPY_OPTIONS]);
  const { from = 0, ...rest } = options;
  if (!Array.isArray(layers?.layers)) throw invalidArgument("push: a stack is expected, made by stack([…])");
  const [source, target] = [layers.layers[from], layers.layers[from + 1]];
  if (source === undefined || target === undefined) {
    throw invalidArgument(`push: there is no layer ${from + 1} to copy to; the stack has ${layers.layers.length}`);
  }
  return copyCalls("push", callsOf("push", source), callsOf("push", target), rest);
}
