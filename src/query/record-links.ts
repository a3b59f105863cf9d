/**
 * How the calls of a cache hang together: read off all its records in one pass, since stores cannot be searched by these
 * links. Takes about 100 bytes a record and the time to open each once; what is found is opened and checked again.
 */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { openedCalls } from "./found-calls.ts";
import { startLinks, startNames } from "./links.ts";
import type { SkipCount } from "./skipped.ts";
import { forEach } from "./stream.ts";

/** The digests of the parts of a value that are stored on their own; none for a value that is gone. */
export type PartsOf = (digest: string) => Flow<readonly string[]>;

/** Candidates, each to be looked at again. */
export interface RecordLinks {
  /** Lookup keys of calls that may have given this value. */
  madeBy(digest: string): readonly string[];
  /** Lookup keys of calls that may have been passed it. */
  usedBy(digest: string): readonly string[];
  /** Lookup keys of calls that this call may have made. */
  madeInside(lookupKey: string): readonly string[];
  /** Digests of values that it may be a part of. */
  heldBy(digest: string): readonly string[];
}

/** Reads the links of all records; those that cannot be served are counted and passed over. */
export function* readLinks(calls: CallCache, skips: SkipCount, partsOf?: PartsOf): Flow<RecordLinks> {
  const names = startNames();
  const [makers, users, children, holders] = [startLinks(), startLinks(), startLinks(), startLinks()];
  const seen = new Set<string>();
  const addParts = function* (first: string): Flow<void> {
    if (partsOf === undefined) return;
    const values = [first];
    for (let value = values.pop(); value !== undefined; value = values.pop()) {
      if (seen.has(value)) continue;
      const parts = yield* partsOf(value);
      // Most values have none, and need no remembering: they are asked about again.
      if (parts.length === 0) continue;
      seen.add(value);
      const holder = names.add(value);
      for (const part of parts) {
        holders.add(part, holder);
        values.push(part);
      }
    }
  };
  yield* forEach(
    openedCalls(calls, () => calls.listRecords(), skips),
    function* ({ lookupKey, found: { record } }) {
      const call = names.add(lookupKey);
      makers.add(record.result, call);
      if (record.parent !== null) children.add(record.parent, call);
      const digests = new Set(record.arguments.map(([, digest]) => digest));
      for (const digest of digests) users.add(digest, call);
      for (const digest of digests.add(record.result)) yield* addParts(digest);
    },
  );
  const from = (links: typeof makers) => (name: string) => links.from(name).map(names.at);
  return { madeBy: from(makers), usedBy: from(users), madeInside: from(children), heldBy: from(holders) };
}
