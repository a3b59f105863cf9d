/**
 * What the locks of one holder wait for, in a file beside them, so that two processes that wait for each other find out.
 * Written only by who has waited for a while; a hint that nobody need believe: at worst a call runs twice, or waits longer.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readText, writeFile } from "./holder.ts";
import type { FileSystem } from "./system.ts";

/** What our own locks wait for. */
export interface Waits {
  /** Replaces what a lock waits for. */
  note(holderId: string, name: string, ids: readonly string[]): void;
}

/** More than this is not read: somebody would have us think for long. */
const MOST_BYTES = 256 * 1024;

/** Ids of holdings: of a holder and a name. */
const ID = /^[0-9a-f]{16}-[0-9a-f]{64}$/;

/** None of our locks waits for another. */
export function startWaits(home: string, files: FileSystem): Waits {
  const all = new Map<string, Map<string, readonly string[]>>();
  return {
    note(holderId, name, ids) {
      const path = join(home, `waits-${holderId}`);
      const waits = all.get(holderId) ?? new Map<string, readonly string[]>();
      all.set(holderId, waits);
      if (ids.length === 0 && !waits.has(name)) return;
      if (ids.length === 0) waits.delete(name);
      else waits.set(name, ids);
      if (waits.size === 0) {
        files.unlink(path);
        return;
      }
      const temporary = join(home, `new-${randomBytes(8).toString("hex")}`);
      writeFile(temporary, JSON.stringify([...waits]), files);
      files.rename(temporary, path);
    },
  };
}

/** What a lock of another holder waits for; nothing where it told nothing, or nothing that can be read. */
export function readWaits(home: string, holderId: string, name: string, files: FileSystem): readonly string[] {
  try {
    const text = readText(join(home, `waits-${holderId}`), MOST_BYTES, files)?.text;
    const entries: unknown = text === undefined ? [] : JSON.parse(text);
    if (!Array.isArray(entries)) return [];
    const entry: unknown = entries.find((each) => Array.isArray(each) && each[0] === name);
    const ids: unknown = Array.isArray(entry) ? entry[1] : undefined;
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string" && ID.test(id)) : [];
  } catch {
    return [];
  }
}
