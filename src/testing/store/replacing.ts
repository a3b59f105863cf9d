/** Conformance: replacing an entry only while it is the one that was seen. For stores that can; others pass by. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { gathered } from "../runner.ts";
import { indexOf, nameOf, sampleBytes } from "../samples.ts";
import { onBothShelves, onStore, type StoreCase } from "./case.ts";
import { assertBytes } from "./entries.ts";

const SIZES = [160, 4096, 5000, 65_536, 65_537, 1_100_000];

export const REPLACING_CASES: readonly StoreCase[] = [
  ...onBothShelves("replace puts other bytes in the place of an entry that begins as it was seen", async (shelf) => {
    if (shelf.replace === undefined) return;
    for (const [i, size] of SIZES.entries()) {
      const old = sampleBytes(size, 1);
      await shelf.put(nameOf(i), old.slice());
      const next = SIZES[(i + 1) % SIZES.length] as number;
      strictEqual(await shelf.replace(nameOf(i), old.slice(0, 160), sampleBytes(next, 2)), true, `${size} bytes`);
      assertBytes(await shelf.get(nameOf(i)), sampleBytes(next, 2), `${size} bytes, replaced`);
    }
    strictEqual((await gathered(shelf.list())).length, SIZES.length);
  }),
  ...onBothShelves("replace changes nothing where another entry is there by now, or none", async (shelf) => {
    if (shelf.replace === undefined) return;
    for (const size of SIZES) {
      const seen = sampleBytes(size, 1).slice(0, 160);
      await shelf.put(nameOf(1), sampleBytes(size, 2));
      strictEqual(await shelf.replace(nameOf(1), seen, sampleBytes(size, 3)), false, `${size} bytes`);
      assertBytes(await shelf.get(nameOf(1)), sampleBytes(size, 2), `${size} bytes, left alone`);
      await shelf.put(nameOf(1), sampleBytes(100, 1));
      strictEqual(await shelf.replace(nameOf(1), seen, sampleBytes(size, 3)), false, "of a shorter entry");
      await shelf.delete(nameOf(1));
      strictEqual(await shelf.replace(nameOf(1), seen, sampleBytes(size, 3)), false, "of none");
      strictEqual(await shelf.get(nameOf(1)), undefined);
    }
    deepStrictEqual(await gathered(shelf.list()), []);
  }),
  ...onBothShelves("a reader sees all of the old entry or all of the replacement", async (shelf) => {
    if (shelf.replace === undefined) return;
    const [old, next] = [sampleBytes(300_000, 1), sampleBytes(200_000, 2)];
    await shelf.put(nameOf(1), old.slice());
    let replacing: unknown;
    const found = await shelf.get(nameOf(1), () => {
      replacing = shelf.replace?.(nameOf(1), old.slice(0, 160), next.slice());
      return true;
    });
    strictEqual(await replacing, true);
    ok(found !== undefined && [old, next].some((bytes) => Buffer.compare(bytes, found) === 0), "a mixture");
  }),
  onStore("records: replace keeps what a record may be searched by, and when it was used", async ({ records }) => {
    if (records.replace === undefined) return;
    const old = sampleBytes(300, 1);
    const index = indexOf({ name: "kept", arguments: [["x", nameOf(7)]], tags: ["tag"] });
    await records.put(nameOf(1), old.slice(), index);
    await records.noteUse?.(nameOf(1), 1_600_000_000_000);
    strictEqual(await records.replace(nameOf(1), old.slice(0, 160), sampleBytes(400, 2)), true);
    deepStrictEqual(await gathered(records.find({ name: "kept", arguments: [["x", nameOf(7)]], tags: ["tag"] })), [
      nameOf(1),
    ]);
    if (records.usedMs !== undefined) strictEqual(await records.usedMs(nameOf(1)), 1_600_000_000_000);
  }),
];
