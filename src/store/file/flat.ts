/**
 * The store in a directory that a Python program shares: one file an entry, side by side under its full name, values and
 * calls in directories of their own. Nothing else that a program which lists the directory would take for an entry is put
 * there: no label, and files that are being written lie in a hidden folder.
 */
import { join, resolve } from "node:path";
import { ConfigError } from "../../errors.ts";
import { startReporter } from "../../observe/reporter.ts";
import type { SyncRecordStore, SyncStore } from "../store.ts";
import { voidStore } from "../void.ts";
import { prepareDirectory } from "./directory.ts";
import { removeAbandoned } from "./file.ts";
import { fileShelf, type Shelf } from "./shelf.ts";
import { type FileSystem, nodeFileSystem } from "./system.ts";

/** Where the entries lie; without `calls`, none are kept. */
export interface FlatDirectories {
  readonly values: string;
  readonly calls?: string | undefined;
  /** The directory that people know it by. Default: that of the values. */
  readonly location?: string | undefined;
  /** What an entry survives once it is put: a killed process, or also a power failure. */
  readonly durability: "process" | "power";
}

const TEMPORARY = ".fleche-tmp";

/** The store over these directories. */
export function flatStore(where: FlatDirectories, files: FileSystem = nodeFileSystem): SyncStore {
  const { durability } = where;
  let isPrivate = true;
  const shelf = (directory: string): Shelf => {
    const { path, exposed } = prepareDirectory(resolve(directory), files);
    if (exposed !== undefined) {
      isPrivate = false;
      startReporter().warn("not-private", `the cache directory ${path} ${exposed}`);
    }
    removeAbandoned(join(path, TEMPORARY), files);
    return fileShelf({ root: path, temporary: TEMPORARY, durable: durability === "power", files });
  };
  if (where.calls !== undefined && resolve(where.calls) === resolve(where.values)) {
    throw new ConfigError(`values and calls cannot lie in one directory (${resolve(where.values)}); give two`);
  }
  const blobs = shelf(where.values);
  const close = (): void => {
    // No file stays open between calls.
  };
  const records = where.calls === undefined ? voidStore().records : recordsOn(shelf(where.calls));
  const location = resolve(where.location ?? where.values);
  return { sync: true, private: isPrivate, location, blobs, records, close, [Symbol.dispose]: close };
}

/** No index: every record may match. */
function recordsOn(shelf: Shelf): SyncRecordStore {
  return { ...shelf, find: () => shelf.list() };
}
