/** Conformance: lists and finds are complete, whatever happens while they are gone through. */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { RecordFilter } from "../../store/store.ts";
import { gathered } from "../runner.ts";
import { indexOf, nameOf, sampleBytes } from "../samples.ts";
import { onBothShelves, onStore, type Shelf, type StoreCase } from "./case.ts";

const MANY = 150;

async function fill(shelf: Shelf): Promise<string[]> {
  const names = Array.from({ length: MANY }, (_, i) => nameOf(i));
  for (const [i, name] of names.entries()) await shelf.put(name, sampleBytes(5, i));
  return names.sort();
}

export const LISTING_CASES: readonly StoreCase[] = [
  ...onBothShelves(
    "an empty store lists nothing",
    async (shelf) => {
      deepStrictEqual(await gathered(shelf.list()), []);
      deepStrictEqual(await gathered(shelf.list("ab")), []);
    },
    true,
  ),
  ...onBothShelves("list gives every name once, and can be gone through again", async (shelf) => {
    const names = await fill(shelf);
    const listed = shelf.list();
    deepStrictEqual((await gathered(listed)).sort(), names);
    deepStrictEqual((await gathered(shelf.list(""))).sort(), names);
    await shelf.put(names[0] as string, sampleBytes(9));
    deepStrictEqual((await gathered(shelf.list())).sort(), names);
  }),
  ...onBothShelves("list gives the names that begin with a prefix, of any length", async (shelf) => {
    const names = await fill(shelf);
    const one = names[7] as string;
    // Names that part late: in a folder, or on a page, of their own.
    for (const at of [1, 2, 3, 9, 63]) {
      const near = `${one.slice(0, at)}${one[at] === "7" ? "8" : "7"}${one.slice(at + 1)}`;
      await shelf.put(near, sampleBytes(5));
      names.push(near);
    }
    names.sort();
    for (const prefix of [one.slice(0, 1), one.slice(0, 2), one.slice(0, 3), one.slice(0, 10), one, "f", "00"]) {
      const expected = names.filter((name) => name.startsWith(prefix));
      deepStrictEqual((await gathered(shelf.list(prefix))).sort(), expected, `prefix ${prefix}`);
    }
  }),
  ...onBothShelves("list is complete while what it gave is removed", async (shelf) => {
    const names = await fill(shelf);
    const seen: string[] = [];
    for await (const name of shelf.list()) {
      seen.push(name);
      await shelf.delete(name);
    }
    deepStrictEqual(seen.sort(), names);
    deepStrictEqual(await gathered(shelf.list()), []);
  }),
  ...onBothShelves("list gives what stays while other entries are removed", async (shelf) => {
    const names = await fill(shelf);
    const removed = new Set(names.filter((_, i) => i % 3 === 0));
    const seen = new Set<string>();
    let first = true;
    for await (const name of shelf.list()) {
      if (first) for (const other of removed) await shelf.delete(other);
      first = false;
      ok(!seen.has(name), `${name} was listed twice`);
      seen.add(name);
    }
    for (const name of names) if (!removed.has(name)) ok(seen.has(name), `${name} was not listed`);
  }),
  ...onBothShelves("a list may be left early", async (shelf) => {
    const names = await fill(shelf);
    for (let i = 0; i < 3; i++) {
      for await (const name of shelf.list()) {
        ok(names.includes(name));
        break;
      }
    }
    deepStrictEqual((await gathered(shelf.list())).sort(), names);
  }),
  ...onBothShelves("what was removed is not listed", async (shelf) => {
    const names = await fill(shelf);
    await shelf.delete(names[3] as string);
    ok(!(await gathered(shelf.list())).includes(names[3] as string));
  }),
  onStore("a blob is not listed among records, nor a record among blobs", async ({ blobs, records }) => {
    await blobs.put(nameOf(1), sampleBytes(5));
    await records.put(nameOf(2), sampleBytes(5), indexOf());
    deepStrictEqual(await gathered(blobs.list()), [nameOf(1)]);
    deepStrictEqual(await gathered(records.list()), [nameOf(2)]);
    deepStrictEqual(await gathered(records.find({})), [nameOf(2)]);
  }),
  onStore("find gives every record that matches", async ({ records }) => {
    const argument = ["temperature", nameOf(9)] as const;
    const simulated = { version: "1", arguments: [argument], tags: ["slow"], startedMs: 2000 };
    await records.put(nameOf(1), sampleBytes(5), indexOf(simulated));
    await records.put(
      nameOf(2),
      sampleBytes(5),
      indexOf({ name: "render", module: "app/render", codeDigest: nameOf(8) }),
    );
    const made = { result: nameOf(7), parent: nameOf(6), startedMs: 1000 };
    await records.put(nameOf(3), sampleBytes(5), indexOf(made));
    const filters: [RecordFilter, string[]][] = [
      [{}, [nameOf(1), nameOf(2), nameOf(3)]],
      [{ name: "render" }, [nameOf(2)]],
      [{ name: "simulate" }, [nameOf(1), nameOf(3)]],
      [{ module: null }, [nameOf(1), nameOf(3)]],
      [{ module: "app/render", codeDigest: nameOf(8) }, [nameOf(2)]],
      [{ version: "1" }, [nameOf(1)]],
      [{ arguments: [argument] }, [nameOf(1)]],
      [{ anyArgument: nameOf(9) }, [nameOf(1)]],
      [{ result: nameOf(7) }, [nameOf(3)]],
      [{ parent: nameOf(6) }, [nameOf(3)]],
      [{ parent: null, tags: ["slow"] }, [nameOf(1)]],
      [{ untilMs: 2000 }, [nameOf(3)]],
      [{ tags: ["slow"] }, [nameOf(1)]],
      [{ name: "simulate", sinceMs: 2000 }, [nameOf(1)]],
    ];
    for (const [filter, expected] of filters) {
      const found = await gathered(records.find(filter));
      // Perhaps more: whoever asks opens each and matches it again.
      for (const name of expected) ok(found.includes(name), `${JSON.stringify(filter)} did not find ${name}`);
      deepStrictEqual(found.length, new Set(found).size, `${JSON.stringify(filter)} found a record twice`);
    }
  }),
];
