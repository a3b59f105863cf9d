/**
 * Entries whose seal was checked, kept in memory so that the next reader need not read and check them again: the bytes,
 * not the values, since everybody gets a value of their own. Only where that was asked for: what is changed or removed
 * in the store by others is not noticed as long as it is kept. The least recently used go first.
 */
import type { Body } from "../codec/codec.ts";
import type { Flow } from "../flow.ts";
import { KIND } from "../seal/header.ts";
import type { Refusal } from "../seal/open.ts";
import { lengthOf } from "./encoded.ts";
import type { Asked, EntryFormat, EntryShelf, ReadEntry } from "./entry-format.ts";

/** Verified entries of one cache, by name. */
export interface KeptEntries {
  /** The entry, with a body of the reader's own. */
  get(asked: Asked): ReadEntry | undefined;
  has(asked: Asked): boolean;
  /** How often entries were dropped: what was read while that happened may be older than what is there now. */
  drops(): number;
  /** Keeps an entry that a key of ours vouched for, if there is room; `drops` is from before it was read. */
  keep(asked: Asked, read: ReadEntry, drops: number): void;
  /** Forgets an entry, once it was replaced or removed. */
  drop(entry: string): void;
}

/** The same form of entries, serving those that are kept without looking into the store. */
export function keeping(format: EntryFormat, kept: KeptEntries): EntryFormat {
  const { start } = format;
  const noted = (asked: Asked, read: ReadEntry | Refusal, drops: number): ReadEntry | Refusal => {
    if (read.refused === undefined) kept.keep(asked, read, drops);
    return read;
  };
  return {
    ...format,
    keeps: kept.has,
    *read(shelf: EntryShelf, asked: Asked): Flow<ReadEntry | Refusal> {
      const drops = kept.drops();
      return kept.get(asked) ?? noted(asked, yield* format.read(shelf, asked), drops);
    },
    ...(start !== undefined && {
      start(asked: Asked) {
        const drops = kept.drops();
        const { end, ...how } = start(asked);
        return { ...how, end: (bytes: Uint8Array | undefined) => noted(asked, end(bytes), drops) };
      },
    }),
  };
}

/** What an entry takes besides its body: its name, its header, its place in the map. */
const OVERHEAD = 500;

interface Kept {
  readonly kind: number;
  readonly read: ReadEntry;
}

/** Nothing kept yet; at most so many bytes. */
export function keptEntries(maxBytes: number): KeptEntries {
  const kept = new Map<string, Kept>();
  let bytes = 0;
  let drops = 0;
  const sizeOf = (read: ReadEntry): number => lengthOf(read) + OVERHEAD;
  const remove = (entry: string): void => {
    const found = kept.get(entry);
    if (found === undefined) return;
    kept.delete(entry);
    bytes -= sizeOf(found.read);
  };
  return {
    has: ({ kind, entry }) => kept.get(entry)?.kind === kind,
    get({ kind, entry }) {
      const found = kept.get(entry);
      if (found === undefined || found.kind !== kind) return undefined;
      // Maps keep the order of insertion: the first one is the least recently used.
      kept.delete(entry);
      kept.set(entry, found);
      // Reading a record takes texts out of its bytes; of a value's they may become a part.
      return kind === KIND.record ? found.read : { ...found.read, ...copyOf(found.read) };
    },
    drops: () => drops,
    keep({ kind, entry }, read, before) {
      remove(entry);
      const size = sizeOf(read);
      if (!read.verified || size > maxBytes || before !== drops) return;
      for (const oldest of kept.keys()) {
        if (bytes + size <= maxBytes) break;
        remove(oldest);
      }
      // Other fields of a header may be views of the whole entry.
      const { suite, codec, storedLength, rawLength, createdMs, keyId } = read.header;
      const header = { suite, codec, storedLength, rawLength, createdMs, keyId };
      kept.set(entry, { kind, read: { ...read, header, ...copyOf(read) } });
      bytes += size;
    },
    drop(entry) {
      drops++;
      remove(entry);
    },
  };
}

/** Memory of its own, and no part of a longer entry. */
function copyOf({ body, tail }: Body): Body {
  const copy = new Uint8Array(body.length);
  copy.set(body);
  return { body: copy, tail: tail?.slice(0) };
}
