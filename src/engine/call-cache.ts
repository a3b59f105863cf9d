/**
 * What the engine asks of a cache: the one interface that every kind of cache has. Flows, so that each is written once
 * for stores of both kinds. A refusal is told, not thrown: what it means for a call is the engine's to decide.
 */
import type { Numbers } from "../digest/number.ts";
import type { Flow } from "../flow.ts";
import type { Reporter } from "../observe/reporter.ts";
import type { Tally } from "../observe/tally.ts";
import type { CallRecord } from "../record/call-record.ts";
import type { Refusal } from "../seal/open.ts";
import type { FoundRecord } from "../vault/calls.ts";
import type { Encoded } from "../vault/encoded.ts";
import type { Posture } from "../vault/posture.ts";
import type { Loaded } from "../vault/values.ts";
import type { Flights } from "./flights.ts";

/** A cache as the engine sees it. */
export interface CallCache {
  /** Whether every flow ends without waiting. */
  readonly sync: boolean;
  /** How values are named in it. */
  readonly numbers: Numbers;
  /** Whether a refused entry throws. */
  readonly posture: Posture;
  readonly reporter: Reporter;
  readonly tally: Tally;
  /** The calls that are being run. */
  readonly flights: Flights;
  /** The record of a lookup key. */
  findRecord(lookupKey: string): Flow<FoundRecord | Refusal>;
  /** The value of a digest, a new one each time. */
  findValue(digest: string): Flow<Loaded | Refusal>;
  /** Whether a value's entry has a good header. */
  hasValue(digest: string): Flow<boolean>;
  /** A value to be stored; its digest is known. */
  encode(digest: string, value: unknown): Encoded;
  /** Stores a value, unless it is there soundly. */
  saveValue(encoded: Encoded): Flow<void>;
  /** Stores a record; what it names was stored before. */
  saveRecord(lookupKey: string, record: CallRecord): Flow<void>;
  /** Forgets a call; `false` where it was not known. */
  evictRecord(lookupKey: string): Flow<boolean>;
  /** Lookup keys of records that may be of functions of this name. */
  recordsOf(name: string): Iterable<string> | AsyncIterable<string>;
}

/** Where a cache keeps this side of it; not for programs. */
export const CALLS: unique symbol = Symbol("calls");

/** Anything that functions can be cached in. */
export interface CallHolder {
  readonly [CALLS]: CallCache;
}
