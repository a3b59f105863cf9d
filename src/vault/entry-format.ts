/**
 * What an entry of a store is: how one is read, sealed, and what lies in it. Envelopes are the form of every store that
 * does not bring its own; a store that does (the directory of a Python program) carries it under a symbol, so that
 * nobody pays for a form that is not used. Which values and calls there are is no business of a form.
 */
import type { Body, Codec } from "../codec/codec.ts";
import type { Flow } from "../flow.ts";
import type { CallRecord } from "../record/call-record.ts";
import type { Header } from "../seal/header.ts";
import type { KeyRing, Signer } from "../seal/key-ring.ts";
import type { Refusal } from "../seal/open.ts";
import type { Admit, BlobStore, RecordStore, Room, Store } from "../store/store.ts";

/** Either side of a store. */
export type EntryShelf = (BlobStore | RecordStore) & Pick<BlobStore, "getLater">;

/** Which entry is asked for. */
export interface Asked {
  readonly kind: number;
  readonly entry: string;
}

/** What is known of an entry whose seal was believed: the fields of an envelope's header that others look at. */
export type EntryHead = Pick<Header, "suite" | "codec" | "storedLength" | "rawLength" | "createdMs" | "keyId">;

/** An entry whose seal was believed as far as it was read. */
export interface FoundHead {
  readonly refused?: undefined;
  readonly header: EntryHead;
  /** Whether a key of ours signed it. */
  readonly verified: boolean;
  /** Bytes that the entry takes in the store. */
  readonly size: number;
}

/** An entry whose seal holds; its body is after decompression, and the reader's own. */
export interface ReadEntry extends FoundHead, Body {
  /** Whether the signature pins the name that the entry lies under; where not, its content has to be looked at. */
  readonly pinned: boolean;
}

/** An entry of which the first bytes told which parts it names. */
export interface Listed extends FoundHead {
  readonly parts: readonly string[];
}

/** What sealing and opening go by. */
export interface SealRules {
  readonly signer: Signer | undefined;
  readonly namespaceId: Uint8Array;
  readonly scheme: number;
  readonly maxEntryBytes: number;
  readonly compress: boolean;
  /** Who reads an entry of this codec; `undefined` where it may not be decoded. */
  decoder(codec: number): Codec | undefined;
  /** Whether an entry with this header may be decoded under the key that signed it. Of records, which have one form, always. */
  mayDecode(header: VouchedHeader): boolean;
  /** Is told of an entry that another key than the first one vouched for. Never throws. */
  readonly noteOldKey: ((header: OldKeyHeader) => void) | undefined;
}

/** What decides whether a key may vouch for an entry. */
export type VouchedHeader = Pick<Header, "kind" | "codec" | "keyId">;

/** What is told of an entry under an old key. */
export type OldKeyHeader = Pick<Header, "kind" | "entry" | "keyId">;

/** The reading of one entry: what a store is given to judge by, and what comes of the bytes that it gave. */
export interface Reading<T> {
  readonly admit: Admit;
  /** Where the store may put what lies behind the head, if the body's tail begins in it. */
  readonly room?: Room;
  /** The entry, or why it is not served; `undefined` where the store gave nothing. Call it once, at the end. */
  end(bytes: Uint8Array | undefined): T | Refusal;
}

/** How call records are written in the bodies of entries. */
export interface RecordForm {
  /** The number of the codec that such a body has. */
  readonly codec: number;
  /** The body. Throws where the record could not be read back as it is. */
  format(record: CallRecord): Uint8Array;
  /** The record; throws `DecodeError` for everything that is none. */
  parse(body: Uint8Array): CallRecord;
}

/** One form of entries, under the rules of one storage. */
export interface EntryFormat {
  /** The entry, or why it is not served. Never throws for anything that lies in the store. */
  read(shelf: EntryShelf, asked: Asked): Flow<ReadEntry | Refusal>;
  /** The steps of `read`, for a store that brings two entries in one trip. A form that lacks this is read one by one. */
  start?(asked: Asked): Reading<ReadEntry>;
  /** Whether an entry is at hand without looking into the store. */
  keeps?(asked: Asked): boolean;
  /** As much of that as can be told without keeping the body. */
  readHead(shelf: EntryShelf, asked: Asked): Flow<FoundHead | Refusal>;
  /**
   * What the first bytes of a value's entry tell of the parts that it names; `undefined` where they do not hold the whole
   * list. A form whose entries have to be read whole lacks this.
   */
  peek?(shelf: EntryShelf, asked: Asked): Flow<Listed | Refusal | undefined>;
  /** The bytes of an entry. Throws an `EncodeError` where nobody could read them back, as they are too many. */
  seal(asked: Asked, codec: number, body: Uint8Array, nowMs: number): Uint8Array;
  /** As `seal`, what comes before the body apart from it, so that a large body is not copied. A form may lack this. */
  sealApart?(asked: Asked, codec: number, body: Uint8Array, nowMs: number): readonly Uint8Array[];
  /** Digests of the parts that a body names; throws `DecodeError`. */
  partsOf(codec: number, body: Uint8Array): string[];
  readonly records: RecordForm;
}

/** What a store brings that holds another form of entries. */
export interface ForeignForm {
  /** The one codec whose bodies these entries have. */
  readonly codec: Codec;
  /** The form under these rules; `ring` for forms that do not sign with derived keys. */
  open(rules: SealRules, ring: KeyRing | undefined): EntryFormat;
}

/** Where a store keeps the form of its entries; none for envelopes. */
export const FORM: unique symbol = Symbol("form");

/** The form that a store brings. */
export function formOf(store: Store): ForeignForm | undefined {
  return (store as { readonly [FORM]?: ForeignForm })[FORM];
}
