/**
 * What is remembered of a call: who was called with which arguments, what came out, how it came about. Values are named by
 * digest, never contained. Its bytes are made and read in `format.ts`.
 */
import { type KeyedFunction, lookupKeys, type NamedDigests, type RecordIdentity } from "../digest/lookup-key.ts";
import type { Numbers } from "../digest/number.ts";
import type { JsonObject } from "./json.ts";

/** A remembered call. */
export interface CallRecord {
  readonly name: string;
  readonly module: string | null;
  /** As it was given: 1 and "1" are two versions. */
  readonly version: string | number | null;
  readonly codeDigest: string | null;
  /** Which of the three above are in the lookup key; `python`: all of them, in records that a Python program wrote. */
  readonly identity: RecordIdentity;
  /** Names and digests of the arguments, in the order in which they entered the lookup key. */
  readonly arguments: NamedDigests;
  /** Name of the argument that is a tuple of rest or surplus arguments, where there is one. */
  readonly rest: string | null;
  /** Digest of the result. */
  readonly result: string;
  /** Whether the run returned a promise. */
  readonly async: boolean;
  /** When the run began, Unix milliseconds. */
  readonly startedMs: number;
  /** How long it took. */
  readonly durationMs: number;
  /** Lookup key of the call that made this one, where it was cached too. */
  readonly parent: string | null;
  /** Paths and digests of what the code digest was made of, so that a change can be explained. */
  readonly parts: readonly (readonly [path: string, digest: string])[];
  readonly tags: readonly string[];
  /** What the metadata collectors said, by their names. */
  readonly metadata: Readonly<Record<string, JsonObject>>;
  /** Fields that this version does not know: kept, so that rewriting a record of a later version loses nothing. */
  readonly unknownFields?: JsonObject | undefined;
}

/** What tells a call before its result is known: enough to decide where it may be stored. */
export type CallLabel = Pick<CallRecord, "name" | "module" | "version" | "tags">;

/** Computes the lookup keys of records; `numbers` is the scheme that a record's envelope names. */
export type RecordKeys = (record: CallRecord, numbers: Numbers) => string;

/**
 * The lookup key that this record's own content gives. A record that lies under another name is not of that call, however
 * well it is signed. Throws a `TypeError` for a record that was neither read nor written here and identifies no function.
 */
export function lookupKeyOf(record: CallRecord, numbers: Numbers): string {
  return recordKeys()(record, numbers);
}

interface LastFunction {
  readonly fn: KeyedFunction;
  readonly numbers: Numbers;
  readonly keys: (named: NamedDigests) => string;
}

/**
 * As {@link lookupKeyOf}, for whoever reads many records: they mostly are of one function after the other, so what depends
 * on the function is kept for the last one, which halves the time.
 */
export function recordKeys(): RecordKeys {
  let last: LastFunction | undefined;
  return (record, numbers) => {
    if (last === undefined || last.numbers !== numbers || !isSameFunction(last.fn, record)) {
      const { identity, name, module, version, codeDigest } = record;
      // A copy: a record is its reader's, and may be changed by it.
      const fn = { identity, name, module, version, codeDigest };
      last = { fn, numbers, keys: lookupKeys(fn, numbers) };
    }
    return last.keys(record.arguments);
  };
}

function isSameFunction(a: KeyedFunction, b: KeyedFunction): boolean {
  return (
    a.codeDigest === b.codeDigest &&
    a.name === b.name &&
    a.identity === b.identity &&
    a.module === b.module &&
    a.version === b.version
  );
}
