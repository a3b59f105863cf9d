/**
 * Reads one envelope: the steps from a name to a body that may be decoded, each ending in the body or in the reason why
 * not. The store reads on only when the header was believed, and the body is hashed while it arrives.
 */
import { decompress } from "../codec/compression.ts";
import { StoreError } from "../errors.ts";
import { type Flow, settled } from "../flow.ts";
import { COMPRESSION, type Header } from "../seal/header.ts";
import { shownKeyId } from "../seal/key-ring.ts";
import { type BodyCheck, checkBody, type Opened, openHead, type Refusal, refuse } from "../seal/open.ts";
import type { Admit } from "../store/store.ts";
import type { Asked, EntryShelf, FoundHead, ReadEntry, SealRules } from "./entry-format.ts";

/** The entry, or why it is not served. Never throws for anything that lies in the store. */
export function* readEntry(shelf: EntryShelf, asked: Asked, rules: SealRules): Flow<ReadEntry | Refusal> {
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
  const keyId = keyIdOf(opened.header);
  if (bytes === undefined || check === undefined) return refuse("io-error", keyId);
  const end = opened.bodyStart + Number(opened.header.storedLength);
  if (bytes.length < end) return refuse("truncated", keyId);
  if (bytes.length > end) return refuse("trailing-bytes", keyId);
  if (!(check as BodyCheck).matches()) return refuse("body-mismatch", keyId);
  return inflate(opened, bytes);
}

/** Judges the header alone, reading no body: whether {@link readEntry} would get beyond it. */
export function* readHead(shelf: EntryShelf, asked: Asked, rules: SealRules): Flow<FoundHead | Refusal> {
  let found: FoundHead | Refusal = refuse("absent");
  const admit: Admit = (head, size) => {
    const judged = judgeHead(head, size, asked, rules);
    found = judged.refused === undefined ? { header: judged.header, verified: judged.verified, size } : judged;
    return false;
  };
  try {
    yield* settled(shelf.get(asked.entry, admit));
  } catch (error) {
    return refuse(error instanceof StoreError ? error.reason : "io-error", undefined, error);
  }
  return found;
}

function judgeHead(head: Uint8Array, size: number, asked: Asked, rules: SealRules): Opened | Refusal {
  return openHead(head, size, { ...asked, ...rules, mayDecode: (codec) => rules.decoder(codec) !== undefined });
}

/** The key that a header names, as it is shown; `undefined` where none signed. */
export function keyIdOf(header: Pick<Header, "suite" | "keyId">): string | undefined {
  return header.suite === 0 ? undefined : shownKeyId(header.keyId);
}

function inflate({ header, verified, bodyStart }: Opened, bytes: Uint8Array): ReadEntry | Refusal {
  const stored = bytes.subarray(bodyStart);
  // The header, and so the name in it, is what a key signs.
  const found = { header, verified, pinned: verified, size: bytes.length };
  if (header.compression === COMPRESSION.none) return { ...found, body: stored };
  try {
    return { ...found, body: decompress(stored, Number(header.rawLength)) };
  } catch (error) {
    return refuse("decompress-failed", keyIdOf(header), error);
  }
}
