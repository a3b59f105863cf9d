/**
 * Named files in one folder of the cache directory, sharded by the first two characters of their names or side by side.
 * Written whole into a folder for it and renamed, so that whoever reads sees all of an entry or none; no link is followed
 * at an entry.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../../errors.ts";
import { type Admit, assertEntryName, assertEntryPrefix, isEntryName, type Room } from "../store.ts";
import { closing, closingLater, fill, openForReading, readOpened, readOpenedLater } from "./opened.ts";
import { codeOf, type FileSystem } from "./system.ts";
import { asStoreError, isAbsence, notDirectory } from "./trouble.ts";

/** Where the files lie and how they are written. */
export interface ShelfOptions {
  /** The cache directory. */
  readonly root: string;
  /** Name of the folder in it with the files, sharded; none where the files lie in the directory itself, side by side. */
  readonly folder?: string;
  /** Name of the folder in it for files that are being written. */
  readonly temporary: string;
  /** Whether what was written survives a power failure, not only a killed process. */
  readonly durable: boolean;
  readonly files: FileSystem;
}

/** Files by name. */
export interface Shelf {
  get(name: string, admit?: Admit, room?: Room): Uint8Array | undefined;
  getLater(name: string, admit?: Admit, room?: Room): Promise<Uint8Array | undefined>;
  put(name: string, bytes: Uint8Array): void;
  putPieces(name: string, pieces: readonly Uint8Array[]): void;
  /** As a store's; others can write between the last look and the renaming, some ten microseconds. */
  replace(name: string, seen: Uint8Array, bytes: Uint8Array): boolean;
  has(name: string): boolean;
  delete(name: string): boolean;
  list(prefix?: string): Iterable<string>;
  /** When the file was last written, or noted as used; `undefined` where there is none. */
  usedMs(name: string): number | undefined;
  noteUse(name: string, atMs: number): void;
}

const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** The files in one folder. */
export function fileShelf(options: ShelfOptions): Shelf {
  const { root, folder, files } = options;
  const home = folder === undefined ? root : join(root, folder);
  const temporaries = join(root, options.temporary);
  const shardOf = (name: string): string => (folder === undefined ? home : join(home, name.slice(0, 2)));
  const pathOf = (name: string): string => join(shardOf(name), folder === undefined ? name : name.slice(2));
  const inner = (name: string): readonly string[] => (folder === undefined ? [] : [home, shardOf(name)]);

  /**
   * Failing to open takes five times as long as a look, for the error that is made. A call that is new looks for its record,
   * its arguments and its result in vain, one after the other; what was found is mostly followed by what is there.
   */
  let missing = false;
  const open = (path: string): number | undefined => {
    if (missing && isMissing(path, files)) return undefined;
    const descriptor = openForReading(path, files);
    missing = descriptor === undefined;
    return descriptor;
  };

  /** Writes an entry whole, and puts it in its place unless `ready` is against it. */
  const write = (name: string, pieces: readonly Uint8Array[], ready: (temporary: string) => boolean): boolean => {
    const temporary = join(temporaries, temporaryName());
    try {
      for (const directory of [temporaries, ...inner(name)]) ensureDirectory(directory, options);
      writeTemporary(temporary, pieces, options);
      if (ready(temporary)) files.rename(temporary, pathOf(name));
      else {
        files.unlink(temporary);
        return false;
      }
    } catch (error) {
      removeQuietly(temporary, files);
      throw asStoreError(error, "write", pathOf(name));
    }
    if (options.durable) syncDirectory(shardOf(name), pathOf(name), files);
    return true;
  };

  return {
    get(name, admit, room) {
      assertEntryName(name);
      const path = pathOf(name);
      const descriptor = open(path);
      if (descriptor === undefined) return undefined;
      try {
        return closing(descriptor, files, () => readOpened(descriptor, path, files, admit, room));
      } catch (error) {
        throw asStoreError(error, "read", path);
      }
    },
    async getLater(name, admit, room) {
      assertEntryName(name);
      const path = pathOf(name);
      const descriptor = open(path);
      if (descriptor === undefined) return undefined;
      try {
        return await closingLater(descriptor, files, () => readOpenedLater(descriptor, path, files, admit, room));
      } catch (error) {
        throw asStoreError(error, "read", path);
      }
    },
    put(name, bytes) {
      assertEntryName(name);
      write(name, [bytes], () => true);
    },
    putPieces(name, pieces) {
      assertEntryName(name);
      write(name, pieces, () => true);
    },
    replace(name, seen, bytes) {
      assertEntryName(name);
      if (!beginsWith(pathOf(name), seen, files)) return false;
      return write(name, [bytes], (temporary) => {
        // The time of last change says when a record was used.
        const usedMs = files.lstat(pathOf(name))?.mtimeMs;
        if (usedMs !== undefined) files.lutimes(temporary, usedMs);
        return beginsWith(pathOf(name), seen, files);
      });
    },
    has(name) {
      assertEntryName(name);
      try {
        return files.lstat(pathOf(name))?.isFile() === true;
      } catch (error) {
        if (isAbsence(error)) return false;
        throw asStoreError(error, "look at", pathOf(name));
      }
    },
    delete(name) {
      assertEntryName(name);
      try {
        // A folder that is a link leads to files that are not ours.
        for (const directory of inner(name)) {
          if (files.lstat(directory)?.isSymbolicLink() === true) throw notDirectory(directory);
        }
        files.unlink(pathOf(name));
        return true;
      } catch (error) {
        if (isAbsence(error)) return false;
        throw asStoreError(error, "remove", pathOf(name));
      }
    },
    usedMs(name) {
      assertEntryName(name);
      try {
        return files.lstat(pathOf(name))?.mtimeMs;
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw asStoreError(error, "look at", pathOf(name));
      }
    },
    noteUse(name, atMs) {
      assertEntryName(name);
      try {
        files.lutimes(pathOf(name), atMs);
      } catch (error) {
        if (!isAbsence(error)) throw asStoreError(error, "note the use of", pathOf(name));
      }
    },
    list(prefix = "") {
      assertEntryPrefix(prefix);
      const listed = folder === undefined ? listFlat : listSharded;
      return { [Symbol.iterator]: () => listed(home, prefix, files) };
    },
  };
}

function temporaryName(): string {
  return `${process.pid}-${randomBytes(8).toString("hex")}`;
}

/** Whether a writer of ours gave a file this name. */
export function isTemporaryName(name: string): boolean {
  return /^\d+-[0-9a-f]{16}$/.test(name);
}

function isMissing(path: string, files: FileSystem): boolean {
  try {
    return files.lstat(path) === undefined;
  } catch {
    // Whoever opens it says why.
    return false;
  }
}

/** Whether something lies there whose first bytes are these. */
function beginsWith(path: string, bytes: Uint8Array, files: FileSystem): boolean {
  const descriptor = openForReading(path, files);
  if (descriptor === undefined) return false;
  try {
    return closing(descriptor, files, () => {
      const head = Buffer.alloc(bytes.length);
      return fill(descriptor, head, 0, head.length, files) === head.length && head.equals(bytes);
    });
  } catch (error) {
    throw asStoreError(error, "read", path);
  }
}

/** A directory of ours under the root, made where it is missing; a link there is refused, as it leads elsewhere. */
export function ensureDirectory(
  path: string,
  { root, durable, files }: Pick<ShelfOptions, "root" | "durable" | "files">,
): void {
  const stats = files.lstat(path);
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw notDirectory(path);
  try {
    if (files.lstat(root) === undefined) files.mkdir(root, 0o700, true);
    files.mkdir(path, 0o700);
    // Whatever the umask took away.
    files.chmod(path, 0o700);
    // A new folder lasts once the one above it is on the disk.
    if (durable) syncDirectory(dirname(path), path, files);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function writeTemporary(path: string, pieces: readonly Uint8Array[], { durable, files }: ShelfOptions): void {
  const descriptor = files.open(path, WRITE_FLAGS, 0o600);
  closing(descriptor, files, () => {
    // Whatever the umask took away.
    files.fchmod(descriptor, 0o600);
    for (const bytes of pieces) {
      for (let at = 0; at < bytes.length; ) {
        const written = files.write(descriptor, bytes, at, bytes.length - at);
        if (written === 0) throw new StoreError(`nothing more can be written to ${path}`);
        at += written;
      }
    }
    if (durable) files.fsync(descriptor);
  });
}

/** Makes a rename survive a power failure. */
function syncDirectory(directory: string, path: string, files: FileSystem): void {
  try {
    const descriptor = files.open(directory, constants.O_RDONLY);
    closing(descriptor, files, () => files.fsync(descriptor));
  } catch (error) {
    throw asStoreError(error, "make durable", path);
  }
}

function removeQuietly(path: string, files: FileSystem): void {
  try {
    files.unlink(path);
  } catch {
    // It was never made, or the disk is gone; what is left is removed by age when the store is opened again.
  }
}

function* listFlat(home: string, prefix: string, files: FileSystem): Generator<string> {
  const isListed = (name: string): boolean => isEntryName(name) && name.startsWith(prefix);
  for (const name of namesIn(home, files)) if (isListed(name)) yield name;
}

function* listSharded(home: string, prefix: string, files: FileSystem): Generator<string> {
  const shards = prefix.length >= 2 ? [prefix.slice(0, 2)] : namesIn(home, files);
  for (const shard of shards) {
    if (!/^[0-9a-f]{2}$/.test(shard) || !shard.startsWith(prefix.slice(0, 2))) continue;
    for (const rest of namesIn(join(home, shard), files)) {
      const name = shard + rest;
      if (isEntryName(name) && name.startsWith(prefix)) yield name;
    }
  }
}

/** The names in a directory; none where it is missing. */
function* namesIn(path: string, files: FileSystem): Generator<string> {
  try {
    yield* files.names(path);
  } catch (error) {
    if (!isAbsence(error)) throw asStoreError(error, "list", path);
  }
}
