/** The attack suite's part for stores of files: what the file system lets people do to a directory. */
import { deepStrictEqual, ok } from "node:assert/strict";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStoreOn } from "../../store/file/file.ts";
import { type FileSystem, nodeFileSystem } from "../../store/file/system.ts";
import type { Store } from "../../store/store.ts";
import type { Test } from "../runner.ts";
import { DIRECTORY_SEQUENCES } from "./directories.ts";
import { FILE_CASES, type FileCase } from "./files.ts";
import { assertOutcome, setScene } from "./loop.ts";

/** Options of {@link attackFileStore}. */
export interface FileSuiteOptions {
  readonly test: Test;
  /** The store in this directory, on this file system; by default `fileStore`. */
  open?(files: FileSystem, root: string): Store;
  /** Where the file of a value lies; by default as `fileStore` has it. */
  pathOf?(root: string, entry: string): string;
  /** Address of the built package's root, for tests that need a second process. */
  readonly entry?: string;
}

/** No more than this of an entry may be read before its seal holds. */
const HEAD_SIZE = 4096;

/** The real file system, with a count of the bytes that were read. */
function countingFiles(): { readonly files: FileSystem; bytes: number } {
  const count = {
    bytes: 0,
    files: {
      ...nodeFileSystem,
      read(descriptor: number, target: Uint8Array, offset: number, length: number): number {
        const read = nodeFileSystem.read(descriptor, target, offset, length);
        count.bytes += read;
        return read;
      },
    },
  };
  return count;
}

async function runFileCase(attack: FileCase, directory: string, options: FileSuiteOptions): Promise<void> {
  const [root, outside] = [join(directory, "root"), join(directory, "outside")];
  const { open = (files, path) => fileStoreOn(files, { root: path }) } = options;
  const { pathOf = (path, entry) => join(path, "values", entry.slice(0, 2), entry.slice(2)) } = options;
  const scene = await setScene(open(nodeFileSystem, root));
  const [a, b] = [pathOf(root, scene.a.name), pathOf(root, scene.b.name)];
  mkdirSync(outside);
  writeFileSync(join(outside, "secret"), "a secret");
  writeFileSync(join(outside, "copy"), scene.a.bytes);
  if (attack.arrange({ scene, a, b, outside }) === false) return;
  const [before, others] = [portrait(a), portraits(outside)];
  const counted = countingFiles();
  await assertOutcome({
    attack: { ...attack, group: "files" },
    scene,
    store: open(counted.files, root),
    bytes: headOf(a),
    size: looked(a)?.size ?? 0,
    isUntouched: () => {
      // One look each of four methods: load and contains, in both postures.
      if (attack.expect !== "served") ok(counted.bytes <= 4 * HEAD_SIZE, `${counted.bytes} bytes were read`);
      deepStrictEqual(portrait(a), before);
      return true;
    },
  });
  deepStrictEqual(portraits(outside), others, "files outside the cache");
  deepStrictEqual(readdirSync(join(root, "tmp")), [], "temporary files");
}

/** `undefined` where nothing is there, nor can be. */
function looked(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** What kind of thing lies there, and which. */
function portrait(path: string): unknown {
  const stats = looked(path);
  return stats && [stats.mode, stats.ino, stats.size, stats.mtimeMs];
}

function portraits(directory: string): unknown {
  return readdirSync(directory)
    .sort()
    .map((name) => [name, readFileSync(join(directory, name), "latin1")]);
}

/** The beginning of a regular file. */
function headOf(path: string): Uint8Array | undefined {
  if (looked(path)?.isFile() !== true) return undefined;
  const head = Buffer.alloc(HEAD_SIZE);
  const descriptor = openSync(path, "r");
  const length = readSync(descriptor, head);
  closeSync(descriptor);
  return head.subarray(0, length);
}

/** Registers a test for every attack through the file system. */
export function attackFileStore(options: FileSuiteOptions): void {
  const { test, entry = new URL("../../index.js", import.meta.url).href } = options;
  if (process.platform === "win32") return;
  const inDirectory = async (run: (directory: string) => Promise<void>): Promise<void> => {
    const directory = mkdtempSync(join(tmpdir(), "fleche-files-"));
    try {
      await run(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  for (const attack of FILE_CASES) {
    const name = `${attack.row} files: ${attack.title} → ${attack.expect}`;
    test(name, () => inDirectory((directory) => runFileCase(attack, directory, options)));
  }
  for (const { row, title, run } of DIRECTORY_SEQUENCES) {
    test(`${row} files: ${title}`, () => inDirectory((directory) => run(directory, entry)));
  }
}
