/**
 * How the calls of a cache hang together: asked of a store that can be searched, read off all records in one pass of one
 * that cannot, which takes about 100 bytes a record and the time to open each once. What is found is opened and checked again.
 */
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import type { RecordFilter } from "../store/store.ts";
import { firstNames, forEachName } from "../vault/names.ts";
import { recordOrRefusal } from "./found-calls.ts";
import { startLinks, startNames } from "./links.ts";

/** The digests of the parts of a value that are stored on their own; none for a value that is gone. */
export type PartsOf = (digest: string) => Flow<readonly string[]>;

/** Candidates, each to be looked at again. */
export interface RecordLinks {
  /** Lookup keys of calls that may have given this value. */
  madeBy(digest: string): Flow<readonly string[]>;
  /** Lookup keys of calls that may have been passed it. */
  usedBy(digest: string): Flow<readonly string[]>;
  /** Lookup keys of calls that this call may have made. */
  madeInside(lookupKey: string): Flow<readonly string[]>;
  /** Digests of values that it may be a part of. */
  heldBy(digest: string): Flow<readonly string[]>;
}

/**
 * No part is as small: a value becomes one when more than 64 KiB of it are stored, in whichever codec; the entry that lies
 * there may have been written by another.
 */
const LEAST_PART = 4096;

/** The links between the records of a cache; records that cannot be served are passed over. */
export function linksOf(calls: CallCache, partsOf?: PartsOf): RecordLinks {
  let read: RecordLinks | undefined;
  function* all(): Flow<RecordLinks> {
    read ??= yield* readLinks(calls, partsOf);
    return read;
  }
  if (calls.indexed) return searchedLinks(calls, all, partsOf !== undefined);
  return {
    *madeBy(digest) {
      return yield* (yield* all()).madeBy(digest);
    },
    *usedBy(digest) {
      return yield* (yield* all()).usedBy(digest);
    },
    *madeInside(lookupKey) {
      return yield* (yield* all()).madeInside(lookupKey);
    },
    *heldBy(digest) {
      return yield* (yield* all()).heldBy(digest);
    },
  };
}

function searchedLinks(calls: CallCache, all: () => Flow<RecordLinks>, withParts: boolean): RecordLinks {
  function* found(filter: RecordFilter): Flow<readonly string[]> {
    return yield* firstNames(calls.searchRecords(filter), Number.POSITIVE_INFINITY);
  }
  return {
    madeBy: (result) => found({ result }),
    usedBy: (anyArgument) => found({ anyArgument }),
    madeInside: (parent) => found({ parent }),
    // Of what a value holds no index knows: only for one that may be a part all records are read, once.
    *heldBy(digest) {
      if (!withParts) return [];
      const head = yield* calls.findHead(digest);
      if (head.refused === undefined && head.header.rawLength < LEAST_PART) return [];
      return yield* (yield* all()).heldBy(digest);
    },
  };
}

/** Reads the links of all records. */
function* readLinks(calls: CallCache, partsOf?: PartsOf): Flow<RecordLinks> {
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
  yield* forEachName(calls.listRecords(), function* (lookupKey) {
    const found = yield* recordOrRefusal(calls, lookupKey);
    if (found.refused !== undefined) return;
    const { record } = found;
    const call = names.add(lookupKey);
    makers.add(record.result, call);
    if (record.parent !== null) children.add(record.parent, call);
    const digests = new Set(record.arguments.map(([, digest]) => digest));
    for (const digest of digests) users.add(digest, call);
    for (const digest of digests.add(record.result)) yield* addParts(digest);
  });
  const from = (links: typeof makers) =>
    // biome-ignore lint/correctness/useYield: nothing to wait for
    function* (name: string): Flow<readonly string[]> {
      return links.from(name).map(names.at);
    };
  return { madeBy: from(makers), usedBy: from(users), madeInside: from(children), heldBy: from(holders) };
}
