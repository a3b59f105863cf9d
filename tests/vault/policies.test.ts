/** What keys may vouch for, given as options: what is taken, what is refused when a storage is made, and that code never runs. */
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openCache } from "../../src/cache.ts";
import type { Codec } from "../../src/codec/codec.ts";
import { CODECS } from "../../src/codec/codecs.ts";
import { jsonCodec } from "../../src/codec/json.ts";
import { ConfigError, SignatureError } from "../../src/errors.ts";
import { fleche } from "../../src/fleche.ts";
import { runSync } from "../../src/flow.ts";
import { KIND } from "../../src/seal/header.ts";
import type { KeyGrant } from "../../src/seal/key-policy.ts";
import { keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { seal } from "../../src/seal/seal.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { thrownBy } from "../../src/testing/runner.ts";
import type { OldKeyUse } from "../../src/vault/old-key.ts";
import { makeRules } from "../../src/vault/posture.ts";
import { readEntry } from "../../src/vault/read-entry.ts";
import { type SealOptions, valueStorage } from "../../src/vault/value-storage.ts";

const [MINE, THEIRS] = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)] as [string, string];

afterEach(() => {
  vi.restoreAllMocks();
  delete (globalThis as { attacked?: boolean }).attacked;
});

/** A codec that really runs what it reads. */
const runner: Codec = {
  name: "runner",
  id: 16,
  executable: true,
  encode: (value) => Buffer.from(String(value)),
  decode: (body) => new Function(`return (${Buffer.from(body)})`)(),
};

const ATTACK = "globalThis.attacked = true";

const ran = (): boolean => "attacked" in globalThis;

describe("a policy", () => {
  test.each<[what: string, grant: unknown, message: RegExp]>([
    ["a misspelt field", { secretKey: MINE, kind: ["value"] }, /key 1: unknown option "kind"; did you mean "kinds"/],
    ["no key", { kinds: ["value"] }, /key 1: secretKey must be a key in hex; found undefined/],
    ["a kind that there is not", { secretKey: MINE, kinds: ["call"] }, /kinds are value, record; found 'call'/],
    ["a kind named as what every object has", { secretKey: MINE, kinds: ["constructor"] }, /kinds are value, record/],
    ["no kind", { secretKey: MINE, kinds: [] }, /key 1: kinds must be a list of names, at least one/],
    ["a text in place of a list", { secretKey: MINE, codecs: "json" }, /codecs must be a list/],
    ["a number in place of a name", { secretKey: MINE, codecs: [16] }, /codecs must be a list/],
    ["no namespace", { secretKey: MINE, namespaces: [] }, /namespaces must be a list/],
    ["an empty namespace", { secretKey: MINE, namespaces: [""] }, /namespaces must be a list/],
    ["nothing", null, /key 1: the options must be an object; found null/],
  ])("refuses %s", async (_, grant, message) => {
    const error = await thrownBy(() => keyRing([grant as KeyGrant]));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(message);
    expect(inspect(error)).not.toContain(MINE.slice(0, 8));
  });

  test.each<[what: string, grants: KeyGrant[], message: RegExp]>([
    ["two keys in one", [{ secretKey: `${MINE}:${THEIRS}` }], /key 1 is a list of keys/],
    ["a key twice", [{ secretKey: MINE }, { secretKey: MINE.toUpperCase() }], /key 2 is a duplicate of key 1/],
    ["a short key", [{ secretKey: MINE }, { secretKey: "abcd" }], /key 2 has 2 bytes/],
    ["an empty key", [{ secretKey: MINE }, { secretKey: "" }], /key 2 is empty/],
    ["no keys", [], /is empty/],
  ])("refuses %s", (_, grants, message) => {
    expect(() => keyRing(grants)).toThrow(ConfigError);
    expect(() => keyRing(grants)).toThrow(message);
  });

  test("cannot be changed once the ring is made, nor shows its key", () => {
    const kinds: ("value" | "record")[] = ["record"];
    const grant = { secretKey: THEIRS, kinds };
    const ring = keyRing([{ secretKey: MINE }, grant]);
    const store = memoryStore();
    const digest = valueStorage({ store, keys: THEIRS }).save("text");
    kinds.push("value");
    expect(() => valueStorage({ store, keys: ring }).load(digest)).toThrow(SignatureError);
    expect(inspect(ring, { showHidden: true, depth: 9 }) + JSON.stringify(ring)).not.toMatch(/01234567|fedcba98/);
    expect(Object.isFrozen(ring) || Object.keys(ring).length === 0).toBe(true);
  });

  test("holds for the ring of some of its keys too", () => {
    const ring = keyRing([{ secretKey: MINE }, { secretKey: THEIRS, kinds: ["record"] }]);
    const only = ring.only([ring.keyIds[1] as string]);
    expect(only.keyIds).toEqual([ring.keyIds[1]]);
    expect(() => valueStorage({ store: memoryStore(), keys: only })).toThrow(ConfigError);
    expect(() => ring.only([])).toThrow("needs a key");
    expect(() => ring.only(["k1:0000000000000000"])).toThrow("there is no key k1:0000000000000000 in the ring");
  });
});

describe("the key that signs", () => {
  const [keyId] = keyRing(MINE).keyIds as [string];
  const cases: readonly (readonly [grant: Omit<KeyGrant, "secretKey">, options: SealOptions, message: string])[] = [
    [{ kinds: ["record"] }, {}, "its policy has no values"],
    [{ namespaces: ["team"] }, {}, "its policy does not have this namespace"],
    [{ codecs: ["json"] }, {}, "its policy does not have the codec 'structured'"],
    [{}, { codec: runner }, "its policy does not have the codec 'runner'"],
  ];
  test.each(cases)("may vouch for what is written, or the storage is not made: %o", (grant, options, message) => {
    const make = () =>
      valueStorage({ store: memoryStore(), keys: keyRing([{ secretKey: MINE, ...grant }]), ...options });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(`valueStorage: key ${keyId} signs, and ${message}; put a key first that may`);
  });

  test("of a cache has to vouch for records too; of a storage of values it does not", () => {
    const keys = keyRing([{ secretKey: MINE, kinds: ["value"] }]);
    expect(() => openCache({ store: memoryStore(), keys })).toThrow("openCache: key");
    const storage = valueStorage({ store: memoryStore(), keys });
    expect(storage.load(storage.save([1]))).toEqual([1]);
  });

  test("may be one that vouches for one codec: records are JSON whatever the codec", () => {
    const keys = keyRing([{ secretKey: MINE, codecs: ["bytes"], namespaces: ["team", "other"] }]);
    const cache = openCache({ store: memoryStore(), keys, codec: "bytes", namespace: "team" });
    const upper = fleche((text: string) => Buffer.from(text), {
      cache,
      name: "upper",
      version: 1,
      storeArguments: false,
    });
    expect([upper("a"), upper("a")]).toEqual([Buffer.from("a"), Buffer.from("a")]);
    expect(cache.stats().hits).toBe(1);
  });
});

test("a record under a key that may vouch for values only is a miss, and the function runs", () => {
  const store = memoryStore();
  const square = fleche((x: number) => x * x, { name: "square", version: 1 });
  square.with({ cache: openCache({ store, keys: THEIRS }) })(12);
  const keys = keyRing([{ secretKey: MINE }, { secretKey: THEIRS, kinds: ["value"] }]);
  const cache = openCache({ store, keys });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  expect(square.with({ cache })(12)).toBe(144);
  expect(cache.stats().misses).toEqual({ "wrong-kind": 1 });
});

describe("code in an entry", () => {
  const forged = (keys: string | undefined) => {
    const store = memoryStore();
    const entry = "ab".repeat(32);
    const namespaceId = namespaceIdOf("default");
    const signer = keys === undefined ? undefined : keyRing(keys).inNamespace(namespaceId);
    const body = Buffer.from(ATTACK);
    store.blobs.put(
      entry,
      seal({ kind: KIND.value, codec: 16, scheme: 1, entry, namespaceId, body, createdMs: 1, signer }),
    );
    return { store, entry };
  };
  const tried: readonly (readonly [what: string, signedBy: string | undefined, options: SealOptions])[] = [
    ["that nobody signed", undefined, { keys: MINE, codec: runner }],
    ["that a stranger signed", THEIRS, { keys: MINE, codec: runner }],
    [
      "that a key without the grant signed",
      THEIRS,
      { codec: runner, keys: keyRing([{ secretKey: MINE, codecs: ["runner"] }, { secretKey: THEIRS }]) },
    ],
    ["that a trusted key signed, in a storage of another codec", MINE, { keys: MINE }],
    ["that a trusted key signed, and that is read without keys", MINE, { keys: null }],
  ];
  test.each(tried)("%s does not run", (_, signedBy, options) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { store, entry } = forged(signedBy);
    const storage = valueStorage({ store, ...options });
    expect(() => storage.load(entry)).toThrow(SignatureError);
    expect(ran()).toBe(false);
  });

  test("does not run on the word of a checksum, even where rules were made for its codec without keys", () => {
    const { store, entry } = forged(undefined);
    const rules = makeRules({
      ...{ ring: undefined, namespace: "default", numbers: "exact", posture: "on", checkContent: "never" },
      ...{ maxEntryBytes: 1e6, compress: false, codec: runner, privateStore: true },
    });
    expect(rules.decoder(16)).toBeUndefined();
    expect(runSync(readEntry(store.blobs, { kind: KIND.value, entry }, rules))).toMatchObject({
      refused: "codec-not-allowed",
    });
  });

  test("runs for a key that has the grant, and for keys given as text beside the codec's name", () => {
    for (const keys of [MINE, keyRing(MINE), keyRing([{ secretKey: MINE, codecs: ["runner"] }])]) {
      const { store, entry } = forged(MINE);
      expect(valueStorage({ store, codec: runner, keys }).load(entry)).toBe(true);
      expect(ran()).toBe(true);
      delete (globalThis as { attacked?: boolean }).attacked;
    }
  });
});

describe("the hook for old keys", () => {
  const scene = () => {
    const store = memoryStore();
    const square = fleche((x: number) => ({ x, text: "y".repeat(100_000) }), { name: "square", version: 1 });
    square.with({ cache: openCache({ store, keys: THEIRS }) })(1);
    square.with({ cache: openCache({ store, keys: THEIRS }) })(2);
    return { store, square };
  };

  test("is told once for each key of each cache, with the entry; hits go on", () => {
    const { store, square } = scene();
    const told: OldKeyUse[] = [];
    const cache = openCache({ store, keys: `${MINE}:${THEIRS}`, onOldKey: (use) => told.push(use) });
    const here = square.with({ cache });
    for (const x of [1, 2, 1]) expect(here(x).x).toBe(x);
    expect(cache.stats()).toMatchObject({ hits: 3, misses: {} });
    const [keyId] = keyRing(THEIRS).keyIds;
    expect(told).toEqual([{ keyId, entry: here.digest(1), kind: "record" }]);
  });

  test("is told of parts that only the old key vouches for", () => {
    const { store } = scene();
    const text = "y".repeat(100_000);
    const told: OldKeyUse[] = [];
    const options = { store, keys: `${MINE}:${THEIRS}` };
    const digest = valueStorage(options).save([text]);
    const loaded = valueStorage({ ...options, onOldKey: (use) => told.push(use) }).load(digest);
    expect(loaded).toEqual([text]);
    expect(told).toHaveLength(1);
    expect(told[0]?.kind).toBe("value");
    expect(told[0]?.entry).not.toBe(String(digest));
  });

  test("is not told of the key that signs, of unsigned entries, or of refused ones", () => {
    const { store, square } = scene();
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const onOldKey = vi.fn();
    for (const keys of [THEIRS, MINE, null]) square.with({ cache: openCache({ store, keys, onOldKey }) }).contains(1);
    expect(onOldKey).not.toHaveBeenCalled();
  });

  test.each<[how: string, hook: () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["is rejected later", async () => Promise.reject(new Error("no"))],
    [
      "gives something that throws when it is awaited",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried
        get then() {
          throw new Error("no");
        },
      }),
    ],
  ])("that %s reaches no call, and is said once", async (_, onOldKey) => {
    const { store, square } = scene();
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const here = square.with({ cache: openCache({ store, keys: `${MINE}:${THEIRS}`, onOldKey }) });
    expect(here(1).x).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warned.mock.calls.map(String)).toEqual(["fleche: onOldKey failed: no"]);
  });

  test("may use the cache itself", () => {
    const { store, square } = scene();
    const results: unknown[] = [];
    const here = square.with({
      cache: openCache({
        ...{ store, keys: `${MINE}:${THEIRS}` },
        onOldKey: () => results.push(here(2).x),
      }),
    });
    expect(here(1).x).toBe(1);
    expect(results).toEqual([2]);
  });

  test("is a function", () => {
    expect(() => valueStorage({ store: memoryStore(), onOldKey: "x" as never })).toThrow("onOldKey must be a function");
  });
});

test("the built-in codecs make no code", () => {
  for (const codec of Object.values(CODECS)) expect(codec.executable ?? false).toBe(false);
  expect(jsonCodec.id).toBe(1);
});
