/** Attacks on a store of files through the file system itself: links, FIFOs, sparse files, directories of others. */

import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Reason } from "../../observe/reason.ts";
import { HEADER_SIZE } from "../../seal/header.ts";
import type { AttackCase } from "./case.ts";
import { BODY_START, edited, KEYS, keyIdOf, resigned, rewritten, type Scene, signerOf } from "./scene.ts";

/** Where things lie. */
export interface Place {
  readonly scene: Scene;
  /** The files of `a` and `b`. */
  readonly a: string;
  readonly b: string;
  /** A directory that is not the cache's, with `secret` and `copy` (a sound copy of `a`) in it. */
  readonly outside: string;
}

/** An attack that puts something under the file name of `a`. */
export interface FileCase extends Pick<AttackCase, "cure"> {
  readonly row: number;
  readonly title: string;
  /** Returns `false` where this system cannot do it. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most return nothing
  arrange(place: Place): void | false;
  readonly expect: Reason | "served";
}

function linked(row: number, title: string, target: (place: Place) => string): FileCase {
  return {
    row,
    title: `a link to ${title}`,
    arrange: (place) => {
      rmSync(place.a);
      symlinkSync(target(place), place.a);
    },
    expect: "not-a-regular-file",
  };
}

/** A file of this size whose beginning is `head`; the rest is a hole. */
function sparse(path: string, head: Uint8Array, size: number): void {
  writeFileSync(path, head);
  truncateSync(path, size);
}

const BIG = 64 << 20;

/** A header and tag like those of `a`, for a body of 64 MiB. */
function bigHead({ a }: Scene): Buffer {
  const lengths = { storedLength: BigInt(BIG), rawLength: BigInt(BIG) };
  return resigned(a.bytes, lengths).subarray(0, BODY_START);
}

export const FILE_CASES: readonly FileCase[] = [
  linked(91, "the entry of b", ({ b }) => b),
  linked(91, "a sound copy of itself", ({ outside }) => join(outside, "copy")),
  linked(91, "a secret file", ({ outside }) => join(outside, "secret")),
  linked(91, "nothing", ({ outside }) => join(outside, "nothing")),
  linked(91, "itself", ({ a }) => a),
  linked(91, "a directory", ({ outside }) => outside),
  linked(93, "an endless device", () => "/dev/zero"),
  {
    row: 91,
    title: "a FIFO that nobody writes to",
    arrange: ({ a }) => {
      rmSync(a);
      if (spawnSync("mkfifo", [a]).status !== 0) return false;
    },
    expect: "not-a-regular-file",
  },
  {
    row: 91,
    title: "a directory",
    arrange: ({ a }) => {
      rmSync(a);
      mkdirSync(a);
    },
    expect: "not-a-regular-file",
    // Removing what somebody put there with things in it is nobody's business but theirs.
    cure: "none",
  },
  { row: 43, title: "a hard link to the entry of b", arrange: ({ a, b }) => relinked(a, b), expect: "wrong-entry" },
  {
    row: 43,
    title: "a hard link to a sound copy of itself",
    arrange: ({ a, outside }) => relinked(a, join(outside, "copy")),
    expect: "served",
  },
  { row: 43, title: "a copy of the file of b", arrange: ({ a, b }) => copyFileSync(b, a), expect: "wrong-entry" },
  {
    row: 43,
    title: "the files of a and b, exchanged",
    arrange: ({ a, b }) => {
      renameSync(a, `${a}~`);
      renameSync(b, a);
      renameSync(`${a}~`, b);
    },
    expect: "wrong-entry",
  },
  {
    row: 51,
    title: "its file renamed to upper case",
    arrange: ({ a, scene }) => renameSync(a, join(a, "..", scene.a.name.slice(2).toUpperCase())),
    expect: "absent",
  },
  { row: 121, title: "its file removed", arrange: ({ a }) => unlinkSync(a), expect: "absent" },
  {
    row: 121,
    title: "its folder is a file",
    arrange: ({ a }) => {
      rmSync(join(a, ".."), { recursive: true });
      closeSync(openSync(join(a, ".."), "w"));
    },
    expect: "absent",
    cure: "none",
  },
  {
    row: 94,
    title: "a sparse file of 10 GiB",
    arrange: ({ a, scene }) => sparse(a, scene.a.bytes, 10 * 1024 ** 3),
    expect: "too-large",
  },
  {
    row: 94,
    title: "a sparse file of 512 MiB",
    arrange: ({ a, scene }) => sparse(a, scene.a.bytes, 512 << 20),
    expect: "trailing-bytes",
  },
  {
    row: 40,
    title: "64 MiB of zeros",
    arrange: ({ a }) => sparse(a, new Uint8Array(), BIG),
    expect: "not-an-envelope",
  },
  {
    row: 116,
    title: "64 MiB with a wrong tag",
    arrange: ({ a, scene }) => sparse(a, edited(bigHead(scene), HEADER_SIZE, 0, 0, 0, 0), BODY_START + BIG),
    expect: "bad-signature",
  },
  {
    row: 116,
    title: "64 MiB under an unknown key",
    arrange: ({ a, scene }) => sparse(a, resigned(bigHead(scene), {}, signerOf(KEYS.stranger)), BODY_START + BIG),
    expect: "unknown-key",
  },
  {
    row: 116,
    title: "64 MiB under the id of another key of ours",
    arrange: ({ a, scene }) => sparse(a, rewritten(bigHead(scene), { keyId: keyIdOf(KEYS.second) }), BODY_START + BIG),
    expect: "bad-signature",
  },
  {
    row: 116,
    title: "64 MiB, soundly signed, for another entry",
    arrange: ({ a, scene }) => sparse(a, resigned(bigHead(scene), { entry: scene.b.name }), BODY_START + BIG),
    expect: "wrong-entry",
  },
  {
    row: 116,
    title: "64 MiB and a byte where 64 MiB are signed",
    arrange: ({ a, scene }) => sparse(a, bigHead(scene), BODY_START + BIG + 1),
    expect: "trailing-bytes",
  },
];

function relinked(path: string, target: string): void {
  rmSync(path);
  linkSync(target, path);
}
