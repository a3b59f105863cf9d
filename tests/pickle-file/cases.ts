/**
 * What is put in the place of one of Python's files, as data: each with the reason that it is refused for. Rows are those
 * of tests/attack/catalogue.ts, whose page counts them. Run by `attack.test.ts`.
 */
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { digest, type KeyGrant, keyRing, type Reason } from "../../src/index.ts";
import type { PickleFileOptions } from "../../src/pickle.ts";
import { KIND } from "../../src/seal/header.ts";
import { bytes, KEY, named, OTHER_KEY, pickle, signed, text } from "./kit.ts";

export const A = { a: 1 };
export const B = { b: 2 };
export const NAME_A = digest(A);
export const NAME_B = digest(B);
/** Both as Python writes them, without a preamble. */
const PICKLE_A = pickle("}", text("a"), [0x4b, 1], "s");
const PICKLE_B = pickle("}", text("b"), [0x4b, 2], "s");

/** A directory with both in it, as written here. */
export interface Scene {
  readonly root: string;
  readonly a: Buffer;
  readonly b: Buffer;
}

const cut = (file: Uint8Array): Uint8Array => file.subarray(0, -64);
const withTag = (file: Uint8Array, tag: string): Buffer => bytes(cut(file), tag);

/** One file in the place of another. */
export interface PickleCase {
  readonly row: number;
  readonly title: string;
  readonly file: (scene: Scene) => Uint8Array;
  readonly reason: Reason | "served";
  readonly reader?: Partial<PickleFileOptions>;
}

/** The second key signs; the first vouches for what is left to it. */
function leaving(grant: Omit<KeyGrant, "secretKey">): Partial<PickleFileOptions> {
  return { keys: keyRing([{ secretKey: OTHER_KEY }, { secretKey: KEY, ...grant }]) };
}

export const CASES: readonly PickleCase[] = [
  { row: 73, title: "what Python wrote and signed is served", file: () => signed(PICKLE_A), reason: "served" },
  {
    row: 75,
    title: "a tag made with the empty key is refused",
    file: () => withTag(signed(PICKLE_A), createHmac("sha256", "").update(PICKLE_A).digest("hex")),
    reason: "bad-signature",
  },
  { row: 75, title: "another's key is refused", file: () => signed(PICKLE_A, OTHER_KEY), reason: "bad-signature" },
  { row: 68, title: "a file without a tag is refused", file: () => PICKLE_A, reason: "unsigned" },
  { row: 68, title: "a file whose tag was taken off is refused", file: ({ a }) => cut(a), reason: "unsigned" },
  { row: 31, title: "a tag of zeros is refused", file: ({ a }) => withTag(a, "0".repeat(64)), reason: "bad-signature" },
  {
    row: 31,
    title: "the tag of another is refused",
    file: ({ a, b }) => bytes(cut(a), b.subarray(-64)),
    reason: "bad-signature",
  },
  { row: 31, title: "a shorter tag is refused", file: ({ a }) => a.subarray(0, -2), reason: "bad-signature" },
  { row: 31, title: "a longer tag is refused", file: ({ a }) => bytes(a, "00"), reason: "bad-signature" },
  {
    row: 31,
    title: "a tag in upper case is refused",
    file: ({ a }) => withTag(a, a.subarray(-64).toString().toUpperCase()),
    reason: "bad-signature",
  },
  {
    row: 31,
    title: "a tag in full-width digits is refused",
    file: ({ a }) => withTag(a, "１".repeat(22)),
    reason: "bad-signature",
  },
  { row: 28, title: "a byte behind it is refused", file: ({ a }) => bytes(a, "x"), reason: "bad-signature" },
  { row: 28, title: "a STOP behind it is refused", file: ({ a }) => bytes(a, "."), reason: "unsigned" },
  { row: 28, title: "another file behind it is refused", file: ({ a, b }) => bytes(a, b), reason: "bad-signature" },
  {
    row: 28,
    title: "a MiB behind it is refused",
    file: ({ a }) => bytes(a, Buffer.alloc(1 << 20)),
    reason: "bad-signature",
  },
  { row: 40, title: "an empty file is refused", file: () => Buffer.alloc(0), reason: "not-an-envelope" },
  { row: 40, title: "zeros are refused", file: () => Buffer.alloc(200), reason: "not-an-envelope" },
  {
    row: 69,
    title: "an envelope is refused",
    file: () => bytes([0x89], "FLC\r\n", [0x1a], "\n", Buffer.alloc(200)),
    reason: "not-an-envelope",
  },
  {
    row: 41,
    title: "the page's tampering is refused",
    file: ({ a }) => bytes("malicious_payload", a),
    reason: "not-an-envelope",
  },
  { row: 43, title: "a copy of another file is refused", file: ({ b }) => b, reason: "wrong-entry" },
  {
    row: 77,
    title: "a copy of another file of Python is refused",
    file: () => signed(PICKLE_B),
    reason: "content-mismatch",
  },
  { row: 77, title: "and without keys", file: () => PICKLE_B, reason: "content-mismatch", reader: { keys: null } },
  { row: 77, title: "and one of ours without keys", file: ({ b }) => b, reason: "wrong-entry", reader: { keys: null } },
  {
    row: 77,
    title: "a preamble that was put on it without a key does not count as pinned",
    file: () => named(PICKLE_B, NAME_A),
    reason: "content-mismatch",
    reader: { keys: null },
  },
  {
    row: 45,
    title: "a call among the values is refused",
    file: () => signed(named(PICKLE_A, NAME_A, { kind: KIND.record })),
    reason: "wrong-kind",
  },
  {
    row: 46,
    title: "another namespace is refused",
    file: () => signed(named(PICKLE_A, NAME_A, { namespace: "other" })),
    reason: "wrong-namespace",
  },
  {
    row: 123,
    title: "and the other way round",
    file: ({ a }) => a,
    reason: "wrong-namespace",
    reader: { secretKey: KEY, namespace: "other" },
  },
  {
    row: 35,
    title: "a preamble of a later form is refused",
    file: () => signed(pickle(text("fleche2;kind=value"), "0}", text("a"), [0x4b, 1], "s")),
    reason: "unsupported-version",
  },
  {
    row: 35,
    title: "a preamble of a later form is refused, whatever else it says",
    file: ({ a }) =>
      signed(Buffer.from(a.subarray(0, -64).toString("latin1").replace("fleche1;", "fleche9;"), "latin1")),
    reason: "unsupported-version",
  },
  {
    row: 122,
    title: "a preamble with a kind that is none is refused",
    file: ({ a }) =>
      signed(Buffer.from(a.subarray(0, -64).toString("latin1").replace("kind=value", "kind=vault"), "latin1")),
    reason: "bad-header",
  },
  {
    row: 122,
    title: "a preamble that is none is refused",
    file: () => signed(pickle(text("fleche1;kind=value"), "0}", text("a"), [0x4b, 1], "s")),
    reason: "bad-header",
  },
  {
    row: 49,
    title: "a trusted writer's wrong name is found with checkContent: always",
    file: () => signed(named(PICKLE_B, NAME_A)),
    reason: "content-mismatch",
    reader: { secretKey: KEY, checkContent: "always" },
  },
  {
    row: 55,
    title: "an old key in the list still counts",
    file: ({ a }) => a,
    reason: "served",
    reader: { secretKey: `${OTHER_KEY}:${KEY}` },
  },
  {
    row: 56,
    title: "a key that is gone does not",
    file: ({ a }) => a,
    reason: "bad-signature",
    reader: { secretKey: OTHER_KEY },
  },
  {
    row: 70,
    title: "a tag that nobody can check is served without keys",
    file: ({ a }) => a,
    reason: "served",
    reader: { keys: null },
  },
  {
    row: 27,
    title: "what ends neither as a pickle nor with a tag is refused without keys",
    file: () => PICKLE_A.subarray(0, -1),
    reason: "truncated",
    reader: { keys: null },
  },
  { row: 78, title: "gzip is read whether asked for or not", file: ({ a }) => gzipSync(a), reason: "served" },
  {
    row: 78,
    title: "two gzip members are refused",
    file: ({ a }) => bytes(gzipSync(a), gzipSync(a)),
    reason: "decompress-failed",
  },
  {
    row: 78,
    title: "an empty second member is refused",
    file: ({ a }) => bytes(gzipSync(a), gzipSync("")),
    reason: "decompress-failed",
  },
  {
    row: 78,
    title: "garbage behind the magic is refused",
    file: () => bytes([0x1f, 0x8b], Buffer.alloc(100, 7)),
    reason: "decompress-failed",
  },
  { row: 78, title: "the magic alone is refused", file: () => bytes([0x1f, 0x8b]), reason: "decompress-failed" },
  {
    row: 78,
    title: "gzip that is cut is refused",
    file: ({ a }) => gzipSync(a).subarray(0, -9),
    reason: "decompress-failed",
  },
  {
    row: 78,
    title: "a byte behind gzip is refused",
    file: ({ a }) => bytes(gzipSync(a), "x"),
    reason: "decompress-failed",
  },
  { row: 78, title: "gzip in gzip is refused", file: ({ a }) => gzipSync(gzipSync(a)), reason: "not-an-envelope" },
  {
    row: 78,
    title: "tampering within gzip is refused",
    file: ({ a }) => gzipSync(bytes("x", a)),
    reason: "not-an-envelope",
  },
  { row: 78, title: "gzip around the pickle alone is refused", file: () => gzipSync(PICKLE_A), reason: "unsigned" },
  {
    row: 78,
    title: "a tag outside of gzip is refused",
    file: () => signed(gzipSync(PICKLE_A)),
    reason: "decompress-failed",
  },
  {
    row: 78,
    title: "a bomb is refused before it is inflated",
    file: () => gzipSync(Buffer.alloc(1 << 22)),
    reason: "too-large",
    reader: { secretKey: KEY, maxEntryBytes: 1 << 20 },
  },
  {
    row: 78,
    title: "a bomb that says it is small is refused",
    file: () => bytes(gzipSync(Buffer.alloc(1 << 22)).subarray(0, -4), [100, 0, 0, 0]),
    reason: "decompress-failed",
    reader: { secretKey: KEY, maxEntryBytes: 1 << 20 },
  },
  {
    row: 94,
    title: "what is larger than the limit is refused",
    file: ({ a }) => a,
    reason: "too-large",
    reader: { secretKey: KEY, maxEntryBytes: 100 },
  },
  {
    row: 63,
    title: "what a key signed that may vouch for calls only is refused",
    file: ({ a }) => a,
    reason: "wrong-kind",
    reader: leaving({ kinds: ["record"] }),
  },
  {
    row: 63,
    title: "what a key signed that may vouch in another namespace only is refused",
    file: ({ a }) => a,
    reason: "wrong-namespace",
    reader: leaving({ namespaces: ["other"] }),
  },
  {
    row: 63,
    title: "what a key signed that may vouch for other codecs only is refused",
    file: ({ a }) => a,
    reason: "codec-not-allowed",
    reader: leaving({ codecs: ["json", "structured"] }),
  },
  {
    row: 63,
    title: "also where Python wrote it, which names neither kind nor namespace",
    file: () => signed(PICKLE_A),
    reason: "wrong-kind",
    reader: leaving({ kinds: ["record"] }),
  },
  {
    row: 63,
    title: "what its key may vouch for is served",
    file: ({ a }) => a,
    reason: "served",
    reader: leaving({ kinds: ["value"], codecs: ["pickle"], namespaces: ["default"] }),
  },
  {
    row: 122,
    title: "a preamble without the number of its form is refused",
    file: () => signed(pickle(text("flecheX;kind=value"), "0}", text("a"), [0x4b, 1], "s")),
    reason: "bad-header",
  },
];

/** Opcodes: what each would do in Python is said beside it. */
export const GLOBAL = (module: string, name: string): Buffer => bytes(text(module), text(name), [0x93]);
/** Pickles that are refused however well they are signed; row 76. */
export const HOSTILE: readonly (readonly [title: string, pickle: Buffer])[] = [
  ["os.system", pickle(GLOBAL("posix", "system"), text("touch pwned"), [0x85], "R")],
  ["os.system of protocol 0", bytes("cposix\nsystem\n(S'touch pwned'\ntR.")],
  ["eval", pickle(GLOBAL("builtins", "eval"), text("1+1"), [0x85], "R")],
  [
    "a function of ours that calls one of theirs",
    pickle(GLOBAL("builtins", "getattr"), GLOBAL("posix", "system"), text("__call__"), [0x86], "R"),
  ],
  [
    "BUILD with __proto__ on an object",
    pickle("}", text("a"), [0x4b, 1], "s}", text("__proto__"), "}", text("polluted"), [0x4b, 1], "ssb"),
  ],
  ["an extension code", pickle([0x82, 1])],
  ["a persistent id", pickle(text("id"), "Q")],
  ["a Digest where a value is expected", pickle(GLOBAL("fleche.digest", "Digest"), text(NAME_B), [0x85, 0x81])],
  ["a Digest in a list", pickle("]", GLOBAL("fleche.digest", "Digest"), text(NAME_B), [0x85, 0x81], "a")],
  ["a call where a value is expected", pickle(GLOBAL("fleche.call", "DigestedCall"), [0x29, 0x81], "}b")],
  ["a wrapper without items", pickle(GLOBAL("fleche.storage.destructuring", "DigestedDict"), [0x29, 0x81], "}b")],
  [
    "a wrapper of a text",
    pickle(
      GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
      [0x29, 0x81],
      "}",
      text("items"),
      text("x"),
      "sb",
    ),
  ],
  [
    "a wrapper with more than items",
    pickle(
      GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
      [0x29, 0x81],
      "}(",
      text("items"),
      "]",
      text("x"),
      "Nub",
    ),
  ],
  [
    "a wrapper in a wrapper",
    pickle(
      GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
      [0x29, 0x81],
      "}",
      text("items"),
      "]",
      GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
      [0x29, 0x81],
      "}",
      text("items"),
      "]sbasb",
    ),
  ],
  [
    "a Digest of the library that is none",
    pickle(
      GLOBAL("fleche.storage.destructuring", "DigestedIterable"),
      [0x29, 0x81],
      "}",
      text("items"),
      "]",
      GLOBAL("fleche.digest", "Digest"),
      text("../../x"),
      [0x85, 0x81],
      "asb",
    ),
  ],
  ["a wrapper called, not made", pickle(GLOBAL("fleche.storage.destructuring", "DigestedIterable"), "]", [0x85], "R")],
  [
    "an Attr of a wrapper module that is no wrapper",
    pickle(GLOBAL("fleche.storage.destructuring", "hashlib.os.system"), text("x"), [0x85], "R"),
  ],
];
