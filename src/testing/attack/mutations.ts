/**
 * Many variants of one entry: each of its bits flipped, each of its lengths, random mutations. Each is put into the store
 * and asked for; what comes back is the right value or a miss, and what failed is told in hex, so that it can be kept.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openCache } from "../../cache.ts";
import { NotFoundError } from "../../errors.ts";
import { fleche } from "../../fleche.ts";
import type { Reason } from "../../observe/reason.ts";
import type { Store } from "../../store/store.ts";
import { indexOf, startRandom } from "../samples.ts";
import type { Settings } from "./case.ts";
import { openStorage, setScene } from "./loop.ts";
import { edited, KEYS, type Scene } from "./scene.ts";
import { counting, watch } from "./witness.ts";

/** Puts many variants of one entry and loads each: the right value, or a miss; nothing else, ever. */
export async function tryAll(
  store: Store,
  scene: Scene,
  settings: Settings,
  variants: Iterable<Uint8Array>,
  mayServe: boolean,
): Promise<Set<Reason>> {
  const codec = counting();
  const reader = openStorage(store, { ...settings, codec });
  const reasons = new Set<Reason>();
  const { error } = await watch(async () => {
    for (const bytes of variants) {
      const same = Buffer.compare(bytes, scene.a.bytes) === 0;
      await store.blobs.put(scene.a.name, new Uint8Array(bytes));
      const before = codec.decoded;
      try {
        deepStrictEqual(await reader.load(scene.a.name), scene.a.value, "a wrong value was served");
        ok(mayServe || same, "an entry that was changed was served");
      } catch (failure) {
        if (!(failure instanceof NotFoundError)) throw found(bytes, failure);
        reasons.add(failure.reason);
        // Under a signature nothing of a changed entry may reach the decoder.
        if (!mayServe && codec.decoded !== before) throw found(bytes, `something was decoded before ${failure.reason}`);
      }
    }
  });
  if (error !== undefined) throw error;
  return reasons;
}

/** A variant that something wrong came of, as text. */
function found(bytes: Uint8Array, cause: unknown): Error {
  return new Error(`${String(cause)}, of these bytes: ${Buffer.from(bytes).toString("hex")}`, { cause });
}

/** Each bit flipped, one at a time. */
export function* bitFlips(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) yield edited(bytes, at, (bytes[at] as number) ^ (1 << bit));
  }
}

/** Cut to each length. */
export function* truncations(bytes: Buffer): Generator<Buffer> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
}

/** Of one entry, some with a piece of the other: bits, insertions, deletions and splices of two entries, one to three at a time. */
export function* mutations(one: Buffer, other: Buffer, count: number, seed: number): Generator<Buffer> {
  const random = startRandom(seed);
  for (let i = 0; i < count; i++) {
    let bytes: Buffer = Buffer.from(one);
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const at = random(bytes.length);
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      const kind = random(5);
      if (kind === 0) bytes = edited(bytes, at, (bytes[at] as number) ^ (1 << random(8)));
      else if (kind === 1) bytes = edited(bytes, at, random(256));
      else if (kind === 2) bytes = Buffer.concat([before, Buffer.of(random(256)), after]);
      else if (kind === 3) bytes = Buffer.concat([before, after.subarray(1 + random(20))]);
      else bytes = Buffer.concat([before, other.subarray(Math.min(at, other.length))]);
      if (bytes.length === 0) bytes = Buffer.of(0);
    }
    yield bytes;
  }
}

/** Tries so many random mutations of an entry: signed, unless the settings say otherwise. */
export async function tryMutations(store: Store, count: number, seed: number, settings: Settings = {}): Promise<void> {
  const scene = await setScene(store, { writer: settings });
  await tryAll(store, scene, settings, mutations(scene.a.bytes, scene.b.bytes, count, seed), settings.keys === null);
}

/**
 * Tries so many random mutations of a call's record, and as many of its value, with keys and without: the call gives its
 * result, whatever lies there.
 */
export async function tryCallMutations(store: Store, count: number, seed: number): Promise<void> {
  for (const keys of [KEYS.first, null]) {
    const cache = openCache({ store, keys });
    const square = fleche(async (x: number) => ({ square: x * x }), { name: "square", version: 1, cache });
    const entriesOf = async (x: number) => {
      await square(x);
      const record = await square.digest(x);
      const value = (await cache.loadRecord(record)).result;
      const [bytes, body] = [await store.records.get(record), await store.blobs.get(value)];
      return { record, value, bytes: { record: Buffer.from(bytes ?? []), value: Buffer.from(body ?? []) } };
    };
    const [one, other] = [await entriesOf(2), await entriesOf(3)];
    const { error } = await watch(async () => {
      for (const kind of ["record", "value"] as const) {
        for (const bytes of mutations(one.bytes[kind], other.bytes[kind], count, seed)) {
          if (kind === "record") await store.records.put(one.record, new Uint8Array(bytes), indexOf());
          else await store.blobs.put(one.value, new Uint8Array(bytes));
          try {
            deepStrictEqual(await square(2), { square: 4 });
          } catch (failure) {
            throw found(bytes, failure);
          }
        }
      }
    });
    if (error !== undefined) throw error;
  }
}
