/** Conformance: what `admit` and its sink are shown, and whose the returned bytes are. */
import { notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { HEAD_SIZE } from "../../store/store.ts";
import { nameOf, sampleBytes } from "../samples.ts";
import { onBothShelves, type StoreCase } from "./case.ts";
import { assertBytes } from "./entries.ts";

const SIZES = [0, 1, 4095, 4096, 4097, 65_536, 1_048_576, 1_052_672, 3_000_001];

export const READING_CASES: readonly StoreCase[] = [
  ...onBothShelves("admit is shown the first 4 KiB at most, and the full size, once", async (shelf) => {
    for (const size of SIZES) {
      const bytes = sampleBytes(size, size + 1);
      await shelf.put(nameOf(1), bytes.slice());
      let asked = 0;
      await shelf.get(nameOf(1), (head, full) => {
        asked++;
        strictEqual(full, size, "the size");
        assertBytes(head, bytes.subarray(0, HEAD_SIZE), `the head of ${size} bytes`);
        return true;
      });
      strictEqual(asked, 1, `how often admit was asked about ${size} bytes`);
    }
  }),
  ...onBothShelves("where admit says no, get gives undefined and the entry stays", async (shelf) => {
    for (const size of [0, 10, 5000, 2_000_000]) {
      await shelf.put(nameOf(1), sampleBytes(size));
      strictEqual(await shelf.get(nameOf(1), () => false), undefined, `${size} bytes`);
      assertBytes(await shelf.get(nameOf(1)), sampleBytes(size), `${size} bytes, asked for again`);
    }
  }),
  ...onBothShelves("where admit says yes, get gives the entry", async (shelf) => {
    for (const size of SIZES) {
      await shelf.put(nameOf(1), sampleBytes(size));
      assertBytes(await shelf.get(nameOf(1), () => true), sampleBytes(size), `${size} bytes`);
    }
  }),
  ...onBothShelves("a sink is shown every chunk once and in order, and get gives the same bytes", async (shelf) => {
    for (const size of SIZES) {
      const bytes = sampleBytes(size, size + 2);
      await shelf.put(nameOf(1), bytes.slice());
      const chunks: Buffer[] = [];
      // Copied at once: a chunk is only lent.
      const found = await shelf.get(nameOf(1), () => (chunk) => void chunks.push(Buffer.from(chunk)));
      assertBytes(found, bytes, `${size} bytes`);
      assertBytes(Buffer.concat(chunks), bytes, `what the sink was shown of ${size} bytes`);
    }
  }),
  ...onBothShelves(
    "where sameHeads is said, another entry has another head, and a head keeps its bytes",
    async (shelf) => {
      if (shelf.sameHeads !== true) return;
      const headOf = async (name: string): Promise<Uint8Array | undefined> => {
        let head: Uint8Array | undefined;
        const bytes = await shelf.get(name, (shown) => {
          head = shown;
          return true;
        });
        bytes?.fill(0);
        return head;
      };
      for (const size of [10, 4096, 100_000]) {
        await shelf.put(nameOf(1), sampleBytes(size, 1));
        const first = await headOf(nameOf(1));
        strictEqual(await headOf(nameOf(1)), first, `the head of the same ${size} bytes`);
        await shelf.put(nameOf(1), sampleBytes(size, 2));
        notStrictEqual(await headOf(nameOf(1)), first, `the head of other ${size} bytes`);
        assertBytes(first, sampleBytes(size, 1).subarray(0, HEAD_SIZE), `the earlier head of ${size} bytes`);
      }
    },
  ),
  ...onBothShelves("changing returned bytes changes neither the entry nor other copies", async (shelf) => {
    for (const size of [10, 4096, 100_000]) {
      await shelf.put(nameOf(1), sampleBytes(size));
      const [first, second] = [await shelf.get(nameOf(1)), await shelf.get(nameOf(1))];
      ok(first !== undefined && second !== undefined, "an entry that was put");
      notStrictEqual(first.buffer, second.buffer, "two reads share memory");
      first.fill(0);
      assertBytes(second, sampleBytes(size), "the other copy");
      assertBytes(await shelf.get(nameOf(1)), sampleBytes(size), "the entry");
    }
  }),
  ...onBothShelves("returned bytes lie in memory of their own, not in a piece of a pool", async (shelf) => {
    for (const size of [1, 100, 4096, 5000, 100_000]) {
      await shelf.put(nameOf(1), sampleBytes(size));
      for (const found of [
        await shelf.get(nameOf(1)),
        await shelf.get(nameOf(1), () => true),
        await shelf.get(nameOf(1), () => () => {}),
      ]) {
        // Values are decoded as views of it: whoever reaches for `.buffer` must find nothing else there.
        strictEqual(found?.buffer.byteLength, size, `the memory under ${size} bytes`);
      }
    }
  }),
];
