/** What somebody who can write to a directory of Python's files may try. In every case: the right value, or a reason. */
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { digest, EncodeError, memoryStore, type Reason, valueStorage } from "../../src/index.ts";
import { type PickleFileOptions, pickleFile } from "../../src/pickle.ts";
import { KIND } from "../../src/seal/header.ts";
import { FORM } from "../../src/vault/entry-format.ts";
import { pickleForm } from "../../src/vault/pickle/pickle-form.ts";
import {
  bytes,
  folder,
  KEY,
  named,
  namesIn,
  OTHER_KEY,
  pickle,
  readEntry,
  reasonOf,
  signed,
  text,
  writeEntry,
} from "./kit.ts";

const A = { a: 1 };
const B = { b: 2 };
const NAME_A = digest(A);
const NAME_B = digest(B);
/** Both as Python writes them, without a preamble. */
const PICKLE_A = pickle("}", text("a"), [0x4b, 1], "s");
const PICKLE_B = pickle("}", text("b"), [0x4b, 2], "s");

interface Scene {
  readonly root: string;
  readonly a: Buffer;
  readonly b: Buffer;
}

function scene(options: Partial<PickleFileOptions> = { secretKey: KEY }): Scene {
  const root = folder();
  const storage = pickleFile({ root, ...options });
  expect(String(storage.save(A))).toBe(NAME_A);
  storage.save(B);
  return { root, a: readEntry(root, NAME_A), b: readEntry(root, NAME_B) };
}

/** The reason for which the file of A is not served, once it is this. */
function told(root: string, content: Uint8Array | undefined, options: Partial<PickleFileOptions> = { secretKey: KEY }) {
  if (content !== undefined) writeEntry(root, NAME_A, content);
  const storage = pickleFile({ root, ...options });
  const reason = reasonOf(() => expect(storage.load(NAME_A)).toEqual(A));
  if (reason !== "served") expect(storage.stats()).toEqual({ hits: 0, unverified: 0, misses: { [reason]: 1 } });
  return reason;
}

const cut = (file: Uint8Array): Uint8Array => file.subarray(0, -64);
const withTag = (file: Uint8Array, tag: string): Buffer => bytes(cut(file), tag);

interface Case {
  readonly row: number;
  readonly title: string;
  readonly file: (scene: Scene) => Uint8Array;
  readonly reason: Reason | "served";
  readonly reader?: Partial<PickleFileOptions>;
}

const CASES: readonly Case[] = [
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
];

describe("a file that was put there", () => {
  test.each(CASES)("row $row: $title ($reason)", ({ file, reason, reader }) => {
    const there = scene();
    expect(told(there.root, file(there), reader)).toBe(reason);
    // What is refused stays where it is.
    expect(existsSync(join(there.root, NAME_A))).toBe(true);
  });

  test.each<[string, Partial<PickleFileOptions>]>([
    ["signed", { secretKey: KEY }],
    ["signed and compressed", { secretKey: KEY, compress: true }],
    ["unsigned", { keys: null }],
    ["unsigned and compressed", { keys: null, compress: true }],
  ])("row 26, 27: every bit flipped, every length, of one that is %s: never another value", (_, options) => {
    const { root, a } = scene(options);
    const storage = pickleFile({ root, ...options });
    const reasons = new Set<string>();
    const tell = (content: Uint8Array): string => {
      writeEntry(root, NAME_A, content);
      const reason = reasonOf(() => expect(storage.load(NAME_A)).toEqual(A));
      reasons.add(reason);
      return reason;
    };
    for (let bit = 0; bit < a.length * 8; bit++) {
      const copy = Buffer.from(a);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      tell(copy);
    }
    for (let length = 0; length < a.length; length++) expect(tell(a.subarray(0, length))).not.toBe("served");
    if (options.keys === undefined) expect(reasons).not.toContain("decode-failed");
    if (options.keys === undefined && options.compress !== true) expect(reasons).not.toContain("served");
  });
});

describe("a file that is none", () => {
  test("row 91, 93: links, devices, FIFOs and directories are refused at once", () => {
    const { root } = scene();
    const path = join(root, NAME_A);
    const refused = (): void => expect(told(root, undefined)).toBe("not-a-regular-file");
    for (const target of [join(root, NAME_B), "/dev/zero", "/etc/passwd", path]) {
      rmSync(path, { force: true });
      symlinkSync(target, path);
      refused();
    }
    rmSync(path);
    execFileSync("mkfifo", [path]);
    refused();
    rmSync(path);
    mkdirSync(path);
    refused();
  });

  test("row 43: a hard link to another entry is that entry, and refused as such", () => {
    const { root } = scene();
    rmSync(join(root, NAME_A));
    linkSync(join(root, NAME_B), join(root, NAME_A));
    expect(told(root, undefined)).toBe("wrong-entry");
  });

  test("row 94: a sparse file of 10 GiB is refused without reading it", () => {
    const { root } = scene();
    truncateSync(join(root, NAME_A), 10 * 2 ** 30);
    expect(told(root, undefined)).toBe("too-large");
  });

  test("row 96: saving replaces a link, and leaves what it leads to", () => {
    const { root } = scene();
    const secret = join(root, "..", `${NAME_A}-secret`);
    writeFileSync(secret, "secret");
    try {
      rmSync(join(root, NAME_A));
      symlinkSync(secret, join(root, NAME_A));
      pickleFile({ root, secretKey: KEY }).save(A);
      expect(told(root, undefined)).toBe("served");
      expect(readEntry(join(root, ".."), `${NAME_A}-secret`).toString()).toBe("secret");
    } finally {
      rmSync(secret);
    }
  });

  test("row 108: names that are none are errors before any path is built", () => {
    const storage = pickleFile({ root: folder(), secretKey: KEY });
    for (const name of [
      "../../x",
      "",
      ".",
      "/etc/x",
      "a/b",
      "0".repeat(63),
      NAME_A.toUpperCase(),
      `${NAME_A}\n`,
      "CON",
    ]) {
      expect(() => storage.load(name), name).toThrow(TypeError);
      expect(() => storage.contains(name), name).toThrow(TypeError);
    }
    expect(() => storage.expand("../")).toThrow(TypeError);
  });
});

/** Opcodes: what each would do in Python is said beside it. */
const GLOBAL = (module: string, name: string): Buffer => bytes(text(module), text(name), [0x93]);
const HOSTILE: readonly (readonly [title: string, pickle: Buffer])[] = [
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

describe("row 76: a pickle that is validly signed", () => {
  test.each(HOSTILE)("%s is refused, and nothing runs", (_, hostile) => {
    const { root } = scene();
    // Also by a writer who names the entry, so that nothing but the reader protects us.
    for (const file of [signed(hostile), ...(hostile[0] === 0x80 ? [signed(named(hostile, NAME_A))] : [])]) {
      expect(told(root, file)).toBe(hostile[0] === 0x80 ? "decode-failed" : "not-an-envelope");
    }
    expect(existsSync(join(root, "pwned")) || existsSync("pwned")).toBe(false);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("parts", () => {
  const WHOLE = { list: [1, 2], other: { x: 1 } };
  const LIST = digest([1, 2]);
  const OTHER = digest([3, 4]);

  test("row 43: one that is exchanged for a file of Python, which no preamble pins, is noticed by the whole's digest", () => {
    const root = folder();
    const storage = pickleFile({ root, secretKey: KEY });
    const entry = storage.save(WHOLE);
    const list = readEntry(root, LIST);
    writeEntry(root, LIST, signed(pickle("](", [0x4b, 3, 0x4b, 4], "e")));
    expect(reasonOf(() => storage.load(entry))).toBe("content-mismatch");
    storage.save([3, 4]);
    writeEntry(root, LIST, readEntry(root, OTHER));
    expect(reasonOf(() => storage.load(entry))).toBe("wrong-entry");
    rmSync(join(root, LIST));
    expect(reasonOf(() => storage.load(entry))).toBe("absent");
    writeEntry(root, LIST, list);
    expect(storage.load(entry)).toEqual(WHOLE);
  });

  test("a wrapper that a key's holder made to name itself ends", () => {
    const root = folder();
    const marker = bytes(GLOBAL("fleche.digest", "Digest"), text(NAME_A), [0x85, 0x81]);
    const wrapper = bytes(GLOBAL("fleche.storage.destructuring", "DigestedIterable"), [0x29, 0x81]);
    const endless = pickle(wrapper, "}", text("items"), "](", marker, marker, "esb");
    writeEntry(root, NAME_A, signed(named(endless, NAME_A)));
    expect(told(root, undefined)).toBe("decode-failed");
    expect(() => pickleFile({ root, secretKey: KEY }).load(NAME_A)).toThrow("more than 1000 parts");
  });

  test("a few files that name each other twice do not multiply without end", () => {
    const root = folder();
    const storage = pickleFile({ root, secretKey: KEY, maxEntryBytes: 1 << 20 });
    let value: unknown = [1];
    for (let i = 0; i < 40; i++) value = [value, value];
    const entry = storage.save(value);
    expect(reasonOf(() => storage.load(entry))).toBe("decode-failed");
  });

  test("two parts that differ and that Python names alike are refused when saving", () => {
    const storage = pickleFile({ root: folder(), secretKey: KEY });
    expect(() => storage.save([[0.5], [2 ** 60]])).toThrow(/one name/);
  });
});

test("row 116, as far as it goes: a large file with a wrong tag is read once and decoded never", () => {
  const root = folder();
  const large = pickle(
    [0x8e],
    (() => {
      const b = Buffer.alloc(8);
      b.writeBigUInt64LE(BigInt(1 << 24));
      return b;
    })(),
    Buffer.alloc(1 << 24),
  );
  writeEntry(root, NAME_A, signed(large, OTHER_KEY));
  expect(told(root, undefined)).toBe("bad-signature");
});

test("row 69: of a file that begins as neither pickle nor gzip no more than the head is read", () => {
  const store = Object.assign(memoryStore(), { [FORM]: pickleForm(1) });
  store.blobs.put(NAME_A, Buffer.alloc(1 << 20, 1));
  const { get } = store.blobs;
  const verdicts: unknown[] = [];
  store.blobs.get = (name, admit) =>
    get(name, (head, size) => {
      const verdict = admit?.(head, size) ?? true;
      verdicts.push(verdict);
      return verdict;
    });
  expect(reasonOf(() => valueStorage({ store, secretKey: KEY }).load(NAME_A))).toBe("not-an-envelope");
  expect(verdicts).toEqual([false]);
});

test("what nobody could read back, as it is too large, is not written", () => {
  for (const compress of [false, true]) {
    const root = folder();
    const storage = pickleFile({ root, secretKey: KEY, maxEntryBytes: 10_000, compress });
    expect(() => storage.save("x".repeat(10_000))).toThrow(EncodeError);
    expect(namesIn(root)).toEqual([]);
    expect(storage.load(storage.save("x".repeat(9_000)))).toBe("x".repeat(9_000));
  }
});
