/** Locks of the file store: whose they are, when they count as free, and that nobody loses another's. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { StoreError } from "../../src/errors.ts";
import { type Holder, writeHolder } from "../../src/store/file/holder.ts";
import { fileLocks, type Locks } from "../../src/store/file/locks.ts";
import { thisProcess } from "../../src/store/file/process.ts";
import { type FileSystem, nodeFileSystem } from "../../src/store/file/system.ts";
import type { SyncHeldLock, SyncTakenLock } from "../../src/store/store.ts";
import { systemError } from "../store/fault-files.ts";

const NAME = "ab".repeat(32);
const OTHER = "cd".repeat(32);

function folder(): string {
  const home = mkdtempSync(join(tmpdir(), "fleche-lock-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Locks in a directory, as another process would open them: without knowing of ours. */
function open(root: string, system: { files?: FileSystem; leaseMs?: number } = {}): Locks {
  const locks = fileLocks(root, { files: nodeFileSystem, ...system });
  onTestFinished(() => locks.close());
  return locks;
}

function held(attempt: SyncHeldLock | SyncTakenLock): SyncHeldLock {
  if (!attempt.held) throw new Error(`it is held by ${attempt.holder}`);
  return attempt;
}

function taken(attempt: SyncHeldLock | SyncTakenLock): SyncTakenLock {
  if (attempt.held) throw new Error("it was free");
  return attempt;
}

/** Puts a lock there as if a process had taken it; its own file stays, too. */
function forge(root: string, change: Partial<Holder>, name = NAME): string {
  mkdirSync(join(root, "locks"), { recursive: true });
  const id = "f".repeat(16);
  const holder = { ...thisProcess(), thread: "another", heir: false, id, ...change };
  const own = join(root, "locks", `holder-${holder.id}`);
  if (!existsSync(own)) writeHolder(own, holder, nodeFileSystem);
  const path = join(root, "locks", name);
  linkSync(own, path);
  return path;
}

/** A child of ours that does nothing, until it is told to end. */
function idler(): { pid: number; end(signal: NodeJS.Signals): Promise<unknown> } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid as number,
    async end(signal) {
      const ended = once(child, "exit");
      child.kill(signal);
      return ended;
    },
  };
}

/** When a process started, as the system tells. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] as string;
}

describe("a lock", () => {
  test("is held by one at a time; who is refused learns by whom", () => {
    const root = folder();
    const [one, two] = [open(root), open(root)];
    const lock = held(one.take(NAME));
    for (const locks of [two, one]) {
      const refused = taken(locks.take(NAME));
      expect(refused).toMatchObject({ id: lock.id, inherited: false, ours: true });
      expect(refused.holder).toContain(`process ${process.pid} on host `);
    }
    expect(held(two.take(OTHER)).id).not.toBe(lock.id);
    lock.release();
    const again = held(two.take(NAME));
    expect(again.id).not.toBe(lock.id);
    expect(again.inherited).toBe(false);
  });

  test("is given back once: releasing again does not take it from who has it now", () => {
    const root = folder();
    const one = open(root);
    const first = held(one.take(NAME));
    first.release();
    const second = held(one.take(NAME));
    first.release();
    taken(open(root).take(NAME));
    second.release();
    // This one is a name of the same file again as the first.
    const third = held(one.take(NAME));
    first.release();
    taken(open(root).take(NAME));
    third.release();
    held(open(root).take(NAME));
  });

  test("that is given back and taken again by its holder can be told from one that is still held", () => {
    const root = folder();
    const one = open(root);
    const ids = Array.from({ length: 4 }, () => {
      const lock = held(one.take(NAME));
      held(one.take(OTHER)).release();
      lock.release();
      return lock.id;
    });
    for (const [i, id] of ids.entries()) expect(id).not.toBe(ids[i + 1]);
  });

  test("that was deleted by hand is free, and its holder does not remove the lock of the next", () => {
    const root = folder();
    const [one, two] = [open(root), open(root)];
    const lost = held(one.take(NAME));
    unlinkSync(join(root, "locks", NAME));
    const next = held(two.take(NAME));
    lost.release();
    expect(taken(open(root).take(NAME)).id).toBe(next.id);
  });

  test("can be taken again after all of the directory was removed", () => {
    const root = folder();
    const one = open(root);
    const lost = held(one.take(NAME));
    rmSync(root, { recursive: true });
    held(one.take(OTHER)).release();
    lost.release();
    held(one.take(NAME));
  });

  test("is a file that only we can read, of a name that is checked", () => {
    const root = folder();
    const locks = open(root);
    held(locks.take(NAME));
    expect(statSync(join(root, "locks", NAME)).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "locks")).mode & 0o777).toBe(0o700);
    for (const name of ["../x", "", NAME.toUpperCase(), `${NAME}/`]) {
      expect(() => locks.take(name)).toThrow(TypeError);
    }
  });

  test("leaves nothing behind when all is closed", () => {
    const root = folder();
    const locks = open(root);
    const lock = held(locks.take(NAME));
    lock.noteWaits([`${"0".repeat(16)}-${OTHER}`]);
    lock.release();
    locks.close();
    expect(readdirSync(join(root, "locks"))).toEqual([]);
    held(locks.take(NAME));
  });

  test("held while all is closed stays held", () => {
    const root = folder();
    const locks = open(root);
    const lock = held(locks.take(NAME));
    locks.close();
    expect(taken(open(root).take(NAME)).id).toBe(lock.id);
    lock.release();
    held(open(root).take(NAME));
  });

  test("tells what its holding waits for, until it is told otherwise", () => {
    const root = folder();
    const lock = held(open(root).take(NAME));
    const other = taken(open(root).take(NAME));
    const ids = [`${"0".repeat(16)}-${OTHER}`, `${"1".repeat(16)}-${NAME}`];
    expect(other.waits()).toEqual([]);
    lock.noteWaits(ids);
    expect(other.waits()).toEqual(ids);
    lock.noteWaits([]);
    expect(other.waits()).toEqual([]);
  });

  test("tells that with as little writing where its holder has many, and is heard", () => {
    const root = folder();
    let written = 0;
    const files: FileSystem = {
      ...nodeFileSystem,
      write(descriptor, source, offset, length) {
        written += length;
        return nodeFileSystem.write(descriptor, source, offset, length);
      },
    };
    const locks = open(root, { files });
    const names = Array.from({ length: 300 }, (_, i) => i.toString(16).padStart(64, "0"));
    const all = names.map((name) => held(locks.take(name)));
    const ids = Array.from({ length: 20 }, (_, i) => `${"0".repeat(16)}-${i.toString(16).padStart(64, "0")}`);
    const costs = all.map((lock) => {
      written = 0;
      lock.noteWaits(ids);
      return written;
    });
    expect(new Set(costs).size).toBe(1);
    const other = open(root);
    for (const name of names) expect(taken(other.take(name)).waits()).toEqual(ids);
    for (const lock of all) lock.release();
    expect(readdirSync(join(root, "locks")).filter((name) => !name.startsWith("holder-"))).toEqual([]);
  });

  test("that cannot tell what it waits for says so, leaves nothing behind, and can tell it later", () => {
    const root = folder();
    let failing = true;
    const files: FileSystem = {
      ...nodeFileSystem,
      rename(from, to) {
        if (failing) throw systemError("EIO", "rename");
        nodeFileSystem.rename(from, to);
      },
      unlink(path) {
        if (failing && path.includes("waits-")) throw systemError("EIO", "unlink");
        nodeFileSystem.unlink(path);
      },
    };
    const lock = held(open(root, { files }).take(NAME));
    const waits = () => taken(open(root).take(NAME)).waits();
    const ids = [`${"0".repeat(16)}-${OTHER}`];
    const litter = () => readdirSync(join(root, "locks")).filter((name) => name.startsWith("new-"));
    expect(() => lock.noteWaits(ids)).toThrow(StoreError);
    expect([litter(), waits()]).toEqual([[], []]);
    failing = false;
    lock.noteWaits(ids);
    expect(waits()).toEqual(ids);
    failing = true;
    expect(() => lock.noteWaits([])).toThrow(StoreError);
    expect(waits()).toEqual(ids);
    failing = false;
    lock.noteWaits([]);
    expect([litter(), waits()]).toEqual([[], []]);
  });

  test("waits for nothing but holdings, whatever stands in the file that tells it", () => {
    const root = folder();
    const good = `${"0".repeat(16)}-${OTHER}`;
    const lock = held(open(root).take(NAME));
    const other = taken(open(root).take(NAME));
    lock.noteWaits([good]);
    const path = join(root, "locks", readdirSync(join(root, "locks")).find((name) => name.startsWith("waits-")) ?? "");
    for (const [text, ids] of [
      [["../../../etc/passwd", 5, null, good, `${good}0`], [good]],
      [[[good]], []],
      [{ 0: good }, []],
      [good, []],
      [null, []],
    ] as const) {
      writeFileSync(path, JSON.stringify(text));
      expect(other.waits()).toEqual(ids);
    }
    writeFileSync(path, JSON.stringify([good]) + " ".repeat(256 * 1024));
    expect(other.waits()).toEqual([]);
  });

  test("that could not be given back is no obstacle to its own process", () => {
    const root = folder();
    let failing = true;
    const files: FileSystem = {
      ...nodeFileSystem,
      unlink(path) {
        if (failing) throw systemError("EIO", "unlink");
        nodeFileSystem.unlink(path);
      },
    };
    const locks = open(root, { files });
    const lock = held(locks.take(NAME));
    expect(() => lock.release()).toThrow(StoreError);
    failing = false;
    taken(open(root).take(NAME));
    expect(held(locks.take(NAME)).inherited).toBe(false);
  });
});

describe.skipIf(process.platform !== "linux")("a holder", () => {
  test("that lives keeps its lock; killed, it loses it, also while its parent has not noticed", async () => {
    const root = folder();
    const child = idler();
    forge(root, { pid: child.pid, start: startOf(child.pid) });
    const refused = taken(open(root).take(NAME));
    expect(refused).toMatchObject({ ours: false, id: `${"f".repeat(16)}-${NAME}` });
    await child.end("SIGKILL");
    const lock = held(open(root).take(NAME));
    expect(lock.inherited).toBe(true);
    expect(taken(open(root).take(NAME))).toMatchObject({ inherited: true, id: lock.id });
  });

  test("that is a zombie is dead", async () => {
    // What the shell turns into never waits for its child, which ends only after that: when it can read no more.
    const command = "cat <&3 >/dev/null & echo $!; exec 3<&-; exec sleep 60";
    const shell = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
    onTestFinished(() => void shell.kill("SIGKILL"));
    const [line] = await once(shell.stdout as Readable, "data");
    const pid = Number(String(line));
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(() => readFileSync(`/proc/${shell.pid}/comm`, "latin1").trim() === "sleep");
    (shell.stdio[3] as Writable).end();
    await until(() => readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "")[0] === "Z");
    const root = folder();
    forge(root, { pid, start: startOf(pid) });
    expect(held(open(root).take(NAME)).inherited).toBe(true);
  });

  test("that is stopped is alive", async () => {
    const root = folder();
    const child = idler();
    forge(root, { pid: child.pid, start: startOf(child.pid) });
    process.kill(child.pid, "SIGSTOP");
    taken(open(root).take(NAME));
  });

  test("whose process id was given to another process is dead", () => {
    const root = folder();
    forge(root, { pid: process.pid, start: "1" });
    expect(held(open(root).take(NAME)).inherited).toBe(true);
  });

  test("of another user's process, which we may not signal, is alive", () => {
    const root = folder();
    forge(root, { pid: 1, start: startOf(1) });
    taken(open(root).take(NAME));
  });

  test("whose text is none of ours is dead", () => {
    for (const text of ["", "garbage", "[]", "null", '["fleche-lock-1"]', "x".repeat(100_000)]) {
      const root = folder();
      mkdirSync(join(root, "locks"));
      writeFileSync(join(root, "locks", NAME), text);
      held(open(root).take(NAME)).release();
    }
  });

  test("whose text says more than ours do, or is of another form, is dead, though its process lives", () => {
    const { host, boot, space, pid, start } = thisProcess();
    const fields = ["fleche-lock-1", "0".repeat(16), host, boot, space, pid, start, "thread", false];
    const texts = {
      good: JSON.stringify(fields),
      longer: JSON.stringify([...fields, "more"]),
      otherForm: JSON.stringify(["fleche-lock-2", ...fields.slice(1)]),
      padded: JSON.stringify(fields) + " ".repeat(5000),
    };
    const isFree = (text: string): boolean => {
      const root = folder();
      mkdirSync(join(root, "locks"));
      writeFileSync(join(root, "locks", NAME), text);
      return open(root).take(NAME).held;
    };
    expect(Object.fromEntries(Object.entries(texts).map(([what, text]) => [what, isFree(text)]))).toEqual({
      good: false,
      longer: true,
      otherForm: true,
      padded: true,
    });
  });

  test.each([
    ["a process id of nought, which means our own group", { pid: 0 }],
    ["a negative process id, which means a group", { pid: -1 }],
    // Without a start there is nothing else to tell it by.
    ["a process id of nought and no start", { pid: 0, start: "" }],
    ["a negative process id and no start", { pid: -1, start: "" }],
    ["a thread that is no text", { thread: 5 as never }],
    ["an inheritance that is neither true nor false", { heir: "no" as never }],
    ["a process id that is none", { pid: 1.5 }],
    ["a huge process id", { pid: 2 ** 40 }],
    ["a name that is no name", { id: "../../x" }],
  ])("with %s is dead, and nobody is signalled", (_, change) => {
    const root = folder();
    forge(root, { id: "0".repeat(16) }, OTHER);
    const path = join(root, "locks", NAME);
    writeHolder(path, { ...thisProcess(), id: "0".repeat(16), thread: "", heir: false, ...change }, nodeFileSystem);
    held(open(root).take(NAME));
  });

  test("with a name made for a terminal is shown in quotes", () => {
    const root = folder();
    forge(root, { host: "\u001b[31mred" });
    const { holder } = taken(open(root).take(NAME));
    expect(holder).not.toContain("\u001b");
    expect(holder).toContain("\\u001b[31mred");
  });
});

describe("a holder elsewhere", () => {
  test.each(["host", "boot", "space"] as const)("on another %s is alive as long as it gives signs of life", (field) => {
    const root = folder();
    // Such a process is not here: its id must not be looked for.
    const path = forge(root, { [field]: "another", pid: 0x7ffffffe });
    const locks = open(root, { leaseMs: 30 });
    for (let i = 0; i < 5; i++) {
      expect(taken(locks.take(NAME)).ours).toBe(false);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      // Its clock may say anything.
      utimesSync(path, i * 1000, i * 1000);
    }
    taken(locks.take(NAME));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    expect(held(locks.take(NAME)).inherited).toBe(true);
  });

  test("that was never seen before is not dead, however old its file is", () => {
    const root = folder();
    const path = forge(root, { host: "another" });
    utimesSync(path, 0, 0);
    const locks = open(root, { leaseMs: 60_000 });
    for (let i = 0; i < 3; i++) taken(locks.take(NAME));
  });

  test("makes us give signs of life, also while this thread is blocked", async () => {
    const root = folder();
    forge(root, { host: "another" }, OTHER);
    const locks = open(root);
    held(locks.take(NAME));
    const path = join(root, "locks", NAME);
    utimesSync(path, 1, 1);
    const until = Date.now() + 15_000;
    while (lstatSync(path).mtimeMs === 1000 && Date.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    expect(lstatSync(path).mtimeMs).not.toBe(1000);
  });
});

describe("taking over from the dead", () => {
  /** A file system in which something happens right before a lock is replaced. */
  function atTakeOver(act: () => void): FileSystem {
    let done = false;
    return {
      ...nodeFileSystem,
      link(from, to) {
        nodeFileSystem.link(from, to);
        if (to.includes("take-") && !done) {
          done = true;
          act();
        }
      },
    };
  }

  test("is done by one of two that find it dead at the same time", () => {
    const root = folder();
    forge(root, { start: "1" });
    const attempts: (SyncHeldLock | SyncTakenLock)[] = [];
    const files = atTakeOver(() => attempts.push(open(root).take(NAME)));
    attempts.push(open(root, { files }).take(NAME));
    expect(attempts.map((attempt) => attempt.held)).toEqual([false, true]);
  });

  test("leaves alone a lock that somebody else has got meanwhile", () => {
    const root = folder();
    const path = forge(root, { start: "1" });
    const other = open(root);
    const files = atTakeOver(() => {
      unlinkSync(path);
      held(other.take(NAME));
    });
    taken(open(root, { files }).take(NAME));
    expect(readdirSync(join(root, "locks")).filter((name) => name.startsWith("take-"))).toEqual([]);
  });

  test("leaves it alone also where the new file has got the number of the dead one's", () => {
    const root = folder();
    const path = forge(root, { start: "1" });
    const other = open(root);
    const files: FileSystem = {
      ...atTakeOver(() => {
        unlinkSync(path);
        held(other.take(NAME));
      }),
      fstat: (descriptor) => Object.assign(nodeFileSystem.fstat(descriptor), { ino: 7 }),
    };
    taken(open(root, { files }).take(NAME));
    taken(open(root).take(NAME));
  });

  test("does not stop because somebody died in the middle of it", () => {
    const root = folder();
    forge(root, { start: "1" });
    forge(root, { start: "1" }, `take-${NAME}`);
    expect(held(open(root).take(NAME)).inherited).toBe(true);
  });
});

describe("what the dead have left", () => {
  test("goes when somebody takes a lock; locks that somebody may be waiting for only after a while", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const root = folder();
    forge(root, { start: "1" });
    linkSync(join(root, "locks", NAME), join(root, "locks", `take-${OTHER}`));
    writeFileSync(join(root, "locks", `waits-${"f".repeat(16)}-${NAME}`), "[]");
    const names = () => readdirSync(join(root, "locks")).filter((name) => !name.startsWith("holder-"));
    const visit = () => {
      const locks = open(root);
      held(locks.take(OTHER)).release();
      locks.close();
    };
    for (let i = 0; i < 3; i++) visit();
    expect(names().sort()).toEqual([NAME, `take-${OTHER}`]);
    vi.setSystemTime(Date.now() + 61_000);
    visit();
    expect(readdirSync(join(root, "locks"))).toEqual([]);
  });

  test("of the living and of other machines stays", () => {
    const root = folder();
    forge(root, { host: "another", id: "1".repeat(16) });
    forge(root, {}, OTHER);
    for (let i = 0; i < 3; i++) open(root).take("ef".repeat(32));
    expect(readdirSync(join(root, "locks"))).toEqual(
      expect.arrayContaining([NAME, OTHER, `holder-${"f".repeat(16)}`, `holder-${"1".repeat(16)}`]),
    );
  });

  test("what a lock of the living waits for stays, also where its holder is not among the first files", () => {
    const root = folder();
    const lock = held(open(root).take(NAME));
    const ids = [`${"0".repeat(16)}-${OTHER}`];
    lock.noteWaits(ids);
    const files: FileSystem = {
      ...nodeFileSystem,
      names: (path) => [...nodeFileSystem.names(path)].filter((name) => name.startsWith("waits-")),
    };
    const other = open(root, { files });
    expect(taken(other.take(NAME)).waits()).toEqual(ids);
  });

  test("what a living holder waits for stays, and what is being written; neither for ever", () => {
    const root = folder();
    const id = `${"0".repeat(16)}-${OTHER}`;
    const lock = held(open(root).take(NAME));
    lock.noteWaits([id]);
    const writing = join(root, "locks", `new-${"1".repeat(16)}`);
    writeFileSync(writing, "[");
    expect(taken(open(root).take(NAME)).waits()).toEqual([id]);
    expect(existsSync(writing)).toBe(true);
    utimesSync(writing, 0, 0);
    expect(taken(open(root).take(NAME)).waits()).toEqual([id]);
    expect(existsSync(writing)).toBe(false);
  });

  test("a file of another name stays, though it tells of the dead and nobody wants it", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 100_000 });
    onTestFinished(() => void vi.useRealTimers());
    const root = folder();
    const path = forge(root, { start: "1" });
    for (const name of ["notes.txt", `copy-${NAME}`]) linkSync(path, join(root, "locks", name));
    open(root).take(OTHER);
    const names = readdirSync(join(root, "locks"));
    expect(names).toEqual(expect.arrayContaining(["notes.txt", `copy-${NAME}`]));
    expect(names).not.toContain(NAME);
  });

  test("files that we did not make stay", () => {
    const root = folder();
    mkdirSync(join(root, "locks"));
    for (const name of ["notes.txt", "holder-x", "take-x", `waits-${"1".repeat(16)}`])
      writeFileSync(join(root, "locks", name), "mine");
    held(open(root).take(NAME));
    expect(readdirSync(join(root, "locks"))).toEqual(expect.arrayContaining(["notes.txt", "holder-x", "take-x"]));
  });
});

describe("where something else lies in the place of a lock, it is left alone and told", () => {
  test.each([
    ["a directory", (path: string) => mkdirSync(path)],
    ["a FIFO, which would hang a reader", (path: string) => void execFileSync("mkfifo", [path])],
    ["a link", (path: string) => symlinkSync("/etc/passwd", path)],
    ["a link that leads nowhere", (path: string) => symlinkSync("/nowhere", path)],
  ])("%s", (_, make) => {
    const root = folder();
    mkdirSync(join(root, "locks"));
    const path = join(root, "locks", NAME);
    make(path);
    expect(() => open(root).take(NAME)).toThrow(expect.objectContaining({ reason: "not-a-regular-file" }));
    expect(lstatSync(path).isFile()).toBe(false);
  });

  test("locks that are a link to another directory", () => {
    const [root, other] = [folder(), folder()];
    symlinkSync(other, join(root, "locks"));
    expect(() => open(root).take(NAME)).toThrow(StoreError);
    expect(readdirSync(other)).toEqual([]);
  });
});

describe("a file system that is not to be relied on", () => {
  /** A call that has answered so too often ends the test: whoever goes on asking would never stop. */
  function patient<T>(answer: () => T): () => T {
    let calls = 0;
    return () => {
      if (calls++ > 100) throw new Error("asked for ever");
      return answer();
    };
  }

  test("a lock that cannot be made is trouble at once, and files are not made again for it", () => {
    const root = folder();
    const link = () => {
      throw systemError("EACCES", "link");
    };
    expect(() => open(root, { files: { ...nodeFileSystem, link } }).take(NAME)).toThrow(/EACCES/);
    expect(readdirSync(join(root, "locks"))).toHaveLength(2);
  });

  test("files that are gone whenever they are needed are trouble, not a lock of somebody else", () => {
    const link = patient(() => {
      throw systemError("ENOENT", "link");
    });
    expect(() => open(folder(), { files: { ...nodeFileSystem, link } }).take(NAME)).toThrow(/loses files/);
  });

  test("a full disk that takes nothing is trouble, not a wait without an end", () => {
    const files = { ...nodeFileSystem, write: patient(() => 0) };
    expect(() => open(folder(), { files }).take(NAME)).toThrow(/nothing more can be written/);
  });

  test("a file that is gone when it was just made is trouble that names it", () => {
    const lstat = (path: string) => (path.includes("holder-") ? undefined : nodeFileSystem.lstat(path));
    expect(() => open(folder(), { files: { ...nodeFileSystem, lstat } }).take(NAME)).toThrow(
      /removed while it was made/,
    );
  });
});

test.each(["EACCES", "EROFS", "ENOSPC", "EPERM", "EMFILE", "EIO"])(
  "any call that fails with %s is told as trouble of the store, or does no harm",
  (code) => {
    for (let n = 0; ; n++) {
      const root = folder();
      forge(root, { start: "1" });
      let calls = 0;
      const failing = Object.fromEntries(
        Object.entries(nodeFileSystem).map(([name, call]) => [
          name,
          (...args: never[]) => {
            if (calls++ === n) throw systemError(code, name);
            return (call as (...given: never[]) => unknown)(...args);
          },
        ]),
      ) as unknown as FileSystem;
      const locks = open(root, { files: failing });
      let failure: unknown;
      try {
        const attempt = locks.take(NAME);
        if (attempt.held) attempt.release();
      } catch (error) {
        failure = error;
      }
      if (failure !== undefined) expect(failure).toBeInstanceOf(StoreError);
      if (calls <= n) break;
      // Nobody is kept from it afterwards but by a lock that could not be given back, for as long as its holder lives.
      if (failure === undefined) held(locks.take(NAME));
    }
  },
);
