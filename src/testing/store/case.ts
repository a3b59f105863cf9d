/** The form of the conformance cases: each takes an empty store, tries one promise of the store interface, and throws. */
import type { Awaitable } from "../../flow.ts";
import type { Admit, Store } from "../../store/store.ts";
import { indexOf } from "../samples.ts";

/** One promise that every store keeps. */
export interface StoreCase {
  /** A sentence about behaviour; no two cases have the same one. */
  readonly title: string;
  /** Whether it holds of a store that keeps nothing too. */
  readonly holdsWhenNothingIsKept: boolean;
  /** Tries it on a store with nothing in it; throws an `AssertionError` where the promise is broken. */
  run(store: Store): Promise<void>;
}

/** Blobs or records, as far as they are the same. */
export interface Shelf {
  get(name: string, admit?: Admit): Awaitable<Uint8Array | undefined>;
  readonly sameHeads?: boolean;
  put(name: string, bytes: Uint8Array): Awaitable<void>;
  replace?(name: string, seen: Uint8Array, bytes: Uint8Array): Awaitable<boolean>;
  delete(name: string): Awaitable<boolean>;
  list(prefix?: string): Iterable<string> | AsyncIterable<string>;
}

/** The two shelves of a store; records are put with an index that means nothing. */
export function shelvesOf({ blobs, records }: Store): Readonly<Record<"blobs" | "records", Shelf>> {
  const { replace } = records;
  return {
    blobs,
    records: {
      get: (name, admit) => records.get(name, admit),
      ...(records.sameHeads === undefined ? {} : { sameHeads: records.sameHeads }),
      put: (name, bytes) => records.put(name, bytes, indexOf()),
      ...(replace === undefined ? {} : { replace: (name, seen, bytes) => replace.call(records, name, seen, bytes) }),
      delete: (name) => records.delete(name),
      list: (prefix) => records.list(prefix),
    },
  };
}

/** A case for blobs and one for records. */
export function onBothShelves(
  title: string,
  run: (shelf: Shelf) => Promise<void>,
  holdsWhenNothingIsKept = false,
): StoreCase[] {
  return (["blobs", "records"] as const).map((which) => ({
    title: `${which}: ${title}`,
    holdsWhenNothingIsKept,
    run: (store) => run(shelvesOf(store)[which]),
  }));
}

/** A case for the store as a whole. */
export function onStore(
  title: string,
  run: (store: Store) => Promise<void>,
  holdsWhenNothingIsKept = false,
): StoreCase {
  return { title, holdsWhenNothingIsKept, run };
}
