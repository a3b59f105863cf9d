/**
 * Finds the records of a selection: the store proposes names, every record is opened, verified and matched here. Refused
 * ones are counted and passed over, whatever the posture; that the store itself cannot be searched is an error.
 */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { FoundRecord } from "../vault/calls.ts";
import { matches } from "./match.ts";
import type { Selected } from "./selection.ts";
import type { SkipCount } from "./skipped.ts";
import { chosen, type Stream, streamOf } from "./stream.ts";

/** A record that was found and matched. */
export interface FoundCall {
  readonly lookupKey: string;
  readonly found: FoundRecord;
}

/** Whether the matching calls can be had in the order of time that the store believes in. */
export function comesByTime(calls: CallCache, { filter }: Selected): boolean {
  const more = [filter.arguments, filter.anyArgument, filter.result, filter.tags, filter.parent];
  return calls.searchByTime !== undefined && more.every((field) => field === undefined);
}

/** The matching calls: in the store's order, or where {@link comesByTime} says so by when it believes that they began. */
export function foundCalls(
  calls: CallCache,
  wanted: Selected,
  skips: SkipCount,
  order?: "latest" | "earliest",
): Stream<FoundCall> {
  const { searchByTime } = calls;
  return openedCalls(
    calls,
    () =>
      order === undefined || searchByTime === undefined
        ? calls.searchRecords(wanted.filter)
        : searchByTime(wanted.filter, order),
    skips,
    ({ record }) => matches(record, wanted),
  );
}

/** The calls of these lookup keys whose records are sound, and pass. */
export function openedCalls(
  calls: CallCache,
  lookupKeys: () => Iterable<string> | AsyncIterable<string>,
  skips: SkipCount,
  passes: (found: FoundRecord) => boolean = () => true,
): Stream<FoundCall> {
  let names: Stream<string> | undefined;
  const sound = chosen<string, FoundCall>(
    {
      next() {
        names ??= streamOf(lookupKeys());
        return names.next();
      },
      *close() {
        if (names !== undefined) yield* names.close();
      },
    },
    function* (lookupKey) {
      const found = yield* recordOrRefusal(calls, lookupKey);
      if (found.refused === undefined) return passes(found) ? { lookupKey, found } : undefined;
      skips.record(found.refused);
      return undefined;
    },
  );
  return {
    next: sound.next,
    *close() {
      skips.tell();
      yield* sound.close();
    },
  };
}

/** Trouble with one record is that record's trouble. */
export function* recordOrRefusal(calls: CallCache, lookupKey: string): Flow<FoundRecord | Refusal> {
  try {
    return yield* calls.findRecord(lookupKey);
  } catch (error) {
    return refuse("io-error", undefined, error);
  }
}
