/**
 * Step 6 of a call, in two phases: the arguments before the body runs, since it may change them; the result and then the
 * record after it. What cannot be kept is said once and changes nothing for the caller.
 */

import type { DigestedArgument } from "../call/arguments.ts";
import { digester } from "../digest/digest.ts";
import { isDigest } from "../digest/reference.ts";
import { Tuple } from "../digest/shapes.ts";
import { EncodeError } from "../errors.ts";
import { type Awaitable, type Flow, runFlow, runSync } from "../flow.ts";
import { publishCall } from "../observe/call-events.ts";
import type { CallLabel, CallRecord } from "../record/call-record.ts";
import type { Encoded } from "../vault/encoded.ts";
import { messageOf, warnFault } from "../vault/fault.ts";
import type { CallCache } from "./call-cache.ts";
import type { NamedCall } from "./name-call.ts";
import type { Notes } from "./notes.ts";
import type { Plan, Surroundings } from "./plan.ts";
import type { Run } from "./run.ts";

/**
 * Stores the arguments, but for those that go with the result. They are encoded before this returns; on a store that is
 * not synchronous the writing goes on while the body runs, and the promise, which never fails, says when it is over.
 */
export function commitArguments(plan: Plan, call: NamedCall, around: Surroundings): Awaitable<unknown> {
  const { cache } = around;
  if (!plan.storeArguments || !cache.writable) return undefined;
  const now = call.arguments.filter(({ value }) => !goesWithResult(value, cache) && !holdsReference(value));
  if (now.length === 0) return undefined;
  if (cache.batch === undefined) return saveArguments(now, plan, around);
  try {
    return cache.batch(() => saveArguments(now, plan, around));
  } catch (error) {
    warn(plan, cache, error);
    return undefined;
  }
}

/**
 * Whether an argument is stored together with the result: no body can change it, and where the store takes several puts in
 * one trip, a call of scalars then makes one trip, not two.
 */
function goesWithResult(value: unknown, { batch }: CallCache): boolean {
  return batch !== undefined && isScalar(value);
}

/** Whether a value is the same for ever, and needs no copy to be handed out. */
export function isScalar(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

function saveArguments(
  given: readonly DigestedArgument[],
  plan: Plan,
  { cache, tags }: Surroundings,
): Awaitable<unknown> {
  const writes: PromiseLike<unknown>[] = [];
  const label = labelOf(plan, tags);
  for (const argument of given) {
    const encoded = cache.encode(argument.digest, argument.value);
    try {
      // Asynchronous stores look before they write; by then the body may have changed the argument.
      if (!cache.sync) encoded.bodies();
      const write = runFlow(cache.saveValue(encoded, label));
      if (write !== undefined) writes.push(write.then(undefined, (error: unknown) => warn(plan, cache, error)));
    } catch (error) {
      // What has a digest and no encoding (a function, say) is in the key all the same.
      if (!(error instanceof EncodeError)) warn(plan, cache, error);
    }
  }
  return writes.length === 0 ? undefined : Promise.all(writes);
}

/** A Digest stands for what is stored already, also among rest arguments. */
function holdsReference(value: unknown): boolean {
  if (value instanceof Tuple) return value.items.some(isDigest);
  return isDigest(value);
}

/** A result that can be stored. */
export interface Keepable {
  readonly encoded: Encoded;
}

/**
 * Names and encodes a result, in one step with the end of the body. With a warning, `"changed"` where its inputs are not any
 * more what the call was named by, `undefined` where it cannot be kept.
 */
export function encodeResult(
  plan: Plan,
  call: NamedCall,
  value: unknown,
  cache: CallCache,
): Keepable | "changed" | undefined {
  const unstored = (kind: string, problem: string): undefined => {
    plan.warnOnce(cache, kind, `${plan.identity.name} is not cached: ${problem}`);
    publishCall("unstored", plan.identity.name, call.lookupKey, { problem });
  };
  try {
    const changed = call.changed();
    if (changed !== undefined) {
      unstored("changed", `${changed} changed while it ran`);
      return "changed";
    }
    if (value === undefined)
      return unstored("undefined", "it returned undefined, which says nothing; return null instead");
    if (isDigest(value)) return unstored("result", "it returned a Digest; return the value");
    const { numbers, otherDigest } = cache;
    const { functionDigest } = plan;
    const digestOf = digester({ numbers, functionDigest, otherDigest, refuseReferences: true, at: "result" });
    const encoded = cache.encode(digestOf(value), value, digestOf);
    encoded.bodies();
    return { encoded };
  } catch (error) {
    return unstored("result", messageOf(error));
  }
}

/** What is known of a run when it is over. */
export interface Ended extends Notes {
  readonly run: Run;
  readonly async: boolean;
}

/** Stores the result, then the record that names it; whether that was done. Never throws. */
export function* commitResult(
  plan: Plan,
  call: NamedCall,
  { encoded }: Keepable,
  ended: Ended,
  around: Surroundings,
): Flow<boolean> {
  const { cache } = around;
  try {
    if (!cache.writable) {
      publishCall("unstored", plan.identity.name, call.lookupKey, { problem: "the cache is read-only" });
      return false;
    }
    const save = function* (): Flow<void> {
      if (plan.storeArguments) {
        const scalars = call.arguments.filter(({ value }) => goesWithResult(value, cache));
        saveArguments(scalars, plan, around);
      }
      yield* cache.saveValue(encoded, labelOf(plan, around.tags));
      yield* cache.saveRecord(call.lookupKey, recordOf(plan, call, encoded.digest, ended, around.tags));
    };
    // The order stays: what the record names is never there later than the record.
    if (cache.batch === undefined) yield* save();
    else cache.batch(() => runSync(save()));
    publishCall("stored", plan.identity.name, call.lookupKey);
    return true;
  } catch (error) {
    warn(plan, cache, error);
    publishCall("unstored", plan.identity.name, call.lookupKey, { problem: messageOf(error) });
    return false;
  }
}

/** What a call is known by before it has run. */
export function labelOf({ identity }: Plan, tags: readonly string[]): CallLabel {
  return { name: identity.name, module: identity.module(), version: identity.version, tags };
}

function recordOf(plan: Plan, call: NamedCall, result: string, ended: Ended, tags: readonly string[]): CallRecord {
  const { mode, name, version } = plan.identity;
  return {
    name,
    module: plan.identity.module(),
    version,
    codeDigest: call.seen.codeDigest,
    identity: mode,
    arguments: call.pairs,
    rest: call.rest,
    result,
    async: ended.async,
    startedMs: ended.startedMs,
    durationMs: ended.durationMs,
    parent: ended.run.parent?.lookupKey ?? null,
    parts: call.seen.parts,
    tags,
    metadata: ended.metadata,
  };
}

function warn(plan: Plan, cache: CallCache, error: unknown): void {
  const text = `a call of ${plan.identity.name} could not be stored: ${messageOf(error)}`;
  warnFault(cache.reporter, "write", error, text);
}
