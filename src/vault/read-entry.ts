/**
 * Reads one envelope: the steps from a name to a body that may be decoded, each ending in the body or in the reason why
 * not. The store reads on only when the header was believed, and the body is hashed while it arrives.
 */
import { decompress } from "../codec/compression.ts";
import { StoreError } from "../errors.ts";
import { type Choice, chosen, type Flow, isPending, settled } from "../flow.ts";
import { COMPRESSION, type Header } from "../seal/header.ts";
import { shownKeyId } from "../seal/key-ring.ts";
import { type BodyCheck, checkBody, type Opened, openHead, type Refusal, refuse } from "../seal/open.ts";
import type { Admit, Room } from "../store/store.ts";
import { type Believed, type BelievedHeads, believedAs, countedBody } from "./believed-heads.ts";
import type { Asked, EntryShelf, FoundHead, ReadEntry, Reading, SealRules } from "./entry-format.ts";

/** An entry as it lies in the store, whose seal holds and whose body is the one that was sealed. */
export interface Sealed {
  readonly refused?: undefined;
  readonly opened: Opened;
  /** Header, tag and body, but for its tail; the reader's own. */
  readonly bytes: Uint8Array;
  readonly tail?: ArrayBuffer | undefined;
}

/** Who judges the first bytes of an entry. */
type Judge = (head: Uint8Array, size: number) => Opened | Refusal;

/** What is larger is read without blocking anybody, where nobody is to be blocked and the store can: it takes over 0.5 ms. */
const LARGE = 1 << 20;

/** The entry, or why it is not served. Never throws for anything that lies in the store. */
export function readEntry(
  shelf: EntryShelf,
  asked: Asked,
  rules: SealRules,
  believed?: BelievedHeads,
): Flow<ReadEntry | Refusal> {
  return finish(shelf, asked, () => startReading(asked, rules, shelf.sameHeads === true ? believed : undefined));
}

/** The entry as it lies there, once `judge` believed its header; or why it is not served. */
export function readSealed(shelf: EntryShelf, asked: Asked, judge: Judge): Flow<Sealed | Refusal> {
  return finish(shelf, asked, () => startSealed(judge));
}

function* finish<T>(shelf: EntryShelf, { entry }: Asked, start: () => Reading<T>): Flow<T | Refusal> {
  let reading = start();
  let bytes: Uint8Array | undefined;
  try {
    if (shelf.getLater === undefined) {
      const got = shelf.get(entry, reading.admit, reading.room);
      bytes = isPending(got) ? yield* settled(got) : got;
    } else {
      let isLarge = false;
      const got = shelf.get(
        entry,
        (head, size) => {
          const verdict = reading.admit(head, size);
          isLarge = verdict !== false && size > LARGE;
          return !isLarge && verdict;
        },
        reading.room,
      );
      bytes = isPending(got) ? yield* settled(got) : got;
      if (isLarge) {
        // Judged anew, as it is opened anew: by now it may be another entry, or none.
        reading = start();
        bytes = yield* chosen(inEitherWay(shelf as Required<EntryShelf>, entry, reading));
      }
    }
  } catch (error) {
    return troubleOf(error);
  }
  return reading.end(bytes);
}

/** The whole reading, either way. */
function inEitherWay(
  shelf: Required<EntryShelf>,
  entry: string,
  { admit, room }: Reading<unknown>,
): Choice<Uint8Array | undefined> {
  return {
    // Only synchronous stores have both.
    now: () => shelf.get(entry, admit, room) as Uint8Array | undefined,
    later: () => shelf.getLater(entry, admit, room),
  };
}

/** What a store's error says of an entry. */
export function troubleOf(error: unknown): Refusal {
  return refuse(error instanceof StoreError ? error.reason : "io-error", undefined, error);
}

/** Nothing read yet; an entry that `admit` is never asked about is absent. */
export function startReading(asked: Asked, rules: SealRules, believed?: BelievedHeads): Reading<ReadEntry> {
  const judge: Judge = (head, size) => judgeHead(head, size, asked, rules);
  const { admit, room, end } = startSealed(judge, rules.decoder, believed && believedAs(asked, believed));
  const { signer, noteOldKey } = rules;
  return {
    admit,
    room,
    end(given) {
      const read = end(given);
      if (read.refused !== undefined) return read;
      const { opened, bytes, tail } = read;
      if (signer !== undefined && signer.keyId !== opened.header.keyId) noteOldKey?.(opened.header);
      return inflate(opened, bytes, tail);
    },
  };
}

/** With `decoder`, the bytes of a value that are its memory are brought apart from the others. */
function startSealed(
  judge: Judge,
  decoder?: SealRules["decoder"],
  believed?: Believed,
): Reading<Sealed> & { readonly room: Room } {
  let judged: Opened | Refusal = refuse("absent");
  let shown: Uint8Array = NOTHING;
  let check: BodyCheck | undefined;
  let known = false;
  let frame: Uint8Array | undefined;
  let tail: ArrayBuffer | undefined;
  return {
    admit(head, size) {
      const before = believed?.of(head);
      known = before !== undefined;
      judged = before ?? judge(head, size);
      if (judged.refused !== undefined) return false;
      shown = head;
      check = known ? countedBody() : checkBody(judged);
      return check.add;
    },
    room() {
      if (judged.refused !== undefined || decoder === undefined) return undefined;
      const start = tailStart(judged, shown, decoder);
      if (start === undefined) return undefined;
      const end = judged.bodyStart + Number(judged.header.storedLength);
      frame = shown.subarray(0, start);
      // Not cleared: nobody sees it before it is filled and its hash is right.
      tail = Buffer.allocUnsafeSlow(end - start).buffer;
      const known = shown.subarray(start);
      new Uint8Array(tail).set(known);
      return new Uint8Array(tail, known.length);
    },
    end(bytes) {
      if (judged.refused !== undefined) return judged;
      const keyId = keyIdOf(judged.header);
      if (bytes === undefined || check === undefined) return refuse("io-error", keyId);
      const end = judged.bodyStart + Number(judged.header.storedLength);
      const length = tail === undefined ? bytes.length : check.length();
      if (length < end) return refuse("truncated", keyId);
      if (length > end) return refuse("trailing-bytes", keyId);
      if (!check.matches()) return refuse("body-mismatch", keyId);
      if (!known) believed?.add(shown, judged);
      return { opened: judged, bytes: frame ?? bytes, tail };
    },
  };
}

const NOTHING = new Uint8Array(0);

/**
 * Where in an entry begins what is to be its value's memory, if in the bytes that were shown. Of the body nothing is verified
 * yet: it is only looked at for where it may go, all of it within the length that was signed.
 */
function tailStart(
  { header, bodyStart }: Opened,
  shown: Uint8Array,
  decoder: SealRules["decoder"],
): number | undefined {
  if (header.compression !== COMPRESSION.none) return undefined;
  const at = decoder(header.codec)?.tailAt?.(shown.subarray(bodyStart), Number(header.storedLength));
  return at === undefined || bodyStart + at > shown.length ? undefined : bodyStart + at;
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

/** The body as it was before it was compressed; a body with a tail was not. */
export function inflate(
  { header, verified, bodyStart }: Opened,
  bytes: Uint8Array,
  tail?: ArrayBuffer,
): ReadEntry | Refusal {
  const stored = bytes.subarray(bodyStart);
  const size = bytes.length + (tail?.byteLength ?? 0);
  try {
    const isPlain = header.compression === COMPRESSION.none;
    const body = isPlain ? stored : decompress(stored, Number(header.rawLength));
    // The header, and so the name in it, is what a key signs.
    return { header, verified, pinned: verified, size, body, tail };
  } catch (error) {
    return refuse("decompress-failed", keyIdOf(header), error);
  }
}
