/** Conformance: synchronous stores never return a promise; stores can be closed, once and again. */
import { ok, strictEqual } from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import { indexOf, nameOf, sampleBytes } from "../samples.ts";
import { onStore, type StoreCase } from "./case.ts";

export const CLOSING_CASES: readonly StoreCase[] = [
  onStore(
    "the store says whether it is synchronous and private",
    async (store) => {
      strictEqual(typeof store.sync, "boolean");
      strictEqual(typeof store.private, "boolean");
    },
    true,
  ),
  onStore(
    "a store that declares sync: true never returns a promise",
    async (store) => {
      if (!store.sync) return;
      const { blobs, records } = store;
      const admits = [undefined, () => false, () => true, () => () => {}] as const;
      const returned: [string, unknown][] = [
        ["blobs.get of nothing", blobs.get(nameOf(1))],
        ["blobs.put", blobs.put(nameOf(1), sampleBytes(10))],
        ["blobs.put of 2 MiB", blobs.put(nameOf(2), sampleBytes(2 << 20))],
        ...[1, 2].flatMap((i) => admits.map((admit): [string, unknown] => ["blobs.get", blobs.get(nameOf(i), admit)])),
        ["blobs.has", blobs.has(nameOf(1))],
        ["blobs.delete", blobs.delete(nameOf(1))],
        ["records.put", records.put(nameOf(1), sampleBytes(10), indexOf())],
        ...admits.map((admit): [string, unknown] => ["records.get", records.get(nameOf(1), admit)]),
        ["records.delete", records.delete(nameOf(1))],
      ];
      const attempt = store.lock?.(nameOf(1));
      returned.push(["lock", attempt]);
      if (attempt !== undefined && "held" in attempt && attempt.held) {
        returned.push(["noteWaits of a lock", attempt.noteWaits([])], ["release of a lock", attempt.release()]);
      }
      for (const [what, value] of returned) ok(!isPromiseLike(value), `${what} returned a promise`);
      for (const [what, names] of [
        ["blobs.list", blobs.list()],
        ["records.list", records.list()],
        ["records.find", records.find({})],
      ] as const) {
        ok(Symbol.iterator in names, `${what} cannot be gone through without waiting`);
      }
      ok(!isPromiseLike(store.close()), "close returned a promise");
    },
    true,
  ),
  onStore(
    "closing twice is closing once",
    async (store) => {
      await store.blobs.put(nameOf(1), sampleBytes(10));
      await store.close();
      await store.close();
    },
    true,
  ),
  onStore(
    "the store can be disposed of by using, also after it was closed",
    async (store) => {
      const dispose = disposeOf(store);
      strictEqual(typeof dispose, "function", "it has no Symbol.dispose or Symbol.asyncDispose");
      await (dispose as () => unknown).call(store);
      await (dispose as () => unknown).call(store);
      await store.close();
    },
    true,
  ),
];

function disposeOf(store: Store): unknown {
  return Reflect.get(store, store.sync ? Symbol.dispose : Symbol.asyncDispose) ?? Reflect.get(store, Symbol.dispose);
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
