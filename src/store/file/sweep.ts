/**
 * What dead processes have left among the locks: removed from time to time, by whoever takes locks. Locks of calls that
 * somebody wants are taken over where they are wanted; here go the rest. Quiet: what cannot be removed now stays.
 */
import { join } from "node:path";
import { isEntryName } from "../store.ts";
import { readHolder } from "./holder.ts";
import { fateOf, type ProcessName } from "./process.ts";
import type { FileSystem } from "./system.ts";

/** So that nobody pays for much of what others have left. */
const MOST_AT_ONCE = 500;

/** A file of another machine that nobody touched for so long is litter, whatever the clocks say. */
const ABANDONED_MS = 7 * 24 * 60 * 60 * 1000;

/** Removes what the dead have left, and says whether other machines use the directory, too. */
export function sweepLocks(home: string, here: ProcessName, files: FileSystem): "ours" | "shared" {
  let shared = false;
  const sweep = (name: string): void => {
    const path = join(home, name);
    const id = /^(?:holder|waits)-([0-9a-f]{16})$/.exec(name)?.[1];
    if (name.startsWith("waits-")) {
      if (id !== undefined && files.lstat(join(home, `holder-${id}`)) === undefined) files.unlink(path);
      return;
    }
    if (name.startsWith("new-")) {
      if (Date.now() - (files.lstat(path)?.mtimeMs ?? Date.now()) > ABANDONED_MS) files.unlink(path);
      return;
    }
    if (id === undefined && !isEntryName(name)) return;
    const found = readHolder(path, files);
    if (found?.holder === undefined) return;
    const fate = fateOf(found.holder, here);
    const isOld = fate === "elsewhere" && Date.now() - found.changedMs > ABANDONED_MS;
    if (fate === "elsewhere" && !isOld) shared = true;
    if (fate === "lives" || (fate === "elsewhere" && !isOld)) return;
    // A lock goes once its holder's own file is gone: until then somebody may be about to take it over.
    if (id !== undefined || files.lstat(join(home, `holder-${found.holder.id}`)) === undefined) files.unlink(path);
  };
  try {
    let left = MOST_AT_ONCE;
    for (const name of files.names(home)) {
      if (left-- === 0) break;
      try {
        sweep(name);
      } catch {
        // Removed by somebody else, or not a file of ours.
      }
    }
  } catch {
    // There is nothing, or nothing that we may see.
  }
  return shared ? "shared" : "ours";
}
