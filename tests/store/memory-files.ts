/**
 * A file system in memory that can be copied at once: what makes it possible to try every call of everything that a cache
 * does. No symbolic links and no users; what the file store asks of `node:fs` besides, it does as that does.
 */
import { constants, type Stats } from "node:fs";
import { dirname } from "node:path";
import type { FileSystem } from "../../src/store/file/system.ts";
import { systemError } from "./fault-files.ts";

/** `undefined` for a directory. */
interface Node {
  bytes: Buffer | undefined;
  mode: number;
  atMs: number;
}

export interface MemoryFiles extends FileSystem {
  /** Another one with the same files in it. */
  copy(): MemoryFiles;
}

/** With a directory `/` in it. */
export function memoryFiles(
  nodes = new Map<string, Node>([["/", { bytes: undefined, mode: 0o700, atMs: 0 }]]),
): MemoryFiles {
  const opened = new Map<number, { node: Node; at: number }>();
  let next = 100;

  const find = (path: string, call: string): Node => {
    const node = nodes.get(path);
    if (node === undefined) throw systemError("ENOENT", call);
    return node;
  };
  const file = (descriptor: number) => {
    const found = opened.get(descriptor);
    if (found === undefined) throw systemError("EBADF", "a closed file");
    return found;
  };
  const assertFolder = (path: string, call: string): void => {
    if (find(dirname(path), call).bytes !== undefined) throw systemError("ENOTDIR", call);
  };

  return {
    copy() {
      return memoryFiles(new Map([...nodes].map(([path, node]) => [path, { ...node }])));
    },
    open(path, flags, mode = 0o600) {
      assertFolder(path, "open");
      if ((flags & constants.O_CREAT) !== 0) {
        if (nodes.has(path)) throw systemError("EEXIST", "open");
        nodes.set(path, { bytes: Buffer.alloc(0), mode, atMs: Date.now() });
      }
      opened.set(next, { node: find(path, "open"), at: 0 });
      return next++;
    },
    close(descriptor) {
      file(descriptor);
      opened.delete(descriptor);
    },
    fstat: (descriptor) => statsOf(file(descriptor).node),
    fchmod(descriptor, mode) {
      file(descriptor).node.mode = mode;
    },
    fsync: (descriptor) => void file(descriptor),
    read(descriptor, target, offset, length) {
      const from = file(descriptor);
      const piece = (from.node.bytes as Buffer).subarray(from.at, from.at + length);
      target.set(piece, offset);
      from.at += piece.length;
      return piece.length;
    },
    async readLater(descriptor, target, offset, length, position) {
      const piece = (file(descriptor).node.bytes as Buffer).subarray(position, position + length);
      target.set(piece, offset);
      return piece.length;
    },
    write(descriptor, source, offset, length) {
      const { node } = file(descriptor);
      // A new buffer each time: copies of the file system share those that are there.
      node.bytes = Buffer.concat([node.bytes as Buffer, source.subarray(offset, offset + length)]);
      return length;
    },
    lstat(path) {
      const node = nodes.get(path);
      if (node === undefined && nodes.get(dirname(path))?.bytes !== undefined) throw systemError("ENOTDIR", "lstat");
      return node === undefined ? undefined : statsOf(node);
    },
    lutimes(path, atMs) {
      find(path, "lutimes").atMs = atMs;
    },
    realpath: (path) => path,
    chmod(path, mode) {
      find(path, "chmod").mode = mode;
    },
    mkdir(path, mode, recursive = false) {
      if (recursive && nodes.has(path)) return;
      if (recursive && !nodes.has(dirname(path))) this.mkdir(dirname(path), mode, true);
      assertFolder(path, "mkdir");
      if (nodes.has(path)) throw systemError("EEXIST", "mkdir");
      nodes.set(path, { bytes: undefined, mode, atMs: Date.now() });
    },
    link(from, to) {
      assertFolder(to, "link");
      if (nodes.has(to)) throw systemError("EEXIST", "link");
      nodes.set(to, find(from, "link"));
    },
    rename(from, to) {
      const node = find(from, "rename");
      assertFolder(to, "rename");
      nodes.delete(from);
      nodes.set(to, node);
    },
    unlink(path) {
      find(path, "unlink");
      nodes.delete(path);
    },
    names(path) {
      if (find(path, "opendir").bytes !== undefined) throw systemError("ENOTDIR", "opendir");
      return [...nodes.keys()]
        .filter((other) => other !== "/" && dirname(other) === path)
        .map((other) => other.slice(path.length + 1));
    },
  };
}

function statsOf({ bytes, mode, atMs }: Node): Stats {
  const stats = {
    isFile: () => bytes !== undefined,
    isDirectory: () => bytes === undefined,
    isSymbolicLink: () => false,
    size: bytes?.length ?? 0,
    mode,
    uid: process.geteuid?.() ?? 0,
    mtimeMs: atMs,
  };
  return stats as Stats;
}
