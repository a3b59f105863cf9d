/**
 * Where the database lies: its directory made ours alone or judged, its file made before SQLite sees it, so that neither
 * the umask nor a link decides who can read it. What is in the file is not looked at here.
 */
import { constants } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigError, StoreError } from "../../errors.ts";
import { labelDirectory, prepareDirectory } from "../file/directory.ts";
import type { FileSystem } from "../file/system.ts";

/** What was found or made. */
export interface Place {
  /** The path of the database. */
  readonly path: string;
  /** Why others than us may have written here; `undefined` where only we can. */
  readonly exposed: string | undefined;
}

const README = `This directory is a cache made by fleche (https://www.npmjs.com/package/fleche).

*.db         a SQLite database: records of function calls, and results and arguments up to 64 KiB
*.db-wal     part of the database; so is *.db-shm
*.db-files/  larger results and arguments, named by the database; locks, which tell who runs which call

All of it can be deleted at any time while no program uses it: the functions will run again.
Do not edit it: a changed entry is refused and its function runs again.
`;

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Makes or judges directory and file. Throws a `ConfigError` where something else than a file is there, a
 * `StoreError` where it is beside it. Failing to make them is told by whoever opens the database.
 */
export function preparePlace(path: string, files: FileSystem): Place {
  const directory = dirname(path);
  const judged = prepareDirectory(directory, files);
  // A directory that was there already may be somebody's project.
  if (judged.made) labelDirectory(judged.path, README, files);
  const real = join(judged.path, basename(path));
  makeFile(real, files);
  assertFilesBeside(real, files);
  const exposed =
    judged.exposed === undefined ? judgeFile(real, files) : `the cache directory ${judged.path} ${judged.exposed}`;
  return { path: real, exposed };
}

/** An empty file is an empty database; SQLite gives the files beside it the same mode. Quiet: whoever opens it will tell. */
function makeFile(path: string, files: FileSystem): void {
  try {
    if (files.lstat(path) === undefined) write(path, "", files);
  } catch {
    // Another process was faster, or there is no permission.
  }
}

/** SQLite would follow a link in the place of one of its own files, and write to where it leads. */
function assertFilesBeside(path: string, files: FileSystem): void {
  for (const suffix of ["-wal", "-shm", "-journal"]) {
    const stats = files.lstat(path + suffix);
    if (stats === undefined || stats.isFile()) continue;
    throw new StoreError(`${path}${suffix} is not a regular file; remove it`, "not-a-regular-file");
  }
}

function write(path: string, text: string, files: FileSystem): void {
  const descriptor = files.open(path, CREATE_FLAGS, 0o600);
  try {
    // Whatever the umask took away.
    files.fchmod(descriptor, 0o600);
    const bytes = Buffer.from(text);
    files.write(descriptor, bytes, 0, bytes.length);
  } finally {
    files.close(descriptor);
  }
}

/** Why others may have written to the file. One that others can only read is closed to them. */
function judgeFile(path: string, files: FileSystem): string | undefined {
  const stats = files.lstat(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) {
    const what = stats.isSymbolicLink() ? "is a link; name the file itself" : "is not a file; choose another path";
    throw new ConfigError(`the database ${path} ${what}`);
  }
  const us = process.geteuid?.();
  // No users or modes to look at on Windows.
  if (us === undefined) return undefined;
  if (stats.uid !== us) return `the database ${path} belongs to user ${stats.uid}, not to us (${us})`;
  if ((stats.mode & 0o022) !== 0) {
    return `the database ${path} can be written by others (mode ${(stats.mode & 0o777).toString(8)}); chmod 600 it`;
  }
  if ((stats.mode & 0o077) !== 0) files.chmod(path, 0o600);
  return undefined;
}
