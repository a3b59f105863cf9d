/** Known answers: files that the Python library wrote, read and written again byte for byte. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SignatureError, tuple } from "../../src/index.ts";
import { PySet, pickleFile } from "../../src/pickle.ts";
import { preambleOf } from "../../src/vault/pickle/preamble.ts";
import { folder, namesIn, OTHER_KEY, readEntry, reasonOf, writeEntry } from "./kit.ts";

interface Reference {
  readonly description: string;
  readonly secret_keys_hex: readonly string[];
  readonly remaining_depth: number;
  readonly root_key: string;
  readonly files: readonly { readonly name: string; readonly file_hex: string; readonly pickle_hex: string }[];
}

const REFERENCE = (
  JSON.parse(readFileSync(join(import.meta.dirname, "python-values.json"), "utf8")) as { files: readonly Reference[] }
).files;

const NESTED = { a: [[1], [2]], b: { c: 1 } };
const PAGE = { status: "secure", data: [1, 2, 3] };

/** The values, by what the reference says of them. */
const VALUES: Readonly<Record<string, unknown>> = {
  "set (opaque)": new PySet([1, 2]),
  "flat dict": { a: 1 },
  "empty dict": {},
  "str emoji": "😀",
  "tuple of tuples": tuple(tuple(1, 2), tuple(3, 4)),
  "remaining_depth=1": NESTED,
  "remaining_depth=2": NESTED,
  "remaining_depth=3": NESTED,
  bool: true,
  "flat tuple": tuple(1, "a"),
  "unsigned (no key)": PAGE,
  "dict with list child": PAGE,
  "shared child stored once": [
    [2, 3],
    [2, 3],
  ],
  None: null,
  "str ascii": "hello",
};

function keysOf({ secret_keys_hex: keys }: Reference): { secretKey: string } | { keys: null } {
  return keys.length === 0 ? { keys: null } : { secretKey: keys.join(":") };
}

function written(reference: Reference): string {
  const root = folder();
  for (const { name, file_hex } of reference.files) writeEntry(root, name, Buffer.from(file_hex, "hex"));
  return root;
}

test("every reference file has a value here", () => {
  expect(REFERENCE.map(({ description }) => description).sort()).toEqual(Object.keys(VALUES).sort());
});

describe.each(REFERENCE.map((reference) => [reference.description, reference] as const))(
  "%s",
  (description, reference) => {
    const value = VALUES[description];

    test("loads, from files that Python wrote", () => {
      const storage = pickleFile({ root: written(reference), ...keysOf(reference) });
      expect(storage.load(reference.root_key)).toEqual(value);
      expect(storage.stats()).toMatchObject(
        reference.secret_keys_hex.length === 0 ? { hits: 1, unverified: 1 } : { hits: 1, unverified: 0 },
      );
      for (const { name } of reference.files) expect(reasonOf(() => storage.load(name))).toBe("served");
      expect([...storage.list()].map(String).sort()).toEqual(reference.files.map(({ name }) => name).sort());
    });

    test("is refused under a key that did not sign it, and served as unverified without keys", () => {
      const root = written(reference);
      const reason = reference.secret_keys_hex.length === 0 ? "unsigned" : "bad-signature";
      const other = pickleFile({ root, secretKey: OTHER_KEY });
      expect(reasonOf(() => other.load(reference.root_key))).toBe(reason);
      expect(() => other.load(reference.root_key)).toThrow(SignatureError);
      const open = pickleFile({ root, keys: null });
      expect(open.load(reference.root_key)).toEqual(value);
      expect(open.stats().unverified).toBe(1);
    });

    test("is written with the names and bytes of Python, behind a preamble", () => {
      const root = folder();
      const storage = pickleFile({ root, remainingDepth: reference.remaining_depth, ...keysOf(reference) });
      expect(String(storage.save(value))).toBe(reference.root_key);
      expect(namesIn(root)).toEqual(reference.files.map(({ name }) => name).sort());
      for (const { name, pickle_hex, file_hex } of reference.files) {
        const file = readEntry(root, name);
        const tagged = reference.secret_keys_hex.length === 0 ? 0 : 64;
        expect(file.length - Buffer.from(file_hex, "hex").length).toBeGreaterThan(100);
        const pickle = file.subarray(0, file.length - tagged);
        const preamble = preambleOf(pickle) as string;
        expect(preamble).toMatch(new RegExp(`^fleche1;kind=value;name=${name};ns=[0-9a-f]{32}$`));
        // PROTO, then the opcode of a text, its length, it, POP.
        const rest = Buffer.concat([pickle.subarray(0, 2), pickle.subarray(2 + 3 + preamble.length)]);
        expect(rest.toString("hex")).toBe(pickle_hex);
      }
    });

    test("is refused under another name", () => {
      const root = written(reference);
      const other = "0".repeat(64);
      writeEntry(root, other, readEntry(root, reference.root_key));
      expect(reasonOf(() => pickleFile({ root, ...keysOf(reference) }).load(other))).toBe("content-mismatch");
      expect(reasonOf(() => pickleFile({ root, keys: null }).load(other))).toBe("content-mismatch");
    });
  },
);
