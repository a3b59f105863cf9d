/** Stores for tests of value storages: one that counts what is asked of it, and one that lets every caller wait. */
import { StoreError } from "../../src/errors.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store, SyncStore } from "../../src/store/store.ts";

/** A store in memory that counts its calls, whose bytes can be changed, and that can be made to fail. */
export interface WatchedStore extends SyncStore {
  readonly calls: { get: number; put: number; delete: number };
  /** Changes an entry's bytes as somebody who can write to the store might. */
  alter(name: string, change: (bytes: Buffer) => Uint8Array): void;
  /** While set, every call fails. */
  down: boolean;
}

/** See {@link WatchedStore}. */
export function watchedStore(options: { private?: boolean } = {}): WatchedStore {
  const store = memoryStore();
  const calls = { get: 0, put: 0, delete: 0 };
  const watched: WatchedStore = {
    ...store,
    private: options.private ?? true,
    calls,
    down: false,
    alter(name, change) {
      store.blobs.put(name, change(Buffer.from(store.blobs.get(name) as Uint8Array)));
    },
    blobs: {
      ...store.blobs,
      get(name, admit) {
        calls.get++;
        up();
        return store.blobs.get(name, admit);
      },
      put(name, bytes) {
        calls.put++;
        up();
        store.blobs.put(name, bytes);
      },
      delete(name) {
        calls.delete++;
        up();
        return store.blobs.delete(name);
      },
    },
  };
  const up = (): void => {
    if (watched.down) throw new StoreError("the store is down");
  };
  return watched;
}

/** The same store behind promises; `open` tells how many listings were begun and not ended. */
export function asyncStore(store: SyncStore): Store & { readonly open: () => number } {
  let open = 0;
  const soon = async <T>(act: () => T): Promise<T> => {
    await Promise.resolve();
    return act();
  };
  const list = (names: () => Iterable<string>): AsyncIterable<string> => ({
    async *[Symbol.asyncIterator]() {
      open++;
      try {
        for (const name of names()) yield soon(() => name);
      } finally {
        open--;
      }
    },
  });
  const { blobs, records } = store;
  return {
    sync: false,
    private: store.private,
    open: () => open,
    blobs: {
      get: (name, admit) => soon(() => blobs.get(name, admit)),
      put: (name, bytes) => soon(() => blobs.put(name, bytes)),
      has: (name) => soon(() => blobs.has(name)),
      delete: (name) => soon(() => blobs.delete(name)),
      list: (prefix) => list(() => blobs.list(prefix)),
    },
    records: {
      get: (name, admit) => soon(() => records.get(name, admit)),
      put: (name, bytes, index) => soon(() => records.put(name, bytes, index)),
      delete: (name) => soon(() => records.delete(name)),
      list: (prefix) => list(() => records.list(prefix)),
      find: (filter) => list(() => records.find(filter)),
    },
    close: () => soon(() => store.close()),
  };
}
