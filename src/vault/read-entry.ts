/**
 * Reads one envelope: the steps from a name to a body that may be decoded, each ending in the body or in the reason why
 * not. The store reads on only when the header was believed, and the body is hashed while it arrives.
 */
import { decompress } from "../codec/compression.ts";
import { StoreError } from "../errors.ts";
import { type Flow, isPending, settled } from "../flow.ts";
import { COMPRESSION, type Header } from "../seal/header.ts";
import { shownKeyId } from "../seal/key-ring.ts";
import { type BodyCheck, checkBody, type Opened, openHead, type Refusal, refuse } from "../seal/open.ts";
import type { Admit } from "../store/store.ts";
import type { Asked, EntryShelf, FoundHead, ReadEntry, Reading, SealRules } from "./entry-format.ts";

/** An entry as it lies in the store, whose seal holds and whose body is the one that was sealed. */
export interface Sealed {
  readonly refused?: undefined;
  readonly opened: Opened;
  /** Header, tag and body; the reader's own. */
  readonly bytes: Uint8Array;
}

/**
 * Entries whose seal held under the rules of one storage, by the head that a store with `sameHeads` shows: the same object
 * means the same bytes. That leaves out three hashes of an entry, a third of a hit in memory.
 */
export type BelievedHeads = WeakMap<Uint8Array, { readonly asked: Asked; readonly opened: Opened }>;

/** Who judges the first bytes of an entry. */
type Judge = (head: Uint8Array, size: number) => Opened | Refusal;

/** The entry, or why it is not served. Never throws for anything that lies in the store. */
export function readEntry(
  shelf: EntryShelf,
  asked: Asked,
  rules: SealRules,
  believed?: BelievedHeads,
): Flow<ReadEntry | Refusal> {
  return finish(shelf, asked, startReading(asked, rules, shelf.sameHeads === true ? believed : undefined));
}

/** The entry as it lies there, once `judge` believed its header; or why it is not served. */
export function readSealed(shelf: EntryShelf, asked: Asked, judge: Judge): Flow<Sealed | Refusal> {
  return finish(shelf, asked, startSealed(judge));
}

function* finish<T>(shelf: EntryShelf, { entry }: Asked, reading: Reading<T>): Flow<T | Refusal> {
  let bytes: Uint8Array | undefined;
  try {
    const got = shelf.get(entry, reading.admit);
    bytes = isPending(got) ? yield* settled(got) : got;
  } catch (error) {
    return troubleOf(error);
  }
  return reading.end(bytes);
}

/** What a store's error says of an entry. */
export function troubleOf(error: unknown): Refusal {
  return refuse(error instanceof StoreError ? error.reason : "io-error", undefined, error);
}

/** Nothing read yet; an entry that `admit` is never asked about is absent. */
export function startReading(asked: Asked, rules: SealRules, believed?: BelievedHeads): Reading<ReadEntry> {
  const { admit, end } = startSealed((head, size) => judgeHead(head, size, asked, rules), asked, believed);
  const { signer, noteOldKey } = rules;
  return {
    admit,
    end(given) {
      const read = end(given);
      if (read.refused !== undefined) return read;
      const { opened, bytes } = read;
      if (signer !== undefined && signer.keyId !== opened.header.keyId) noteOldKey?.(opened.header);
      return inflate(opened, bytes);
    },
  };
}

function startSealed(judge: Judge, asked?: Asked, believed?: BelievedHeads): Reading<Sealed> {
  let judged: Opened | Refusal = refuse("absent");
  let shown: Uint8Array | undefined;
  let check: BodyCheck | undefined;
  let known = false;
  return {
    admit(head, size) {
      const before = asked === undefined ? undefined : believed?.get(head);
      if (before !== undefined && before.asked.kind === asked?.kind && before.asked.entry === asked.entry) {
        judged = before.opened;
        known = true;
        return true;
      }
      judged = judge(head, size);
      if (judged.refused !== undefined) return false;
      shown = head;
      check = checkBody(judged);
      return check.add;
    },
    end(bytes) {
      if (judged.refused !== undefined) return judged;
      const keyId = keyIdOf(judged.header);
      if (bytes === undefined) return refuse("io-error", keyId);
      const end = judged.bodyStart + Number(judged.header.storedLength);
      if (bytes.length < end) return refuse("truncated", keyId);
      if (bytes.length > end) return refuse("trailing-bytes", keyId);
      if (!known && check?.matches() !== true) return refuse("body-mismatch", keyId);
      if (asked !== undefined && shown !== undefined) believed?.set(shown, { asked, opened: judged });
      return { opened: judged, bytes };
    },
  };
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
    return troubleOf(error);
  }
  return found;
}

/** Judges the first bytes of an entry under these rules. */
export function judgeHead(head: Uint8Array, size: number, asked: Asked, rules: SealRules): Opened | Refusal {
  const { namespaceId, scheme, maxEntryBytes, signer, mayDecode } = rules;
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
export function keyIdOf(header: Pick<Header, "suite" | "keyId">): string | undefined {
  return header.suite === 0 ? undefined : shownKeyId(header.keyId);
}

/** The body as it was before it was compressed. */
export function inflate({ header, verified, bodyStart }: Opened, bytes: Uint8Array): ReadEntry | Refusal {
  const stored = bytes.subarray(bodyStart);
  try {
    const isPlain = header.compression === COMPRESSION.none;
    const body = isPlain ? stored : decompress(stored, Number(header.rawLength));
    // The header, and so the name in it, is what a key signs.
    return { header, verified, pinned: verified, size: bytes.length, body };
  } catch (error) {
    return refuse("decompress-failed", keyIdOf(header), error);
  }
}
