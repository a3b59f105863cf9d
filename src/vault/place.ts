/**
 * One store as upkeep sees it: its entries as they lie there, how old and how large they are, which parts its values name,
 * when its records were last used. Decodes no value; what is removed, and when, is decided by those who ask.
 */
import { type Flow, settled } from "../flow.ts";
import { KIND } from "../seal/header.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { Store } from "../store/store.ts";
import { type CallShelf, evictRecord, type FoundRecord, findRecord } from "./calls.ts";
import type { FoundHead } from "./entry-format.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf } from "./read-entry.ts";
import type { Loaded, ValueFlows } from "./value-flows.ts";

/** What an entry's header says, and which parts its body names. */
export interface Outline {
  readonly refused?: undefined;
  /** Bytes that the entry takes in the store. */
  readonly bytes: number;
  /** When it was written, Unix milliseconds. */
  readonly createdMs: number;
  /** Digests of the parts that are stored separately. */
  readonly parts: readonly string[];
}

/** One store behind a cache, under the rules of that cache. */
export interface Place {
  /** Whether entries may be written and removed. */
  readonly writable: boolean;
  /** Whether what is written is signed. */
  readonly signs: boolean;
  findRecord(lookupKey: string): Flow<FoundRecord | Refusal>;
  /** How large and how old a record is. */
  outlineRecord(lookupKey: string): Flow<Outline | Refusal>;
  /**
   * How large and how old a value is, and which parts it names. The body is hashed only where that is asked for
   * (`whole`) or its list of parts is long: a list that was tampered with belongs to a value that is not served anyway.
   */
  outlineValue(digest: string, whole?: boolean): Flow<Outline | Refusal>;
  findValue(digest: string): Flow<Loaded | Refusal>;
  evictRecord(lookupKey: string): Flow<boolean>;
  evictValue(digest: string): Flow<boolean>;
  listRecords(prefix?: string): Iterable<string> | AsyncIterable<string>;
  listValues(prefix?: string): Iterable<string> | AsyncIterable<string>;
  /** When a record was last put or used, as far as the store knows: a hint, not sealed. */
  usedMs(lookupKey: string): Flow<number | undefined>;
  /** Notes that a record was used; nothing where the store cannot. */
  noteUse(lookupKey: string, atMs: number): Flow<void>;
}

/** A store as upkeep sees it, beside the flows over it. */
export function placeIn(
  { blobs, records }: Store,
  rules: Rules,
  shelf: CallShelf,
  { findValue, evictValue }: ValueFlows,
): Place {
  return {
    writable: true,
    signs: rules.signer !== undefined,
    findRecord: (lookupKey) => findRecord(shelf, lookupKey),
    *outlineRecord(entry) {
      const head = yield* rules.format.readHead(records, { kind: KIND.record, entry });
      return head.refused === undefined ? outline(head, []) : head;
    },
    *outlineValue(entry, whole = false) {
      const asked = { kind: KIND.value, entry };
      const first = whole || rules.format.peek === undefined ? undefined : yield* rules.format.peek(blobs, asked);
      if (first !== undefined) return first.refused === undefined ? outline(first, first.parts) : first;
      const read = yield* rules.format.read(blobs, asked);
      if (read.refused !== undefined) return read;
      try {
        return outline(read, rules.format.partsOf(read.header.codec, read.body));
      } catch (error) {
        return refuse("decode-failed", keyIdOf(read.header), error);
      }
    },
    evictRecord: (lookupKey) => evictRecord(shelf, lookupKey),
    findValue,
    evictValue,
    listRecords: (prefix) => records.list(prefix),
    listValues: (prefix) => blobs.list(prefix),
    *usedMs(lookupKey) {
      return records.usedMs === undefined ? undefined : yield* settled(records.usedMs(lookupKey));
    },
    *noteUse(lookupKey, atMs) {
      if (records.noteUse !== undefined) yield* settled(records.noteUse(lookupKey, atMs));
    },
  };
}

function outline({ header, size }: FoundHead, parts: readonly string[]): Outline {
  return { bytes: size, createdMs: Number(header.createdMs), parts };
}
