/**
 * The file-system calls that the file store makes, as one interface, so that tests can make the n-th of them fail. All
 * synchronous: for entries of a few KiB they are 35 to 50 times faster than promises.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  opendirSync,
  openSync,
  read,
  readSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** What the store asks of a file system; names and meanings are those of `node:fs`. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): number;
  close(descriptor: number): void;
  fstat(descriptor: number): Stats;
  fchmod(descriptor: number, mode: number): void;
  fsync(descriptor: number): void;
  read(descriptor: number, target: Uint8Array, offset: number, length: number): number;
  /** As `read`, from this place in the file, without blocking the thread. */
  readLater(descriptor: number, target: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  write(descriptor: number, source: Uint8Array, offset: number, length: number): number;
  /** Does not follow links; `undefined` where nothing is there. */
  lstat(path: string): Stats | undefined;
  /** Sets the time of last change, in milliseconds; does not follow links. */
  lutimes(path: string, atMs: number): void;
  realpath(path: string): string;
  chmod(path: string, mode: number): void;
  mkdir(path: string, mode: number, recursive?: boolean): void;
  /** Gives a file one more name; fails where something has that name already. */
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** The names in a directory, lazily, in no order. */
  names(path: string): Iterable<string>;
}

/**
 * Makes a directory with those above it. Node's own way never ends where nothing is there and nothing can be made, as in
 * Linux's `/proc`: each parent is there, and each child is not.
 */
function makeDirectories(path: string, mode: number): void {
  const make = (): void => {
    try {
      mkdirSync(path, { mode });
    } catch (error) {
      // Another process was faster.
      if (codeOf(error) !== "EEXIST" || !statSync(path).isDirectory()) throw error;
    }
  };
  try {
    make();
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || above === path) throw error;
    makeDirectories(above, mode);
    make();
  }
}

/** The real one. */
export const nodeFileSystem: FileSystem = {
  open: openSync,
  close: closeSync,
  fstat: (descriptor) => fstatSync(descriptor),
  fchmod: fchmodSync,
  fsync: fsyncSync,
  read: (descriptor, target, offset, length) => readSync(descriptor, target, offset, length, null),
  readLater: (descriptor, target, offset, length, position) => {
    return new Promise((resolve, reject) => {
      read(descriptor, target, offset, length, position, (error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  },
  write: (descriptor, source, offset, length) => writeSync(descriptor, source, offset, length),
  lstat: (path) => lstatSync(path, { throwIfNoEntry: false }),
  lutimes: (path, atMs) => lutimesSync(path, atMs / 1000, atMs / 1000),
  realpath: (path) => realpathSync(path),
  chmod: chmodSync,
  mkdir: (path, mode, recursive = false) => {
    if (recursive) makeDirectories(path, mode);
    else mkdirSync(path, { mode });
  },
  link: linkSync,
  rename: renameSync,
  unlink: unlinkSync,
  *names(path) {
    const directory = opendirSync(path);
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield entry.name;
    } finally {
      directory.closeSync();
    }
  },
};

/** The code of a failed call (`ENOENT`), or the empty text. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "";
}

/** What a failed call says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
