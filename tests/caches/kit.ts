/** Caches to combine in tests, without keys of the environment, on stores that can be looked into. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type AsyncCache, type Cache, type CacheOptions, openCache } from "../../src/cache.ts";
import { type Fleche, fleche } from "../../src/fleche.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { asyncStore } from "../conformance/async-store.ts";

export const KEY = "00112233445566778899aabbccddeeff".repeat(2);

type More = Omit<CacheOptions, "store">;

/** A cache without keys on a store; in memory where none is given. */
export function opened(store: SyncStore = memoryStore(), more: More = {}): Cache {
  return openCache({ store, keys: null, ...more });
}

/** As {@link opened}, answering with promises. */
export function openedLater(store: SyncStore = memoryStore(), more: More = {}): AsyncCache {
  return openCache({ store: asyncStore(store), keys: null, ...more }) as AsyncCache;
}

/** An empty directory of this test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleche-caches-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file store of this test. */
export function files(): SyncStore {
  return fileStore({ root: folder() });
}

/** A function that counts its runs. */
export interface Counted {
  readonly fn: Fleche<(x: number) => number>;
  runs(): number;
}

/** A cached square in this cache; `runs` tells how often it was computed. */
export function counted(cache: Cache, name = "square"): Counted {
  let runs = 0;
  const fn = fleche(
    (x: number) => {
      runs++;
      return x * x + 0.5;
    },
    { cache, name, version: 1 },
  );
  return { fn, runs: () => runs };
}

/** As {@link counted}, asynchronous. */
export function countedLater(cache: Cache | AsyncCache, name = "square") {
  let runs = 0;
  const fn = fleche(
    async (x: number) => {
      runs++;
      return x * x + 0.5;
    },
    { cache, name, version: 1 },
  );
  return { fn, runs: () => runs };
}
