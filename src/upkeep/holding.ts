/** Reads of a store what a ledger notes of a call: its size and last use, and the values that it names with their parts. */
import type { Flow } from "../flow.ts";
import type { CallRecord } from "../record/call-record.ts";
import type { Refusal } from "../seal/open.ts";
import type { Place } from "../vault/place.ts";
import type { Held, Holding } from "./ledger.ts";

/** What a ledger notes of the call of a lookup key, or why its record is not served. */
export function* findHolding(place: Place, lookupKey: string): Flow<(Holding & { refused?: undefined }) | Refusal> {
  const found = yield* place.findRecord(lookupKey);
  return found.refused === undefined ? yield* holdingOf(place, lookupKey, found.record) : found;
}

/** As {@link findHolding}, where the record is known. */
export function* holdingOf(place: Place, lookupKey: string, record: CallRecord): Flow<Holding> {
  const outline = yield* place.outlineRecord(lookupKey);
  const usedMs = yield* place.usedMs(lookupKey);
  const madeMs = record.startedMs + record.durationMs;
  const values: Held[] = [];
  const waiting = new Set([record.result, ...record.arguments.map(([, digest]) => digest)]);
  // A set is gone through in the order of adding, also what is added meanwhile.
  for (const digest of waiting) {
    const value = yield* place.outlineValue(digest);
    if (value.refused !== undefined) continue;
    values.push({ digest, bytes: value.bytes });
    for (const part of value.parts) waiting.add(part);
  }
  const bytes = outline.refused === undefined ? outline.bytes : 0;
  // A store that does not note uses has at least the time of writing.
  const createdMs = outline.refused === undefined ? outline.createdMs : madeMs;
  return { usedMs: Math.min(usedMs ?? createdMs, Date.now()), madeMs, bytes, values };
}
