/**
 * The flows of a call storage: records of calls under their lookup keys, sealed like values. A record is believed only
 * where its own content gives the key that it lies under, whoever signed it.
 */
import { type Flow, settled } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import { type CallRecord, recordKeys } from "../record/call-record.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { RecordHit, RecordIndex, RecordStore, Wanted } from "../store/store.ts";
import type { Asked, ReadEntry, Reading } from "./entry-format.ts";
import { knownRecords, type RecordReader } from "./known-records.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf, troubleOf } from "./read-entry.ts";
import type { Loaded } from "./value-flows.ts";

/** A record that was read, and whether a key of ours vouched for it. */
export interface FoundRecord {
  readonly refused?: undefined;
  readonly record: CallRecord;
  readonly verified: boolean;
  /**
   * Where its result came along with it: what finding the value would give. A refusal there is not the last word, as the
   * store may have brought another entry than the record names.
   */
  readonly result?: () => Flow<Loaded | Refusal>;
}

/** What the flows work on. */
export interface CallShelf {
  readonly records: RecordStore;
  readonly rules: Rules;
  /** The lookup key that a record's own content gives. */
  readonly keyOf: ReturnType<typeof recordKeys>;
  /** Reads the records that calls are served from. */
  readonly readKnown: RecordReader;
}

/** The records of a store under these rules. */
export function callShelf(records: RecordStore, rules: Rules): CallShelf {
  return { records, rules, keyOf: recordKeys(), readKnown: knownRecords(rules.format.records.parse) };
}

/** The record of a lookup key, or why it is not served; tells nobody. */
export function* findRecord(shelf: CallShelf, lookupKey: string): Flow<FoundRecord | Refusal> {
  const { format } = shelf.rules;
  const read = yield* format.read(shelf.records, recordOf(lookupKey));
  return believed(shelf, lookupKey, read, (_, body) => format.records.parse(body));
}

function recordOf(lookupKey: string): Asked {
  return { kind: KIND.record, entry: lookupKey };
}

/**
 * As {@link findRecord}, with the result's entry where the store brings both in one trip. The record is judged whole before
 * its result is looked at, and the result by itself, under the name that the record gives: what came along and is
 * something else is only left aside.
 */
export function* findRecordAndResult(
  shelf: CallShelf,
  lookupKey: string,
  open: (digest: string, entry: ReadEntry) => Flow<Loaded | Refusal>,
): Flow<FoundRecord | Refusal> {
  const { records, rules } = shelf;
  const { format } = rules;
  const asked = recordOf(lookupKey);
  const isKept = format.keeps?.(asked) === true;
  const { readKnown } = shelf;
  if (records.hit === undefined || format.start === undefined || isKept) {
    return believed(shelf, lookupKey, yield* format.read(records, asked), readKnown);
  }
  const start = format.start;
  const reading = start(asked);
  let found: FoundRecord | Refusal | undefined;
  let readingResult: Reading<ReadEntry> | undefined;
  const wanted = (record: Uint8Array): Wanted | undefined => {
    found = believed(shelf, lookupKey, reading.end(record), readKnown);
    if (found.refused !== undefined) return undefined;
    readingResult = start({ kind: KIND.value, entry: found.record.result });
    return { name: found.record.result, admit: readingResult.admit };
  };
  let hit: RecordHit | undefined;
  try {
    hit = yield* settled(records.hit(lookupKey, reading.admit, wanted));
  } catch (error) {
    // Trouble with the result is told when the result is asked for by itself.
    return (found as FoundRecord | Refusal | undefined) ?? troubleOf(error);
  }
  // The callbacks ran, or there was nothing to show them.
  const record =
    (found as FoundRecord | Refusal | undefined) ?? believed(shelf, lookupKey, reading.end(undefined), readKnown);
  if (record.refused !== undefined || hit?.result === undefined) return record;
  const entry = (readingResult as Reading<ReadEntry> | undefined)?.end(hit.result);
  if (entry === undefined || entry.refused !== undefined) return record;
  return { ...record, result: () => open(record.record.result, entry) };
}

/** The record in an entry whose seal holds. */
function believed(
  { rules, keyOf }: CallShelf,
  lookupKey: string,
  read: ReadEntry | Refusal,
  recordIn: RecordReader,
): FoundRecord | Refusal {
  if (read.refused !== undefined) return read;
  try {
    const { records } = rules.format;
    if (read.header.codec !== records.codec) return refuse("codec-not-allowed", keyIdOf(read.header));
    const record = recordIn(lookupKey, read.body);
    if (keyOf(record, rules.numbers) !== lookupKey) return refuse("content-mismatch", keyIdOf(read.header));
    return { record, verified: read.verified };
  } catch (error) {
    return refuse("decode-failed", keyIdOf(read.header), error);
  }
}

/** Stores a record under its lookup key, replacing what is there. */
export function* saveRecord({ records, rules }: CallShelf, lookupKey: string, record: CallRecord): Flow<void> {
  const { format } = rules;
  const bytes = format.seal(recordOf(lookupKey), format.records.codec, format.records.format(record), Date.now());
  try {
    yield* settled(records.put(lookupKey, bytes, indexOf(record)));
  } finally {
    // Also where it failed: it may be there all the same.
    rules.kept?.drop(lookupKey);
  }
  publishStore(() => ({ operation: "save", outcome: "stored", entry: lookupKey }));
}

/** Removes a record, whatever it holds. */
export function* evictRecord({ records, rules }: CallShelf, lookupKey: string): Flow<boolean> {
  let removed: boolean;
  try {
    removed = yield* settled(records.delete(lookupKey));
  } finally {
    rules.kept?.drop(lookupKey);
  }
  if (removed) publishStore(() => ({ operation: "evict", outcome: "removed", entry: lookupKey }));
  return removed;
}

/** What a store may search a record by. */
export function indexOf(record: CallRecord): RecordIndex {
  const { name, module, version, codeDigest, result, tags, parent, startedMs } = record;
  return {
    name,
    module,
    version: version === null ? null : String(version),
    codeDigest,
    arguments: record.arguments,
    result,
    tags,
    parent,
    startedMs,
  };
}
