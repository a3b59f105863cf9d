/**
 * Keys and configuration: what cannot be used as it is must be refused when a storage is made, naming the position and
 * never the text; what is used must never be seen again. No store is attacked here.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { ConfigError } from "../../errors.ts";
import { keyRing } from "../../seal/key-ring.ts";
import { memoryStore } from "../../store/memory.ts";
import type { SyncStore } from "../../store/store.ts";
import { type ValueStorage, valueStorage } from "../../vault/value-storage.ts";
import { type Test, thrownBy } from "../runner.ts";
import { KEPT_VALUE, KEY_LISTS, KEY_SOURCES, type KeyCase } from "./key-cases.ts";
import { attackKeyFiles } from "./key-files.ts";
import { KEYS } from "./scene.ts";
import { assertNoKey, inEnvironment } from "./secrets.ts";
import { watch } from "./witness.ts";

type Options = NonNullable<KeyCase["options"]>;

function makeStorage(options: Options, env: Readonly<Record<string, string>>, store = memoryStore()): ValueStorage {
  return inEnvironment(env, () => valueStorage({ store, ...(options as { secretKey?: string }) }));
}

async function tryKeys(keyCase: KeyCase, options: Options, env: Readonly<Record<string, string>>): Promise<void> {
  const { error, result, warnings } = await watch(() => makeStorage(options, env));
  const { refused, taken = 0 } = keyCase;
  if (refused === undefined) {
    strictEqual(error, undefined, String(error));
    deepStrictEqual(warnings, []);
    const storage = result as ValueStorage;
    deepStrictEqual(storage.load(storage.save(KEPT_VALUE)), KEPT_VALUE);
    strictEqual(storage.stats().unverified, taken === 0 ? 1 : 0, "whether entries are signed");
    return;
  }
  ok(error !== undefined, "it was accepted");
  const isOption = Object.keys(options).some((name) => !["secretKey", "keys"].includes(name));
  if (!isOption) {
    ok(error instanceof ConfigError, `a ConfigError was expected, not ${String(error).slice(0, 100)}`);
    match(error.message, refused);
    assertNoKey(inspect(error, { depth: 9, showHidden: true }), "the error");
  }
}

/** Registers a test for every way of giving keys. */
export function attackKeys({ test }: { readonly test: Test }): void {
  for (const keyCase of KEY_LISTS) {
    const { row, title, list = "" } = keyCase;
    const outcome = keyCase.refused === undefined ? "taken" : "refused";
    test(`${row} keys: ${title} → ${outcome}`, async () => {
      await tryKeys(keyCase, { secretKey: list }, {});
      await tryKeys(keyCase, { keys: list }, {});
      await tryKeys(keyCase, {}, { FLECHE_SECRET_KEY: list });
      if (keyCase.notInFile !== true) await tryInFile(keyCase, list);
      if (keyCase.taken !== undefined) strictEqual(keyRing(list).keyIds.length, keyCase.taken);
      else ok((await thrownBy(() => keyRing(list))) instanceof ConfigError);
    });
  }
  for (const keyCase of KEY_SOURCES) {
    const { row, title, options = {}, env = {} } = keyCase;
    const outcome = keyCase.refused === undefined ? "taken" : "refused";
    test(`${row} keys: ${title} → ${outcome}`, () => tryKeys(keyCase, options, env));
  }
  for (const [row, title, run] of STEPS) test(`${row} keys: ${title}`, run);
  attackKeyFiles({ test });
}

async function tryInFile(keyCase: KeyCase, list: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "fleche-keys-"));
  try {
    const path = join(directory, "keys");
    writeFileSync(path, list, { mode: 0o600 });
    await tryKeys(keyCase, {}, { FLECHE_SECRET_KEY_FILE: path });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const STEPS: readonly (readonly [row: number, title: string, run: () => Promise<void>])[] = [
  [
    12,
    "digits in either case are one key",
    async () => {
      deepStrictEqual(keyRing(KEYS.first.toUpperCase()).keyIds, keyRing(KEYS.first).keyIds);
    },
  ],
  [
    17,
    "a key of one repeated byte is taken with one warning",
    async () => {
      for (const key of ["00".repeat(32), "aa".repeat(40), `${KEYS.first}:${"ff".repeat(32)}`]) {
        const { warnings, error } = await watch(() => makeStorage({ secretKey: key }, {}));
        strictEqual(error, undefined);
        strictEqual(warnings.length, 1, key.slice(0, 4));
        match(warnings[0] as string, /one byte repeated/);
      }
      deepStrictEqual((await watch(() => makeStorage({ secretKey: KEYS.first }, {}))).warnings, []);
    },
  ],
  [
    21,
    "a variable that changes after a storage was made changes nothing",
    async () => {
      const store = memoryStore();
      const storage = makeStorage({}, { FLECHE_SECRET_KEY: KEYS.first }, store);
      const digest = storage.save(KEPT_VALUE);
      for (const env of [{ FLECHE_SECRET_KEY: KEYS.second }, { FLECHE_SECRET_KEY: "" }, {}]) {
        inEnvironment(env as Record<string, string>, () => {
          deepStrictEqual(storage.load(digest), KEPT_VALUE);
          storage.evict(digest);
          storage.save(KEPT_VALUE);
        });
      }
      const reader = makeStorage({ secretKey: KEYS.first }, {}, store);
      deepStrictEqual(reader.load(digest), KEPT_VALUE);
    },
  ],
  [
    23,
    "no object, error, line or event of ours shows a key",
    async () => {
      const store: SyncStore = memoryStore();
      const list = `${KEYS.first}:${KEYS.second}`;
      const ring = keyRing(list);
      const storage = makeStorage({ keys: ring }, {}, store);
      const digest = storage.save(KEPT_VALUE);
      const stranger = makeStorage({ secretKey: KEYS.stranger }, { FLECHE_REQUIRE_SIGNATURE: "1" }, store);
      const seen = await watch(() => stranger.load(digest));
      ok(seen.error !== undefined);
      const signer = ring.inNamespace(new Uint8Array(16));
      for (const [where, object] of Object.entries({ ring, storage, stranger, store, digest, signer, seen })) {
        assertNoKey(inspect(object, { depth: 20, showHidden: true, getters: true, maxStringLength: null }), where);
        assertNoKey(JSON.stringify(object) ?? "", `${where} as JSON`);
        assertNoKey(String(object), `${where} as text`);
        for (const key of Reflect.ownKeys(object))
          assertNoKey(inspect(Reflect.get(object, key)), `${where}.${String(key)}`);
      }
      assertNoKey((seen.error as Error).stack ?? "", "a stack");
    },
  ],
];
