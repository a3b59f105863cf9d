/** Names and bytes to try things with: always the same, so that a failure can be had again. */
import { createHash } from "node:crypto";
import type { RecordIndex } from "../store/store.ts";

/** The `i`-th of many names of entries. */
export function nameOf(i: number): string {
  return createHash("sha256").update(`entry ${i}`).digest("hex");
}

/** Bytes of this size that look random, in memory of their own; others for each seed. */
export function sampleBytes(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array((size + 3) >> 2);
  const random = startRandom(seed);
  for (let i = 0; i < words.length; i++) words[i] = random(2 ** 32);
  return new Uint8Array(words.buffer).slice(0, size);
}

/** A generator of whole numbers from 0 up to a bound (xorshift32: speed matters here, secrecy does not). */
export function startRandom(seed: number): (bound: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % bound;
  };
}

/** What may be searched of a record that means nothing. */
export function indexOf(fields: Partial<RecordIndex> = {}): RecordIndex {
  return {
    name: "simulate",
    module: null,
    version: null,
    codeDigest: null,
    arguments: [],
    result: nameOf(0),
    tags: [],
    parent: null,
    startedMs: 1_700_000_000_000,
    ...fields,
  };
}

const HEX = nameOf(1);

/** What is no name of an entry: ways out of a directory, names that systems fold or treat specially, look-alikes. */
export const WRONG_NAMES: readonly (readonly [title: string, name: string])[] = [
  ["a path upwards", "../../x"],
  ["a path upwards of the right length", `../${"a".repeat(61)}`],
  ["a Windows path upwards", "..\\x"],
  ["an absolute path", "/etc/x"],
  ["an absolute path of the right length", `/${"a".repeat(63)}`],
  ["a path", "a/b"],
  ["a slash in a digest", `${HEX.slice(0, 2)}/${HEX.slice(3)}`],
  ["the empty text", ""],
  ["a dot", "."],
  ["two dots", ".."],
  ["63 digits", HEX.slice(1)],
  ["65 digits", `${HEX}0`],
  ["upper case", HEX.toUpperCase()],
  ["one letter in upper case", `A${HEX.slice(1)}`],
  ["a NUL behind a digest", `${HEX}\0`],
  ["a NUL in a digest", `${HEX.slice(0, 63)}\0`],
  ["a newline behind a digest", `${HEX}\n`],
  ["a newline in a digest", `${HEX.slice(0, 63)}\n`],
  ["a space before a digest", ` ${HEX}`],
  ["a device of Windows", "CON"],
  ["a stream of Windows", "x:stream"],
  ["a stream behind a digest", `${HEX}:stream`],
  ["a million characters", "a".repeat(1_000_000)],
  ["Cyrillic letters", "а".repeat(64)],
  ["full-width digits", "１".repeat(64)],
  ["a letter beyond f", `g${HEX.slice(1)}`],
  ["a digest with 0x", `0x${HEX.slice(2)}`],
];

/** What is no text at all. */
export const NO_NAMES: readonly unknown[] = [undefined, null, 7, [HEX], { toString: () => HEX }, new String(HEX)];
