/** A million changed files of Python, with keys and without: never another value, never another error than ours. */
import { expect, test } from "vitest";
import { digest, memoryStore, NotFoundError, tuple, valueStorage } from "../../src/index.ts";
import { FORM } from "../../src/vault/entry-format.ts";
import { pickleForm } from "../../src/vault/pickle/pickle-form.ts";

/** How many changed files are read. */
const MUTATIONS = Number(process.env.FLECHE_TEST_MUTATIONS ?? 1_000_000);

const KEY = "ab".repeat(32);
const VALUE = { text: "é", list: [1, [2.5, null]], pair: tuple(true, Buffer.from([1, 2])), big: 2n ** 70n };
const OTHER = { text: "è", list: [2, [1.5, null]], pair: tuple(false, Buffer.from([2, 1])), big: 2n ** 71n };

/** Numbers that look random and can be had again: a linear congruence of 32 bits. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A bit, a byte, an insertion, a deletion, or a splice of two. */
function changed(file: Buffer, other: Buffer, next: (below: number) => number): Buffer {
  const at = next(file.length);
  const copy = Buffer.from(file);
  switch (next(5)) {
    case 0:
      copy[at] = (copy[at] as number) ^ (1 << next(8));
      return copy;
    case 1:
      copy[at] = next(256);
      return copy;
    case 2:
      return Buffer.concat([file.subarray(0, at), Buffer.from([next(256)]), file.subarray(at)]);
    case 3:
      return Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + next(4))]);
    default:
      return Buffer.concat([file.subarray(0, at), other.subarray(next(other.length))]);
  }
}

test.each([
  ["signed", { secretKey: KEY }],
  ["unsigned", { keys: null }],
  ["unsigned and compressed", { keys: null, compress: true }],
] as const)("%s", { timeout: 900_000 }, (_, options) => {
  const seed = Date.now() >>> 0;
  console.info(`seed ${seed}`);
  const next = numbers(seed);
  const store = Object.assign(memoryStore(), { [FORM]: pickleForm(9) });
  const storage = valueStorage({ store, ...options });
  const entry = String(storage.save(VALUE));
  const file = Buffer.from(store.blobs.get(entry) as Uint8Array);
  const other = Buffer.from(store.blobs.get(String(storage.save(OTHER))) as Uint8Array);
  const right = digest(VALUE);
  let served = 0;
  for (let i = 0; i < MUTATIONS / 3; i++) {
    let bytes = changed(file, other, next);
    if (next(3) === 0 && bytes.length > 0) bytes = changed(bytes, other, next);
    store.blobs.put(entry, bytes);
    try {
      // By the exact digest: Python's own cannot tell all numbers apart.
      expect(digest(storage.load(entry))).toBe(right);
      served++;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw new Error(bytes.toString("hex"), { cause: error });
    }
  }
  console.info(`${served} of ${Math.ceil(MUTATIONS / 3)} served, all with the right value`);
  if ("secretKey" in options) expect(served).toBeLessThan(MUTATIONS / 1000);
});
