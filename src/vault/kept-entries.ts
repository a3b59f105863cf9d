/**
 * Entries whose seal was checked, kept in memory so that the next reader need not read and check them again: the bytes,
 * not the values, since everybody gets a value of their own. Only where that was asked for: what is changed or removed
 * in the store by others is not noticed as long as it is kept. The least recently used go first.
 */
import { type Header, KIND } from "../seal/header.ts";

/** An entry whose seal holds. */
export interface KeptEntry {
  readonly refused?: undefined;
  readonly header: Header;
  readonly body: Uint8Array;
  readonly verified: boolean;
}

/** Verified entries of one cache, by name. */
export interface KeptEntries {
  /** The entry, with a body of the reader's own. */
  get(kind: number, entry: string): KeptEntry | undefined;
  /** How often entries were dropped: what was read while that happened may be older than what is there now. */
  drops(): number;
  /** Keeps an entry that a key of ours vouched for, if there is room; `drops` is from before it was read. */
  keep(read: KeptEntry, drops: number): void;
  /** Forgets an entry, once it was replaced or removed. */
  drop(entry: string): void;
}

/** What an entry takes besides its body: its name, its header, its place in the map. */
const OVERHEAD = 500;

/** Nothing kept yet; at most so many bytes. */
export function keptEntries(maxBytes: number): KeptEntries {
  const kept = new Map<string, KeptEntry>();
  let bytes = 0;
  let drops = 0;
  const sizeOf = ({ body }: KeptEntry): number => body.length + OVERHEAD;
  const remove = (entry: string): void => {
    const read = kept.get(entry);
    if (read === undefined) return;
    kept.delete(entry);
    bytes -= sizeOf(read);
  };
  return {
    get(kind, entry) {
      const read = kept.get(entry);
      if (read === undefined || read.header.kind !== kind) return undefined;
      // Maps keep the order of insertion: the first one is the least recently used.
      kept.delete(entry);
      kept.set(entry, read);
      // Reading a record takes texts out of its bytes; of a value's they may become a part.
      return kind === KIND.record ? read : { ...read, body: copyOf(read.body) };
    },
    drops: () => drops,
    keep(read, before) {
      const { entry } = read.header;
      remove(entry);
      const size = sizeOf(read);
      if (!read.verified || size > maxBytes || before !== drops) return;
      for (const oldest of kept.keys()) {
        if (bytes + size <= maxBytes) break;
        remove(oldest);
      }
      const { header } = read;
      // Its fields are views of the whole entry.
      const own = { ...header, bodyHash: copyOf(header.bodyHash), namespaceId: copyOf(header.namespaceId) };
      kept.set(entry, { ...read, header: own, body: copyOf(read.body) });
      bytes += size;
    },
    drop(entry) {
      drops++;
      remove(entry);
    },
  };
}

/** Memory of its own, and no part of a longer entry. */
function copyOf(body: Uint8Array): Uint8Array {
  const copy = new Uint8Array(body.length);
  copy.set(body);
  return copy;
}
