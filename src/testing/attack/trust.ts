/** Keys that may vouch for some things only, and codecs that run code: what a key signs beyond its policy is refused. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openCache } from "../../cache.ts";
import { readOnly } from "../../caches/read-only.ts";
import type { Codec } from "../../codec/codec.ts";
import { jsonCodec } from "../../codec/json.ts";
import { ConfigError } from "../../errors.ts";
import { runAsync } from "../../flow.ts";
import { KIND } from "../../seal/header.ts";
import type { KeyGrant } from "../../seal/key-policy.ts";
import { type KeyRing, keyRing } from "../../seal/key-ring.ts";
import { evictByKey } from "../../upkeep/evict-by-key.ts";
import { reseal } from "../../upkeep/reseal.ts";
import { DEFAULT_MAX_ENTRY_BYTES, makeRules } from "../../vault/posture.ts";
import { readEntry } from "../../vault/read-entry.ts";
import { thrownBy } from "../runner.ts";
import { type Attack, type AttackCase, type AttackSequence, inGroup } from "./case.ts";
import { setScene } from "./loop.ts";
import { KEYS, rechecked, resigned, type Scene, signerOf } from "./scene.ts";
import { assertNoKey } from "./secrets.ts";

/** The number that codecs which run code have in the header. */
const EXECUTABLE_ID = 16;

/** A codec that says it makes code of what it reads. That it was not asked to is counted by the loop, for each case. */
const runner: Codec = { ...jsonCodec, name: "runs", id: EXECUTABLE_ID, executable: true };

/** The second key signs; the first vouches for what is left to it. */
function leaving(grant: Omit<KeyGrant, "secretKey">): KeyRing {
  return keyRing([{ secretKey: KEYS.second }, { secretKey: KEYS.first, ...grant }]);
}

const signed = { writer: { keys: KEYS.first } } as const;

const policies: readonly Attack[] = [
  {
    row: 63,
    title: "a value of another codec than those that its key may vouch for",
    ...signed,
    reader: { keys: leaving({ codecs: ["json", "bytes"] }) },
    expect: "codec-not-allowed",
  },
  {
    row: 63,
    title: "a value under a key that may vouch for records only",
    ...signed,
    reader: { keys: leaving({ kinds: ["record"] }) },
    expect: "wrong-kind",
  },
  {
    row: 63,
    title: "a value under a key that may vouch in other namespaces only",
    ...signed,
    reader: { keys: leaving({ namespaces: ["other", "defaul"] }) },
    expect: "wrong-namespace",
  },
  {
    row: 63,
    title: "a forged tag under a key whose policy would forbid it too: the tag comes first",
    reader: { keys: leaving({ kinds: ["record"] }) },
    alter: ({ a }) => resigned(a.bytes, {}, { ...signerOf(KEYS.stranger), keyId: signerOf(KEYS.first).keyId }),
    expect: "bad-signature",
  },
  {
    row: 63,
    title: "what its key may vouch for",
    ...signed,
    reader: { keys: leaving({ kinds: ["value"], codecs: ["json", "structured"], namespaces: ["other", "default"] }) },
    expect: "served",
  },
];

const runs = { codec: runner } as const;

/** A payload that nobody signed, as somebody who has no key can write it. */
function unsigned({ a }: Scene): Buffer {
  return rechecked(a.bytes, { codec: EXECUTABLE_ID });
}

const execution: readonly Attack[] = [
  {
    row: 71,
    title: "code without a signature, where keys are configured",
    writer: runs,
    alter: unsigned,
    expect: "unsigned",
  },
  {
    row: 72,
    title: "code signed by a key without the grant",
    writer: { ...runs, keys: KEYS.first },
    reader: {
      keys: keyRing([{ secretKey: KEYS.second, codecs: ["runs"] }, { secretKey: KEYS.first }]),
    },
    expect: "codec-not-allowed",
  },
  {
    row: 72,
    title: "code signed by a key that was granted every other codec",
    writer: { ...runs, keys: KEYS.first },
    reader: {
      keys: keyRing([
        { secretKey: KEYS.second, codecs: ["runs"] },
        { secretKey: KEYS.first, codecs: ["json", "structured", "bytes"] },
      ]),
    },
    expect: "codec-not-allowed",
  },
  {
    row: 72,
    title: "a sound entry relabelled as code, and signed, read by a storage that never named that codec",
    alter: ({ a }) => resigned(a.bytes, { codec: EXECUTABLE_ID }),
    expect: "codec-not-allowed",
  },
  {
    row: 72,
    title: "code signed by a key that was granted this codec by name",
    writer: { ...runs, keys: KEYS.first },
    reader: {
      keys: keyRing([
        { secretKey: KEYS.second, codecs: ["runs"] },
        { secretKey: KEYS.first, codecs: ["runs"] },
      ]),
    },
    expect: "served",
  },
  {
    row: 72,
    title: "code signed by a key given as text, where the options name this codec beside it",
    writer: { ...runs, keys: KEYS.first },
    reader: { keys: `${KEYS.second}:${KEYS.first}` },
    expect: "served",
  },
];

export const TRUST: readonly AttackCase[] = [...inGroup("trust", policies), ...inGroup("execution", execution)];

const { first, second } = KEYS;

/** Lists of keys with policies that are none, and what is said of them. */
const WRONG_GRANTS: readonly (readonly [grants: readonly unknown[], message: RegExp])[] = [
  [[{ secretKey: first, kind: ["value"] }], /key 1: unknown option "kind"/],
  [[{ secretKey: first }, { kinds: ["value"] }], /key 2: secretKey must be/],
  [[{ secretKey: `${first}:${second}` }], /key 1 is a list of keys/],
  [[{ secretKey: first, kinds: ["constructor"] }], /kinds are value, record/],
  [[{ secretKey: first, kinds: [] }], /kinds must be a list/],
  [[{ secretKey: first, codecs: "json" }], /codecs must be a list/],
  [[{ secretKey: first, codecs: [16] }], /codecs must be a list/],
  [[{ secretKey: first, namespaces: [""] }], /namespaces must be a list/],
  [[{ secretKey: first }, { secretKey: first.toUpperCase() }], /key 2 is a duplicate of key 1/],
  [[{ secretKey: first.slice(2) }], /key 1 has 31 bytes/],
  [[null], /key 1: the options must be an object/],
  [[], /is empty/],
];

export const TRUST_SEQUENCES: readonly AttackSequence[] = [
  {
    row: 63,
    title: "a policy that is none is refused when the ring is made, with its position and no key",
    async run() {
      for (const [grants, message] of WRONG_GRANTS) {
        const error = await thrownBy(() => keyRing(grants as readonly KeyGrant[]));
        ok(error instanceof TypeError || error instanceof ConfigError, `${message}: ${String(error)}`);
        ok(message.test(error.message), error.message);
        assertNoKey(error.message, "the message");
      }
      const ring = keyRing(first);
      for (const keyIds of [[], ["k1:0000000000000000"]]) {
        ok((await thrownBy(() => ring.only(keyIds))) instanceof ConfigError);
      }
    },
  },
  {
    row: 63,
    title: "reseal gives nothing to a key that may not vouch for it",
    reasons: ["wrong-kind", "wrong-namespace", "codec-not-allowed"],
    async run(store) {
      await setScene(store, { writer: { keys: first } });
      const cache = openCache({ store, keys: null });
      for (const [grant, reason] of [
        [{ kinds: ["record"] }, "wrong-kind"],
        [{ namespaces: ["other"] }, "wrong-namespace"],
        [{ codecs: ["json"] }, "codec-not-allowed"],
      ] as const) {
        const done = await reseal(cache, { from: first, to: keyRing([{ secretKey: second, ...grant }]) });
        deepStrictEqual([done.resealed, done.refused], [0, { [reason]: 2 }]);
      }
      strictEqual((await reseal(cache, { from: first, to: second })).resealed, 2);
    },
  },
  {
    row: 63,
    title: "upkeep of keys refuses what is no key, no key id, and a cache that is only read",
    async run(store) {
      const cache = openCache({ store, keys: first });
      const acts = [
        () => reseal(readOnly(cache), { from: first, to: second }),
        () => reseal(cache, { from: 1, to: second } as never),
        () => evictByKey(readOnly(cache), "k1:0000000000000000"),
        () => evictByKey(cache, first),
        () => evictByKey(cache, undefined as never),
      ];
      for (const act of acts) {
        const error = await thrownBy(act);
        ok(error instanceof TypeError, String(error));
        strictEqual(Reflect.get(error, "code"), "invalid-argument", error.message);
        assertNoKey(error.message, "the message");
      }
    },
  },
  {
    row: 71,
    title: "rules without keys have no decoder for code, whoever made them",
    reasons: ["codec-not-allowed"],
    async run(store) {
      const { a } = await setScene(store);
      await store.blobs.put(a.name, new Uint8Array(unsigned({ a, b: a })));
      const rules = makeRules({
        ring: undefined,
        namespace: "default",
        numbers: "exact",
        posture: "on",
        checkContent: "never",
        maxEntryBytes: DEFAULT_MAX_ENTRY_BYTES,
        compress: false,
        codec: runner,
        privateStore: true,
      });
      strictEqual(rules.decoder(EXECUTABLE_ID), undefined);
      const read = await runAsync(readEntry(store.blobs, { kind: KIND.value, entry: a.name }, rules));
      strictEqual(read.refused, "codec-not-allowed");
    },
  },
];
