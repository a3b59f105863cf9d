/**
 * How long checks take, where that could tell an attacker something or cost a reader much. Medians of many rounds in turn,
 * with wide tolerance: what must be found is a comparison that ends at the first wrong byte, or a body that is read.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileStore, keyRing, valueStorage } from "../../src/index.ts";
import { HEADER_SIZE, KIND } from "../../src/seal/header.ts";
import { namespaceIdOf } from "../../src/seal/key-ring.ts";
import { openHead } from "../../src/seal/open.ts";
import { edited, KEYS, sealedAs, signerOf } from "../../src/testing/attack/scene.ts";
import { nameOf, sampleBytes } from "../../src/testing/samples.ts";

const NAME = nameOf(1);
const EMPTY = Buffer.alloc(0);
const entry = (body: Uint8Array): Buffer =>
  sealedAs({ name: NAME, value: undefined, bytes: EMPTY, body: EMPTY }, { codec: 2, body });
const expected = {
  kind: KIND.value,
  entry: NAME,
  namespaceId: namespaceIdOf("default"),
  scheme: 1,
  mayDecode: () => true,
  maxEntryBytes: 2 ** 30,
  signer: signerOf(),
};

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] as number;

/** Nanoseconds that each act takes: medians of so many rounds, in turn, so that a busy machine is busy for both. */
function measured(rounds: number, acts: readonly (() => unknown)[]): number[] {
  const times: number[][] = acts.map(() => []);
  for (let i = 0; i < rounds; i++) {
    for (let k = 0; k < acts.length; k++) {
      // Each comes first as often as the other.
      const which = (i + k) % acts.length;
      const started = process.hrtime.bigint();
      (acts[which] as () => unknown)();
      (times[which] as number[]).push(Number(process.hrtime.bigint() - started));
    }
  }
  return times.map(median);
}

test("a wrong tag takes as long whether its first wrong byte is the first or the last", { timeout: 300_000 }, () => {
  const whole = entry(sampleBytes(2000));
  const head = whole.subarray(0, 4096);
  const wrongAt = (at: number): Buffer => edited(head, HEADER_SIZE + at, (head[HEADER_SIZE + at] as number) ^ 0xff);
  const [first, last] = [wrongAt(0), wrongAt(31)];
  const open = (bytes: Buffer) => () => openHead(bytes, whole.length, expected);
  expect([open(first)(), open(last)()]).toEqual([
    expect.objectContaining({ refused: "bad-signature" }),
    expect.objectContaining({ refused: "bad-signature" }),
  ]);
  measured(5_000, [open(first), open(last)]);
  const [atFirst, atLast] = measured(100_000, [open(first), open(last)]) as [number, number];
  console.info(`first wrong byte at 0: ${atFirst} ns, at 31: ${atLast} ns`);
  expect(Math.abs(atLast - atFirst) / atFirst).toBeLessThan(0.05);
});

test("64 MiB under a wrong tag are refused in less than a millisecond", { timeout: 120_000 }, () => {
  const whole = entry(Buffer.alloc(64 << 20));
  const wrong = edited(whole, HEADER_SIZE, 0, 0, 0, 0);
  const [refused] = measured(1_000, [() => openHead(wrong.subarray(0, 4096), wrong.length, expected)]) as [number];
  console.info(`refused in ${refused} ns`);
  expect(refused).toBeLessThan(1e6);
});

test("ten keys cost a hit on 64 MiB what one costs", { timeout: 300_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-timing-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  // In memory an entry is verified once for all.
  const store = fileStore({ root });
  const keys = Array.from({ length: 9 }, (_, i) => createHash("sha256").update(`key ${i}`).digest("hex"));
  const one = valueStorage({ store, keys: keyRing(KEYS.first), codec: "bytes" });
  const ten = valueStorage({ store, keys: keyRing([...keys, KEYS.first].join(":")), codec: "bytes" });
  const name = one.save(Buffer.from(sampleBytes(64 << 20)));
  const [withOne, withTen] = measured(30, [() => one.load(name), () => ten.load(name)]) as [number, number];
  console.info(`one key: ${withOne / 1e6} ms, ten: ${withTen / 1e6} ms`);
  expect(withTen / withOne).toBeLessThan(1.05);
});
