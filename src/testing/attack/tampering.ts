/** Tampering with one entry: every part of an envelope changed, alone and together with its tag. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { HEADER_SIZE, MAGIC } from "../../seal/header.ts";
import { sampleBytes } from "../samples.ts";
import { type Attack, type AttackCase, inGroup } from "./case.ts";
import { BODY_START, edited, KEYS, keyIdOf, rechecked, resigned, rewritten, type Scene, sealedAs } from "./scene.ts";

const hashOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** The entry with something else between its tag and its body, or instead of its tag. */
function withTag({ a }: Scene, tag: Uint8Array): Buffer {
  return Buffer.concat([a.bytes.subarray(0, HEADER_SIZE), tag, a.body]);
}

const tagOf = (bytes: Buffer): Buffer => bytes.subarray(HEADER_SIZE, BODY_START);

function framing(): Attack[] {
  const zeros = Buffer.alloc(32);
  return [
    {
      row: 28,
      title: "one byte more",
      alter: ({ a }) => Buffer.concat([a.bytes, Buffer.of(0)]),
      expect: "trailing-bytes",
    },
    {
      row: 28,
      title: "1 MiB more",
      alter: ({ a }) => Buffer.concat([a.bytes, sampleBytes(1 << 20)]),
      expect: "trailing-bytes",
    },
    {
      row: 28,
      title: "a second envelope behind it",
      alter: ({ a, b }) => Buffer.concat([a.bytes, b.bytes]),
      expect: "trailing-bytes",
    },
    {
      row: 28,
      title: "itself behind itself",
      alter: ({ a }) => Buffer.concat([a.bytes, a.bytes]),
      expect: "trailing-bytes",
    },
    { row: 27, title: "the last byte cut off", alter: ({ a }) => a.bytes.subarray(0, -1), expect: "truncated" },
    { row: 27, title: "the body cut off", alter: ({ a }) => a.bytes.subarray(0, BODY_START), expect: "truncated" },
    { row: 27, title: "the tag cut off", alter: ({ a }) => a.bytes.subarray(0, HEADER_SIZE), expect: "truncated" },
    { row: 27, title: "the header cut", alter: ({ a }) => a.bytes.subarray(0, HEADER_SIZE - 1), expect: "truncated" },
    {
      row: 27,
      title: "all but 4 KiB cut off",
      values: [sampleText(9000), sampleText(9001)],
      alter: ({ a }) => a.bytes.subarray(0, 4096),
      expect: "truncated",
    },
    {
      row: 29,
      title: "another valid body of the same length",
      alter: ({ a, b }) => Buffer.concat([a.bytes.subarray(0, BODY_START), b.body]),
      expect: "body-mismatch",
    },
    {
      row: 29,
      title: "one bit of a body of 200 KiB",
      values: [sampleText(200_000), sampleText(200_001)],
      alter: ({ a }) => edited(a.bytes, 150_000, (a.bytes[150_000] as number) ^ 1),
      expect: "body-mismatch",
    },
    {
      row: 30,
      title: "the header and tag of b before the body of a",
      alter: ({ a, b }) => Buffer.concat([b.bytes.subarray(0, BODY_START), a.body]),
      expect: "wrong-entry",
    },
    { row: 31, title: "a tag of zeros", alter: (scene) => withTag(scene, zeros), expect: "bad-signature" },
    { row: 31, title: "the tag of b", alter: (scene) => withTag(scene, tagOf(scene.b.bytes)), expect: "bad-signature" },
    ...[31, 16, 4, 0].map(
      (length): Attack => ({
        row: 31,
        title: `a tag of ${length} bytes`,
        alter: (scene) => withTag(scene, tagOf(scene.a.bytes).subarray(0, length)),
        expect: "bad-signature",
      }),
    ),
    {
      row: 31,
      title: "a tag of 33 bytes",
      alter: (scene) => withTag(scene, Buffer.concat([tagOf(scene.a.bytes), Buffer.of(0)])),
      expect: "trailing-bytes",
    },
    {
      row: 31,
      title: "a wrong first byte of the tag",
      alter: ({ a }) => edited(a.bytes, HEADER_SIZE, (a.bytes[HEADER_SIZE] as number) ^ 1),
      expect: "bad-signature",
    },
    {
      row: 31,
      title: "a wrong last byte of the tag",
      alter: ({ a }) => edited(a.bytes, BODY_START - 1, (a.bytes[BODY_START - 1] as number) ^ 1),
      expect: "bad-signature",
    },
  ];
}

function sampleText(length: number): string {
  return Buffer.from(sampleBytes(length, length)).toString("hex");
}

function header(): Attack[] {
  const limits: readonly bigint[] = [2n ** 63n, 2n ** 53n + 1n, 2n ** 64n - 1n, 2n ** 30n + 1n];
  return [
    {
      row: 33,
      title: "the id of another configured key",
      alter: ({ a }) => rewritten(a.bytes, { keyId: keyIdOf(KEYS.second) }),
      expect: "bad-signature",
    },
    {
      row: 33,
      title: "the id of an unknown key",
      alter: ({ a }) => rewritten(a.bytes, { keyId: keyIdOf(KEYS.stranger) }),
      expect: "unknown-key",
    },
    {
      row: 33,
      title: "an id of zeros",
      alter: ({ a }) => rewritten(a.bytes, { keyId: "00".repeat(8) }),
      expect: "unknown-key",
    },
    {
      row: 34,
      title: "suite 0 under the old tag",
      alter: ({ a }) => rewritten(a.bytes, { suite: 0 }),
      expect: "unsigned",
    },
    { row: 34, title: "suite 0 with its checksum", alter: ({ a }) => rechecked(a.bytes, {}), expect: "unsigned" },
    {
      row: 34,
      title: "suite 0 with a tag of ours",
      alter: ({ a }) => resigned(a.bytes, { suite: 0 }),
      expect: "unsigned",
    },
    ...[2, 9, 255].flatMap((suite): Attack[] => [
      {
        row: 34,
        title: `suite ${suite} under the old tag`,
        alter: ({ a }) => rewritten(a.bytes, { suite }),
        expect: "unsupported-suite",
      },
      {
        row: 34,
        title: `suite ${suite} with a tag of ours`,
        alter: ({ a }) => resigned(a.bytes, { suite }),
        expect: "unsupported-suite",
      },
    ]),
    ...[0, 2, 255].flatMap((version): Attack[] => [
      {
        row: 35,
        title: `version ${version} under the old tag`,
        alter: ({ a }) => rewritten(a.bytes, { version }),
        expect: "unsupported-version",
      },
      {
        row: 35,
        title: `version ${version} with a valid tag`,
        alter: ({ a }) => resigned(a.bytes, { version }),
        expect: "unsupported-version",
      },
    ]),
    ...[0, 1, 2, 3, 4, 5, 6, 7].map(
      (bit): Attack => ({
        row: 36,
        title: `flag bit ${bit} with a valid tag`,
        alter: ({ a }) => resigned(a.bytes, { flags: 1 << bit }),
        expect: "unsupported-flags",
      }),
    ),
    ...limits.flatMap((length): Attack[] => [
      {
        row: 38,
        title: `a stored length of ${length}, signed`,
        alter: ({ a }) => resigned(a.bytes, { storedLength: length }),
        expect: "too-large",
      },
      {
        row: 38,
        title: `a raw length of ${length}, signed`,
        alter: ({ a }) => resigned(a.bytes, { rawLength: length, compression: 1 }),
        expect: "too-large",
      },
      {
        row: 38,
        title: `both lengths ${length}, signed`,
        alter: ({ a }) => resigned(a.bytes, { storedLength: length, rawLength: length }),
        expect: "too-large",
      },
    ]),
    {
      row: 38,
      title: "an entry beyond the reader's limit, as it is stored",
      reader: { maxEntryBytes: 150 },
      expect: "too-large",
      cure: "none",
    },
    {
      row: 38,
      title: "an entry beyond the reader's limit, by what was put behind it",
      reader: { maxEntryBytes: 1000 },
      alter: ({ a }) => Buffer.concat([a.bytes, sampleBytes(1000)]),
      expect: "too-large",
    },
    {
      row: 38,
      title: "a body that inflates beyond the reader's limit, signed",
      writer: { compress: true },
      reader: { maxEntryBytes: 1000 },
      values: [{ text: "a".repeat(5000) }, { text: "b".repeat(5000) }],
      expect: "too-large",
      cure: "none",
    },
    {
      row: 38,
      title: "a value whose parts are each within the reader's limit, and together beyond it",
      reader: { maxEntryBytes: 150_000 },
      values: [["a".repeat(100_000), "b".repeat(100_000)], "b"],
      expect: "too-large",
      behindHead: true,
      cure: "none",
    },
    { row: 122, title: "compression 9", alter: ({ a }) => resigned(a.bytes, { compression: 9 }), expect: "bad-header" },
    { row: 122, title: "digest scheme 7", alter: ({ a }) => resigned(a.bytes, { scheme: 7 }), expect: "bad-header" },
    { row: 122, title: "digest scheme 0", alter: ({ a }) => resigned(a.bytes, { scheme: 0 }), expect: "bad-header" },
    {
      row: 122,
      title: "the other digest scheme",
      alter: ({ a }) => resigned(a.bytes, { scheme: 2 }),
      expect: "bad-header",
    },
    ...[-1, 1].map(
      (more): Attack => ({
        row: 122,
        title: `a raw length of ${more} more than the stored one, not compressed`,
        alter: ({ a }) => resigned(a.bytes, { rawLength: BigInt(a.body.length + more) }),
        expect: "bad-header",
      }),
    ),
    ...[0, 16, 32, 99, 255].map(
      (codec): Attack => ({
        row: 63,
        title: `codec ${codec} with a valid tag`,
        alter: ({ a }) => resigned(a.bytes, { codec }),
        expect: "codec-not-allowed",
      }),
    ),
    {
      row: 27,
      title: "a stored length of one more than there is, signed",
      alter: ({ a }) => resigned(a.bytes, lengths(a.body.length + 1)),
      expect: "truncated",
    },
    {
      row: 28,
      title: "a stored length of one less than there is, signed",
      alter: ({ a }) => resigned(a.bytes, lengths(a.body.length - 1)),
      expect: "trailing-bytes",
    },
    {
      row: 29,
      title: "the hash of another body, signed",
      alter: ({ a, b }) => resigned(a.bytes, { bodyHash: hashOf(b.body) }),
      expect: "body-mismatch",
    },
  ];
}

function lengths(length: number): { storedLength: bigint; rawLength: bigint } {
  return { storedLength: BigInt(length), rawLength: BigInt(length) };
}

/** What is no envelope at all. */
function rubbish(): Attack[] {
  const contents: readonly (readonly [title: string, alter: Attack["alter"], expect: Attack["expect"]])[] = [
    ["zeros", ({ a }) => Buffer.alloc(a.bytes.length), "not-an-envelope"],
    ["random bytes", () => sampleBytes(500), "not-an-envelope"],
    ["1 MiB of random bytes", () => sampleBytes(1 << 20), "not-an-envelope"],
    ["nothing", () => new Uint8Array(), "truncated"],
    ["one byte", () => Buffer.of(0x00), "not-an-envelope"],
    ["one byte of the magic", () => MAGIC.slice(0, 1), "truncated"],
    ["only the magic", () => MAGIC.slice(), "truncated"],
    ["the magic and zeros", ({ a }) => Buffer.concat([MAGIC, Buffer.alloc(a.bytes.length)]), "unsupported-version"],
    ["a byte before the envelope", ({ a }) => Buffer.concat([Buffer.of(0), a.bytes]), "not-an-envelope"],
    [
      "a text before the envelope",
      ({ a }) => Buffer.concat([Buffer.from("malicious_payload"), a.bytes]),
      "not-an-envelope",
    ],
    ["a byte of the magic changed", ({ a }) => edited(a.bytes, 7, 0x0b), "not-an-envelope"],
  ];
  const translated: readonly (readonly [title: string, from: RegExp, to: string])[] = [
    ["line ends translated to CRLF", /\n/g, "\r\n"],
    ["line ends translated to LF", /\r\n/g, "\n"],
    ["the high bits cut off", /[\x80-\xff]/g, "?"],
  ];
  return [
    ...contents.map(([title, alter, expect]) => ({ row: 40, title, alter, expect }) as Attack),
    ...translated.map(
      ([title, from, to]): Attack => ({
        row: 41,
        title,
        alter: ({ a }) => Buffer.from(a.bytes.toString("latin1").replace(from, to), "latin1"),
        expect: "not-an-envelope",
      }),
    ),
    {
      row: 41,
      title: "read as text and written as UTF-8",
      alter: ({ a }) => Buffer.from(a.bytes.toString("utf8")),
      expect: "not-an-envelope",
    },
  ];
}

/** Bodies that do not inflate to what their signed header says. */
function compressed(): Attack[] {
  const values = [{ text: "a".repeat(5000) }, { text: "b".repeat(5000) }] as const;
  const bodies: readonly (readonly [
    title: string,
    body: (raw: Buffer) => Uint8Array,
    length?: (raw: Buffer) => number,
  ])[] = [
    ["cut in the middle", (raw) => gzipSync(raw).subarray(0, -20)],
    ["cut by its last byte", (raw) => gzipSync(raw).subarray(0, -1)],
    ["longer inflated than it says, by one byte", (raw) => gzipSync(Buffer.concat([raw, Buffer.of(0)]))],
    ["shorter inflated than it says, by one byte", (raw) => gzipSync(raw.subarray(0, -1))],
    ["a bomb: 64 MiB where less is declared", () => gzipSync(Buffer.alloc(64 << 20))],
    ["a bomb that says that it is empty", () => gzipSync(Buffer.alloc(1 << 20)), () => 0],
    ["followed by a byte", (raw) => Buffer.concat([gzipSync(raw), Buffer.of(0x5a)])],
    ["with a wrong checksum of gzip's", (raw) => edited(gzipSync(raw), gzipSync(raw).length - 8, 1, 2, 3, 4)],
    ["no gzip at all", (raw) => raw],
    ["empty", () => new Uint8Array()],
  ];
  return bodies.map(([title, body, length = (raw: Buffer) => raw.length]) => ({
    row: 124,
    title: `a body, validly signed as gzip, that is ${title}`,
    values,
    alter: ({ a }) => sealedAs(a, { body: body(a.body), uncompressedLength: length(a.body) }),
    expect: "decompress-failed",
  }));
}

export const TAMPERING: readonly AttackCase[] = inGroup("tampering", [
  ...framing(),
  ...header(),
  ...rubbish(),
  ...compressed(),
]);
