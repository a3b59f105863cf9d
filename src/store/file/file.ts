/**
 * The store in a directory: `values/ab/cd…` and `calls/ab/cd…`, one file an entry, readable by us alone. Safe for several
 * processes at once without the locks, which only keep calls from running twice: a file is replaced whole. Many small
 * entries cost a block each.
 */
import { join, resolve } from "node:path";
import { invalidArgument } from "../../errors.ts";
import { startReporter } from "../../observe/reporter.ts";
import { assertOptions } from "../../options.ts";
import type { SyncStore } from "../store.ts";
import { labelDirectory, prepareDirectory } from "./directory.ts";
import { fileLocks } from "./locks.ts";
import { fileShelf, isTemporaryName } from "./shelf.ts";
import { type FileSystem, nodeFileSystem } from "./system.ts";

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /** The directory; made with mode 0700 where it is missing. */
  readonly root: string;
  /** What an entry survives once it is put: a killed process (default), or also a power failure (slower). */
  readonly durability?: "process" | "power";
}

const README = `This directory is a cache made by fleche (https://www.npmjs.com/package/fleche).

values/  results and arguments of function calls, each named by its SHA-256 digest
calls/   records of calls, each named by the digest of its inputs
tmp/     files that are being written
locks/   who runs which call at the moment

Every file is whole or absent. All of it can be deleted at any time: the functions will run again.
Do not edit files here: a changed file is refused and its function runs again.
`;

/** How old a temporary file must be for its writer to be taken for dead. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * A store in a directory. Throws a `ConfigError` where `root` is something else than a directory; warns, and counts as
 * not private, where others can write to it.
 *
 * @example
 * ```ts
 * import { fileStore, valueStorage } from "fleche";
 * const values = valueStorage({ store: fileStore({ root: "./cache" }) });
 * ```
 */
export function fileStore(options: FileStoreOptions): SyncStore {
  return fileStoreOn(nodeFileSystem, options);
}

/** As {@link fileStore}, on a file system of the caller's. */
export function fileStoreOn(files: FileSystem, options: FileStoreOptions): SyncStore {
  assertOptions("fileStore", options, ["root", "durability"]);
  const { root, durability = "process" } = options;
  if (typeof root !== "string" || root === "" || root.includes("\0")) {
    throw invalidArgument(`fileStore: root must be the path of a directory; found ${JSON.stringify(root)}`);
  }
  if (durability !== "process" && durability !== "power") {
    throw invalidArgument(`fileStore: durability must be "process" or "power"; found ${JSON.stringify(durability)}`);
  }
  const { path, exposed } = prepareDirectory(resolve(root), files);
  labelDirectory(path, README, files);
  if (exposed !== undefined) startReporter().warn("not-private", `the cache directory ${path} ${exposed}`);
  removeAbandoned(join(path, "tmp"), files);
  const shelf = (folder: string) =>
    fileShelf({ root: path, folder, temporary: "tmp", durable: durability === "power", files });
  const records = shelf("calls");
  const locks = fileLocks(path, { files });
  // No file stays open between calls.
  const close = locks.close;
  return {
    sync: true,
    private: exposed === undefined,
    location: path,
    blobs: shelf("values"),
    // No index: every record may match.
    records: { ...records, find: () => records.list() },
    lock: locks.take,
    close,
    [Symbol.dispose]: close,
  };
}

/** Removes the temporary files of writers that were killed. */
export function removeAbandoned(directory: string, files: FileSystem): void {
  try {
    // A link leads to files that are not ours; so does a name that we did not make.
    if (files.lstat(directory)?.isDirectory() !== true) return;
    for (const name of files.names(directory)) {
      const path = join(directory, name);
      const stats = isTemporaryName(name) ? files.lstat(path) : undefined;
      if (stats?.isFile() === true && Date.now() - stats.mtimeMs > ABANDONED_MS) files.unlink(path);
    }
  } catch {
    // Nothing was ever written, or another process is removing them; they will be looked at again.
  }
}
