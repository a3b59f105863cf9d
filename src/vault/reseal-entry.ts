/**
 * Puts one entry under another key: the old seal and the hash of the body are checked, then the same body is stored under a
 * new header, unless somebody replaced the entry meanwhile. Nothing is decoded or inflated where the store can replace, and
 * what does not hold is left as it is, so that no damage gets a new signature.
 */
import { type Flow, settled } from "../flow.ts";
import { parseRecord } from "../record/format.ts";
import { KIND } from "../seal/header.ts";
import { type Signer, shownKeyId } from "../seal/key-ring.ts";
import { openHead, type Refusal, refuse } from "../seal/open.ts";
import { resealHead } from "../seal/reseal.ts";
import { HEAD_SIZE, type Store } from "../store/store.ts";
import { indexOf } from "./calls.ts";
import type { Asked } from "./entry-format.ts";
import type { Rules } from "./posture.ts";
import { inflate, judgeHead, keyIdOf, readSealed, type Sealed } from "./read-entry.ts";

/** What became of an entry: signed again, signed by the new key before, or replaced by somebody else meanwhile. */
export interface Resealed {
  readonly refused?: undefined;
  readonly outcome: "resealed" | "already" | "changed";
}

/** The rules under the keys that vouched, and under the one that shall. */
export interface Succession {
  readonly old: Rules;
  readonly next: Rules & { readonly signer: Signer };
  /** Only look. */
  readonly dryRun: boolean;
}

/** Puts an entry under the new key, or tells why not. Never throws for what lies there; a `StoreError` where putting fails. */
export function* resealEntry(store: Store, asked: Asked, succession: Succession): Flow<Resealed | Refusal> {
  const { old, next, dryRun } = succession;
  const shelf = asked.kind === KIND.record ? store.records : store.blobs;
  const nextId = shownKeyId(next.signer.keyId);
  let already = false;
  const read = yield* readSealed(shelf, asked, (head, size) => {
    const judged = judgeHead(head, size, asked, old);
    const keyId = judged.refused === undefined ? keyIdOf(judged.header) : judged.keyId;
    if (keyId !== nextId) return judged;
    const again = judgeHead(head, size, asked, next);
    already = again.refused === undefined;
    // Nothing more is read of it; what ended the reading is told by `already`.
    return again.refused === undefined ? refuse("absent") : again;
  });
  if (already) return { outcome: "already" };
  if (read.refused !== undefined) return read;
  const { opened } = read;
  const bytes = Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.length);
  const seen = Buffer.from(bytes.subarray(0, opened.bodyStart));
  const index = shelf.replace === undefined && asked.kind === KIND.record ? indexIn(read) : undefined;
  if (index?.refused !== undefined) return index;
  resealHead(bytes, opened, next.signer);
  // As a reader would: the new key's policy may not have this kind, namespace or codec.
  const judged = openHead(bytes.subarray(0, HEAD_SIZE), bytes.length, { ...asked, ...next });
  if (judged.refused !== undefined) return judged;
  if (dryRun) return { outcome: "resealed" };
  const replaced =
    shelf.replace === undefined
      ? yield* putOver(store, asked, seen, bytes, index)
      : yield* settled(shelf.replace(asked.entry, seen, bytes));
  return { outcome: replaced ? "resealed" : "changed" };
}

type Index = { readonly refused?: undefined; readonly index: ReturnType<typeof indexOf> };

/** What a store that cannot replace wants to be told of a record again. */
function indexIn({ opened, bytes }: Sealed): Index | Refusal {
  const read = inflate(opened, bytes);
  if (read.refused !== undefined) return read;
  try {
    return { index: indexOf(parseRecord(read.body)) };
  } catch (error) {
    return refuse("decode-failed", keyIdOf(opened.header), error);
  }
}

/** Looks once more, then puts. What another process puts between the two is lost, as if it had come before. */
function* putOver(
  { blobs, records }: Store,
  { entry }: Asked,
  seen: Buffer,
  bytes: Uint8Array,
  record: Index | undefined,
): Flow<boolean> {
  let same = false;
  const look = (head: Uint8Array): boolean => {
    same = seen.equals(head.subarray(0, seen.length));
    return false;
  };
  yield* settled(record === undefined ? blobs.get(entry, look) : records.get(entry, look));
  if (!same) return false;
  if (record === undefined) {
    yield* settled(blobs.put(entry, bytes));
    return true;
  }
  const usedMs = records.usedMs === undefined ? undefined : yield* settled(records.usedMs(entry));
  yield* settled(records.put(entry, bytes, record.index));
  if (usedMs !== undefined && records.noteUse !== undefined) yield* settled(records.noteUse(entry, usedMs));
  return true;
}
