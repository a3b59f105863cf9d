/**
 * The flows of a call storage: records of calls under their lookup keys, sealed like values. A record is believed only
 * where its own content gives the key that it lies under, whoever signed it.
 */
import { jsonCodec } from "../codec/json.ts";
import { type Flow, settled } from "../flow.ts";
import { publishStore } from "../observe/channels.ts";
import { type CallRecord, recordKeys } from "../record/call-record.ts";
import { formatRecord, parseRecord } from "../record/format.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { RecordIndex, RecordStore } from "../store/store.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf, readEntry } from "./read-entry.ts";
import { sealEntry } from "./write-entry.ts";

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
  const read = yield* readEntry(records, { kind: KIND.record, entry: lookupKey }, rules);
  if (read.refused !== undefined) return read;
  try {
    if (read.header.codec !== jsonCodec.id) return refuse("codec-not-allowed", keyIdOf(read.header));
    const record = parseRecord(read.body);
    if (keyOf(record, rules.numbers) !== lookupKey) return refuse("content-mismatch", keyIdOf(read.header));
    return { record, verified: read.verified };
  } catch (error) {
    return refuse("decode-failed", keyIdOf(read.header), error);
  }
}

/** Stores a record under its lookup key, replacing what is there. */
export function* saveRecord({ records, rules }: CallShelf, lookupKey: string, record: CallRecord): Flow<void> {
  const asked = { kind: KIND.record, entry: lookupKey };
  const envelope = sealEntry(asked, jsonCodec.id, formatRecord(record), rules, Date.now());
  try {
    yield* settled(records.put(lookupKey, envelope, indexOf(record)));
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
