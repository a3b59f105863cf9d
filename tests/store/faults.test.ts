import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, StoreError } from "../../src/errors.ts";
import { fileStore, fileStoreOn } from "../../src/store/file/file.ts";
import { type FileSystem, nodeFileSystem } from "../../src/store/file/system.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { sampleBytes } from "../../src/testing/samples.ts";
import { type FaultyFiles, faultyFiles, systemError } from "./fault-files.ts";

const home = mkdtempSync(join(tmpdir(), "fleche-faults-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made = 0;
const freshRoot = (): string => join(home, `${made++}`);

const NAME = "ab".repeat(32);
const FRESH = `ab${"cd".repeat(31)}`;
const OLD = Buffer.alloc(10_000, "old");
const NEW = Buffer.alloc(20_000, "new!");
const INDEX = {
  name: "f",
  module: null,
  version: null,
  codeDigest: null,
  arguments: [],
  result: NAME,
  tags: [],
  parent: null,
  startedMs: 0,
};

const CODES = ["ENOSPC", "EIO", "EACCES", "EMFILE", "EROFS", "ESTALE", "EINTR"];

type Operation = (store: SyncStore) => unknown;
const OPERATIONS: Record<string, Operation> = {
  "put over an entry": (store) => store.blobs.put(NAME, NEW),
  "put a new entry": (store) => store.blobs.put(FRESH, NEW),
  "put a record": (store) => store.records.put(NAME, NEW, INDEX),
  "replace an entry": (store) => store.blobs.replace?.(NAME, OLD.subarray(0, 160), NEW),
  "replace what is another entry by now": (store) => store.blobs.replace?.(NAME, NEW.subarray(0, 160), NEW),
  "put in pieces": (store) => store.blobs.putPieces?.(NAME, [NEW.subarray(0, 160), NEW.subarray(160)]),
  get: (store) => store.blobs.get(NAME),
  "get, with room for the rest": (store) => store.blobs.get(NAME, undefined, () => new Uint8Array(OLD.length - 4096)),
  "get, showing the head": (store) => store.blobs.get(NAME, () => () => {}),
  has: (store) => store.blobs.has(NAME),
  delete: (store) => store.blobs.delete(NAME),
  "ask when a record was used": (store) => store.records.usedMs?.(NAME),
  "note that a record was used": (store) => store.records.noteUse?.(NAME, 1_000),
  list: (store) => [...store.blobs.list()],
  "list by prefix": (store) => [...store.blobs.list("ab")],
};

/** A store with one entry in it. */
function prepared(): string {
  const root = freshRoot();
  fileStore({ root }).blobs.put(NAME, OLD);
  return root;
}

const litter = (root: string): string[] => (existsSync(join(root, "tmp")) ? readdirSync(join(root, "tmp")) : []);

/** All of the old entry or all of the new one; never anything else. */
function assertWhole(root: string, mayBeGone: boolean): void {
  const store = fileStore({ root });
  const bytes = store.blobs.get(NAME);
  if (bytes === undefined) expect(mayBeGone).toBe(true);
  else expect(OLD.equals(bytes) || NEW.equals(bytes)).toBe(true);
  for (const shelf of [store.blobs, store.records]) {
    for (const name of shelf.list()) {
      const found = Buffer.from(shelf.get(name) as Uint8Array);
      expect(found.equals(OLD) || found.equals(NEW)).toBe(true);
    }
  }
}

/** Makes an operation fail at its n-th call, for every n there is. */
function failEach(
  durability: "process" | "power",
  operation: Operation,
  fault: (call: number, n: number, name: string) => Error | undefined,
  judge: (root: string, files: FaultyFiles, error: unknown, n: number) => void,
): number {
  for (let n = 0; ; n++) {
    const root = prepared();
    let armed = false;
    let start = 0;
    const files = faultyFiles((call, name) => (armed ? fault(call - start, n, name) : undefined));
    const store = fileStoreOn(files, { root, durability });
    armed = true;
    start = files.calls.length;
    let error: unknown;
    try {
      operation(store);
    } catch (caught) {
      error = caught;
    }
    armed = false;
    if (files.calls.length - start <= n) return n;
    judge(root, files, error, n + start);
  }
}

describe.each(["process", "power"] as const)("with durability %s", (durability) => {
  describe.each(Object.entries(OPERATIONS))("%s", (name, operation) => {
    test.each(durability === "process" ? CODES : ["EIO"])(
      "fails at every call with %s, leaving whole entries, no litter, and our error",
      (code) => {
        const calls = failEach(
          durability,
          operation,
          (call, n, failing) => (call === n ? systemError(code, failing) : undefined),
          (root, files, error, at) => {
            // Where it was thrown away (making room for a directory that is there), nothing is wrong.
            if (error !== undefined) {
              expect(error).toBeInstanceOf(StoreError);
              expect(error).toMatchObject({ code: "store", reason: "io-error" });
              expect((error as StoreError).message).toContain(code);
            } else if (
              ["open", "write", "read", "rename", "fsync", "fstat", "names", "lutimes"].includes(files.calls[at] ?? "")
            ) {
              expect(`${files.calls[at]} failed and nobody was told`).toBe("");
            }
            assertWhole(root, name === "delete");
            if (files.calls[at] !== "unlink") expect(litter(root)).toEqual([]);
            expect(readFileSync(join(root, "README"), "utf8")).toContain("fleche");
          },
        );
        expect(calls).toBeGreaterThan(0);
      },
    );
  });

  test("a process that ends between any two calls leaves whole entries", () => {
    for (const operation of Object.values(OPERATIONS)) {
      failEach(
        durability,
        operation,
        (call, n, name) => (call >= n ? systemError("EKILLED", name) : undefined),
        (root) => assertWhole(root, operation === OPERATIONS.delete),
      );
    }
  });
});

test("a put that fails while cleaning up still tells the first failure", () => {
  const root = prepared();
  const files = faultyFiles((_, name) =>
    ["write", "unlink"].includes(name) ? systemError("ENOSPC", name) : undefined,
  );
  const store = fileStoreOn(files, { root });
  expect(() => store.blobs.put(NAME, NEW)).toThrow(/ENOSPC.*write/);
  expect(litter(root)).toHaveLength(1);
  assertWhole(root, false);
});

test("a full disk that takes nothing is told, and not written to for ever", () => {
  let writes = 0;
  const write = (): number => {
    if (writes++ > 100) throw new Error("asked for ever");
    return 0;
  };
  const root = prepared();
  const store = fileStoreOn({ ...nodeFileSystem, write }, { root });
  expect(() => store.blobs.put(NAME, NEW)).toThrow(/nothing more can be written/);
  assertWhole(root, false);
  expect(litter(root)).toEqual([]);
});

describe("a store is opened", () => {
  test.each(CODES)("also where %s stands in the way of any call, or refuses with our error", (code) => {
    for (const root of [freshRoot(), prepared()]) {
      for (let n = 0; ; n++) {
        const files = faultyFiles((call, name) => (call === n ? systemError(code, name) : undefined));
        const where = existsSync(join(root, "values")) ? root : freshRoot();
        try {
          const store = fileStoreOn(files, { root: where });
          if (files.calls.length <= n) break;
          store.blobs.put(NAME, NEW);
          expect(NEW.equals(store.blobs.get(NAME) as Uint8Array)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
        }
      }
    }
  });

  test("in a directory that cannot be made tells it when something is put", () => {
    const files = faultyFiles((_, name) => (name === "mkdir" ? systemError("EACCES", name) : undefined));
    const store = fileStoreOn(files, { root: freshRoot() });
    expect(store.blobs.get(NAME)).toBeUndefined();
    expect([...store.blobs.list()]).toEqual([]);
    expect(() => store.blobs.put(NAME, NEW)).toThrow(StoreError);
  });

  test("anew where its directory was removed meanwhile", () => {
    const root = prepared();
    const store = fileStore({ root });
    rmSync(root, { recursive: true });
    expect(store.blobs.get(NAME)).toBeUndefined();
    expect(store.blobs.delete(NAME)).toBe(false);
    expect([...store.blobs.list()]).toEqual([]);
    store.blobs.put(NAME, NEW);
    assertWhole(root, false);
  });
});

describe("reading later", () => {
  const LONG = Buffer.from(sampleBytes(3_500_000));

  /** A store with a long entry, on files that fail at one call once they are armed; and the descriptors that are open. */
  function armed(fault: (name: string, n: number) => Error | undefined) {
    const root = freshRoot();
    fileStore({ root }).blobs.put(NAME, LONG);
    const state = { on: false, from: 0, open: 0, underWay: 0, closedUnderWay: false };
    const files = faultyFiles((call, name) => (state.on ? fault(name, call - state.from) : undefined));
    const { open, close, readLater } = files;
    const watched: FileSystem = {
      ...files,
      open: (...args) => {
        const descriptor = open(...args);
        state.open++;
        return descriptor;
      },
      close: (descriptor) => {
        state.open--;
        state.closedUnderWay ||= state.underWay > 0;
        close(descriptor);
      },
      readLater: async (...args) => {
        state.underWay++;
        try {
          return await readLater(...args);
        } finally {
          state.underWay--;
        }
      },
    };
    const store = fileStoreOn(watched, { root });
    state.on = true;
    state.from = files.calls.length;
    return { store, state, files, root };
  }

  test("fails at every call with our error, and leaves no file open nor closes one that is being read", async () => {
    for (let n = 0; ; n++) {
      const { store, state, files } = armed((name, call) => (call === n ? systemError("EIO", name) : undefined));
      const read = store.blobs.getLater?.(NAME) as Promise<Uint8Array | undefined>;
      const outcome = await read.then(
        (bytes) => bytes,
        (error: unknown) => error,
      );
      if (files.calls.length - state.from <= n) {
        expect(LONG.equals(outcome as Uint8Array)).toBe(true);
        expect(n).toBeGreaterThan(6);
        break;
      }
      expect(outcome).toBeInstanceOf(StoreError);
      expect(outcome).toMatchObject({ code: "store", reason: "io-error" });
      expect(state).toMatchObject({ open: 0, underWay: 0, closedUnderWay: false });
    }
  });

  test("fails with our error where all reads fail at once, and nobody else hears of it", async () => {
    const { store, state } = armed((name) => (name === "readLater" ? systemError("EIO", name) : undefined));
    await expect(store.blobs.getLater?.(NAME)).rejects.toThrow(StoreError);
    expect(state).toMatchObject({ open: 0, underWay: 0, closedUnderWay: false });
  });

  test("gives what there is of a file that is cut meanwhile, with room and without", async () => {
    for (const left of [0, 1, 4096, 5000, (1 << 20) + 4096, 2_500_000]) {
      for (const room of [undefined, new Uint8Array(LONG.length - 4096)]) {
        const { store, root } = armed(() => undefined);
        const shown: Buffer[] = [];
        const cut = (): ((chunk: Uint8Array) => void) => {
          truncateSync(join(root, "values", NAME.slice(0, 2), NAME.slice(2)), left);
          return (chunk) => void shown.push(Buffer.from(chunk));
        };
        const found = await store.blobs.getLater?.(NAME, cut, () => room);
        // The head was read before.
        const expected = LONG.subarray(0, Math.max(4096, left));
        expect(expected.equals(Buffer.concat(shown))).toBe(true);
        expect(room === undefined ? expected.equals(found as Uint8Array) : found?.length === 4096).toBe(true);
      }
    }
  });

  test.each([1000, 4097, 100_000])("repeats reads that give less than asked: %i bytes at a time", async (most) => {
    const root = freshRoot();
    fileStore({ root }).blobs.put(NAME, NEW);
    const less: FileSystem = {
      ...nodeFileSystem,
      readLater: (fd, target, offset, length, position) =>
        nodeFileSystem.readLater(fd, target, offset, Math.min(length, most), position),
    };
    const found = await fileStoreOn(less, { root }).blobs.getLater?.(NAME);
    expect(NEW.equals(found as Uint8Array)).toBe(true);
  });
});

describe("calls that do less than asked", () => {
  const partly = (most: number): FileSystem => ({
    ...nodeFileSystem,
    read: (fd, target, offset, length) => nodeFileSystem.read(fd, target, offset, Math.min(length, most)),
    write: (fd, source, offset, length) => nodeFileSystem.write(fd, source, offset, Math.min(length, most)),
  });

  test.each([1, 7, 4095, 4096, 4097])("are repeated: %i bytes at a time", (most) => {
    const store = fileStoreOn(partly(most), { root: freshRoot() });
    store.blobs.put(NAME, NEW);
    expect(NEW.equals(store.blobs.get(NAME) as Uint8Array)).toBe(true);
    const chunks: Uint8Array[] = [];
    store.blobs.get(NAME, (head, size) => {
      expect([head.length, size]).toEqual([4096, NEW.length]);
      return (chunk) => void chunks.push(Buffer.from(chunk));
    });
    expect(NEW.equals(Buffer.concat(chunks))).toBe(true);
  });

  test("a write that takes nothing is an error, not a loop", () => {
    const root = prepared();
    const store = fileStoreOn({ ...nodeFileSystem, write: () => 0 }, { root });
    expect(() => store.blobs.put(NAME, NEW)).toThrow(StoreError);
    assertWhole(root, false);
    expect(litter(root)).toEqual([]);
  });

  test("a file that is cut while it is read gives what was there, and one that grows no more than its size", () => {
    const root = prepared();
    let left = 5000;
    const cut: FileSystem = {
      ...nodeFileSystem,
      read(fd, target, offset, length) {
        const count = nodeFileSystem.read(fd, target, offset, Math.min(length, left));
        left -= count;
        return count;
      },
    };
    expect(fileStoreOn(cut, { root }).blobs.get(NAME)).toHaveLength(5000);
    const grown: FileSystem = {
      ...nodeFileSystem,
      fstat: (fd) => Object.assign(nodeFileSystem.fstat(fd), { size: 6000 }),
    };
    expect(fileStoreOn(grown, { root }).blobs.get(NAME)).toHaveLength(6000);
  });

  test("a write error after part of the bytes leaves the old entry", () => {
    const root = prepared();
    const files = faultyFiles((_, name) => undefined);
    let writes = 0;
    const store = fileStoreOn(
      {
        ...files,
        write(fd, source, offset, length) {
          if (writes++ === 3) throw systemError("ENOSPC", "write");
          return nodeFileSystem.write(fd, source, offset, Math.min(length, 100));
        },
      },
      { root },
    );
    expect(() => store.blobs.put(NAME, NEW)).toThrow(/ENOSPC/);
    expect(OLD.equals(store.blobs.get(NAME) as Uint8Array)).toBe(true);
    expect(litter(root)).toEqual([]);
  });
});

test("only what is asked to survive a power failure is synced: the file before its rename, the directory after", () => {
  const calls = (durability: "process" | "power"): string[] => {
    const files = faultyFiles(() => undefined);
    const store = fileStoreOn(files, { root: prepared(), durability });
    const start = files.calls.length;
    store.blobs.put(NAME, NEW);
    return files.calls.slice(start).filter((name) => ["write", "fsync", "close", "rename"].includes(name));
  };
  expect(calls("process")).toEqual(["write", "close", "rename"]);
  expect(calls("power")).toEqual(["write", "fsync", "close", "rename", "fsync", "close"]);
});

test("a root that cannot be looked at is told by our error", () => {
  const file = join(prepared(), "README");
  expect(() => fileStore({ root: file })).toThrow(ConfigError);
});
