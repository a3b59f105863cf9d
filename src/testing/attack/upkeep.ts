/** What upkeep of keys must not be talked into: laundering what was tampered with, removing too much, telling too often. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openCache } from "../../cache.ts";
import { fleche } from "../../fleche.ts";
import { readHeader } from "../../seal/header.ts";
import { shownKeyId } from "../../seal/key-ring.ts";
import type { Store } from "../../store/store.ts";
import { evictByKey } from "../../upkeep/evict-by-key.ts";
import { keyStatus } from "../../upkeep/key-status.ts";
import { reseal } from "../../upkeep/reseal.ts";
import type { OldKeyUse } from "../../vault/old-key.ts";
import { gathered } from "../runner.ts";
import { nameOf } from "../samples.ts";
import type { AttackSequence } from "./case.ts";
import { openStorage, setScene } from "./loop.ts";
import { edited, KEYS, keyIdOf, rechecked, resigned } from "./scene.ts";
import { watch } from "./witness.ts";

const [oldId, newId] = [shownKeyId(keyIdOf(KEYS.first)), shownKeyId(keyIdOf(KEYS.second))];

/** The id of the key that each entry names, of values and records. */
async function keysIn(store: Store): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const shelf of [store.blobs, store.records]) {
    for (const name of await gathered(shelf.list())) {
      keys.set(name, shownKeyId(readHeader((await shelf.get(name)) as Uint8Array).keyId));
    }
  }
  return keys;
}

/** Calls f(0) … f(count − 1) in a cache under these keys; counts the runs. */
function calling(store: Store, keys: string) {
  const cache = openCache({ store, keys });
  const ran: number[] = [];
  const fn = fleche(
    async (x: number) => {
      ran.push(x);
      return { x, half: x / 2 };
    },
    { cache, name: "half", version: 1 },
  );
  return { cache, fn, ran };
}

export const UPKEEP: readonly AttackSequence[] = [
  {
    row: 55,
    title: "of entries under an old key the program is told once for that key, and served either way",
    async run(store) {
      const { a, b } = await setScene(store, { writer: { keys: KEYS.first } });
      const told: OldKeyUse[] = [];
      const reader = openStorage(store, {
        keys: `${KEYS.second}:${KEYS.first}`,
        onOldKey(use) {
          told.push(use);
          throw new Error("a hook that fails");
        },
      });
      for (const { name, value } of [a, b, a]) {
        const { result } = await watch(() => reader.load(name));
        deepStrictEqual(result, value);
      }
      deepStrictEqual(told, [{ keyId: oldId, entry: a.name, kind: "value" }]);
      deepStrictEqual(reader.stats(), { hits: 3, unverified: 0, misses: {} });
      await reader.save("under the new key");
      const fresh = openStorage(store, { keys: KEYS.first, onOldKey: (use) => told.push(use) });
      await fresh.load(a.name);
      strictEqual(told.length, 1, "told of the key that signs");
    },
  },
  {
    row: 60,
    title: "of 1,000 entries of which one was tampered with 999 are signed again, and that one is reported",
    reasons: ["body-mismatch"],
    async run(store) {
      const writer = openStorage(store, { keys: KEYS.first });
      const names: string[] = [];
      for (let i = 0; i < 1000; i++) names.push(String(await writer.save([i, "value"])));
      const victim = names[500] as string;
      const bytes = Buffer.from((await store.blobs.get(victim)) as Uint8Array);
      const tampered = edited(bytes, bytes.length - 1, (bytes.at(-1) as number) ^ 1);
      await store.blobs.put(victim, new Uint8Array(tampered));
      const cache = openCache({ store, keys: KEYS.second });
      const rings = { from: KEYS.first, to: KEYS.second };
      const bad = [{ kind: "value", entry: victim, reason: "body-mismatch", keyId: oldId }];
      const counts = { changed: 0, otherKeys: 0, refused: { "body-mismatch": 1 }, bad };
      deepStrictEqual(await reseal(cache, { ...rings, dryRun: true }), { ...counts, resealed: 999, already: 0 });
      deepStrictEqual(await reseal(cache, rings), { ...counts, resealed: 999, already: 0 });
      // Again, as after a kill: nothing is done twice, and the bad one is told again.
      deepStrictEqual(await reseal(cache, rings), { ...counts, resealed: 0, already: 999 });
      ok(tampered.equals((await store.blobs.get(victim)) as Uint8Array), "what was tampered with was written");
      const reader = openStorage(store, { keys: KEYS.second });
      for (const [i, name] of names.entries()) {
        if (name !== victim) deepStrictEqual(await reader.load(name), [i, "value"]);
      }
      strictEqual(await reader.contains(names[0] as string), true);
      ok((await watch(() => reader.load(victim))).error !== undefined, "what was tampered with is served");
    },
  },
  {
    row: 60,
    title: "reseal signs nothing that the old key did not sign, for this very place",
    reasons: ["unsigned", "bad-signature", "wrong-entry", "wrong-kind"],
    async run(store) {
      const { a, b } = await setScene(store, { writer: { keys: KEYS.first } });
      const forged: readonly (readonly [name: string, bytes: Uint8Array])[] = [
        [nameOf(1), rechecked(a.bytes, { entry: nameOf(1) })],
        [nameOf(2), resigned(a.bytes, { entry: nameOf(2) }).map((byte, i) => (i === 130 ? byte ^ 1 : byte))],
        [nameOf(3), b.bytes],
        [nameOf(4), resigned(a.bytes, { entry: nameOf(4), kind: 2 })],
        [nameOf(5), Buffer.from("not ours")],
        // Claims to have been signed again already.
        [nameOf(6), resigned(a.bytes, { entry: nameOf(6), keyId: keyIdOf(KEYS.second) })],
      ];
      for (const [name, bytes] of forged) await store.blobs.put(name, new Uint8Array(bytes));
      const cache = openCache({ store, keys: null });
      const { resealed, already, refused } = await reseal(cache, { from: KEYS.first, to: KEYS.second });
      deepStrictEqual({ resealed, already }, { resealed: 2, already: 0 });
      deepStrictEqual(refused, {
        unsigned: 1,
        "bad-signature": 2,
        "wrong-entry": 1,
        "wrong-kind": 1,
        "not-an-envelope": 1,
      });
      for (const [name, bytes] of forged) {
        ok(Buffer.compare(bytes, (await store.blobs.get(name)) as Uint8Array) === 0, "a forgery was written");
      }
    },
  },
  {
    row: 61,
    title: "eviction by key id removes exactly what names that key, which nobody has",
    async run(store) {
      const { fn } = calling(store, KEYS.first);
      for (let i = 0; i < 5; i++) await fn(i);
      const under = calling(store, KEYS.second);
      for (let i = 5; i < 9; i++) await under.fn(i);
      const before = await keysIn(store);
      const kept = [...before].filter(([, keyId]) => keyId !== oldId).map(([name]) => name);
      const gone = before.size - kept.length;
      const status = await keyStatus(under.cache);
      const named = status.keys.find(({ keyId }) => keyId === oldId);
      deepStrictEqual([named?.role, named?.records, named?.values, named?.refused], ["unknown", 0, 0, gone]);
      const dry = await evictByKey(under.cache, oldId, { dryRun: true });
      strictEqual((await keysIn(store)).size, before.size);
      const done = await evictByKey(under.cache, oldId);
      deepStrictEqual([done, done.records, done.values, done.unreadable], [dry, 5, gone - 5, 0]);
      deepStrictEqual([...(await keysIn(store)).keys()].sort(), kept.sort());
      ok([...(await keysIn(store)).values()].every((keyId) => keyId === newId));
      for (let i = 5; i < 9; i++) deepStrictEqual(await under.fn(i), { x: i, half: i / 2 });
      deepStrictEqual(under.ran, [5, 6, 7, 8]);
    },
  },
];
