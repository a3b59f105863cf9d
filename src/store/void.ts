/** The store that keeps nothing: everything misses, everything is accepted. For switching caching off. */
import { assertEntryName, assertEntryPrefix, type SyncStore } from "./store.ts";

/** A store that keeps nothing. */
export function voidStore(): SyncStore {
  const nothing = {
    get(name: string): undefined {
      assertEntryName(name);
    },
    put: assertEntryName,
    has(name: string): boolean {
      assertEntryName(name);
      return false;
    },
    delete(name: string): boolean {
      assertEntryName(name);
      return false;
    },
    list(prefix = ""): Iterable<string> {
      assertEntryPrefix(prefix);
      return [];
    },
    find: (): Iterable<string> => [],
  };
  const close = (): void => {
    // Nothing is open.
  };
  return { sync: true, private: true, blobs: nothing, records: nothing, close, [Symbol.dispose]: close };
}
