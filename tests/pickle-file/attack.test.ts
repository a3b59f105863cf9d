/** What somebody who can write to a directory of Python's files may try. In every case: the right value, or a reason. */
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digest, EncodeError, memoryStore, valueStorage } from "../../src/index.ts";
import { type PickleFileOptions, pickleFile } from "../../src/pickle.ts";
import { FORM } from "../../src/vault/entry-format.ts";
import { pickleForm } from "../../src/vault/pickle/pickle-form.ts";
import { A, B, CASES, GLOBAL, HOSTILE, NAME_A, NAME_B, type Scene } from "./cases.ts";
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
