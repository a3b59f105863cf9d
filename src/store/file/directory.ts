/**
 * The cache directory: made ours alone, judged when it is there already, labelled for whoever finds it. Looked at once,
 * when the store is made; which files lie in it is not this file's business.
 */
import { constants, type Stats } from "node:fs";
import { join } from "node:path";
import { ConfigError, StoreError } from "../../errors.ts";
import { codeOf, type FileSystem, messageOf } from "./system.ts";

/** What was found or made. */
export interface CacheDirectory {
  /** Whether it was made just now. */
  readonly made: boolean;
  /** Its real path. */
  readonly path: string;
  /** Why others than us may have written here; `undefined` where only we can. */
  readonly exposed: string | undefined;
}

const CACHEDIR_TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache directory, which backups may leave out. See https://bford.info/cachedir/
# It was made by fleche.
`;

/** Makes or judges the directory. Throws a `ConfigError` where something else than a directory is there. */
export function prepareDirectory(root: string, files: FileSystem): CacheDirectory {
  const made = make(root, files);
  const { path, isLink, real } = look(root, files);
  if (real !== undefined && !real.isDirectory()) {
    throw new ConfigError(`the cache directory ${root} is not a directory; remove the file or choose another root`);
  }
  return { path, made, exposed: isLink ? "is a link" : exposureOf(path, files) };
}

/** Why others may have written here: into the directory itself, or into a folder of ours in it. */
function exposureOf(path: string, files: FileSystem): string | undefined {
  for (const folder of ["", "values", "calls"]) {
    const at = join(path, folder);
    const stats = lookQuietly(at, files);
    const problem = stats === undefined ? undefined : exposure(stats.mode, stats.uid);
    if (problem !== undefined) return folder === "" ? problem : `has a folder, ${folder}, that ${problem}`;
  }
  return undefined;
}

function lookQuietly(path: string, files: FileSystem): Stats | undefined {
  try {
    return files.lstat(path);
  } catch {
    // What cannot be looked at cannot be read either; that will be told when it is tried.
    return undefined;
  }
}

/** What lies there, a link followed. */
function look(root: string, files: FileSystem): { path: string; isLink: boolean; real: Stats | undefined } {
  try {
    const stats = files.lstat(root);
    if (stats?.isSymbolicLink() !== true) return { path: root, isLink: false, real: stats };
    const path = files.realpath(root);
    return { path, isLink: true, real: files.lstat(path) };
  } catch (error) {
    if (["ENOENT", "ELOOP"].includes(codeOf(error))) {
      throw new ConfigError(
        `the cache directory ${root} is a link that leads nowhere; remove it or choose another root`,
      );
    }
    throw new StoreError(`cannot look at the cache directory ${root}: ${messageOf(error)}`, "io-error", {
      cause: error,
    });
  }
}

/** Makes the directory where it is missing; whether it was. Failing to is told by the first write, not here. */
function make(root: string, files: FileSystem): boolean {
  try {
    if (files.lstat(root) !== undefined) return false;
    files.mkdir(root, 0o700, true);
    // Whatever the umask took away.
    files.chmod(root, 0o700);
    return true;
  } catch {
    // Another process was faster, or there is no permission.
    return false;
  }
}

function exposure(mode: number, uid: number): string | undefined {
  const us = process.geteuid?.();
  // No users or modes to look at on Windows.
  if (us === undefined) return undefined;
  if (uid !== us) return `belongs to user ${uid}, not to us (${us})`;
  return (mode & 0o022) === 0
    ? undefined
    : `can be written by others (mode ${(mode & 0o777).toString(8)}); chmod go-w it`;
}

/** Leaves a note for people and one for backup programs, once. */
export function labelDirectory(path: string, readme: string, files: FileSystem): void {
  if (lookQuietly(join(path, "CACHEDIR.TAG"), files) !== undefined) return;
  for (const [name, text] of [
    ["README", readme],
    ["CACHEDIR.TAG", CACHEDIR_TAG],
  ] as const) {
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      const descriptor = files.open(join(path, name), flags, 0o600);
      try {
        const bytes = Buffer.from(text);
        files.write(descriptor, bytes, 0, bytes.length);
      } finally {
        files.close(descriptor);
      }
    } catch {
      // A label is not worth failing for; another process may have put it there.
    }
  }
}
