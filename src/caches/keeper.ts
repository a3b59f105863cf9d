/**
 * Keeps one store within limits: notes what is stored and used, and forgets the least recently used calls when there is too
 * much. Works only when something is stored, and then a bounded amount; a hit costs a note in memory.
 */
import type { Flow } from "../flow.ts";
import type { CallRecord } from "../record/call-record.ts";
import { holdingOf } from "../upkeep/holding.ts";
import { type Held, startLedger } from "../upkeep/ledger.ts";
import { isOver, type Limits } from "../upkeep/prune.ts";
import type { Place } from "../vault/place.ts";
import { startSurvey } from "./survey.ts";

/** Keeps one store within limits. */
export interface Keeper {
  /** A value was stored, for a record that may follow. */
  savedValue(digest: string): void;
  /** A record was stored; makes room. */
  savedRecord(lookupKey: string, record: CallRecord): Flow<void>;
  /** A call was served. */
  used(lookupKey: string): Flow<void>;
  /** A record was removed by others. */
  removed(lookupKey: string): void;
}

/** Forgotten at most for one call that is stored. */
const MOST_FORGOTTEN = 64;
/** Before all is known, a part with fewer calls than this says too little of the rest. */
const FAIR_SAMPLE = 256;
/** A use is written to the store when the last one written is older. */
const WRITE_AGAIN_MS = 60 * 60 * 1000;
/** Values that were stored and are named by no record yet are remembered no longer than this. */
const UNNAMED_MS = 60 * 60 * 1000;
/** When more is remembered than this, what is old is dropped. */
const MANY = 10_000;

/** Keeps `place` within limits. */
export function startKeeper(place: Place, limits: Limits): Keeper {
  const ledger = startLedger();
  const survey = startSurvey(place, ledger);
  /** Values without a record so far, with when they were stored: those of calls that are still running. */
  const unnamed = new Map<string, number>();
  /** When uses were written to the store. */
  const written = new Map<string, number>();
  let lastUse = 0;
  let busy = false;

  /** A time for each use of its own, so that there is always an order. */
  const nextUse = (): number => {
    lastUse = Math.max(Date.now(), lastUse + 0.001);
    return lastUse;
  };
  const isTooMuch = (): boolean => {
    const share = survey.share();
    if (share < 1 && ledger.count < FAIR_SAMPLE) return false;
    return isOver(ledger, { ...limits, maxCount: limits.maxCount * share, maxBytes: limits.maxBytes * share });
  };
  const isOld = (lookupKey: string): boolean => (ledger.madeMs(lookupKey) ?? 0) < Date.now() - limits.maxAgeMs;

  function* removeValues(values: readonly Held[]): Flow<void> {
    for (const { digest } of values) {
      // Named again while we waited, or by a call that is about to be stored.
      if (!ledger.names(digest) && !unnamed.has(digest)) yield* place.evictValue(digest);
    }
  }

  function* makeRoom(): Flow<void> {
    for (let i = 0; i < MOST_FORGOTTEN; i++) {
      const lookupKey = ledger.oldest();
      if (lookupKey === undefined || !(isTooMuch() || isOld(lookupKey))) return;
      const free = ledger.remove(lookupKey);
      written.delete(lookupKey);
      // The record first: a record without its value is a miss, a value without a record only takes room.
      yield* place.evictRecord(lookupKey);
      yield* removeValues(free);
    }
  }

  return {
    savedValue(digest) {
      if (unnamed.size >= MANY) dropBefore(unnamed, Date.now() - UNNAMED_MS);
      unnamed.delete(digest);
      unnamed.set(digest, Date.now());
    },
    *savedRecord(lookupKey, record) {
      if (survey.covers(lookupKey)) {
        const holding = yield* holdingOf(place, lookupKey, record);
        const free = ledger.put(lookupKey, { ...holding, usedMs: nextUse() });
        yield* removeValues(free);
      }
      for (const digest of [record.result, ...record.arguments.map(([, digest]) => digest)]) unnamed.delete(digest);
      if (busy) return;
      busy = true;
      try {
        yield* survey.step();
        yield* makeRoom();
      } finally {
        busy = false;
      }
    },
    *used(lookupKey) {
      ledger.use(lookupKey, nextUse());
      const nowMs = Date.now();
      const last = written.get(lookupKey);
      if (last !== undefined && Math.abs(nowMs - last) < WRITE_AGAIN_MS) return;
      if (written.size >= MANY) dropBefore(written, nowMs - WRITE_AGAIN_MS);
      // Noted first: where the store fails, it is not asked again on the next hit.
      written.set(lookupKey, nowMs);
      const stored = yield* place.usedMs(lookupKey);
      if (stored === undefined) return;
      if (Math.abs(nowMs - stored) < WRITE_AGAIN_MS) written.set(lookupKey, stored);
      else yield* place.noteUse(lookupKey, nowMs);
    },
    removed(lookupKey) {
      ledger.remove(lookupKey);
    },
  };
}

/** Drops what is older; everything, where that is too little. */
function dropBefore(times: Map<string, number>, before: number): void {
  for (const [name, time] of times) if (time < before) times.delete(name);
  if (times.size >= MANY) times.clear();
}
