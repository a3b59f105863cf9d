/**
 * Copies calls into another cache: values first, the record last, as when they were made. Values are decoded here and
 * encoded and signed there, so the two may differ in keys, namespace and codec; a record's lookup key stays. What nobody
 * vouched for is not signed on the way, unless that is asked for: then it is counted, and said.
 */
import { digestHex } from "../digest/digest.ts";
import { CALLS, type CallCache, type CallHolder } from "../engine/call-cache.ts";
import { signs } from "../engine/signs.ts";
import { EncodeError, invalidArgument } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { assertOptions } from "../options.ts";
import type { CallRecord } from "../record/call-record.ts";
import { formatRecord } from "../record/format.ts";
import { refuse } from "../seal/open.ts";
import { recordOrRefusal } from "./found-calls.ts";
import type { SkipCount } from "./skipped.ts";
import type { AnyCall } from "./stored-call.ts";
import { forEach, type Stream } from "./stream.ts";
import { valueOrRefusal } from "./terminals.ts";

/** Where calls go: a cache, or the engine's side of one. */
export type TransferTarget = CallHolder | CallCache;

/** Options of a transfer. */
export interface TransferOptions {
  /** Whether a call is forgotten here once it is there, whole. Default `false`. */
  readonly pop?: boolean;
  /** Whether a call that is there already is written again. Default `false`: it is kept, and here too. */
  readonly overwrite?: boolean;
  /** Whether calls without a signature are copied into a cache that signs, which vouches for them then. Default `false`. */
  readonly unverified?: boolean;
}

/** How many calls. */
export interface Transferred {
  /** Copied. */
  readonly transferred: number;
  /** There already. */
  readonly kept: number;
  /** Forgotten here, with `pop`. */
  readonly popped: number;
  /** Not copied, as their results are not served here, or nobody vouched for them and the other cache would. */
  readonly skipped: number;
  /** Not copied, as the other cache cannot hold them: its codec or limits, or it keeps nothing. */
  readonly failed: number;
  /** Of those copied: not vouched for by a key here. */
  readonly unverified: number;
}

/** Checks them, and fills in what is left out. */
export function transferOptions(options: TransferOptions): Required<TransferOptions> {
  assertOptions("transfer", options, ["pop", "overwrite", "unverified"]);
  const { pop = false, overwrite = false, unverified = false } = options;
  for (const [name, value] of Object.entries({ pop, overwrite, unverified })) {
    if (typeof value !== "boolean") throw invalidArgument(`transfer: ${name} must be true or false`);
  }
  return { pop, overwrite, unverified };
}

/** The other cache; a `TypeError` for what is none, or one that cannot take these calls. */
export function callsOf(target: TransferTarget, from: CallCache): CallCache {
  const isObject = typeof target === "object" && target !== null;
  const to = isObject && CALLS in target ? target[CALLS] : target;
  if (!isObject || !("saveRecord" in to)) throw invalidArgument("transfer: the first argument must be a cache");
  if (to === from) throw invalidArgument("transfer: this is the cache that the calls come from");
  if (to.numbers !== from.numbers) {
    throw invalidArgument(
      `transfer: this cache names numbers by the scheme "${from.numbers}" and the other by "${to.numbers}", so no name would fit`,
    );
  }
  return to;
}

/** Copies the calls of a stream. Throws where the other cache cannot store; what was copied until then is there. */
export function* transferCalls(
  from: CallCache,
  to: CallCache,
  stream: Stream<AnyCall>,
  options: Required<TransferOptions>,
  skips: SkipCount,
): Flow<Transferred> {
  const counts = { transferred: 0, kept: 0, popped: 0, skipped: 0, failed: 0, unverified: 0 };
  const mustBeVerified = signs(to) && !options.unverified;
  const source = mustBeVerified ? verifiedOnly(from) : from;
  yield* forEach(stream, function* (call) {
    if (mustBeVerified && !call.verified) {
      skips.record("unsigned");
      counts.skipped++;
      return;
    }
    const copy = yield* copyCall(source, to, call, options, skips);
    counts[copy.outcome]++;
    if (copy.unverified === true) counts.unverified++;
    if (options.pop && copy.complete === true && (yield* popCall(from, to, call))) counts.popped++;
  });
  if (counts.unverified > 0 && signs(to)) {
    to.reporter.warn(
      "transfer:unverified",
      `transfer: no key vouched for ${counts.unverified} of the calls that were copied; from here on this cache does`,
    );
  }
  return counts;
}

/** The same cache, serving only the values that a key vouches for. */
function verifiedOnly(calls: CallCache): CallCache {
  return {
    ...calls,
    *findValue(digest) {
      const found = yield* calls.findValue(digest);
      return found.refused === undefined && !found.verified ? refuse("unsigned") : found;
    },
  };
}

interface Copy {
  readonly outcome: "transferred" | "kept" | "skipped" | "failed";
  readonly unverified?: boolean;
  /** Whether nothing of the call would be lost if it were forgotten here. */
  readonly complete?: boolean;
}

function* copyCall(
  from: CallCache,
  to: CallCache,
  { lookupKey, record, verified }: AnyCall,
  { overwrite }: Required<TransferOptions>,
  skips: SkipCount,
): Flow<Copy> {
  const there = yield* recordOrRefusal(to, lookupKey);
  if (!overwrite && there.refused === undefined && (yield* isServed(to, there.record.result))) {
    return { outcome: "kept", complete: sameRecord(there.record, record) };
  }
  let unverified = !verified;
  let complete = true;
  const copyValue = function* (digest: string): Flow<"copied" | "lost" | "unfit"> {
    const loaded = yield* valueOrRefusal(from, digest);
    if (loaded.refused !== undefined) {
      // What was never stored cannot get lost.
      if (loaded.refused !== "absent") complete = false;
      if (digest === record.result) skips.result(loaded.refused);
      return "lost";
    }
    if (!loaded.verified) {
      unverified = true;
      // Nothing may have checked it here, and there a signature will stand for its name.
      if (!hasDigest(from, loaded.value, digest)) {
        complete = false;
        if (digest === record.result) skips.result("content-mismatch");
        return "lost";
      }
    }
    try {
      yield* to.saveValue(to.encode(digest, loaded.value), record);
      return "copied";
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      complete = false;
      return "unfit";
    }
  };
  const result = yield* copyValue(record.result);
  if (result === "lost") return { outcome: "skipped" };
  if (result === "unfit") return { outcome: "failed" };
  for (const [, digest] of record.arguments) yield* copyValue(digest);
  try {
    yield* to.saveRecord(lookupKey, record);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    return { outcome: "failed" };
  }
  return { outcome: "transferred", unverified, complete };
}

/** Forgets a call that is there, whole; a cache that takes and keeps nothing must not swallow it. */
function* popCall(from: CallCache, to: CallCache, { lookupKey, record }: AnyCall): Flow<boolean> {
  if (!(yield* isThere(to, lookupKey, record))) return false;
  const popped = yield* from.evictRecord(lookupKey);
  if (yield* isThere(to, lookupKey, record)) return popped;
  // Both lead to the same store: what was forgotten here went there too.
  yield* to.saveRecord(lookupKey, record);
  throw invalidArgument("transfer: both caches lie over the same store, so nothing can be popped");
}

function* isThere(to: CallCache, lookupKey: string, record: CallRecord): Flow<boolean> {
  const found = yield* recordOrRefusal(to, lookupKey);
  return found.refused === undefined && sameRecord(found.record, record) && (yield* isServed(to, record.result));
}

function* isServed(calls: CallCache, digest: string): Flow<boolean> {
  const head = yield* calls.findHead(digest);
  return head.refused === undefined;
}

function sameRecord(a: CallRecord, b: CallRecord): boolean {
  return Buffer.compare(formatRecord(a), formatRecord(b)) === 0;
}

function hasDigest({ numbers, functionDigest, otherDigest }: CallCache, value: unknown, digest: string): boolean {
  try {
    return digestHex(value, { numbers, functionDigest, otherDigest }) === digest;
  } catch {
    return false;
  }
}
