/**
 * The one loop over all attack cases: writes two entries, alters one, and looks at everything that a reader can see of it.
 * Which reason is right, each case says; what follows from a reason is asserted here, once.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { digest } from "../../digest/digest.ts";
import { DamagedError, NotFoundError, SignatureError, StoreError } from "../../errors.ts";
import { type Reason, reasonClass } from "../../observe/reason.ts";
import { HEADER_SIZE, MAGIC, readHeader, VERSION } from "../../seal/header.ts";
import { shownKeyId } from "../../seal/key-ring.ts";
import type { Store } from "../../store/store.ts";
import { DEFAULT_MAX_ENTRY_BYTES } from "../../vault/posture.ts";
import { type AsyncValueStorage, type ValueStorage, valueStorage } from "../../vault/value-storage.ts";
import type { AttackCase, Health, Settings } from "./case.ts";
import { BODY_START, KEYS, type SavedEntry, type Scene, VALUES } from "./scene.ts";
import { type CountingCodec, counting, watch } from "./witness.ts";

type Storage = ValueStorage | AsyncValueStorage;

const KEY_LIST = `${KEYS.first}:${KEYS.second}`;

/** A storage on this store, under the two keys unless the settings say otherwise. */
export function openStorage(store: Store, settings: Settings = {}): Storage {
  return valueStorage({ store, keys: KEY_LIST, ...settings });
}

/** Writes the entries that attacks start from. */
export async function setScene(store: Store, attack: Pick<AttackCase, "writer" | "values"> = {}): Promise<Scene> {
  const writer = openStorage(store, attack.writer);
  const [a, b] = attack.values ?? VALUES;
  return { a: await saved(store, writer, a), b: await saved(store, writer, b) };
}

async function saved(store: Store, writer: Storage, value: unknown): Promise<SavedEntry> {
  const name = String(await writer.save(value));
  const bytes = Buffer.from((await store.blobs.get(name)) as Uint8Array);
  return { name, value, bytes, body: bytes.subarray(BODY_START) };
}

/** Reasons that are found behind the header: until the body is read, the entry looks sound. */
const BEHIND_HEAD: readonly Reason[] = ["body-mismatch", "decompress-failed", "decode-failed", "content-mismatch"];

/** Reasons after which a codec was asked. */
const DECODED: readonly Reason[] = ["decode-failed", "content-mismatch"];

/** Tries one case on a store with nothing in it; throws an `AssertionError` where the wrong thing comes of it. */
export async function runAttack(attack: AttackCase, store: Store): Promise<void> {
  const scene = await setScene(store, attack);
  const { name } = scene.a;
  const bytes = attack.alter === undefined ? scene.a.bytes : attack.alter(scene);
  if (bytes === undefined) await store.blobs.delete(name);
  else await store.blobs.put(name, new Uint8Array(bytes));
  const health: Health = { ill: true };
  await assertOutcome({
    attack,
    scene,
    store: attack.disguise?.(store, health) ?? store,
    bytes,
    heal: () => {
      health.ill = false;
    },
    isUntouched: async () => {
      const left = await store.blobs.get(name);
      return bytes === undefined || left === undefined ? bytes === left : Buffer.compare(left, bytes) === 0;
    },
  });
  if (attack.reader === undefined && attack.disguise === undefined) {
    deepStrictEqual(await openStorage(store, attack.writer).load(scene.b.name), scene.b.value, "the other entry");
  }
}

/** An attack that has been carried out. */
export interface Situation {
  readonly attack: Omit<AttackCase, "alter" | "disguise">;
  readonly scene: Scene;
  /** As the reader sees it. */
  readonly store: Store;
  /** What lies under the name of `a`, as far as it is known. */
  readonly bytes: Uint8Array | undefined;
  /** How large it is, where `bytes` is only its beginning. */
  readonly size?: number;
  heal?(): void;
  /** Whether it still lies there. */
  isUntouched(): boolean | Promise<boolean>;
}

/** Looks at all that a reader can see, and at what can be done about it. */
export async function assertOutcome(situation: Situation): Promise<void> {
  const { attack, scene, store, bytes } = situation;
  const { name, value } = scene.a;
  const settings: Settings = { ...attack.writer, ...attack.reader };
  const codec = counting(settings.codec);
  const reader = openStorage(store, { ...settings, codec });
  if (attack.expect === "served" || attack.expect === "served-unverified") {
    await assertServed(reader, scene.a, attack.expect === "served");
    strictEqual(await situation.isUntouched(), true, "a sound entry was changed");
    return;
  }
  const refusal: Expectation = {
    reason: attack.expect,
    entry: name,
    keyId: isOfBytes(situation) ? namedKey(bytes) : undefined,
    behindHead: attack.behindHead ?? BEHIND_HEAD.includes(attack.expect),
  };
  await assertRefused(reader, codec, refusal);
  await assertStrict(openStorage(store, { ...settings, posture: "strict" }), refusal);
  strictEqual(await situation.isUntouched(), true, "what was refused is gone, or was changed");
  if (attack.cure === "none") return;
  situation.heal?.();
  if (attack.cure !== "heal") strictEqual(String(await reader.save(value)), name, "the digest of what was saved again");
  deepStrictEqual(await reader.load(name), value, "the value after it was saved again");
}

interface Expectation {
  readonly reason: Reason;
  readonly entry: string;
  readonly keyId: string | undefined;
  readonly behindHead: boolean;
}

/** Whether the reason was found in bytes that were read to the end of their header. */
function isOfBytes({ attack, bytes, size = bytes?.length ?? 0 }: Situation): boolean {
  const { expect, behindHead, reader, writer } = attack;
  const limit = reader?.maxEntryBytes ?? writer?.maxEntryBytes ?? DEFAULT_MAX_ENTRY_BYTES;
  if (expect === "io-error" || expect === "not-a-regular-file") return behindHead === true;
  return expect !== "absent" && size <= limit;
}

/** The key that the header of these bytes names, as it is shown. */
function namedKey(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.length < HEADER_SIZE) return undefined;
  const header = readHeader(bytes);
  const isOurs = MAGIC.every((byte, i) => byte === bytes[i]) && header.version === VERSION;
  return isOurs && header.suite !== 0 ? shownKeyId(header.keyId) : undefined;
}

async function assertServed(reader: Storage, { name, value }: SavedEntry, verified: boolean): Promise<void> {
  strictEqual(await reader.contains(name), true, "contains");
  const { result, error, warnings } = await watch(() => reader.load(name));
  strictEqual(error, undefined, `it was refused: ${String(error)}`);
  // Two dates that are none differ for the assertion.
  if (!isDeepStrictEqual(result, value)) strictEqual(digest(result), name, "a wrong value was served");
  deepStrictEqual(warnings, []);
  deepStrictEqual(reader.stats(), { hits: 1, unverified: verified ? 0 : 1, misses: {} });
  strictEqual(Reflect.get({}, "x"), undefined, "every object has got a property");
  const { events } = await watch(() => reader.save(value));
  deepStrictEqual(events, [{ operation: "save", outcome: "kept", entry: name }]);
}

async function assertRefused(reader: Storage, codec: CountingCodec, expected: Expectation): Promise<void> {
  const { reason, entry, keyId } = expected;
  const { error, result, warnings, events } = await watch(() => reader.load(entry));
  strictEqual(result, undefined, "a value was served");
  assertError(error, expected);
  if (!DECODED.includes(reason)) strictEqual(codec.decoded, 0, "something was decoded");
  deepStrictEqual(reader.stats(), { hits: 0, unverified: 0, misses: { [reason]: 1 } });
  deepStrictEqual(events, [{ operation: "load", outcome: "miss", entry, reason, keyId }]);
  strictEqual(warnings.length, reasonClass(reason) === "absence" ? 0 : 1, `warnings: ${warnings.join("\n")}`);
  for (const line of warnings) {
    for (const part of [reason, entry, keyId ?? ""]) ok(line.includes(part), `${part} is not in: ${line}`);
    strictEqual(line.includes("Invalid signature for cache entry."), reasonClass(reason) === "signature", line);
  }
  const { error: told, result: there } = await watch(() => reader.contains(entry));
  if (reasonClass(reason) === "store" && !expected.behindHead) assertError(told, expected);
  else strictEqual(told ?? there, expected.behindHead, "contains");
  // Looked at twice; what lies behind the header, and what is simply not there, only load counts.
  const twice = !expected.behindHead && reason !== "absent";
  deepStrictEqual(reader.stats().misses, { [reason]: twice ? 2 : 1 }, "the counts after contains");
}

/** Posture `strict` says the same, and of what was refused by its header so do the methods that do not load. */
async function assertStrict(reader: Storage, expected: Expectation): Promise<void> {
  assertError((await watch(() => reader.load(expected.entry))).error, expected);
  const { error, result } = await watch(() => reader.contains(expected.entry));
  if (expected.behindHead) strictEqual(error ?? result, true, "contains, strict");
  else if (expected.reason === "absent") strictEqual(error ?? result, false, "contains, strict");
  else assertError(error, expected);
}

function assertError(error: unknown, { reason, entry, keyId }: Expectation): void {
  const wanted = reasonClass(reason);
  if (wanted === "store") {
    ok(error instanceof StoreError, `a StoreError was expected, not ${String(error)}`);
    strictEqual(error.reason, reason);
    return;
  }
  ok(error instanceof NotFoundError, `a NotFoundError was expected, not ${String(error).slice(0, 200)}`);
  strictEqual(error.reason, reason, "the reason");
  strictEqual(error.entry, entry, "the entry");
  strictEqual(error.keyId, keyId, "the key id");
  strictEqual(error instanceof SignatureError, wanted === "signature", "whether it is a SignatureError");
  strictEqual(error instanceof DamagedError, wanted === "damage", "whether it is a DamagedError");
  if (wanted === "signature") strictEqual(error.message, "Value present but failed signature check.");
  ok(error.message.length < 1000, `the message has ${error.message.length} characters`);
}
