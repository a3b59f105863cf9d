/**
 * The flows of a call storage: records of calls under their lookup keys, sealed like values. A record is believed only
 * where its own content gives the key that it lies under, whoever signed it.
 */
import { type Flow, settled } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import { type CallRecord, recordKeys } from "../record/call-record.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { RecordIndex, RecordStore } from "../store/store.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf } from "./read-entry.ts";

/** A record that was read, and whether a key of ours vouched for it. */
export interface FoundRecord {
  readonly refused?: undefined;
  readonly record: CallRecord;
  readonly verified: boolean;
}

/** What the flows work on. */
export interface CallShelf {
  readonly records: RecordStore;
  readonly rules: Rules;
  /** The lookup key that a record's own content gives. */
  readonly keyOf: ReturnType<typeof recordKeys>;
}

/** The records of a store under these rules. */
export function callShelf(records: RecordStore, rules: Rules): CallShelf {
  return { records, rules, keyOf: recordKeys() };
}

/** The record of a lookup key, or why it is not served; tells nobody. */
export function* findRecord({ records, rules, keyOf }: CallShelf, lookupKey: string): Flow<FoundRecord | Refusal> {
  const read = yield* rules.format.read(records, { kind: KIND.record, entry: lookupKey });
  if (read.refused !== undefined) return read;
  const keyId = keyIdOf(read.header);
  try {
    if (read.header.codec !== rules.format.records.codec) return refuse("codec-not-allowed", keyId);
    const record = rules.format.records.parse(read.body);
    if (keyOf(record, rules.numbers) !== lookupKey) return refuse("content-mismatch", keyId);
    return { record, verified: read.verified };
  } catch (error) {
    return refuse("decode-failed", keyId, error);
  }
}

/** Stores a record under its lookup key, replacing what is there. */
export function* saveRecord({ records, rules }: CallShelf, lookupKey: string, record: CallRecord): Flow<void> {
  const asked = { kind: KIND.record, entry: lookupKey };
  const { format } = rules;
  const bytes = format.seal(asked, format.records.codec, format.records.format(record), Date.now());
  yield* settled(records.put(lookupKey, bytes, indexOf(record)));
  publishStore(() => ({ operation: "save", outcome: "stored", entry: lookupKey }));
}

/** Removes a record, whatever it holds. */
export function* evictRecord({ records }: CallShelf, lookupKey: string): Flow<boolean> {
  const removed = yield* settled(records.delete(lookupKey));
  if (removed) publishStore(() => ({ operation: "evict", outcome: "removed", entry: lookupKey }));
  return removed;
}

/** What a store may search a record by. */
function indexOf(record: CallRecord): RecordIndex {
  const { name, module, version, codeDigest, result, tags, startedMs } = record;
  return {
    name,
    module,
    version: version === null ? null : String(version),
    codeDigest,
    arguments: record.arguments,
    result,
    tags,
    startedMs,
  };
}
