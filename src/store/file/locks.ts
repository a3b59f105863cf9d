/**
 * Locks between processes: `locks/<name>` is one more name of a file that tells who holds it, so that taking a lock is one
 * `link` and giving it back one `unlink`. The lock of a dead process is replaced by ours in one `rename`. How long to wait,
 * and whether at all, is decided above. Where a lock is lost (removed by hand, a lease run out), a call runs twice.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { StoreError } from "../../errors.ts";
import { assertEntryName, type SyncHeldLock, type SyncTakenLock } from "../store.ts";
import { type Holder, type HolderFile, inodeOf, lockTrouble, readHolder, writeHolder } from "./holder.ts";
import { LEASE_MS, startRenewal, startWatch } from "./lease.ts";
import { fateOf, type ProcessName, THREAD, thisProcess } from "./process.ts";
import { ensureDirectory } from "./shelf.ts";
import { sweepLocks } from "./sweep.ts";
import { codeOf, type FileSystem } from "./system.ts";
import { readWaits, startWaits, type Waits } from "./waits.ts";

/** The locks in one directory. */
export interface Locks {
  take(name: string): SyncHeldLock | SyncTakenLock;
  /** Removes what only this process needs. Locks that are held stay, as they are names of the same files. */
  close(): void;
}

/** What locks stand on; for tests. */
export interface LockSystem {
  readonly files: FileSystem;
  readonly leaseMs?: number;
}

/** A file of ours that locks are names of. */
interface Own {
  readonly holder: Holder;
  readonly path: string;
  readonly inode: string;
}

/** What this thread knows of itself, from its first lock on. */
interface Self {
  readonly process: ProcessName;
  /** In turn, so that who waits can tell a lock that was given back and taken again from one that is still held. */
  readonly plain: readonly [Own, Own];
  /** For locks that were taken from the dead; made when the first is. */
  heir: Own | undefined;
  readonly waits: Waits;
}

/** For so many locks it is remembered which of our files they were last a name of. */
const MANY = 1_000;

/** How often a lock may change under our hands until we say that somebody has it. */
const MOST_TRIES = 5;

/** How often it is looked whether other machines use the directory, and what dead processes have left. */
const LOOK_AGAIN_MS = 60_000;

/** Locks in `<root>/locks`; the directory is made when the first is taken. */
export function fileLocks(root: string, { files, leaseMs = LEASE_MS }: LockSystem): Locks {
  const home = join(root, "locks");
  const pathOf = (name: string): string => join(home, name);
  const renewal = startRenewal();
  const watch = startWatch(leaseMs);
  /** What we hold, each with what makes this holding another than one of the same name before it. */
  const held = new Map<string, object>();
  /** Of which of our two files a lock was last a name. */
  const lastUsed = new Map<string, 0 | 1>();
  let self: Self | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;

  const makeOwn = (process: ProcessName, heir: boolean): Own => {
    for (const directory of [root, home]) ensureDirectory(directory, { root, durable: false, files });
    const holder: Holder = { ...process, id: randomBytes(8).toString("hex"), thread: THREAD, heir };
    const path = join(home, `holder-${holder.id}`);
    const inode = writeHolder(path, holder, files);
    renewal.add(path);
    return { holder, path, inode };
  };
  const ready = (): Self => {
    if (self === undefined) {
      const process = thisProcess();
      const plain = [makeOwn(process, false), makeOwn(process, false)] as const;
      self = { process, plain, heir: undefined, waits: startWaits(home, files) };
    }
    if (performance.now() - lookedMs > LOOK_AGAIN_MS) {
      lookedMs = performance.now();
      if (sweepLocks(home, self.process, files) === "shared") renewal.start();
    }
    return self;
  };
  const isOurs = ({ id }: Holder): boolean =>
    self !== undefined && ownFiles(self).some(({ holder }) => holder.id === id);

  const isDead = (name: string, { holder, ...seen }: HolderFile): boolean => {
    // Text that is none of ours was cut by a power failure: locks are never seen half written.
    if (holder === undefined || self === undefined) return true;
    if (isOurs(holder)) return !held.has(name);
    const fate = fateOf(holder, self.process);
    if (fate !== "elsewhere") return fate === "gone";
    renewal.start();
    return watch.hasExpired(pathOf(name), seen);
  };

  /** Makes a lock one more name of our file, unless somebody has it. */
  const link = (own: Own, path: string): "linked" | "taken" | "lost" => {
    try {
      files.link(own.path, path);
      return "linked";
    } catch (error) {
      if (codeOf(error) === "EEXIST") return "taken";
      if (!["ENOENT", "EMLINK"].includes(codeOf(error))) throw error;
      // Our file was removed, perhaps with all of the cache, or has as many names as a file can have: it is made again.
      self = undefined;
      return "lost";
    }
  };

  /** One at a time: the others would remove the lock of the one who was first. */
  const takeOver = (name: string, dead: HolderFile, us: Self): boolean => {
    us.heir ??= makeOwn(us.process, true);
    const taking = join(home, `take-${name}`);
    const linked = link(us.heir, taking);
    if (linked !== "linked") {
      const other = linked === "taken" ? readHolder(taking, files) : undefined;
      if (other !== undefined && isDead(`take-${name}`, other)) files.unlink(taking);
      return false;
    }
    // While `taking` is ours nobody else replaces the lock, and the dead do not release it.
    const now = readHolder(pathOf(name), files);
    // The number of a file that is gone is given to the next one, hence the id as well.
    if (now?.inode === dead.inode && now.holder?.id === dead.holder?.id) {
      files.rename(taking, pathOf(name));
      return true;
    }
    files.unlink(taking);
    return false;
  };

  const hold = (name: string, { holder, inode }: Own, { waits }: Self): SyncHeldLock => {
    const mark = {};
    const id = idOf(holder, name);
    held.set(name, mark);
    watch.forget(pathOf(name));
    return {
      held: true,
      id,
      inherited: holder.heir,
      noteWaits(ids) {
        if (held.get(name) === mark) guarded("note the waits of", pathOf(name), () => waits.note(id, ids));
      },
      release() {
        if (held.get(name) !== mark) return;
        held.delete(name);
        guarded("release", pathOf(name), () => {
          const now = files.lstat(pathOf(name));
          // Somebody may have removed it, and somebody else have it now.
          if (now !== undefined && inodeOf(now) === inode) files.unlink(pathOf(name));
          waits.note(id, []);
        });
      },
    };
  };

  const taken = (name: string, holder: Holder | undefined): SyncTakenLock => ({
    held: false,
    id: holder === undefined ? "" : idOf(holder, name),
    inherited: holder?.heir === true,
    ours: holder !== undefined && self !== undefined && isOfThread(holder, self.plain[0].holder),
    holder: holder === undefined ? "another process" : `process ${holder.pid} on host ${shown(holder.host)}`,
    waits: () => (holder === undefined ? [] : readWaits(home, idOf(holder, name), files)),
  });

  const takeOnce = (name: string): SyncHeldLock | SyncTakenLock | undefined => {
    const us = ready();
    const own = us.plain[lastUsed.get(name) === 0 ? 1 : 0];
    const linked = link(own, pathOf(name));
    if (linked === "linked") {
      if (lastUsed.size >= MANY) lastUsed.clear();
      lastUsed.set(name, own === us.plain[0] ? 0 : 1);
      return hold(name, own, us);
    }
    const found = linked === "taken" ? readHolder(pathOf(name), files) : undefined;
    if (found === undefined) return undefined;
    if (!isDead(name, found)) return taken(name, found.holder);
    if (found.holder !== undefined && isOurs(found.holder)) {
      // Giving it back failed. To replace it by another name of the same file would do nothing.
      files.unlink(pathOf(name));
      return undefined;
    }
    return takeOver(name, found, us) && us.heir !== undefined ? hold(name, us.heir, us) : undefined;
  };

  return {
    take(name) {
      assertEntryName(name);
      try {
        for (let tries = 0; tries < MOST_TRIES; tries++) {
          const attempt = takeOnce(name);
          if (attempt !== undefined) return attempt;
        }
      } catch (error) {
        throw lockTrouble(error, "take", pathOf(name));
      }
      if (self === undefined) throw new StoreError(`cannot take the lock ${pathOf(name)}: ${home} loses files`);
      // It changes hands all the time, or somebody is taking it over from the dead.
      return taken(name, undefined);
    },
    close() {
      renewal.stop();
      if (self === undefined) return;
      const owns = ownFiles(self);
      self = undefined;
      for (const own of owns) {
        try {
          files.unlink(own.path);
        } catch {
          // Whoever comes next removes it.
        }
      }
    },
  };
}

function ownFiles({ plain, heir }: Self): readonly Own[] {
  return heir === undefined ? plain : [...plain, heir];
}

function guarded(act: string, path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    // Removed between two looks: it is released.
    if (codeOf(error) !== "ENOENT") throw lockTrouble(error, act, path);
  }
}

function idOf({ id }: Holder, name: string): string {
  return `${id}-${name}`;
}

function isOfThread(one: Holder, other: Holder): boolean {
  const fields = ["host", "boot", "space", "pid", "start", "thread"] as const;
  return fields.every((field) => one[field] === other[field]);
}

/** A name from a file that anybody may have written, for a terminal. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100)).replace(/^"([\w.-]+)"$/, "$1");
}
