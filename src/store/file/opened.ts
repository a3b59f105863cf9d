/**
 * The file of one entry, open for reading: its head, and then the rest, into memory of the reader's where there is some.
 * Each chunk is shown while it is in the processor's cache. What the bytes mean is decided by `admit`.
 */
import { constants } from "node:fs";
import { type Admit, HEAD_SIZE, type Room, type Sink } from "../store.ts";
import { codeOf, type FileSystem } from "./system.ts";
import { asStoreError, isAbsence, notRegular } from "./trouble.ts";

/**
 * How much is read at a time behind the head. Of 64 MiB, half a MiB to two are equally fast within what can be measured;
 * larger chunks have left the processor's cache when they are hashed, and leave less to overlap.
 */
const CHUNK = 1 << 20;

/**
 * How many reads are under way at once where nobody is blocked: 64 MiB took 1.39 times as long as hashing alone with one, 1.23
 * with two, 1.22 with three, whose best was the better by a sixth. Not four, which are all threads that Node has for files.
 */
const AHEAD = 3;

const NOTHING = new Uint8Array(0);

// Not blocking: a FIFO put there must not hang us. Not following: neither must a link lead elsewhere.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** `undefined` where no file is there. */
export function openForReading(path: string, files: FileSystem): number | undefined {
  try {
    // Without a flag that refuses links (Windows), they are looked for first.
    if (constants.O_NOFOLLOW === undefined && files.lstat(path)?.isSymbolicLink() === true) throw notRegular(path);
    return files.open(path, READ_FLAGS);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    // What opening a link gives with O_NOFOLLOW (EMLINK on some BSDs), and a socket.
    if (["ELOOP", "EMLINK", "ENXIO"].includes(codeOf(error))) throw notRegular(path);
    throw asStoreError(error, "open", path);
  }
}

/** An entry whose head was read and admitted. */
interface Begun {
  readonly head: Uint8Array;
  /** Where the rest goes. */
  readonly rest: Uint8Array;
  /** All of the entry; `undefined` where the rest goes into memory of the reader's. */
  readonly whole: Uint8Array | undefined;
  readonly sink: Sink | undefined;
}

/** An entry, as {@link BlobStore.get} returns it. */
export function readOpened(
  descriptor: number,
  path: string,
  files: FileSystem,
  admit: Admit | undefined,
  room: Room | undefined,
): Uint8Array | undefined {
  const begun = begin(descriptor, path, files, admit, room);
  if (begun === undefined) return undefined;
  const { rest, sink } = begun;
  let at = 0;
  while (at < rest.length) {
    const end = fill(descriptor, rest, at, Math.min(rest.length, at + CHUNK), files);
    if (end === at) break;
    sink?.(rest.subarray(at, end));
    at = end;
  }
  return ended(begun, at);
}

/** As {@link readOpened}: the next chunks are read, in other threads, while one is shown. */
export async function readOpenedLater(
  descriptor: number,
  path: string,
  files: FileSystem,
  admit: Admit | undefined,
  room: Room | undefined,
): Promise<Uint8Array | undefined> {
  const begun = begin(descriptor, path, files, admit, room);
  if (begun === undefined) return undefined;
  const { head, rest, sink } = begun;
  const underWay: Promise<number>[] = [];
  let asked = 0;
  let at = 0;
  try {
    while (at < rest.length) {
      while (asked < rest.length && underWay.length < AHEAD) {
        const end = Math.min(rest.length, asked + CHUNK);
        const reading = fillLater(descriptor, rest, asked, end, head.length, files);
        // Told when its turn comes.
        reading.catch(() => {});
        underWay.push(reading);
        asked = end;
      }
      const expected = Math.min(rest.length, at + CHUNK);
      const end = await (underWay.shift() as Promise<number>);
      if (end > at) sink?.(rest.subarray(at, end));
      at = end;
      if (end < expected) break;
    }
  } finally {
    // Once the file is closed, its descriptor may be another's.
    await Promise.allSettled(underWay);
  }
  return ended(begun, at);
}

/** `undefined` where the entry is not to be read. */
function begin(
  descriptor: number,
  path: string,
  files: FileSystem,
  admit: Admit | undefined,
  room: Room | undefined,
): Begun | undefined {
  const stats = files.fstat(descriptor);
  if (!stats.isFile()) throw notRegular(path);
  const { size, mtimeMs } = stats;
  // Memory of its own, not from Node's pool: what is decoded from it may be a view of it.
  const bytes = Buffer.allocUnsafeSlow(Math.min(size, HEAD_SIZE));
  const length = fill(descriptor, bytes, 0, bytes.length, files);
  const head = length === bytes.length ? bytes : bytes.subarray(0, length);
  const verdict = admit === undefined || admit(head, size, mtimeMs);
  if (verdict === false) return undefined;
  const sink = typeof verdict === "function" ? verdict : undefined;
  sink?.(head);
  if (size <= HEAD_SIZE) return { head, rest: NOTHING, whole: head, sink };
  // Only now is memory taken by the size of the file: its header was believed.
  const given = room?.();
  if (given !== undefined) return { head, rest: given, whole: undefined, sink };
  const whole = Buffer.allocUnsafeSlow(size);
  whole.set(head);
  return { head, rest: whole.subarray(length), whole, sink };
}

/** What is returned of an entry of whose rest so much was read. */
function ended({ head, rest, whole }: Begun, at: number): Uint8Array {
  if (whole === undefined) return head;
  // Shorter where the file was cut meanwhile.
  return at === rest.length ? whole : whole.subarray(0, head.length + at);
}

/** Reads until `end` or the end of the file; where it stopped. */
export function fill(descriptor: number, target: Uint8Array, start: number, end: number, files: FileSystem): number {
  let at = start;
  while (at < end) {
    const count = files.read(descriptor, target, at, end - at);
    if (count === 0) break;
    at += count;
  }
  return at;
}

/** As {@link fill}; `before` is how much of the file comes before the target. */
async function fillLater(
  descriptor: number,
  target: Uint8Array,
  start: number,
  end: number,
  before: number,
  files: FileSystem,
): Promise<number> {
  let at = start;
  while (at < end) {
    const count = await files.readLater(descriptor, target, at, end - at, before + at);
    if (count === 0) break;
    at += count;
  }
  return at;
}

/** Uses an open file and closes it. Where both fail, the first failure is the one that tells. */
export function closing<T>(descriptor: number, files: FileSystem, use: () => T): T {
  let result: T;
  try {
    result = use();
  } catch (error) {
    closeQuietly(descriptor, files);
    throw error;
  }
  files.close(descriptor);
  return result;
}

/** As {@link closing}, when the promise is settled. */
export async function closingLater<T>(descriptor: number, files: FileSystem, use: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await use();
  } catch (error) {
    closeQuietly(descriptor, files);
    throw error;
  }
  files.close(descriptor);
  return result;
}

function closeQuietly(descriptor: number, files: FileSystem): void {
  try {
    files.close(descriptor);
  } catch {
    // The first failure is thrown.
  }
}
