/** Attacks on the cache directory, and what happens to files while others work on them. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigError, NotFoundError, SignatureError, StoreError } from "../../errors.ts";
import { fileStore, fileStoreOn } from "../../store/file/file.ts";
import { type FileSystem, nodeFileSystem } from "../../store/file/system.ts";
import type { SyncStore } from "../../store/store.ts";
import { type ValueStorage, valueStorage } from "../../vault/value-storage.ts";
import { thrownBy } from "../runner.ts";
import { nameOf, sampleBytes } from "../samples.ts";
import { KEYS, VALUES } from "./scene.ts";
import { watch } from "./witness.ts";

/** What takes several steps on real files. */
export interface DirectorySequence {
  readonly row: number;
  readonly title: string;
  /** `directory` is empty and will be removed; `entry` is the address of the built package's root, for other processes. */
  run(directory: string, entry: string): Promise<void>;
}

const isRoot = process.geteuid?.() === 0;
const DAY_MS = 86_400_000;

function storageOn(store: SyncStore, keys: string | null = KEYS.first): ValueStorage {
  return valueStorage({ store, keys });
}

function pathOf(root: string, entry: unknown): string {
  const name = String(entry);
  return join(root, "values", name.slice(0, 2), name.slice(2));
}

/** Opens a store there and says what it warns of. */
async function opened(root: string): Promise<{ store: SyncStore; warnings: readonly string[] }> {
  const { result, error, warnings } = await watch(() => fileStore({ root }));
  if (error !== undefined) throw error;
  return { store: result as SyncStore, warnings };
}

async function assertExposed(root: string, why: RegExp): Promise<void> {
  const { store, warnings } = await opened(root);
  strictEqual(warnings.length, 1, "one warning");
  match(warnings[0] as string, why);
  strictEqual(store.private, false);
  const unsigned = storageOn(store, null);
  const digest = unsigned.save(VALUES[0]);
  const { error } = await watch(() => unsigned.load(digest));
  ok(error instanceof SignatureError, "V8 data was read from a directory that others can write to");
  strictEqual(error.reason, "codec-not-allowed");
  const signed = storageOn(store);
  await watch(() => deepStrictEqual(signed.load(signed.save(VALUES[0])), VALUES[0]));
}

/** The real file system, with something happening before the `n`-th call of one kind. */
function meanwhile(kind: "fstat" | "read", act: () => void): FileSystem {
  let done = false;
  const before = <A extends unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      if (!done) {
        done = true;
        act();
      }
      return call(...args);
    };
  };
  return kind === "fstat"
    ? { ...nodeFileSystem, fstat: before(nodeFileSystem.fstat) }
    : { ...nodeFileSystem, read: before(nodeFileSystem.read) };
}

const ROOTS: readonly DirectorySequence[] = [
  {
    row: 97,
    title: "a cache directory that is a link is told of, and not private",
    async run(directory) {
      mkdirSync(join(directory, "real"), { mode: 0o700 });
      symlinkSync("real", join(directory, "root"));
      await assertExposed(join(directory, "root"), /is a link/);
    },
  },
  {
    row: 97,
    title: "a cache directory of another user is told of, and not private",
    async run(directory) {
      if (!isRoot) return;
      mkdirSync(join(directory, "root"), { mode: 0o700 });
      chownSync(join(directory, "root"), 65_534, 65_534);
      await assertExposed(join(directory, "root"), /belongs to user 65534/);
    },
  },
  ...[0o777, 0o1777, 0o770, 0o702].map(
    (mode): DirectorySequence => ({
      row: 98,
      title: `a cache directory of mode ${mode.toString(8)} is told of, and not private`,
      async run(directory) {
        mkdirSync(join(directory, "root"));
        chmodSync(join(directory, "root"), mode);
        await assertExposed(join(directory, "root"), /can be written by others/);
        strictEqual(lstatSync(join(directory, "root")).mode & 0o7777, mode, "the mode of a directory that is not ours");
      },
    }),
  ),
  {
    row: 98,
    title: "a cache directory that others can only read is private",
    async run(directory) {
      mkdirSync(join(directory, "root"));
      chmodSync(join(directory, "root"), 0o755);
      const { store, warnings } = await opened(join(directory, "root"));
      deepStrictEqual([warnings.length, store.private], [0, true]);
    },
  },
  {
    row: 97,
    title: "a cache directory that is no directory is a ConfigError",
    async run(directory) {
      writeFileSync(join(directory, "file"), "mine");
      symlinkSync("file", join(directory, "to-file"));
      symlinkSync("nothing", join(directory, "to-nothing"));
      symlinkSync("to-itself", join(directory, "to-itself"));
      const names = ["file", "to-file", "to-nothing", "to-itself"];
      if (spawnSync("mkfifo", [join(directory, "fifo")]).status === 0) names.push("fifo");
      for (const name of names) {
        const error = await thrownBy(() => fileStore({ root: join(directory, name) }));
        ok(error instanceof ConfigError, `${name}: ${String(error)}`);
      }
      strictEqual(readFileSync(join(directory, "file"), "utf8"), "mine");
      ok(!existsSync(join(directory, "nothing")));
    },
  },
  ...[0o000, 0o022, 0o077].map(
    (mask): DirectorySequence => ({
      row: 99,
      title: `with umask ${mask.toString(8).padStart(3, "0")}, files have mode 600 and directories 700`,
      async run(directory) {
        const before = process.umask(mask);
        try {
          const storage = storageOn(fileStore({ root: join(directory, "root") }));
          storage.load(storage.save(VALUES[0]));
        } finally {
          process.umask(before);
        }
        const modes = new Map<string, Set<string>>();
        for (const path of ["", ...readdirSync(join(directory, "root"), { recursive: true, encoding: "utf8" })]) {
          const stats = lstatSync(join(directory, "root", path));
          const kind = stats.isDirectory() ? "directories" : "files";
          modes.set(kind, (modes.get(kind) ?? new Set()).add((stats.mode & 0o777).toString(8)));
        }
        deepStrictEqual(Object.fromEntries([...modes].map(([kind, found]) => [kind, [...found]])), {
          directories: ["700"],
          files: ["600"],
        });
      },
    }),
  ),
];

/** The real file system, but for one call. */
function instead(change: Partial<FileSystem>): FileSystem {
  return { ...nodeFileSystem, ...change };
}

const OWN: readonly DirectorySequence[] = [
  {
    row: 99,
    title: "entries are readable by us whatever the umask takes away",
    async run(directory) {
      const store = fileStore({ root: join(directory, "root") });
      const before = process.umask(0o777);
      try {
        store.blobs.put(nameOf(1), sampleBytes(10));
      } finally {
        process.umask(before);
      }
      const shard = join(pathOf(join(directory, "root"), nameOf(1)), "..");
      strictEqual(lstatSync(shard).mode & 0o777, 0o700);
      strictEqual(lstatSync(pathOf(join(directory, "root"), nameOf(1))).mode & 0o777, 0o600);
    },
  },
  {
    row: 108,
    title: "files and folders that are no entries are not listed",
    async run(root) {
      const { blobs } = fileStore({ root });
      const name = `ab${nameOf(1).slice(2)}`;
      blobs.put(name, sampleBytes(10));
      for (const folder of ["zz", "AB", "abc"]) mkdirSync(join(root, "values", folder));
      for (const file of ["ab/.DS_Store", `ab/${"A".repeat(62)}`, "ab/0", `zz/${"0".repeat(62)}`, "README"]) {
        writeFileSync(join(root, "values", file), "not ours");
      }
      for (const prefix of ["", "a", "ab"]) deepStrictEqual([...blobs.list(prefix)], [name], `prefix ${prefix}`);
    },
  },
  {
    row: 102,
    title: "a directory that cannot be listed is an error, not an empty one",
    async run(root) {
      fileStore({ root }).blobs.put(nameOf(1), sampleBytes(10));
      const files = instead({
        names: () => {
          throw Object.assign(new Error("EIO: i/o error, scandir"), { code: "EIO" });
        },
      });
      ok((await thrownBy(() => [...fileStoreOn(files, { root }).blobs.list()])) instanceof StoreError);
    },
  },
  {
    row: 101,
    title: "a disk that takes nothing more is an error, and leaves the old entry and no litter",
    async run(root) {
      fileStore({ root }).blobs.put(nameOf(1), sampleBytes(10));
      const { blobs } = fileStoreOn(instead({ write: () => 0 }), { root });
      ok((await thrownBy(() => blobs.put(nameOf(1), sampleBytes(20)))) instanceof StoreError);
      deepStrictEqual(new Uint8Array(blobs.get(nameOf(1)) as Uint8Array), sampleBytes(10));
      deepStrictEqual(readdirSync(join(root, "tmp")), []);
    },
  },
];

const LINKS: readonly DirectorySequence[] = [
  {
    row: 96,
    title: "no file of others is removed as a leftover, by whatever link",
    async run(directory) {
      const [root, others] = [join(directory, "root"), join(directory, "others")];
      mkdirSync(root, { mode: 0o700 });
      mkdirSync(others);
      for (const name of ["letter", "123-0123456789abcdef"]) {
        writeFileSync(join(others, name), "mine");
        utimesSync(join(others, name), new Date(0), new Date(0));
      }
      symlinkSync(others, join(root, "tmp"));
      const storage = storageOn(fileStore({ root }));
      ok((await thrownBy(() => storage.save(VALUES[0]))) instanceof StoreError, "it was written through a link");
      deepStrictEqual(readdirSync(others).sort(), ["123-0123456789abcdef", "letter"]);
    },
  },
  {
    row: 103,
    title: "leftovers of killed writers are removed when they are old, and nothing else",
    async run(directory) {
      const root = join(directory, "root");
      storageOn(fileStore({ root })).save(VALUES[0]);
      const old = new Date(Date.now() - 2 * DAY_MS);
      for (const [name, time] of [
        ["1-0123456789abcdef", old],
        ["2-0123456789abcdef", new Date()],
        ["notes.txt", old],
      ] as const) {
        writeFileSync(join(root, "tmp", name), "half an entry");
        utimesSync(join(root, "tmp", name), time, time);
      }
      fileStore({ root });
      deepStrictEqual(readdirSync(join(root, "tmp")).sort(), ["2-0123456789abcdef", "notes.txt"]);
    },
  },
  ...(["values", "shard"] as const).map(
    (which): DirectorySequence => ({
      row: 96,
      title: `where ${which === "values" ? "the folder of values" : "a folder of entries"} is a link, nothing is written or removed behind it`,
      async run(directory) {
        const [root, others] = [join(directory, "root"), join(directory, "others")];
        const storage = storageOn(fileStore({ root }));
        const digest = storage.save(VALUES[0]);
        const folder = which === "values" ? join(root, "values") : join(pathOf(root, digest), "..");
        renameSync(folder, others);
        symlinkSync(others, folder);
        const before = readdirSync(others, { recursive: true }).sort();
        ok((await thrownBy(() => storage.evict(digest))) instanceof StoreError, "an entry was removed through a link");
        writeFileSync(pathOf(root, digest), "not ours");
        ok(
          (await thrownBy(() => storage.save(VALUES[0]))) instanceof StoreError,
          "an entry was written through a link",
        );
        deepStrictEqual(readdirSync(others, { recursive: true }).sort(), before);
      },
    }),
  ),
];

const MEANWHILE: readonly DirectorySequence[] = [
  ...(["fstat", "read"] as const).map(
    (kind): DirectorySequence => ({
      row: 104,
      title: `an entry that is removed before ${kind} is a hit`,
      async run(root) {
        const digest = storageOn(fileStore({ root })).save(VALUES[0]);
        const files = meanwhile(kind, () => unlinkSync(pathOf(root, digest)));
        deepStrictEqual(storageOn(fileStoreOn(files, { root })).load(digest), VALUES[0]);
      },
    }),
  ),
  ...(["fstat", "read"] as const).map(
    (kind): DirectorySequence => ({
      row: 104,
      title: `an entry that is cut before ${kind} is a miss`,
      async run(root) {
        const value = "a long text ".repeat(1000);
        for (const keys of [KEYS.first, null]) {
          for (const length of [0, 100, 127, 140, 4096, 5000]) {
            const digest = storageOn(fileStore({ root }), keys).save(value);
            const files = meanwhile(kind, () => truncateSync(pathOf(root, digest), length));
            const { error } = await watch(() => storageOn(fileStoreOn(files, { root }), keys).load(digest));
            ok(error instanceof SignatureError, `${length} bytes were left: ${String(error)}`);
            if (length < 128 || length > 160) strictEqual(error.reason, "truncated", `${length} bytes were left`);
          }
        }
      },
    }),
  ),
  {
    row: 104,
    title: "an entry that grows before it is read is a hit or a miss",
    async run(root) {
      const digest = storageOn(fileStore({ root })).save(VALUES[0]);
      const files = meanwhile("read", () => writeFileSync(pathOf(root, digest), "more", { flag: "a" }));
      deepStrictEqual(storageOn(fileStoreOn(files, { root })).load(digest), VALUES[0]);
    },
  },
  {
    row: 104,
    title: "an entry that is removed between list and load is absent",
    async run(root) {
      const storage = storageOn(fileStore({ root }));
      storage.save(VALUES[0]);
      for (const digest of storage.list()) {
        unlinkSync(pathOf(root, digest));
        const error = await thrownBy(() => storage.load(digest));
        ok(error instanceof NotFoundError && error.reason === "absent", String(error));
        strictEqual(storage.evict(digest), false);
      }
    },
  },
  {
    row: 107,
    title: "two processes that write one entry leave one whole winner, and readers see whole entries",
    async run(root, entry) {
      const [name, size, count] = [nameOf(1), 300_000, 60];
      const store = fileStore({ root });
      store.blobs.put(name, sampleBytes(size).fill(0));
      const script = (byte: number): string => `
        import { fileStore } from ${JSON.stringify(entry)};
        const { blobs } = fileStore({ root: ${JSON.stringify(root)} });
        for (let i = 0; i < ${count}; i++) blobs.put("${name}", new Uint8Array(${size}).fill(${byte}));
      `;
      let running = 2;
      const writers = [1, 2].map((byte) =>
        promisify(execFile)(process.execPath, ["--input-type=module", "-e", script(byte)]).finally(() => running--),
      );
      const assertWhole = (): number => {
        const found = store.blobs.get(name) as Uint8Array;
        strictEqual(found.length, size);
        const byte = found[0] as number;
        ok(
          found.every((other) => other === byte),
          "an entry of two writers",
        );
        return byte;
      };
      while (running > 0) {
        assertWhole();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await Promise.all(writers);
      ok(assertWhole() > 0);
      deepStrictEqual(readdirSync(join(root, "tmp")), []);
    },
  },
];

export const DIRECTORY_SEQUENCES: readonly DirectorySequence[] = [...ROOTS, ...OWN, ...LINKS, ...MEANWHILE];
