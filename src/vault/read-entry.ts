/**
 * Reads one entry: the steps from a name to a body that may be decoded, each ending in the body or in the reason why not.
 * The store reads on only when the header was believed, and the body is hashed while it arrives.
 */
import { decompress } from "../codec/compression.ts";
import { StoreError } from "../errors.ts";
import { type Flow, settled } from "../flow.ts";
import { COMPRESSION, type Header } from "../seal/header.ts";
import { shownKeyId } from "../seal/key-ring.ts";
import { type BodyCheck, checkBody, type Opened, openHead, type Refusal, refuse } from "../seal/open.ts";
import type { Admit, BlobStore, RecordStore } from "../store/store.ts";
import type { Rules } from "./posture.ts";

/** An entry whose seal holds. */
export interface ReadEntry {
  readonly refused?: undefined;
  readonly header: Header;
  /** The body, after decompression; the reader's own. */
  readonly body: Uint8Array;
  /** Whether a key of ours signed it. */
  readonly verified: boolean;
}

/** Which entry is asked for. */
export interface Asked {
  readonly kind: number;
  readonly entry: string;
}

/** The entry, or why it is not served. Never throws for anything that lies in the store. */
export function* readEntry(shelf: BlobStore | RecordStore, asked: Asked, rules: Rules): Flow<ReadEntry | Refusal> {
  if (rules.kept === undefined || rules.servesKept !== true) return yield* readStored(shelf, asked, rules);
  const kept = rules.kept.get(asked.kind, asked.entry);
  if (kept !== undefined) return kept;
  const drops = rules.kept.drops();
  const read = yield* readStored(shelf, asked, rules);
  if (read.refused === undefined) rules.kept.keep(read, drops);
  return read;
}

/** As {@link readEntry}, from the store in any case. */
function* readStored(shelf: BlobStore | RecordStore, asked: Asked, rules: Rules): Flow<ReadEntry | Refusal> {
  let judged: Opened | Refusal = refuse("absent");
  let check: BodyCheck | undefined;
  const admit: Admit = (head, size) => {
    judged = judgeHead(head, size, asked, rules);
    if (judged.refused !== undefined) return false;
    check = checkBody(judged);
    return check.add;
  };
  let bytes: Uint8Array | undefined;
  try {
    bytes = yield* settled(shelf.get(asked.entry, admit));
  } catch (error) {
    return refuse(error instanceof StoreError ? error.reason : "io-error", undefined, error);
  }
  // The callback ran, or there was nothing to show it.
  const opened = judged as Opened | Refusal;
  if (opened.refused !== undefined) return opened;
  const { header } = opened;
  if (bytes === undefined || check === undefined) return refuse("io-error", keyIdOf(header));
  const end = opened.bodyStart + Number(header.storedLength);
  if (bytes.length < end) return refuse("truncated", keyIdOf(header));
  if (bytes.length > end) return refuse("trailing-bytes", keyIdOf(header));
  if (!(check as BodyCheck).matches()) return refuse("body-mismatch", keyIdOf(header));
  return inflate(opened, bytes.subarray(opened.bodyStart));
}

/** Judges the header alone, reading no body: whether {@link readEntry} would get beyond it. */
export function* readHead(shelf: BlobStore | RecordStore, asked: Asked, rules: Rules): Flow<Opened | Refusal> {
  let judged: Opened | Refusal = refuse("absent");
  const admit: Admit = (head, size) => {
    judged = judgeHead(head, size, asked, rules);
    return false;
  };
  try {
    yield* settled(shelf.get(asked.entry, admit));
  } catch (error) {
    return refuse(error instanceof StoreError ? error.reason : "io-error", undefined, error);
  }
  return judged;
}

function judgeHead(head: Uint8Array, size: number, asked: Asked, rules: Rules): Opened | Refusal {
  const { namespaceId, scheme, maxEntryBytes, signer } = rules;
  const mayDecode = (codec: number): boolean => rules.decoder(codec) !== undefined;
  // Named one by one: spreading two objects here took a seventh of a hit.
  return openHead(head, size, {
    kind: asked.kind,
    entry: asked.entry,
    namespaceId,
    scheme,
    maxEntryBytes,
    signer,
    mayDecode,
  });
}

/** The key that a header names, as it is shown; `undefined` where none signed. */
export function keyIdOf(header: Header): string | undefined {
  return header.suite === 0 ? undefined : shownKeyId(header.keyId);
}

function inflate({ header, verified }: Opened, stored: Uint8Array): ReadEntry | Refusal {
  if (header.compression === COMPRESSION.none) return { header, body: stored, verified };
  try {
    return { header, body: decompress(stored, Number(header.rawLength)), verified };
  } catch (error) {
    return refuse("decompress-failed", keyIdOf(header), error);
  }
}
