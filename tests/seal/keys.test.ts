import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { KeyRing, keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { type Environment, findKeys } from "../../src/seal/key-source.ts";
import { parseKeys } from "../../src/seal/key-text.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { structuredFile } from "../../src/value-file.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";

const K1 = "0123456789abcdef".repeat(4);
const K2 = "fedcba9876543210".repeat(4);

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("the text of a key list", () => {
  test.each<[string, string, RegExp]>([
    ["empty", "", /^keys is empty/],
    ["with a colon at its end", `${K1}:`, /key 2 is empty/],
    ["with a colon at its start", `:${K1}`, /key 1 is empty/],
    ["with two colons", `${K1}::${K2}`, /key 2 is empty/],
    ["of colons only", "::", /key 1 is empty/],
    ["that is no hex", `${K1}:${"zz".repeat(32)}`, /key 2 has a character that is no hex digit, at character 1$/],
    ["that is no hex at its end", `${K1}${"g"}`, /key 1 has a character that is no hex digit, at character 65$/],
    ["of an odd number of digits", `${K1}a`, /key 1 has an odd number of hex digits \(65\)/],
    ["of 31 bytes", K1.slice(2), /key 1 has 31 bytes; at least 32/],
    ["with a prefix", `0x${K1}`, /key 1 begins with 0x/],
    ["with an upper-case prefix", `${K2}:0X${K1}`, /key 2 begins with 0x/],
    ["with a space before it", ` ${K1}`, /key 1 contains white space, U\+0020, at character 1$/],
    ["with a space behind it", `${K1} `, /U\+0020, at character 65$/],
    ["with a space in it", `${K1.slice(0, 20)} ${K1.slice(20)}`, /U\+0020, at character 21$/],
    ["with a tab", `${K1}:\t${K2}`, /key 2 contains white space, U\+0009/],
    ["with a newline behind it", `${K1}\n`, /U\+000A, at character 65$/],
    ["with a carriage return", `${K1}\r\n`, /U\+000D/],
    ["with a no-break space", `\u00a0${K1}`, /U\+00A0/],
    ["with a byte order mark", `\ufeff${K1}`, /U\+FEFF/],
    ["with a zero-width space", `${K1}\u200b`, /U\+200B/],
    ["with a NUL", `${K1}\0`, /U\+0000/],
    ["of full-width digits", "１２".repeat(32), /key 1 has a character that is no hex digit, at character 1$/],
    ["with the same key twice", `${K1}:${K2}:${K1}`, /key 3 is a duplicate of key 1/],
    ["with the same key in other case", `${K1}:${K1.toUpperCase()}`, /key 2 is a duplicate of key 1/],
    ["of 17 keys", Array.from({ length: 17 }, (_, i) => `${i + 10}`.repeat(32)).join(":"), /17 keys; at most 16/],
    ["in a sentence", `key: ${K1}`, /key 1 /],
  ])("%s is an error that names the position and shows no digit of it", (_, text, message) => {
    const error = thrownBy(() => parseKeys(text, "keys"));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "config", name: "ConfigError", message: expect.stringMatching(message) });
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/[0-9a-fA-F]{8}|zz|[１２]/);
    expect(() => keyRing(text)).toThrow(ConfigError);
    expect(() => valueStorage({ store: memoryStore(), secretKey: text })).toThrow(ConfigError);
    expect(() => valueStorage({ store: memoryStore(), keys: text })).toThrow(ConfigError);
    expect(() => findKeys({}, { FLECHE_SECRET_KEY: text })).toThrow(ConfigError);
  });

  test("of 32 bytes, of 131 bytes, of upper-case digits and of 16 keys is taken", () => {
    expect(parseKeys(K1, "keys")[0]?.toString("hex")).toBe(K1);
    expect(parseKeys("ab".repeat(131), "keys")[0]).toHaveLength(131);
    expect(keyRing(K1.toUpperCase()).keyIds).toEqual(keyRing(K1).keyIds);
    expect(parseKeys(Array.from({ length: 16 }, (_, i) => `${i + 10}`.repeat(32)).join(":"), "keys")).toHaveLength(16);
  });

  test("of any other content is an error or exactly the bytes that it spells", () => {
    const unit = fc.constantFrom("0", "9", "a", "F", "g", ":", " ", "é", "x");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), fc.nat(), (odd, at) => {
        const place = at % (K1.length + 1);
        const text = K1.slice(0, place) + odd + K1.slice(place);
        try {
          expect(parseKeys(text, "keys").map((key) => key.toString("hex"))).toEqual(text.toLowerCase().split(":"));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const root = mkdtempSync(join(tmpdir(), "fleche-keys-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** A key file with this content and mode. */
function keyFile(content: string | Uint8Array, mode = 0o600, folder = root): string {
  const path = join(folder, `key-${made++}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const fromFile = (path: string, location?: string): KeyRing | undefined =>
  findKeys({ location }, { FLECHE_SECRET_KEY_FILE: path });

const posix = process.platform !== "win32";
const asRoot = process.geteuid?.() === 0;

describe.skipIf(!posix)("a key file", () => {
  test("is read with or without one final newline, also through one link", () => {
    const ids = keyRing(`${K1}:${K2}`).keyIds;
    const path = keyFile(`${K1}:${K2}\n`);
    expect(fromFile(path)?.keyIds).toEqual(ids);
    expect(fromFile(keyFile(`${K1}:${K2}`))?.keyIds).toEqual(ids);
    expect(fromFile(keyFile(`${K1}:${K2}`, 0o400))?.keyIds).toEqual(ids);
    expect(fromFile(keyFile(`${K1}:${K2}`, 0o640))?.keyIds).toEqual(ids);
    const link = join(root, "link");
    symlinkSync(path, link);
    expect(fromFile(link)?.keyIds).toEqual(ids);
    const folder = join(root, "..data");
    mkdirSync(folder);
    const mounted = keyFile(K1, 0o600, folder);
    symlinkSync(`..data/${mounted.slice(folder.length + 1)}`, join(root, "mounted"));
    expect(fromFile(join(root, "mounted"))?.keyIds).toEqual(keyRing(K1).keyIds);
  });

  test.each<[string, () => string, RegExp]>([
    ["with two final newlines", () => keyFile(`${K1}\n\n`), /U\+000A/],
    ["with a carriage return", () => keyFile(`${K1}\r\n`), /U\+000D/],
    ["with a space", () => keyFile(`${K1} `), /U\+0020/],
    ["with a byte order mark", () => keyFile(`\ufeff${K1}`), /key 1/],
    [
      "with bytes that are no text",
      () => keyFile(Buffer.concat([Buffer.from(K1), Buffer.of(0xff, 0xfe)])),
      /no hex digit, at character 65/,
    ],
    ["that is empty", () => keyFile(""), /is empty/],
    ["with nothing but a newline", () => keyFile("\n"), /is empty/],
    ["writable by its group", () => keyFile(K1, 0o660), /writable by its group or by others/],
    ["writable by others", () => keyFile(K1, 0o602), /writable by its group or by others/],
    ["of one MiB", () => keyFile("0".repeat(2 ** 20)), /1048576 bytes; a key list has at most 65536/],
    ["that is a directory", () => root, /not a regular file/],
    ["that is missing", () => join(root, "nowhere"), /cannot be looked at/],
    ["that is a device", () => "/dev/zero", /not a regular file|writable/],
    [
      "that is a link to a link",
      () => {
        const [a, b] = [join(root, `a${made}`), join(root, `b${made++}`)];
        symlinkSync(keyFile(K1), a);
        symlinkSync(a, b);
        return b;
      },
      /a link to a link/,
    ],
    [
      "that is a link to nothing",
      () => {
        const path = join(root, `dangling${made++}`);
        symlinkSync(join(root, "nowhere"), path);
        return path;
      },
      /cannot be looked at/,
    ],
    [
      "that is a link to itself",
      () => {
        const path = join(root, `loop${made++}`);
        symlinkSync(path, path);
        return path;
      },
      /link/,
    ],
    [
      "that is a link to a file that the group may write",
      () => {
        const path = join(root, `link${made++}`);
        symlinkSync(keyFile(K1, 0o660), path);
        return path;
      },
      /writable/,
    ],
    ["without a name", () => "", /the path is empty/],
    ["behind something that is no directory", () => join(keyFile(K1), "key"), /cannot be looked at/],
  ])("%s is refused", (_, make, message) => {
    const path = make();
    const error = thrownBy(() => fromFile(path));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(message);
    expect(inspect(error)).not.toContain(K1.slice(0, 8));
  });

  test("that is a FIFO is refused and does not hang us", () => {
    const path = join(root, "fifo");
    expect(spawnSync("mkfifo", ["-m", "600", path]).status).toBe(0);
    expect(thrownBy(() => fromFile(path)).message).toMatch(/not a regular file/);
  });

  test("that others can read is refused unless it is root's and lies outside the cache", () => {
    const path = keyFile(K1, 0o644);
    if (!asRoot) {
      expect(thrownBy(() => fromFile(path)).message).toMatch(/readable by others/);
      return;
    }
    expect(fromFile(path)?.keyIds).toHaveLength(1);
    expect(fromFile(path, join(root, "elsewhere"))?.keyIds).toHaveLength(1);
    expect(fromFile(path, `${root}-beside`)?.keyIds).toHaveLength(1);
    expect(thrownBy(() => fromFile(path, root)).message).toMatch(/inside the cache directory/);
    const deeper = join(root, "deeper");
    mkdirSync(deeper, { recursive: true });
    expect(thrownBy(() => fromFile(keyFile(K1, 0o644, deeper), root)).message).toMatch(/inside the cache directory/);
    // A hard link or a link from outside still ends at a file that lies inside.
    const outside = mkdtempSync(join(tmpdir(), "fleche-outside-"));
    symlinkSync(path, join(outside, "link"));
    expect(thrownBy(() => fromFile(join(outside, "link"), root)).message).toMatch(/inside the cache directory/);
    linkSync(path, join(outside, "hard"));
    expect(fromFile(join(outside, "hard"), root)?.keyIds).toHaveLength(1);
    rmSync(outside, { recursive: true });
  });

  test.skipIf(!asRoot)("that belongs to another user is refused, whatever its mode", () => {
    for (const mode of [0o600, 0o400, 0o644]) {
      const path = keyFile(K1, mode);
      chownSync(path, 12345, 12345);
      expect(thrownBy(() => fromFile(path)).message).toMatch(/owned by user 12345; must be ours \(0\) or root's/);
    }
  });

  test("a key where the path should be is told without showing it", () => {
    for (const text of [K1, `${K1}:${K2}`, `${K1}\n`]) {
      const error = thrownBy(() => fromFile(text));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toMatch(/looks like a key/);
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/[0-9a-f]{8}/);
    }
  });
});

describe("where keys come from", () => {
  const env = (entries: Environment): Environment => entries;

  test("an option comes before the environment; null means none; nothing set means none", () => {
    const set = env({ FLECHE_SECRET_KEY: K1 });
    expect(findKeys({}, set)?.keyIds).toEqual(keyRing(K1).keyIds);
    expect(findKeys({ secretKey: K2 }, set)?.keyIds).toEqual(keyRing(K2).keyIds);
    expect(findKeys({ keys: K2 }, set)?.keyIds).toEqual(keyRing(K2).keyIds);
    expect(findKeys({ keys: keyRing(K2) }, set)?.keyIds).toEqual(keyRing(K2).keyIds);
    expect(findKeys({ keys: null }, set)).toBeUndefined();
    expect(findKeys({}, env({}))).toBeUndefined();
  });

  test("two sources at once, and keys of another type, are errors", () => {
    expect(() => findKeys({ secretKey: K1, keys: K2 }, {})).toThrow(/not both/);
    expect(() => findKeys({ secretKey: K1, keys: null }, {})).toThrow(/not both/);
    const both = env({ FLECHE_SECRET_KEY: K1, FLECHE_SECRET_KEY_FILE: "/nowhere" });
    expect(() => findKeys({}, both)).toThrow(/both set/);
    expect(() => findKeys({}, env({ FLECHE_SECRET_KEY: K1, FLECHE_SECRET_KEY_FILE: "" }))).toThrow(/both set/);
    for (const odd of [1, {}, [K1], Buffer.from(K1), true] as unknown as string[]) {
      expect(() => findKeys({ secretKey: odd }, {})).toThrow(ConfigError);
      expect(() => findKeys({ keys: odd }, {})).toThrow(ConfigError);
    }
    expect(() => findKeys({ secretKey: "" }, env({ FLECHE_SECRET_KEY: K1 }))).toThrow(/secretKey is empty/);
  });

  test("where a signature is required, having no key is an error", () => {
    expect(() => findKeys({}, env({ FLECHE_REQUIRE_SIGNATURE: "1" }))).toThrow(ConfigError);
    expect(() => findKeys({ keys: null }, env({ FLECHE_REQUIRE_SIGNATURE: "1", FLECHE_SECRET_KEY: K1 }))).toThrow(
      ConfigError,
    );
    expect(findKeys({ secretKey: K1 }, env({ FLECHE_REQUIRE_SIGNATURE: "1" }))).toBeInstanceOf(KeyRing);
    for (const off of ["0", ""]) expect(findKeys({}, env({ FLECHE_REQUIRE_SIGNATURE: off }))).toBeUndefined();
    for (const odd of ["yes", "true", "01", " 1"]) {
      expect(() => findKeys({}, env({ FLECHE_REQUIRE_SIGNATURE: odd }))).toThrow(/must be 1 or 0/);
    }
  });

  test("keys are read once, when a storage is made", () => {
    const store = memoryStore();
    vi.stubEnv("FLECHE_SECRET_KEY", K1);
    const storage = valueStorage({ store });
    const digest = storage.save("value");
    for (const other of [K2, "", undefined]) {
      vi.stubEnv("FLECHE_SECRET_KEY", other);
      expect(storage.load(digest)).toBe("value");
      storage.save(`signed under ${other}`);
    }
    vi.stubEnv("FLECHE_SECRET_KEY", K1);
    const again = valueStorage({ store });
    for (const name of storage.list()) expect(again.load(name)).toMatch(/^value|^signed/);
    vi.unstubAllEnvs();
  });
});

describe("no key is ever shown", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test("by any public object, error or warning, however it is printed", () => {
    const lines: string[] = [];
    for (const method of ["warn", "error", "log", "info", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => {
        lines.push(parts.map((part) => inspect(part, { depth: 9 })).join(" "));
      });
    }
    vi.stubEnv("FLECHE_SECRET_KEY", `${K1}:${K2}`);
    const directory = mkdtempSync(join(tmpdir(), "fleche-shown-"));
    const things: unknown[] = [];
    const storages = [
      structuredFile({ root: directory }),
      structuredFile({ root: join(directory, "other"), secretKey: K2 }),
      valueStorage({ store: memoryStore(), keys: `${K2}:${K1}`, posture: "strict", codec: "json" }),
      valueStorage({ store: fileStore({ root: join(directory, "third") }), keys: keyRing(K1), namespace: "n" }),
      valueStorage({ store: memoryStore(), secretKey: "00".repeat(32) }),
    ];
    things.push(...storages, keyRing(`${K1}:${K2}`), keyRing(K1).inNamespace(namespaceIdOf("n")));
    const attempt = (act: () => unknown): void => {
      try {
        things.push(act());
      } catch (error) {
        things.push(error, (error as Error).stack);
      }
    };
    for (const storage of storages) {
      const digest = storage.save([1, 2, 3]);
      things.push(storage.stats(), digest);
      attempt(() => storage.load(digest));
      attempt(() => storage.load("0".repeat(64)));
      attempt(() => storage.save(() => K1));
    }
    // Entries under keys that the reader does not have.
    const shared = fileStore({ root: join(directory, "shared") });
    const entry = valueStorage({ store: shared, secretKey: K2 }).save("x");
    attempt(() => valueStorage({ store: shared, secretKey: K1 }).load(entry));
    attempt(() => valueStorage({ store: shared, secretKey: K1, posture: "strict" }).contains(entry));
    const wrong = { store: shared } as const;
    attempt(() => valueStorage({ ...wrong, keys: `${K1}:${K1}` }));
    attempt(() => valueStorage({ ...wrong, keys: `${K1}:${K2}x` }));
    attempt(() => valueStorage({ ...wrong, secretKey: K1, keys: K2 }));
    attempt(() => valueStorage({ ...wrong, secretKeys: K1 } as unknown as typeof wrong));
    attempt(() => valueStorage({ ...wrong, keys: { secret: K1 } as unknown as string }));
    attempt(() => valueStorage({ ...wrong, keys: Buffer.from(K1, "hex") as unknown as string }));
    vi.stubEnv("FLECHE_SECRET_KEY_FILE", K1);
    attempt(() => valueStorage(wrong));
    vi.stubEnv("FLECHE_SECRET_KEY", undefined);
    attempt(() => valueStorage(wrong));

    const shown = things.flatMap((thing) => [
      inspect(thing, { showHidden: true, depth: 20, showProxy: true, getters: true }),
      JSON.stringify(thing) ?? "",
      String(thing),
      ...Reflect.ownKeys(Object(thing)).map(String),
    ]);
    const keys = [K1, K2].flatMap((key) => [key, key.toUpperCase(), Buffer.from(key, "hex").toString("base64")]);
    const pieces = new Set(
      keys.flatMap((key) => Array.from({ length: key.length - 7 }, (_, i) => key.slice(i, i + 8))),
    );
    const all = [...shown, ...lines].join("\n");
    for (const piece of pieces) expect(all.includes(piece), `shows ${piece}`).toBe(false);
    expect(lines.join()).toContain("Invalid signature for cache entry. Potential tampering or key mismatch.");
    rmSync(directory, { recursive: true });
  });
});
