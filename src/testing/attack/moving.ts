/** Moving valid entries: what is sound in one place is refused in every other; keys come and go. */
import type { Reason } from "../../observe/reason.ts";
import { KIND } from "../../seal/header.ts";
import { namespaceIdOf } from "../../seal/key-ring.ts";
import { type Attack, type AttackCase, disguised, inGroup } from "./case.ts";
import { KEYS, rechecked, resigned, type Scene, sealedAs, signerOf } from "./scene.ts";

const moved: readonly Attack[] = [
  { row: 43, title: "the bytes of b under the name of a", alter: ({ b }) => b.bytes, expect: "wrong-entry" },
  {
    row: 45,

    title: "a call record among the values, validly signed",
    alter: ({ a }) => sealedAs(a, { kind: KIND.record }),
    expect: "wrong-kind",
  },
  {
    row: 45,

    title: "kind 0 with a valid tag",
    alter: ({ a }) => resigned(a.bytes, { kind: 0 }),
    expect: "wrong-kind",
  },
  {
    row: 46,

    title: "the same entry read in another namespace with the same key",
    reader: { namespace: "other" },
    expect: "bad-signature",
  },
  {
    row: 46,

    title: "a namespace that begins like the reader's",
    writer: { namespace: "defaul" },
    reader: { namespace: "default" },
    expect: "bad-signature",
  },
  {
    row: 123,

    title: "a good tag over a header that names another namespace",
    alter: ({ a }) => resigned(a.bytes, { namespaceId: namespaceIdOf("other") }),
    expect: "wrong-namespace",
  },
  {
    row: 49,

    title: "the body of b, signed by a trusted key as a, where content is always checked",
    reader: { checkContent: "always" },
    alter: ({ a, b }) => sealedAs(a, { body: b.body }),
    expect: "content-mismatch",
  },
  {
    row: 49,

    title: "a body that is no value that can be named, signed as a, where content is always checked",
    reader: { checkContent: "always", codec: "json" },
    alter: ({ a }) => sealedAs(a, { codec: 1, body: Buffer.from('\0\0\0\0{"other":1}') }),
    expect: "content-mismatch",
  },
];

const [first, second, stranger] = [KEYS.first, KEYS.second, KEYS.stranger];

const rotation: readonly Attack[] = [
  {
    row: 55,

    title: "an entry under the old key, read with the new and the old one",
    writer: { keys: first },
    reader: { keys: `${stranger}:${first}` },
    expect: "served",
  },
  {
    row: 55,

    title: "an entry under the last of 16 keys",
    writer: { keys: first },
    reader: { keys: [...Array.from({ length: 15 }, (_, i) => `${i.toString(16)}1`.repeat(32)), first].join(":") },
    expect: "served",
  },
  {
    row: 56,

    title: "an entry under the old key, read with the new one alone",
    writer: { keys: first },
    reader: { keys: stranger },
    expect: "unknown-key",
  },
  {
    row: 56,

    title: "an entry of a writer whose key nobody configured",
    alter: ({ a }) => sealedAs(a, { signer: signerOf(stranger) }),
    expect: "unknown-key",
  },
  {
    row: 56,

    title: "an entry signed by a stranger who names a key of ours",
    alter: ({ a }) => {
      const signer = signerOf(stranger);
      return resigned(a.bytes, {}, { ...signer, keyId: signerOf(second).keyId });
    },
    expect: "bad-signature",
  },
];

const noKeys = { keys: null } as const;

function foreign(): Attack[] {
  const cases: Attack[] = [
    {
      row: 68,
      title: "an entry written without keys, read with keys",
      writer: noKeys,
      reader: { keys: KEYS.first },
      expect: "unsigned",
    },
    { row: 69, title: "JSON without an envelope", alter: json, expect: "not-an-envelope" },
    { row: 69, title: "V8 data without an envelope", alter: ({ a }) => a.body.subarray(4), expect: "not-an-envelope" },
    { row: 69, title: "a pickle", alter: () => Buffer.from("80055d942e", "hex"), expect: "not-an-envelope" },
    {
      row: 69,
      title: "a pickle that would run a command",
      alter: () => Buffer.from("cos\nsystem\n(S'true'\ntR."),
      expect: "not-an-envelope",
    },
    { row: 69, title: "a PNG", alter: () => Buffer.from("89504e470d0a1a0a0000000d", "hex"), expect: "not-an-envelope" },
    { row: 70, title: "a signed entry read without keys", reader: noKeys, ...here(true), expect: "served-unverified" },
    {
      row: 70,
      title: "an unsigned entry read without keys",
      writer: noKeys,
      ...here(true),
      expect: "served-unverified",
    },
    {
      row: 70,
      title: "a signed entry with a wrong tag, read without keys",
      reader: noKeys,
      alter: ({ a }) => sealedAs(a, { signer: signerOf(KEYS.stranger) }),
      ...here(true),
      expect: "served-unverified",
    },
    {
      row: 70,
      title: "signed V8 data on a store where others write, read without keys",
      reader: noKeys,
      ...here(false),
      expect: "codec-not-allowed",
      cure: "none",
    },
    {
      row: 70,
      title: "unsigned V8 data on a store where others write, read without keys",
      writer: noKeys,
      ...here(false),
      expect: "codec-not-allowed",
      cure: "none",
    },
    {
      row: 70,
      title: "signed JSON on a store where others write, read without keys",
      writer: { codec: "json" },
      reader: { codec: "json", keys: null },
      ...here(false),
      expect: "served-unverified",
    },
    {
      row: 70,
      title: "unsigned JSON on a store where others write, read without keys",
      writer: { codec: "json", keys: null },
      ...here(false),
      expect: "served-unverified",
    },
    {
      row: 70,
      title: "JSON of another value under this name, read without keys",
      writer: { codec: "json", keys: null },
      alter: ({ a, b }) => sealedAs(a, { codec: 1, body: b.body, signer: undefined }),
      expect: "content-mismatch",
    },
    {
      row: 70,
      title: "a suite to come, read without keys",
      reader: noKeys,
      alter: ({ a }) => {
        const { bytes } = a;
        return Buffer.concat([resigned(bytes, { suite: 2 }).subarray(0, 160), Buffer.alloc(32), a.body]);
      },
      ...here(true),
      expect: "served-unverified",
    },
    ...[16, 32].flatMap((codec): Attack[] => [
      {
        row: 70,
        title: `codec ${codec}, signed, read without keys`,
        reader: noKeys,
        alter: ({ a }) => resigned(a.bytes, { codec }),
        expect: "codec-not-allowed",
      },
      {
        row: 70,
        title: `codec ${codec}, unsigned, read without keys`,
        writer: noKeys,
        alter: ({ a }) => rechecked(a.bytes, { codec }),
        expect: "codec-not-allowed",
      },
    ]),
  ];
  // Without keys every check but the tag's is the same.
  const changes: readonly (readonly [title: string, alter: (scene: Scene) => Uint8Array, expect: Reason])[] = [
    ["a wrong checksum", ({ a }) => a.bytes.map((byte, i) => (i === 130 ? byte ^ 1 : byte)), "bad-signature"],
    ["another body", ({ a, b }) => Buffer.concat([a.bytes.subarray(0, 160), b.body]), "body-mismatch"],
    ["the bytes of b", ({ b }) => b.bytes, "wrong-entry"],
    ["a key id without a key", ({ a }) => rechecked(a.bytes, { keyId: "01".repeat(8) }), "bad-header"],
    ["another namespace", ({ a }) => rechecked(a.bytes, { namespaceId: namespaceIdOf("other") }), "wrong-namespace"],
    ["a call record", ({ a }) => rechecked(a.bytes, { kind: KIND.record }), "wrong-kind"],
    ["a flag", ({ a }) => rechecked(a.bytes, { flags: 1 }), "unsupported-flags"],
    ["a suite that there is not", ({ a }) => rechecked(a.bytes, { suite: 3 }), "unsupported-suite"],
    [
      "a suite whose tag is longer than the file",
      ({ a }) => rechecked(a.bytes, { suite: 2 }).subarray(0, 170),
      "truncated",
    ],
    ["no tag", ({ a }) => a.bytes.subarray(0, 128), "truncated"],
    ["half a tag", ({ a }) => a.bytes.subarray(0, 144), "truncated"],
  ];
  for (const [title, alter, expect] of changes) {
    cases.push({ row: 70, title: `${title}, unsigned and read without keys`, writer: noKeys, alter, expect });
  }
  return cases;
}

function json({ a }: Scene): Buffer {
  return Buffer.from(JSON.stringify(a.value));
}

/** A store that says whether others can write to it. */
function here(isPrivate: boolean): Pick<AttackCase, "disguise"> {
  return { disguise: (store) => disguised(store, { private: isPrivate }) };
}

export const MOVING: readonly AttackCase[] = [
  ...inGroup("moving", moved),
  ...inGroup("rotation", rotation),
  ...inGroup("foreign", foreign()),
];
