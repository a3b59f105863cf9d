/**
 * Marks what is in use: the values that sound records name, and the parts that those values name. Every store behind a
 * cache counts, also those that nothing is removed from: a value and its record may lie in different ones.
 */
import { ConfigError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import { forEachName } from "../vault/names.ts";
import { errorOf } from "../vault/notice.ts";
import type { Place } from "../vault/place.ts";
import { type DigestSet, digestSet } from "./digest-set.ts";

/** What is in use. */
export interface Marks {
  /** Sound records that were read. */
  readonly records: number;
  /** Records that were refused, by reason. */
  readonly refused: ReadonlyMap<Reason, number>;
  /** Whether a sound record needs this value. */
  has(digest: string): boolean;
  /** Marks what the records name that were not there before; the first time, all. */
  mark(): Flow<void>;
}

/** Nothing marked yet. Trouble in reading a record ends {@link Marks.mark} in its error: what it names is not known. */
export function startMarks(places: readonly Place[]): Marks {
  const marked = digestSet();
  const seen = new Map<Place, DigestSet>();
  const refused = new Map<Reason, number>();
  let records = 0;

  function* markRecord(place: Place, lookupKey: string): Flow<void> {
    const found = yield* place.findRecord(lookupKey);
    if (found.refused === undefined) {
      records++;
      yield* markValues([found.record.result, ...found.record.arguments.map(([, digest]) => digest)]);
      return;
    }
    if (found.refused === "io-error") throw errorOf(lookupKey, found);
    // Removed since it was listed.
    if (found.refused !== "absent") refused.set(found.refused, (refused.get(found.refused) ?? 0) + 1);
  }

  function* markValues(digests: readonly string[]): Flow<void> {
    const waiting = digests.filter((digest) => marked.add(digest));
    for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
      for (const place of places) {
        const outline = yield* place.outlineValue(digest);
        if (outline.refused === "io-error") throw errorOf(digest, outline);
        if (outline.refused !== undefined) continue;
        for (const part of outline.parts) if (marked.add(part)) waiting.push(part);
      }
    }
  }

  return {
    get records() {
      return records;
    },
    refused,
    has: marked.has,
    *mark() {
      for (const place of places) {
        const before = seen.get(place);
        const names = before ?? digestSet();
        seen.set(place, names);
        yield* forEachName(place.listRecords(), function* (lookupKey) {
          // The first time nothing is skipped, so that no record can hide behind another's name.
          const isNew = names.add(lookupKey);
          if (isNew || before === undefined) yield* markRecord(place, lookupKey);
        });
      }
    },
  };
}

/** Throws where records were refused: what they name is not known, so it cannot be told what is in use. */
export function assertVerified(act: string, refused: ReadonlyMap<Reason, number>): void {
  if (refused.size === 0) return;
  const total = [...refused.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...refused].map(([reason, count]) => `${reason}: ${count}`).join(", ");
  throw new ConfigError(
    `${act}: ${total} records cannot be verified (${reasons}), so the values that they name are not known to be in use; ` +
      "give the keys that signed them, evict them (verify lists them), or pass unverified: true to let their values go",
  );
}
