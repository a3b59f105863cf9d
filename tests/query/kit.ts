/** Caches of every kind with a few calls in them, and ways to spoil entries. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AsyncCache, type Cache, fileStore, fleche, memoryStore, openCache, type SyncStore } from "fleche";
import { sqliteStore } from "fleche/sqlite";
import { onTestFinished } from "vitest";
import { CALLS, type CallCache } from "../../src/engine/call-cache.ts";
import { runAsync } from "../../src/flow.ts";
import { query } from "../../src/query/query.ts";
import type { AsyncQuery, Query } from "../../src/query/query-type.ts";
import type { Selection } from "../../src/query/selection.ts";
import type { CallRecord } from "../../src/record/call-record.ts";
import { asyncStore } from "../conformance/async-store.ts";

export const KEY = "0123456789abcdef".repeat(4);

/** A folder for one test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleche-query-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Stores to search in, each empty. */
export const STORES: Readonly<Record<string, () => SyncStore>> = {
  memory: memoryStore,
  file: () => fileStore({ root: folder() }),
  sqlite: () => {
    const store = sqliteStore({ path: join(folder(), "cache.db") });
    onTestFinished(() => store.close());
    return store;
  },
};

/** Names of all kinds of caches, and a maker for each. */
export const KINDS: readonly (readonly [name: string, open: () => Cache | AsyncCache])[] = [
  ...Object.entries(STORES).map(
    ([name, store]) => [name, () => openCache({ store: store(), secretKey: KEY })] as const,
  ),
  ["async", () => openCache({ store: asyncStore(memoryStore()), secretKey: KEY })],
];

export function memoryCache(): Cache {
  return openCache({ store: memoryStore(), secretKey: KEY });
}

export function callsIn(cache: Cache | AsyncCache): CallCache {
  return cache[CALLS];
}

/** A search in a cache that is synchronous. */
export function search(cache: Cache, selection?: Selection): Query {
  return query(cache[CALLS], selection) as Query;
}

/** A search in any cache, as one whose terminals are awaited. */
export function searchAny(cache: Cache | AsyncCache, selection?: Selection): AsyncQuery {
  return query(cache[CALLS], selection) as AsyncQuery;
}

/** A digest that names nothing. */
export function noDigest(i: number): string {
  return i.toString(16).padStart(64, "0");
}

/** Stores a call with these fields, as if a function had been run; gives its lookup key. */
export async function putCall(
  cache: Cache | AsyncCache,
  about: { readonly args?: Readonly<Record<string, unknown>>; readonly result?: unknown } & Partial<
    Omit<CallRecord, "arguments" | "result">
  >,
): Promise<string> {
  const { args = {}, result = "result", ...fields } = about;
  const saved = async (value: unknown): Promise<string> => String(await cache.save(value));
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(args)) pairs.push([name, await saved(value)]);
  const record: CallRecord = {
    name: "simulate",
    module: null,
    version: null,
    codeDigest: noDigest(1),
    identity: "closure",
    arguments: pairs,
    rest: null,
    result: await saved(result),
    async: false,
    startedMs: 1_700_000_000_000,
    durationMs: 12.5,
    parent: null,
    parts: [],
    tags: [],
    metadata: {},
    ...fields,
  };
  const { lookupKeyOf } = await import("../../src/record/call-record.ts");
  const lookupKey = lookupKeyOf(record, cache[CALLS].numbers);
  await runAsync(cache[CALLS].saveRecord(lookupKey, record));
  return lookupKey;
}

/** Flips a bit of an entry. */
export function spoil(store: SyncStore, shelf: "blobs" | "records", name: string): void {
  const bytes = store[shelf].get(name) as Uint8Array;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  if (shelf === "blobs") store.blobs.put(name, bytes);
  else
    store.records.put(name, bytes, {
      name: "simulate",
      module: null,
      version: null,
      codeDigest: null,
      arguments: [],
      result: name,
      tags: [],
      parent: null,
      startedMs: 0,
    });
}

/** A function whose calls are kept in this cache. */
export function square(cache: Cache) {
  return fleche((x: number) => x * x, { cache, name: "square", version: 1, module: "maths" });
}
