/** Attacks and mishaps that take several steps, or thousands of tries: what is not one alteration of one entry. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CODECS } from "../../codec/codecs.ts";
import { AmbiguousDigestError, DigestError, NotFoundError, SignatureError } from "../../errors.ts";
import { runAsync } from "../../flow.ts";
import type { Reason } from "../../observe/reason.ts";
import { KIND, readHeader } from "../../seal/header.ts";
import { KeyRing } from "../../seal/key-ring.ts";
import type { Store } from "../../store/store.ts";
import { DEFAULT_MAX_ENTRY_BYTES, makeRules } from "../../vault/posture.ts";
import { readEntry } from "../../vault/read-entry.ts";
import { gathered, thrownBy } from "../runner.ts";
import { indexOf, NO_NAMES, WRONG_NAMES } from "../samples.ts";
import type { AttackSequence, Settings } from "./case.ts";
import { openStorage, setScene } from "./loop.ts";
import { bitFlips, truncations, tryAll, tryCallMutations, tryMutations } from "./mutations.ts";
import { edited, KEYS, keyIdOf, type Scene, sealedAs } from "./scene.ts";
import { watch } from "./witness.ts";

const UNSIGNED: Settings = { keys: null };

const EXHAUSTIVE: readonly AttackSequence[] = [
  {
    row: 26,
    title: "no entry with one bit flipped is served, and none is decoded",
    async run(store) {
      const scene = await setScene(store);
      await tryAll(store, scene, {}, bitFlips(scene.a.bytes), false);
    },
  },
  {
    row: 26,
    title: "without keys, no entry with one bit flipped gives another value",
    async run(store) {
      const scene = await setScene(store, { writer: UNSIGNED });
      await tryAll(store, scene, UNSIGNED, bitFlips(scene.a.bytes), true);
    },
  },
  {
    row: 26,
    title: "without keys, no signed entry with one bit flipped gives another value",
    async run(store) {
      const scene = await setScene(store);
      await tryAll(store, scene, UNSIGNED, bitFlips(scene.a.bytes), true);
    },
  },
  {
    row: 27,
    title: "no entry that was cut is served, whatever is left of it",
    async run(store) {
      const scene = await setScene(store);
      const reasons = await tryAll(store, scene, {}, truncations(scene.a.bytes), false);
      // What is shorter than a body can fill the place of a tag.
      deepStrictEqual([...reasons], ["truncated"]);
    },
  },
  {
    row: 27,
    title: "without keys, no entry that was cut is served",
    async run(store) {
      const scene = await setScene(store, { writer: UNSIGNED });
      await tryAll(store, scene, UNSIGNED, truncations(scene.a.bytes), false);
    },
  },
  {
    row: 42,
    title: "no entry of 3,000 random mutations is served, and none is decoded",
    run: (store) => tryMutations(store, 3000, 42),
  },
  {
    row: 42,
    title: "without keys, no entry of 1,000 random mutations gives another value",
    async run(store) {
      await tryMutations(store, 1000, 43, UNSIGNED);
    },
  },
  {
    row: 42,
    title: "no call gives another result for 100 random mutations of its record, or of its value",
    run: (store) => tryCallMutations(store, 100, 44),
  },
  {
    row: 118,
    title: "20,000 refusals are counted exactly and print one line",
    async run(store) {
      const { a, b } = await setScene(store);
      await store.blobs.put(a.name, new Uint8Array(b.bytes));
      const reader = openStorage(store);
      const { warnings } = await watch(async () => {
        for (let i = 0; i < 20_000; i++) await thrownBy(() => reader.load(a.name));
      });
      strictEqual(warnings.length, 1);
      deepStrictEqual(reader.stats(), { hits: 0, unverified: 0, misses: { "wrong-entry": 20_000 } });
    },
  },
];

/** A record that is only an envelope: what is in it is looked at when its seal holds. */
function recordOf(scene: Scene, entry = scene.a): Buffer {
  return sealedAs(entry, { kind: KIND.record, codec: 1, body: Buffer.from("{}") });
}

async function recordRefusal(store: Store, name: string, bytes: Uint8Array): Promise<Reason | undefined> {
  const rules = makeRules({
    ring: new KeyRing([Buffer.from(KEYS.first, "hex")]),
    namespace: "default",
    numbers: "exact",
    posture: "on",
    checkContent: "unsealed",
    maxEntryBytes: DEFAULT_MAX_ENTRY_BYTES,
    compress: false,
    codec: CODECS.structured,
    privateStore: true,
  });
  await store.records.put(name, new Uint8Array(bytes), indexOf());
  const read = await runAsync(readEntry(store.records, { kind: KIND.record, entry: name }, rules));
  return read.refused;
}

const STEPS: readonly AttackSequence[] = [
  {
    row: 45,
    title: "a value among the call records is refused",
    reasons: ["wrong-kind"],
    async run(store) {
      const { a } = await setScene(store);
      strictEqual(await recordRefusal(store, a.name, a.bytes), "wrong-kind");
    },
  },
  {
    row: 47,
    title: "the record of one version of a function under the key of another is refused",
    reasons: ["wrong-entry"],
    async run(store) {
      const scene = await setScene(store);
      strictEqual(await recordRefusal(store, scene.a.name, recordOf(scene)), undefined);
      strictEqual(await recordRefusal(store, scene.b.name, recordOf(scene)), "wrong-entry");
    },
  },
  {
    row: 57,
    title: "a writer with a new and an old key signs with the new one",
    async run(store) {
      const writer = openStorage(store, { keys: `${KEYS.second}:${KEYS.first}` });
      const bytes = await store.blobs.get(String(await writer.save("signed")));
      strictEqual(readHeader(bytes as Uint8Array).keyId, keyIdOf(KEYS.second));
    },
  },
  {
    row: 57,
    title: "what is stored soundly under the old key is not written again",
    async run(store) {
      const { a } = await setScene(store, { writer: { keys: KEYS.first } });
      await openStorage(store, { keys: `${KEYS.second}:${KEYS.first}` }).save(a.value);
      strictEqual(Buffer.compare((await store.blobs.get(a.name)) as Uint8Array, a.bytes), 0);
    },
  },
  {
    row: 64,
    title: "a key that is gone when the storage is opened again is gone: no verdict is kept",
    reasons: ["unknown-key"],
    async run(store) {
      const { a } = await setScene(store, { writer: { keys: KEYS.first } });
      const both = openStorage(store, { keys: `${KEYS.second}:${KEYS.first}` });
      deepStrictEqual(await both.load(a.name), a.value);
      const alone = openStorage(store, { keys: KEYS.second });
      const refusal = (await watch(() => alone.load(a.name))).error;
      ok(refusal instanceof SignatureError);
      strictEqual(refusal.reason, "unknown-key");
      deepStrictEqual(await both.load(a.name), a.value);
    },
  },
  {
    row: 64,
    title: "an entry that goes bad between two reads is refused by the second one",
    reasons: ["body-mismatch"],
    async run(store) {
      const { a } = await setScene(store);
      const reader = openStorage(store);
      deepStrictEqual(await reader.load(a.name), a.value);
      await store.blobs.put(a.name, edited(a.bytes, a.bytes.length - 1, 0));
      ok((await watch(() => reader.load(a.name))).error instanceof SignatureError);
      await store.blobs.put(a.name, new Uint8Array(a.bytes));
      deepStrictEqual(await reader.load(a.name), a.value);
    },
  },
  {
    row: 40,
    title: "a reader deletes nothing that it refuses",
    async run(store) {
      const { a, b } = await setScene(store);
      await store.blobs.put(a.name, Buffer.from("not ours"));
      const reader = openStorage(store, { posture: "strict" });
      await watch(async () => {
        await thrownBy(() => reader.load(a.name));
        await thrownBy(() => reader.contains(a.name));
        await reader.shrink(a.name);
        await gathered(reader.list());
      });
      deepStrictEqual((await gathered(store.blobs.list())).sort(), [a.name, b.name].sort());
      strictEqual(await reader.evict(a.name), true);
      strictEqual(await store.blobs.has(a.name), false);
    },
  },
  {
    row: 82,
    title: "values that are too deep are refused with a short path, and leave nothing behind",
    async run(store) {
      const storage = openStorage(store);
      for (const depth of [1001, 1_000_000]) {
        for (const wrap of [
          (value: unknown) => [value],
          (value: unknown) => ({ value }),
          (v: unknown) => new Map([[1, v]]),
        ]) {
          let value: unknown = 1;
          for (let i = 0; i < depth; i++) value = wrap(value);
          const error = await thrownBy(() => storage.save(value));
          ok(error instanceof DigestError, `${depth} levels: ${String(error)}`);
          ok(error.message.length < 500, `the message has ${error.message.length} characters`);
        }
      }
      deepStrictEqual(await gathered(store.blobs.list()), []);
    },
  },
  {
    row: 89,
    title: "Maps and Sets of 100,000 keys are saved and loaded in a few seconds",
    async run(store) {
      const storage = openStorage(store);
      const started = performance.now();
      for (const value of [
        new Map(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, i])),
        new Set(Array.from({ length: 100_000 }, (_, i) => i * 7)),
      ]) {
        deepStrictEqual(Reflect.get((await storage.load(await storage.save(value))) as object, "size"), value.size);
      }
      // Ten times what a busy machine needs: what must not happen is minutes.
      ok(performance.now() - started < 10_000, "too slow");
    },
  },
  {
    row: 49,
    title: "with Python's numbers, of which some share a name, every save writes",
    async run(store) {
      const storage = openStorage(store, { numbers: "python" });
      const digest = await storage.save(0.5);
      strictEqual(String(await storage.save(2n ** 60n)), String(digest));
      strictEqual(await storage.load(digest), 2n ** 60n);
    },
  },
  {
    row: 108,
    title: "a prefix names one entry, or is refused",
    async run(store) {
      const storage = openStorage(store);
      const [a, b] = [`abcd${"0".repeat(60)}`, `abce${"0".repeat(60)}`];
      for (const name of [a, b]) await store.blobs.put(name, new Uint8Array(1));
      strictEqual(String(await storage.expand("abcd")), a);
      ok((await thrownBy(() => storage.expand("abc"))) instanceof AmbiguousDigestError);
      ok((await thrownBy(() => storage.expand("abd"))) instanceof NotFoundError);
      strictEqual(await storage.shrink(b), "abce");
    },
  },
  {
    row: 108,
    title: "what is no digest is a TypeError in every method, before the store is asked",
    async run(store) {
      let asked = 0;
      const spied = new Proxy(store.blobs, {
        get(target, method) {
          asked++;
          return Reflect.get(target, method);
        },
      });
      const storage = openStorage({ ...store, blobs: spied });
      asked = 0;
      for (const name of [...WRONG_NAMES.map(([, wrong]) => wrong), ...NO_NAMES]) {
        for (const method of ["load", "contains", "evict", "shrink"] as const) {
          const error = await thrownBy(() => storage[method](name as string));
          ok(error instanceof TypeError, `${method}(${JSON.stringify(name)?.slice(0, 80)}): ${String(error)}`);
          strictEqual(Reflect.get(error, "code"), "invalid-argument");
          ok(error.message.length < 500);
        }
      }
      strictEqual(asked, 0, "the store was asked");
    },
  },
];

export const SEQUENCES: readonly AttackSequence[] = [...EXHAUSTIVE, ...STEPS];
