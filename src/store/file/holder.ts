/**
 * What stands in a lock file: who holds it. Every lock of a thread is one more name of one file with this text, so taking
 * one is a single system call and no lock is ever seen half written. Anybody may have written what is read here.
 */
import { constants } from "node:fs";
import { StoreError } from "../../errors.ts";
import type { ProcessName } from "./process.ts";
import { codeOf, type FileSystem, messageOf } from "./system.ts";

/** Who holds locks: one thread of a process, through one store. */
export interface Holder extends ProcessName {
  readonly id: string;
  readonly thread: string;
  /** Whether the locks with this text were taken over from the dead. */
  readonly heir: boolean;
}

/** A file that tells of a holder. */
export interface HolderFile {
  /** `undefined` where the text is none of ours: cut by a power failure, or somebody's. */
  readonly holder: Holder | undefined;
  /** Tells this file from another of the same name. */
  readonly inode: string;
  /** Changes while a holder on another machine lives. */
  readonly changedMs: number;
}

/** More than any of ours takes. */
const MOST_BYTES = 4096;

const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

const FORMAT = "fleche-lock-1";

/** Writes a new file; what it is told apart by. */
export function writeHolder(path: string, holder: Holder, files: FileSystem): string {
  const { id, host, boot, space, pid, start, thread, heir } = holder;
  writeFile(path, JSON.stringify([FORMAT, id, host, boot, space, pid, start, thread, heir]), files);
  const stats = files.lstat(path);
  if (stats === undefined) throw new StoreError(`${path} was removed while it was made`);
  return inodeOf(stats);
}

/** Writes a new file, readable by us alone. */
export function writeFile(path: string, text: string, files: FileSystem): void {
  const descriptor = files.open(path, WRITE_FLAGS, 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      const written = files.write(descriptor, bytes, at, bytes.length - at);
      if (written === 0) throw new StoreError(`nothing more can be written to ${path}`);
      at += written;
    }
  } finally {
    files.close(descriptor);
  }
}

/** `undefined` where there is no such file. Throws a `StoreError` for what is no regular file. */
export function readHolder(path: string, files: FileSystem): HolderFile | undefined {
  const read = readText(path, MOST_BYTES, files);
  return read === undefined ? undefined : { ...read, holder: parseHolder(read.text) };
}

/** A small text and what tells its file from others; no text where there are more bytes than `most`. */
export function readText(
  path: string,
  most: number,
  files: FileSystem,
): { readonly text: string; readonly inode: string; readonly changedMs: number } | undefined {
  let descriptor: number;
  try {
    if (constants.O_NOFOLLOW === undefined && files.lstat(path)?.isSymbolicLink() === true) throw notRegular(path);
    // Opened anew each time: only then does a network file system ask its server.
    descriptor = files.open(path, READ_FLAGS);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (["ELOOP", "EMLINK", "ENXIO"].includes(codeOf(error))) throw notRegular(path);
    throw error;
  }
  try {
    const stats = files.fstat(descriptor);
    if (!stats.isFile()) throw notRegular(path);
    const bytes = Buffer.alloc(stats.size > most ? 0 : stats.size);
    const length = bytes.length === 0 ? 0 : files.read(descriptor, bytes, 0, bytes.length);
    return { text: bytes.toString("utf8", 0, length), inode: inodeOf(stats), changedMs: stats.mtimeMs };
  } finally {
    files.close(descriptor);
  }
}

/** What tells a file from every other that is there at the same time. */
export function inodeOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev} ${ino}`;
}

/** As a `StoreError` that names the lock. */
export function lockTrouble(error: unknown, act: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(`cannot ${act} the lock ${path}: ${messageOf(error)}`, "io-error", { cause: error });
}

function notRegular(path: string): StoreError {
  return new StoreError(`${path} is not a regular file`, "not-a-regular-file");
}

function parseHolder(text: string): Holder | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 9) return undefined;
  const [format, id, host, boot, space, pid, start, thread, heir] = fields as unknown[];
  if (format !== FORMAT || typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id)) return undefined;
  const texts = [host, boot, space, start, thread];
  // A signal is sent to this number: nought and negative ones mean groups of processes.
  if (!Number.isInteger(pid) || (pid as number) < 1 || (pid as number) > 0x7fffffff) return undefined;
  if (!texts.every((field) => typeof field === "string") || typeof heir !== "boolean") return undefined;
  // Checked one line above.
  return { id, host, boot, space, pid, start, thread, heir } as Holder;
}
