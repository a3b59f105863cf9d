/**
 * The store in a directory that says itself which kind it is: SQLite where a driver was there at its first use, else
 * files. Where it cannot be used by this process that is told as data, so that calls can run uncached; never by another cache.
 */
import { join } from "node:path";
import { ConfigError, StoreError } from "../errors.ts";
import { fileStore } from "../store/file/file.ts";
import { findDriver } from "../store/sqlite/driver.ts";
import { sqliteStore } from "../store/sqlite/sqlite.ts";
import type { SyncStore } from "../store/store.ts";
import { claimPlace, DATABASE, type PlaceKind, placeKind } from "./place-kind.ts";

/** A store that is open, or why it cannot be. */
export type PlaceStore =
  | { readonly kind: PlaceKind; readonly store: SyncStore }
  | { readonly kind: "unusable"; readonly problem: string };

/** How the entries are written. */
export interface PlaceOptions {
  readonly durability?: "process" | "power";
}

/** Opens the store in a directory, making it where there is none. Throws a `ConfigError` where no cache can lie there. */
export function openPlace(directory: string, options: PlaceOptions = {}): PlaceStore {
  const known = placeKind(directory);
  const missing = known === "file" ? undefined : missingDriver();
  const kind = known ?? claimPlace(directory, missing === undefined ? "sqlite" : "file");
  // What was there before there were marks gets one.
  if (typeof known === "string") claimPlace(directory, known);
  if (typeof kind === "object") return { kind: "unusable", problem: `the cache in ${directory}: ${kind.problem}` };
  if (kind === "file") return { kind, store: fileStore({ root: directory, ...options }) };
  if (missing === undefined) return usable(sqliteStore({ path: join(directory, DATABASE), ...options }), directory);
  return { kind: "unusable", problem: `the cache in ${directory} is a SQLite database, and ${missing}` };
}

/** A database that cannot be read at all is told of once, here, and not with every call. */
function usable(store: SyncStore, directory: string): PlaceStore {
  try {
    store.blobs.has("0".repeat(64));
    return { kind: "sqlite", store };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    store.close();
    return { kind: "unusable", problem: `no cache can be kept in ${directory}: ${error.message}` };
  }
}

/** Why there is no SQLite here, and what to install. */
function missingDriver(): string | undefined {
  try {
    findDriver();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replace(/^sqliteStore: /, "");
    throw error;
  }
}
