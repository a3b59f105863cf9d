/** Keys that may vouch for some things only, and codecs that run code: what a key signs beyond its policy is refused. */
import type { Codec } from "../../codec/codec.ts";
import { jsonCodec } from "../../codec/json.ts";
import type { KeyGrant } from "../../seal/key-policy.ts";
import { type KeyRing, keyRing } from "../../seal/key-ring.ts";
import { type Attack, type AttackCase, inGroup } from "./case.ts";
import { KEYS, rechecked, resigned, type Scene, signerOf } from "./scene.ts";

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
