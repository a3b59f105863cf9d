/**
 * What dead processes have left among the locks: removed from time to time, by whoever takes locks. Locks of calls that
 * somebody wants are taken over where they are wanted; here go the rest. Quiet: what cannot be removed now stays.
 */
import { join } from "node:path";
import { isEntryName } from "../store.ts";
import { readHolder } from "./holder.ts";
import { type Fate, fateOf, type ProcessName } from "./process.ts";
import type { FileSystem } from "./system.ts";

/** So that nobody pays for much of what others have left. */
const MOST_AT_ONCE = 500;

/** A file of another machine that nobody touched for so long is litter, whatever the clocks say. */
const ABANDONED_MS = 7 * 24 * 60 * 60 * 1000;

/** A lock of a dead process that nobody has taken over for so long is wanted by nobody. */
const UNWANTED_MS = 60_000;

/** Removes what the dead have left, and says whether other machines use the directory, too. */
export function sweepLocks(home: string, here: ProcessName, files: FileSystem): "ours" | "shared" {
  let shared = false;
  try {
    for (const name of firstNames(home, files)) {
      try {
        if (sweepOne(name, home, here, files) === "elsewhere") shared = true;
      } catch {
        // Removed by somebody else, or not a file of ours.
      }
    }
  } catch {
    // There is nothing, or nothing that we may see.
  }
  return shared ? "shared" : "ours";
}

/** Removes one file, if the dead have left it; where its holder is, if it has one that may live. */
function sweepOne(name: string, home: string, here: ProcessName, files: FileSystem): Fate | undefined {
  const path = join(home, name);
  const [, kind, id] = /^(?:(holder|new)-[0-9a-f]{16}|waits-([0-9a-f]{16})-[0-9a-f]{64})$/.exec(name) ?? [];
  if (id !== undefined) {
    // Not sought among the names that were seen: those are not all, and seen at different times.
    if (files.lstat(join(home, `holder-${id}`)) === undefined) files.unlink(path);
    return undefined;
  }
  if (kind === "new") {
    if (isAbandoned(files.lstat(path)?.mtimeMs)) files.unlink(path);
    return undefined;
  }
  if (kind !== "holder" && !isEntryName(name.replace(/^take-/, ""))) return undefined;
  const found = readHolder(path, files);
  if (found?.holder === undefined) return undefined;
  const fate = fateOf(found.holder, here);
  if (fate === "lives" || (fate === "elsewhere" && !isAbandoned(found.changedMs))) return fate;
  if (kind === "holder" || isUnwanted(files.lstat(path)?.ctimeMs)) files.unlink(path);
  return "gone";
}

function isAbandoned(changedMs: number | undefined): boolean {
  return changedMs !== undefined && Date.now() - changedMs > ABANDONED_MS;
}

/** Who waits for a lock takes it over at once, so that others see that its holder died. */
function isUnwanted(changedMs: number | undefined): boolean {
  return changedMs !== undefined && Date.now() - changedMs > UNWANTED_MS;
}

function firstNames(home: string, files: FileSystem): string[] {
  const names: string[] = [];
  for (const name of files.names(home)) if (names.push(name) === MOST_AT_ONCE) break;
  return names;
}
