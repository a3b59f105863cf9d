/** A store that answers later: a synchronous one behind promises, as a store on a network is. */
import type { BlobStore, RecordStore, Store, SyncStore } from "../../src/store/store.ts";

export function asyncStore(store: SyncStore): Store & AsyncDisposable {
  const close = async (): Promise<void> => store.close();
  return {
    sync: false,
    private: store.private,
    location: store.location,
    blobs: delayed(store.blobs) as BlobStore,
    records: delayed(store.records) as RecordStore,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function delayed(shelf: object): object {
  return Object.fromEntries(
    Object.entries(shelf).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
      name,
      typeof method !== "function"
        ? method
        : ["list", "find", "findByTime"].includes(name)
          ? async function* (...args: unknown[]) {
              await Promise.resolve();
              yield* method(...args) as Iterable<string>;
            }
          : async (...args: unknown[]) => {
              await Promise.resolve();
              return method(...args);
            },
    ]),
  );
}
