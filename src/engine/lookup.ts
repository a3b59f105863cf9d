/** Steps 2 to 4 of a call: the record, its result's bytes, the value; or the one reason why there is none. */
import type { Flow } from "../flow.ts";
import type { CallRecord } from "../record/call-record.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { FoundRecord } from "../vault/calls.ts";
import type { Loaded } from "../vault/value-flows.ts";
import type { CallCache } from "./call-cache.ts";
import { ageOf, type Freshness } from "./freshness.ts";

/** A stored result. */
export interface Hit {
  readonly refused?: undefined;
  readonly value: unknown;
  readonly record: CallRecord;
  readonly verified: boolean;
  /** Whether it is served only until it is refreshed. */
  readonly stale: boolean;
}

/** No result, and why; `entry` is the record or the value at which it ended. */
export interface Miss extends Refusal {
  readonly entry: string;
}

/** The stored result of a call, or the reason why there is none. Never throws: trouble is a miss. */
export function* lookup(cache: CallCache, lookupKey: string, freshness: Freshness): Flow<Hit | Miss> {
  let entry = lookupKey;
  try {
    const found = yield* cache.findRecord(lookupKey, true);
    if (found.refused !== undefined) return { ...found, entry };
    const { record } = found;
    const age = ageOf(record, freshness, Date.now());
    if (age === "expired") return { ...refuse("expired"), entry };
    entry = record.result;
    const loaded = yield* resultOf(cache, found);
    if (loaded.refused !== undefined) return { ...loaded, entry };
    const verified = found.verified && loaded.verified;
    return { value: loaded.value, record, verified, stale: age === "stale" };
  } catch (error) {
    return { ...refuse("io-error", undefined, error), entry };
  }
}

/** The result that came along with its record, where that is served; else it is looked for as any value is. */
function* resultOf(cache: CallCache, { record, result }: FoundRecord): Flow<Loaded | Refusal> {
  const along = result === undefined ? undefined : yield* result();
  return along !== undefined && along.refused === undefined ? along : yield* cache.findValue(record.result);
}
