/**
 * Which kind of cache a directory holds. It says so itself, in a file called `kind`, from its first use on, so that
 * processes with and without a SQLite driver never start two caches side by side. Opens no store.
 */
import { closeSync, constants, linkSync, lstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labelDirectory } from "../store/file/directory.ts";
import { nodeFileSystem } from "../store/file/system.ts";

/** What can lie in a directory. */
export type PlaceKind = "sqlite" | "file";

/** A directory whose mark is none of ours, or of a later version. */
export interface UnknownKind {
  readonly problem: string;
}

const MARK = "kind";

/** The database in a directory of kind `sqlite`. */
export const DATABASE = "fleche.db";

/** What the directory holds, by its mark or by what older versions left; `undefined` where nothing is there yet. */
export function placeKind(directory: string): PlaceKind | UnknownKind | undefined {
  const mark = readMark(join(directory, MARK));
  if (mark === "sqlite" || mark === "file") return mark;
  if (mark !== undefined) {
    const problem = `its file "${MARK}" is none that this version knows; a later version of fleche may have made it`;
    return { problem };
  }
  if (isThere(join(directory, DATABASE))) return "sqlite";
  return isThere(join(directory, "values")) || isThere(join(directory, "calls")) ? "file" : undefined;
}

/**
 * Makes the directory hold this kind, unless it holds one already; the kind that it holds then. Of several processes that
 * try at once one is the first, and the others follow it.
 */
export function claimPlace(directory: string, wanted: PlaceKind): PlaceKind | UnknownKind {
  const known = placeKind(directory);
  if (known !== undefined) {
    if (typeof known === "string") writeMark(directory, known);
    return known;
  }
  makeDirectory(directory);
  writeMark(directory, wanted);
  // A directory that cannot be written to is no reason to fail here: the store tells when it is used.
  return placeKind(directory) ?? wanted;
}

/** The mark, at most a word; read so that nothing put there can hang us or lead us elsewhere. */
function readMark(path: string): string | undefined {
  if (!isThere(path)) return undefined;
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0));
    try {
      const bytes = Buffer.alloc(64);
      return bytes.toString("latin1", 0, readSync(descriptor, bytes)).trim();
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return Reflect.get(Object(error), "code") === "ENOENT" ? undefined : "?";
  }
}

/** Whole or not at all, and only where there is none: written beside it, then linked into place. */
function writeMark(directory: string, kind: PlaceKind): void {
  const mark = join(directory, MARK);
  if (isThere(mark)) return;
  const draft = join(directory, `.${MARK}-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    writeFileSync(draft, `${kind}\n`, { flag: "wx", mode: 0o600 });
    linkSync(draft, mark);
  } catch (error) {
    if (["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(String(Reflect.get(Object(error), "code")))) {
      writeQuietly(mark, `${kind}\n`);
    }
  } finally {
    removeQuietly(draft);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never made, as the directory is none.
  }
}

const README = `This directory is a cache made by fleche (https://www.npmjs.com/package/fleche).

kind  which kind it is: "sqlite" (fleche.db and the files beside it) or "file" (values/ and calls/)

All of it can be deleted at any time while no program uses it: the functions will run again.
Do not edit it: a changed entry is refused and its function runs again.
`;

/** Ours alone, and labelled for people and backup programs. */
function makeDirectory(directory: string): void {
  if (isThere(directory)) return;
  try {
    nodeFileSystem.mkdir(directory, 0o700, true);
    labelDirectory(directory, README, nodeFileSystem);
  } catch {
    // No permission, or another process was faster: whoever writes there will tell.
  }
}

function writeQuietly(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch {
    // Another process put it there, or nobody can.
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
