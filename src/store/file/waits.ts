/**
 * What a lock waits for while it is held, in a file of its own beside it, so that two processes that wait for each other find
 * out. Written only by who has waited for a while; a hint that nobody need believe: at worst a call runs twice, or waits
 * longer. One file for all locks of a process would be written once for each of them, thousands of times.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readText, writeFile } from "./holder.ts";
import { codeOf, type FileSystem } from "./system.ts";

/** What our own locks wait for. */
export interface Waits {
  /** Replaces what a holding waits for. */
  note(id: string, ids: readonly string[]): void;
}

/** More than this is not read: somebody would have us think for long. */
const MOST_BYTES = 256 * 1024;

/** Ids of holdings: of a holder and a name. */
const ID = /^[0-9a-f]{16}-[0-9a-f]{64}$/;

/** None of our locks waits for another. */
export function startWaits(home: string, files: FileSystem): Waits {
  /** The holdings that have a file: the others are given back without a look. */
  const told = new Set<string>();
  return {
    note(id, ids) {
      if (ids.length > 0) {
        replace(home, id, JSON.stringify(ids), files);
        told.add(id);
      } else if (told.has(id)) {
        remove(pathOf(home, id), files);
        told.delete(id);
      }
    },
  };
}

/** What a holding of somebody else waits for; nothing where it told nothing, or nothing that can be read. */
export function readWaits(home: string, id: string, files: FileSystem): readonly string[] {
  try {
    const text = readText(pathOf(home, id), MOST_BYTES, files)?.text;
    const ids: unknown = text === undefined ? [] : JSON.parse(text);
    return Array.isArray(ids) ? ids.filter((each): each is string => typeof each === "string" && ID.test(each)) : [];
  } catch {
    return [];
  }
}

function pathOf(home: string, id: string): string {
  return join(home, `waits-${id}`);
}

function replace(home: string, id: string, text: string, files: FileSystem): void {
  const temporary = join(home, `new-${randomBytes(8).toString("hex")}`);
  try {
    writeFile(temporary, text, files);
    files.rename(temporary, pathOf(home, id));
  } catch (error) {
    // It will be tried again, many times perhaps.
    quietly(() => remove(temporary, files));
    throw error;
  }
}

function remove(path: string, files: FileSystem): void {
  try {
    files.unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // What stays is removed when it is old.
  }
}
