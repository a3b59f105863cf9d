/** Conformance: nothing but 64 lowercase hex characters names an entry, in any method, whatever the backend could take. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import { gathered, thrownBy } from "../runner.ts";
import { indexOf, NO_NAMES, nameOf, sampleBytes, WRONG_NAMES } from "../samples.ts";
import { onStore, type StoreCase } from "./case.ts";

/** Every method that takes a name. */
const METHODS: readonly (readonly [title: string, call: (store: Store, name: string) => unknown])[] = [
  ["blobs.get", ({ blobs }, name) => blobs.get(name)],
  ["blobs.get with admit", ({ blobs }, name) => blobs.get(name, () => true)],
  ["blobs.put", ({ blobs }, name) => blobs.put(name, sampleBytes(10))],
  [
    "blobs.putPieces",
    ({ blobs }, name) =>
      blobs.putPieces === undefined ? blobs.put(name, sampleBytes(10)) : blobs.putPieces(name, [sampleBytes(10)]),
  ],
  ["blobs.replace", ({ blobs }, name) => (blobs.replace ?? blobs.put)(name, sampleBytes(10), sampleBytes(10))],
  ["blobs.has", ({ blobs }, name) => blobs.has(name)],
  ["blobs.delete", ({ blobs }, name) => blobs.delete(name)],
  ["records.get", ({ records }, name) => records.get(name)],
  ["records.put", ({ records }, name) => records.put(name, sampleBytes(10), indexOf())],
  [
    "records.replace",
    ({ records }, name) => (records.replace ?? records.get)(name, sampleBytes(10) as never, sampleBytes(10)),
  ],
  ["records.delete", ({ records }, name) => records.delete(name)],
];

/** Prefixes that are no beginning of a name; upper case and ways out of a directory among them. */
const WRONG_PREFIXES: readonly string[] = [
  "../",
  "..",
  ".",
  "/",
  "a/b",
  "A",
  "g",
  "\0",
  "a\n",
  "*",
  "%",
  "_",
  `${nameOf(1)}0`,
];

/** What is no text, though it reads like the beginning of a name. */
const NO_PREFIXES: readonly unknown[] = [null, 7, ["ab"], { toString: () => "ab" }];

export const NAME_CASES: readonly StoreCase[] = [
  ...METHODS.map(([title, call]) =>
    onStore(
      `${title} throws a TypeError for what is no name, and touches nothing`,
      async (store) => {
        const kept = nameOf(1);
        await store.blobs.put(kept, sampleBytes(10));
        const before = await everyName(store);
        for (const [what, name] of WRONG_NAMES) assertRefused(await thrownBy(() => call(store, name)), what);
        for (const name of NO_NAMES) assertRefused(await thrownBy(() => call(store, name as string)), typeof name);
        deepStrictEqual(await everyName(store), before);
      },
      true,
    ),
  ),
  ...(["blobs", "records"] as const).map((which) =>
    onStore(
      `${which}.list throws a TypeError for what begins no name`,
      async (store) => {
        for (const prefix of WRONG_PREFIXES) {
          assertRefused(await thrownBy(() => gathered(store[which].list(prefix))), JSON.stringify(prefix));
        }
        for (const prefix of NO_PREFIXES) {
          assertRefused(await thrownBy(() => gathered(store[which].list(prefix as string))), typeof prefix);
        }
      },
      true,
    ),
  ),
];

function assertRefused(error: unknown, what: string): void {
  ok(error !== undefined, `${what} was taken for a name`);
  ok(error instanceof TypeError, `${what}: a TypeError was expected, not ${String(error).slice(0, 200)}`);
  strictEqual(Reflect.get(error, "code"), "invalid-argument", `${what}: the code`);
  ok(error.message.length < 500, `${what}: the message repeats all of it`);
}

async function everyName(store: Store): Promise<string[]> {
  return [...(await gathered(store.blobs.list())), "|", ...(await gathered(store.records.list()))];
}
