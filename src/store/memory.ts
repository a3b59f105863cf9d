/** The store that lasts as long as the process: maps of bytes. For tests, and in front of slower stores. */
import {
  type Admit,
  assertEntryName,
  assertEntryPrefix,
  HEAD_SIZE,
  headOf,
  type Room,
  type SyncStore,
} from "./store.ts";

/**
 * A store in memory.
 *
 * @example
 * ```ts
 * import { memoryStore, valueStorage } from "fleche";
 * const values = valueStorage({ store: memoryStore(), keys: null });
 * values.load(values.save([1, 2, 3])); // [1, 2, 3]
 * ```
 */
export function memoryStore(): SyncStore {
  const blobs: Entries = new Map();
  const records: Entries = new Map();
  const used = new Map<string, number>();
  const close = (): void => {
    // Nothing is held open; the entries live as long as the store is referred to.
  };
  return {
    sync: true,
    private: true,
    blobs: { ...shelf(blobs), put: (name, bytes) => put(blobs, name, bytes) },
    records: {
      ...shelf(records),
      put: (name, bytes) => {
        put(records, name, bytes);
        used.set(name, Date.now());
      },
      delete(name) {
        assertEntryName(name);
        used.delete(name);
        return records.delete(name);
      },
      usedMs(name) {
        assertEntryName(name);
        return used.get(name);
      },
      noteUse(name, atMs) {
        assertEntryName(name);
        if (used.has(name)) used.set(name, atMs);
      },
      // No index: every record may match.
      find: () => list(records, ""),
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** An entry: bytes that nobody changes, and the one view of their beginning that readers are shown. */
interface Entry {
  readonly bytes: Uint8Array;
  readonly head: Uint8Array;
}

type Entries = Map<string, Entry>;

function entryOf(bytes: Uint8Array): Entry {
  return { bytes, head: headOf(bytes) };
}

function shelf(entries: Entries) {
  return {
    sameHeads: true,
    get(name: string, admit?: Admit, room?: Room): Uint8Array | undefined {
      assertEntryName(name);
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const { bytes, head } = entry;
      const verdict = admit === undefined || admit(head, bytes.length);
      if (verdict === false) return undefined;
      const rest = bytes.length > HEAD_SIZE ? room?.() : undefined;
      if (rest !== undefined) {
        const head = new Uint8Array(headOf(bytes));
        rest.set(bytes.subarray(HEAD_SIZE));
        for (const chunk of [head, rest]) if (typeof verdict === "function") verdict(chunk);
        return head;
      }
      // A copy of its own, never from Node's pool: what is decoded from it may be a view of it.
      const copy = Buffer.allocUnsafeSlow(bytes.length);
      copy.set(bytes);
      if (typeof verdict === "function") verdict(copy);
      return copy;
    },
    replace(name: string, seen: Uint8Array, bytes: Uint8Array): boolean {
      assertEntryName(name);
      const found = entries.get(name);
      if (found === undefined || Buffer.compare(found.bytes.subarray(0, seen.length), seen) !== 0) return false;
      entries.set(name, entryOf(bytes));
      return true;
    },
    has(name: string): boolean {
      assertEntryName(name);
      return entries.has(name);
    },
    delete(name: string): boolean {
      assertEntryName(name);
      return entries.delete(name);
    },
    list: (prefix = "") => list(entries, prefix),
  };
}

function put(entries: Entries, name: string, bytes: Uint8Array): void {
  assertEntryName(name);
  entries.set(name, entryOf(bytes));
}

function list(entries: ReadonlyMap<string, Entry>, prefix: string): Iterable<string> {
  assertEntryPrefix(prefix);
  return {
    *[Symbol.iterator]() {
      for (const name of entries.keys()) if (name.startsWith(prefix)) yield name;
    },
  };
}
