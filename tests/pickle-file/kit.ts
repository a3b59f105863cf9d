/** What the tests of Python's files share: directories, keys, files made by hand, and the Python program on the other side. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { NotFoundError, type Reason } from "../../src/index.ts";
import { KIND } from "../../src/seal/header.ts";
import { namespaceIdOf } from "../../src/seal/key-ring.ts";
import { withPreamble } from "../../src/vault/pickle/preamble.ts";

export const KEY: string = "ab".repeat(32);
export const OTHER_KEY: string = "cd".repeat(32);

/** A directory that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleche-pickle-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whether there is a Python that can take the other side. */
export const HAS_PYTHON: boolean =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0;

const PEER = join(import.meta.dirname, "peer.py");

/** Runs the Python program; what it prints. */
export function python(args: readonly string[], input = ""): string {
  return execFileSync("python3", [PEER, ...args], { input, encoding: "utf8", maxBuffer: 1 << 28 }).trim();
}

/** What Python finds in a file: of a value its digest, and that of the whole with its parts; of a call its key. */
export interface SeenByPython {
  readonly digest: string;
  readonly whole: string;
  readonly repr: string;
  readonly key: string;
  readonly call: string;
  readonly fields: readonly string[];
}

/** Every file of a directory as Python sees it. */
export function seenByPython(directory: string, keys?: string): Record<string, SeenByPython> {
  return JSON.parse(python(["read", directory, ...(keys === undefined ? [] : [keys])])) as Record<string, SeenByPython>;
}

/** The names of all entries in a directory. */
export function namesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith("."))
    .sort();
}

/** A pickle with the tag of a key behind it. */
export function signed(pickle: Uint8Array, key: string = KEY): Buffer {
  const tag = createHmac("sha256", Buffer.from(key, "hex")).update(pickle).digest("hex");
  return Buffer.concat([pickle, Buffer.from(tag)]);
}

/** A pickle that says which entry it is. */
export function named(
  pickle: Uint8Array,
  entry: string,
  { kind = KIND.value as number, namespace = "default" } = {},
): Uint8Array {
  return withPreamble(pickle, { kind, entry, namespaceId: namespaceIdOf(namespace) });
}

/** Text, a byte, bytes. */
export type Piece = string | number | readonly number[] | Uint8Array;

/** Bytes from texts and numbers. */
export function bytes(...parts: readonly Piece[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === "string") return Buffer.from(part, "utf8");
      return Buffer.from(typeof part === "number" ? [part] : (part as Uint8Array));
    }),
  );
}

/** A text as protocol 4 writes short ones. */
export function text(value: string): Buffer {
  return bytes(0x8c, Buffer.byteLength(value), value);
}

/** A pickle of protocol 4 with these opcodes. */
export function pickle(...parts: readonly Piece[]): Buffer {
  return bytes([0x80, 4], ...parts, ".");
}

export function readEntry(directory: string, name: string): Buffer {
  return readFileSync(join(directory, name));
}

export function writeEntry(directory: string, name: string, content: Uint8Array): void {
  writeFileSync(join(directory, name), content);
}

/** The reason for which something is not served. */
export function reasonOf(act: () => unknown): Reason | "served" {
  try {
    act();
    return "served";
  } catch (error) {
    if (error instanceof NotFoundError) return error.reason;
    throw error;
  }
}
