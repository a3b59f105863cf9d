/** The interface of a search, as people see it. What each method does is written once, for caches of both kinds, in `query.ts`. */
import type { CallHolder } from "../engine/call-cache.ts";
import type { Awaitable } from "../flow.ts";
import type { CallField, FieldValue } from "./by.ts";
import type { ExportOptions } from "./ndjson.ts";
import type { Direction } from "./order.ts";
import type { Skipped } from "./skipped.ts";
import type { Answered, CallOf, Mode, StoredCall } from "./stored-call.ts";
import type { TableRow } from "./table.ts";
import type { TransferOptions, Transferred } from "./transfer.ts";

/** What a callback may answer: on caches that are not synchronous also a promise. */
export type Asked<M extends Mode, T> = M extends "sync" ? T : Awaitable<T>;

/** A function of calls. */
export type ByCall<M extends Mode, R, T> = (call: CallOf<M, R>) => Asked<M, T>;

/** A cache that answers at once, and one that does not, told by how they list. */
interface AtOnce extends CallHolder {
  listRecords(): Iterable<string>;
}
interface Later extends CallHolder {
  listRecords(): AsyncIterable<string>;
}

/**
 * Calls that are searched for when they are asked for: making a query or one from another asks no store, and each loop
 * and each method below the line searches anew. Records that cannot be served are passed over, counted and reported.
 */
export interface QueryOf<M extends Mode, R = unknown> extends AsyncIterable<CallOf<M, R>> {
  /** The calls for which `test` says yes. */
  filter(test: ByCall<M, R, boolean>): this;
  /** The first calls of the order in which they come; no more are looked at. */
  take(count: number): this;
  /** All but the first calls. */
  skip(count: number): this;
  /**
   * In the order of a field (default: when they began) or of what a function gives. Holds all calls at once, before
   * `take(n)` and `first()` only about twice as many as are asked for.
   */
  sorted(by?: CallField | ByCall<M, R, unknown>, direction?: Direction): this;
  /**
   * The first call of each kind: same field, or equal values from a function. By default calls of functions of one name
   * and module with the same arguments are one kind, whichever code ran. Holds a key for each kind.
   */
  unique(by?: CallField | ByCall<M, R, unknown>): this;

  // ——— what follows searches ———

  /** All calls by a field, or by what a function gives; objects as keys are one key where they are equal. Holds them all. */
  groupBy<F extends CallField>(by: F): Answered<M, Map<FieldValue, CallOf<M, R>[]>>;
  groupBy<K>(by: ByCall<M, R, K>): Answered<M, Map<K, CallOf<M, R>[]>>;
  /** The first call, or `undefined`. */
  first(): Answered<M, CallOf<M, R> | undefined>;
  /** The one call. Throws a `NotFoundError` where there is none, a `FlecheError` with code `ambiguous` where there are more. */
  only(): Answered<M, CallOf<M, R>>;
  /** The call that began last, or `undefined`. */
  latest(): Answered<M, CallOf<M, R> | undefined>;
  /** The call that began first, or `undefined`. */
  oldest(): Answered<M, CallOf<M, R> | undefined>;
  count(): Answered<M, number>;
  /** The values that came out; one that cannot be served is passed over, counted and reported. */
  results(): Answered<M, R[]>;
  toArray(): Answered<M, CallOf<M, R>[]>;
  /** Rows for `console.table`, values as short texts; large values are not loaded. */
  table(): Answered<M, TableRow[]>;
  /** Comma-separated values (RFC 4180), a column for each argument; texts that a spreadsheet would run are disarmed. */
  toCsv(): Answered<M, string>;
  /** One JSON object a line, each ended by a newline. */
  toNdjson(options?: ExportOptions): Answered<M, string>;
  /** Forgets these calls, not their values; gives how many. */
  evict(): Answered<M, number>;
  /**
   * Copies these calls, with arguments and results, into another cache, where they are named, encoded and signed anew.
   * Throws a `TypeError` where the two name numbers differently, the other's error where it cannot store.
   */
  transfer(to: AtOnce, options?: TransferOptions): Answered<M, Transferred>;
  transfer(to: Later, options?: TransferOptions): Promise<Transferred>;
  transfer(to: CallHolder, options?: TransferOptions): Transferred | Promise<Transferred>;
  /** What the last search of this query passed over; zeros before the first. */
  skipped(): Skipped;
}

/** Calls of a cache that is synchronous. */
export interface Query<R = unknown> extends QueryOf<"sync", R>, Iterable<StoredCall<R>> {}

/** Calls of a cache that is not: what searches gives a promise, and functions given may answer with one. */
export type AsyncQuery<R = unknown> = QueryOf<"async", R>;
