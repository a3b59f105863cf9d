/** Conformance: entries come back as they were put, whole, until they are replaced or removed. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nameOf, sampleBytes } from "../samples.ts";
import { onBothShelves, onStore, type StoreCase, shelvesOf } from "./case.ts";

/** Around what stores read at a time: nothing, the head, 64 KiB, 1 MiB. */
const SIZES = [0, 1, 127, 128, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577, 2_500_000];

/** Whether these are the same bytes; says no more than the first that differs, as bodies are long. */
export function assertBytes(found: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  ok(found !== undefined, `${what}: nothing was returned`);
  strictEqual(found.length, expected.length, `${what}: the length`);
  if (Buffer.compare(found, expected) === 0) return;
  const at = expected.findIndex((byte, i) => byte !== found[i]);
  strictEqual(found[at], expected[at], `${what}: the byte at ${at}`);
}

export const ENTRY_CASES: readonly StoreCase[] = [
  ...onBothShelves(
    "get of what is absent gives undefined, and does not ask admit",
    async (shelf) => {
      let asked = 0;
      const found = await shelf.get(nameOf(1), () => {
        asked++;
        return true;
      });
      strictEqual(found, undefined);
      strictEqual(asked, 0);
      strictEqual(await shelf.get(nameOf(1)), undefined);
    },
    true,
  ),
  ...onBothShelves("what is put is what get gives, in every size", async (shelf) => {
    for (const [i, size] of SIZES.entries()) await shelf.put(nameOf(i), sampleBytes(size, i));
    for (const [i, size] of SIZES.entries()) {
      assertBytes(await shelf.get(nameOf(i)), sampleBytes(size, i), `${size} bytes`);
    }
  }),
  ...onBothShelves("put replaces what is there, also by something shorter", async (shelf) => {
    for (const size of [300, 100_000, 7, 0, 5000]) {
      await shelf.put(nameOf(1), sampleBytes(size, size));
      assertBytes(await shelf.get(nameOf(1)), sampleBytes(size, size), `${size} bytes`);
    }
  }),
  ...onBothShelves("names that share all but one character are different entries", async (shelf) => {
    const name = nameOf(1);
    const others = [
      `${name.slice(0, 63)}${name[63] === "0" ? "1" : "0"}`,
      `${name[0] === "0" ? "1" : "0"}${name.slice(1)}`,
    ];
    await shelf.put(name, sampleBytes(10, 1));
    for (const other of others) strictEqual(await shelf.get(other), undefined);
    for (const [i, other] of others.entries()) await shelf.put(other, sampleBytes(10, i + 2));
    assertBytes(await shelf.get(name), sampleBytes(10, 1), "the first entry");
  }),
  ...onBothShelves("delete removes the entry, and says whether there was one", async (shelf) => {
    strictEqual(await shelf.delete(nameOf(1)), false);
    await shelf.put(nameOf(1), sampleBytes(10));
    await shelf.put(nameOf(2), sampleBytes(20));
    strictEqual(await shelf.delete(nameOf(1)), true);
    strictEqual(await shelf.get(nameOf(1)), undefined);
    strictEqual(await shelf.delete(nameOf(1)), false);
    assertBytes(await shelf.get(nameOf(2)), sampleBytes(20), "the other entry");
    await shelf.put(nameOf(1), sampleBytes(30));
    assertBytes(await shelf.get(nameOf(1)), sampleBytes(30), "the entry that was put again");
  }),
  ...onBothShelves("a reader sees all of the old entry or all of the new one while it is replaced", async (shelf) => {
    const [old, replacement] = [sampleBytes(300_000, 1), sampleBytes(200_000, 2)];
    await shelf.put(nameOf(1), old.slice());
    let putting: unknown;
    // The head was read, the rest not yet: here a store that writes in place would mix them.
    const found = await shelf.get(nameOf(1), () => {
      putting = shelf.put(nameOf(1), replacement.slice());
      return true;
    });
    await putting;
    assertEither(found, old, replacement);
    assertBytes(await shelf.get(nameOf(1)), replacement, "the new entry");
  }),
  ...onBothShelves("a reader sees all of an entry or nothing while it is removed", async (shelf) => {
    const bytes = sampleBytes(300_000);
    await shelf.put(nameOf(1), bytes.slice());
    let deleting: unknown;
    const found = await shelf.get(nameOf(1), () => {
      deleting = shelf.delete(nameOf(1));
      return true;
    });
    await deleting;
    if (found !== undefined) assertBytes(found, bytes, "the removed entry");
  }),
  ...onBothShelves("many reads and writes of one name at once give whole entries", async (shelf) => {
    const versions = [10, 5000, 70_000].map((size) => sampleBytes(size, size));
    await shelf.put(nameOf(1), (versions[0] as Uint8Array).slice());
    const puts = versions
      .flatMap((bytes) => [bytes, bytes])
      .map((bytes) => later(() => shelf.put(nameOf(1), bytes.slice())));
    const gets = Array.from({ length: 20 }, () => later(() => shelf.get(nameOf(1))));
    await Promise.all(puts);
    for (const found of await Promise.all(gets)) assertEither(found as Uint8Array | undefined, ...versions);
  }),
  onStore("blobs: has follows put and delete", async ({ blobs }) => {
    strictEqual(await blobs.has(nameOf(1)), false);
    await blobs.put(nameOf(1), sampleBytes(10));
    strictEqual(await blobs.has(nameOf(1)), true);
    strictEqual(await blobs.has(nameOf(2)), false);
    await blobs.delete(nameOf(1));
    strictEqual(await blobs.has(nameOf(1)), false);
  }),
  onStore("blobs: has is true of an empty entry", async ({ blobs }) => {
    await blobs.put(nameOf(1), new Uint8Array());
    strictEqual(await blobs.has(nameOf(1)), true);
  }),
  onStore("a blob and a record of one name are two entries", async (store) => {
    const { blobs, records } = shelvesOf(store);
    await blobs.put(nameOf(1), sampleBytes(10, 1));
    strictEqual(await records.get(nameOf(1)), undefined);
    await records.put(nameOf(1), sampleBytes(10, 2));
    assertBytes(await blobs.get(nameOf(1)), sampleBytes(10, 1), "the blob");
    assertBytes(await records.get(nameOf(1)), sampleBytes(10, 2), "the record");
    await blobs.delete(nameOf(1));
    assertBytes(await records.get(nameOf(1)), sampleBytes(10, 2), "the record without the blob");
    deepStrictEqual(await store.blobs.has(nameOf(1)), false);
  }),
];

async function later(act: () => unknown): Promise<unknown> {
  await Promise.resolve();
  return act();
}

function assertEither(found: Uint8Array | undefined, ...versions: readonly Uint8Array[]): void {
  ok(found !== undefined, "an entry that was there all the time was not found");
  ok(
    versions.some((version) => Buffer.compare(found, version) === 0),
    `${found.length} bytes that were never put as one entry`,
  );
}
