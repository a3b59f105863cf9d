/**
 * Gets to know what lies in a store a little at a time: a few records for each call that is stored, so that no call pays for
 * all of them. Names are digests, so those that begin alike are a fair sample of all.
 */
import type { Flow } from "../flow.ts";
import { type DigestSet, digestSet } from "../upkeep/digest-set.ts";
import { findHolding } from "../upkeep/holding.ts";
import type { Ledger } from "../upkeep/ledger.ts";
import { firstNames } from "../vault/names.ts";
import type { Place } from "../vault/place.ts";

/** A survey of one store. */
export interface Survey {
  /** Which part of all names is known, 0 to 1: then the ledger holds every sound record of that part. */
  share(): number;
  /** Whether a name is in the part that is known. */
  covers(lookupKey: string): boolean;
  /** Looks a little further, and from time to time again from the beginning. */
  step(): Flow<void>;
}

/** Names are gone through by their first two characters. */
const SHARDS = 256;
/** How many shards are listed in one step, at most. */
const SHARDS_A_STEP = 8;
/** How many records are read in one step, at most. */
const RECORDS_A_STEP = 32;
/** A store with no more records than this is listed at once. */
const SMALL = 64;
/** After this time others may have changed so much that all is looked at again. */
const AGAIN_MS = 60 * 60 * 1000;

const shardOf = (name: string): number => Number.parseInt(name.slice(0, 2), 16);

/** Notes what lies in `place` in the ledger. */
export function startSurvey(place: Place, ledger: Ledger): Survey {
  // Begun somewhere else each time, so that short-lived processes do not all know the same part.
  const start = Math.floor(Math.random() * SHARDS);
  /** Whether all was looked at once. */
  let complete = false;
  let endedMs = Number.NEGATIVE_INFINITY;
  /** A look through all names that is under way. */
  let pass: Pass | undefined;

  function* note(names: readonly string[], { seen }: Pass): Flow<void> {
    for (const lookupKey of names) {
      seen.add(lookupKey);
      if (ledger.has(lookupKey)) continue;
      const holding = yield* findHolding(place, lookupKey);
      // What is refused is not ours to remove, so it is not counted either.
      if (holding.refused === undefined) ledger.put(lookupKey, holding);
    }
  }
  const end = ({ before, seen }: Pass): void => {
    for (const lookupKey of before) if (!seen.has(lookupKey)) ledger.remove(lookupKey);
    [complete, endedMs, pass] = [true, Date.now(), undefined];
  };

  return {
    share: () => (complete ? 1 : (pass?.shards ?? 0) / SHARDS),
    covers(lookupKey) {
      if (complete || pass === undefined) return complete;
      // The shard that is being gone through was listed already.
      const known = pass.shards + (pass.waiting.length > 0 ? 1 : 0);
      return (shardOf(lookupKey) - start + SHARDS) % SHARDS < known;
    },
    *step() {
      if (complete && pass === undefined && Math.abs(Date.now() - endedMs) < AGAIN_MS) return;
      if (pass === undefined) {
        pass = { before: [...ledger.keys()], seen: digestSet(), shards: 0, waiting: [] };
        const all = yield* firstNames(place.listRecords(), SMALL + 1);
        if (all.length <= SMALL) {
          yield* note(all, pass);
          end(pass);
        }
        return;
      }
      let toRead = RECORDS_A_STEP;
      for (let listed = 0; pass.shards < SHARDS && toRead > 0 && listed < SHARDS_A_STEP; listed++) {
        if (pass.waiting.length === 0) {
          const prefix = ((start + pass.shards) % SHARDS).toString(16).padStart(2, "0");
          pass.waiting = yield* firstNames(place.listRecords(prefix), Number.POSITIVE_INFINITY);
        }
        const names = pass.waiting.splice(-toRead);
        toRead -= names.length;
        yield* note(names, pass);
        if (pass.waiting.length === 0) pass.shards++;
      }
      if (pass.shards === SHARDS) end(pass);
    },
  };
}

interface Pass {
  /** Calls noted when it began: of these alone it can be told that they are gone. */
  readonly before: readonly string[];
  readonly seen: DigestSet;
  /** How many shards were gone through. */
  shards: number;
  /** Names of the next shard that were not looked at yet. */
  waiting: string[];
}
