/**
 * One store as upkeep sees it: its entries as they lie there, how old and how large they are, which parts its values name,
 * when its records were last used. Decodes no value; what is removed, and when, is decided by those who ask.
 */
import { ConfigError } from "../errors.ts";
import { type Flow, settled } from "../flow.ts";
import { KIND } from "../seal/header.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import type { KeyRing, Signer } from "../seal/key-ring.ts";
import { namedKey, type Refusal, refuse } from "../seal/open.ts";
import type { Store } from "../store/store.ts";
import { type CallShelf, evictRecord, type FoundRecord, findRecord } from "./calls.ts";
import { type FoundHead, formOf } from "./entry-format.ts";
import type { Rules } from "./posture.ts";
import { keyIdOf } from "./read-entry.ts";
import { type Resealed, resealEntry } from "./reseal-entry.ts";
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
  /** Ids of the keys, as they are shown; the first one signs. */
  readonly keyIds: readonly string[];
  findRecord(lookupKey: string): Flow<FoundRecord | Refusal>;
  /** How large and how old a record is. */
  outlineRecord(lookupKey: string): Flow<Outline | Refusal>;
  /**
   * How large and how old a value is, and which parts it names. The body is hashed only where that is asked for
   * (`whole`) or its list of parts is long: a list that was tampered with belongs to a value that is not served anyway.
   */
  outlineValue(digest: string, whole?: boolean): Flow<Outline | Refusal>;
  findValue(digest: string): Flow<Loaded | Refusal>;
  /** Whether an entry has a good header. */
  findHead(kind: EntryKind, entry: string): Flow<FoundHead | Refusal>;
  /** The key that an entry's header names, believed or not; `undefined` where it names none. Throws a `StoreError`. */
  namedKey(kind: EntryKind, entry: string): Flow<string | undefined>;
  /** The act that puts entries which `from` vouches for under the first key of `to`; with `dryRun` it only looks. */
  resealer(from: KeyRing, to: KeyRing, dryRun: boolean): (kind: EntryKind, entry: string) => Flow<Resealed | Refusal>;
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
export function placeIn(store: Store, rules: Rules, shelf: CallShelf, { findValue, evictValue }: ValueFlows): Place {
  const { blobs, records } = store;
  const shelfOf = (kind: EntryKind) => (kind === "record" ? records : blobs);
  return {
    writable: true,
    signs: rules.signer !== undefined,
    keyIds: rules.keyIds,
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
    findHead: (kind, entry) => rules.format.readHead(shelfOf(kind), { kind: KIND[kind], entry }),
    *namedKey(kind, entry) {
      assertEnvelopes(store, "names the key that signed it");
      let named: string | undefined;
      const look = (head: Uint8Array): boolean => {
        named = namedKey(head);
        return false;
      };
      yield* settled(shelfOf(kind).get(entry, look));
      return named;
    },
    resealer(from, to, dryRun) {
      assertEnvelopes(store, "can be put under another key");
      const next = rules.under(to) as Rules & { readonly signer: Signer };
      const succession = { old: rules.under(from), next, dryRun };
      return (kind, entry) => resealEntry(store, { kind: KIND[kind], entry }, succession);
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

/** What concerns headers is for entries that have them. */
function assertEnvelopes(store: Store, ability: string): void {
  if (formOf(store) === undefined) return;
  const how = "read it with both keys, and save what it holds again";
  throw new ConfigError(`no entry of ${store.location ?? "this store"} ${ability}, as they are no envelopes; ${how}`);
}

function outline({ header, size }: FoundHead, parts: readonly string[]): Outline {
  return { bytes: size, createdMs: Number(header.createdMs), parts };
}
