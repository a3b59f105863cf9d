/**
 * A call that was found: what its record says at once, its values when they are looked at. Each look gives a new copy,
 * and nothing is kept; a value that cannot be served throws as `load` does.
 */
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "../flow.ts";
import { didYouMean } from "../observe/suggest.ts";
import type { CallRecord } from "../record/call-record.ts";
import { loadValue } from "../vault/values.ts";
import type { FoundCall } from "./found-calls.ts";

/** How a cache answers: itself at once, or by a promise. */
export type Mode = "sync" | "async";

/** What a method gives. */
export type Answered<M extends Mode, T> = M extends "sync" ? T : Promise<T>;

/** What the record of a call says. */
export interface CallFacts {
  /** The name of its record. */
  readonly lookupKey: string;
  readonly name: CallRecord["name"];
  readonly module: CallRecord["module"];
  readonly version: CallRecord["version"];
  readonly codeDigest: CallRecord["codeDigest"];
  readonly identity: CallRecord["identity"];
  /** When the run began, Unix milliseconds. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** Lookup key of the call that made this one. */
  readonly parent: string | null;
  readonly tags: readonly string[];
  readonly metadata: CallRecord["metadata"];
  /** The whole record: also the digests of arguments and result. */
  readonly record: CallRecord;
  /** Whether a key of ours vouches for the record. */
  readonly verified: boolean;
}

/** A call that was found. */
export interface CallOf<M extends Mode, R = unknown> extends CallFacts {
  /**
   * The value of an argument. Throws a `TypeError` for a name that this call does not have, and as `load` does where the
   * value was not stored or is gone. Rest arguments are one `Tuple`.
   */
  argument(name: string): Answered<M, unknown>;
  /** The values of all arguments by name. Throws as `argument` does. */
  arguments(): Answered<M, Record<string, unknown>>;
  /** The value that came out. Throws as `load` does. */
  result(): Answered<M, R>;
  /** Forgets the call, not its values; `false` where it was not known any more. */
  evict(): Answered<M, boolean>;
}

/** A call found in a cache that is synchronous. */
export type StoredCall<R = unknown> = CallOf<"sync", R>;

/** A call found in a cache that is not. */
export type AsyncStoredCall<R = unknown> = CallOf<"async", R>;

/** A call as this side sees it: one that answers as its cache does. */
export type AnyCall = CallOf<Mode>;

/** The call of a record. */
export function storedCall(calls: CallCache, { lookupKey, found }: FoundCall, mode: Mode): AnyCall {
  const { record, verified } = found;
  const { name, module, version, codeDigest, identity, startedMs, durationMs, parent, tags, metadata } = record;
  const facts: CallFacts = {
    ...{ lookupKey, name, module, version, codeDigest, identity },
    ...{ startedMs, durationMs, parent, tags, metadata, record, verified },
  };
  const answer = <T>(flow: Flow<T>): Awaitable<T> => (mode === "sync" ? runSync(flow) : runAsync(flow));
  const methods = {
    argument: (argument: string) => answer(loadArgument(calls, record, argument)),
    arguments: () => answer(loadArguments(calls, record)),
    result: () => answer(loadValue(calls, record.result)),
    evict: () => answer(calls.evictRecord(lookupKey)),
  };
  return { ...facts, ...methods } as unknown as AnyCall;
}

function* loadArgument(calls: CallCache, record: CallRecord, name: string): Flow<unknown> {
  const pair = record.arguments.find(([known]) => known === name);
  if (pair !== undefined) return yield* loadValue(calls, pair[1]);
  const names = record.arguments.map(([known]) => known);
  const there = names.length === 0 ? "it has none" : `there are ${names.join(", ")}`;
  throw invalidArgument(
    `this call of ${record.name} has no argument ${JSON.stringify(name)} (${there})${didYouMean(String(name), names)}`,
  );
}

function* loadArguments(calls: CallCache, record: CallRecord): Flow<Record<string, unknown>> {
  const values: [string, unknown][] = [];
  for (const [name, digest] of record.arguments) values.push([name, yield* loadValue(calls, digest)]);
  // Defines its entries, so that one called `__proto__` is an entry like others.
  return Object.fromEntries(values);
}
