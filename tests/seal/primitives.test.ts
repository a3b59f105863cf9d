import { createHash, createHmac, createSecretKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { keyRing, namespaceIdOf } from "../../src/seal/key-ring.ts";
import { deriveKey, hmacSha256, isTagOf } from "../../src/seal/mac.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");

/** HMAC as the library computes it. */
function hmac(key: Uint8Array, data: Uint8Array): string {
  return Buffer.from(hmacSha256(key)(data)).toString("hex");
}

function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): string {
  return deriveKey(createSecretKey(key), salt, info, length).toString("hex");
}

test.each([
  ["1", "0b".repeat(20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [
    "2",
    "4a656665",
    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  ["3", "aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  [
    "4",
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    "5 (its first 16 bytes)",
    "0c".repeat(20),
    "546573742057697468205472756e636174696f6e",
    "a3b6167473100ee06e0c796c2955552b",
  ],
  [
    "6",
    "aa".repeat(131),
    "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "7",
    "aa".repeat(131),
    "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e",
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
])("HMAC-SHA-256 is that of RFC 4231, case %s", (_, key, data, tag) => {
  expect(hmac(hex(key), hex(data)).slice(0, tag.length)).toBe(tag);
});

test("HMAC-SHA-256 is Node's own for every length around the sizes of blocks and of what is kept", () => {
  for (let length = 0; length < 400; length++) {
    const [key, data] = [Buffer.alloc(length % 150, length), Buffer.alloc(length, length + 1)];
    const tag = hmacSha256(key);
    const right = createHmac("sha256", key).update(data).digest("hex");
    // Twice: what the first message left behind must not count in the second.
    expect(
      [tag(Buffer.alloc(400, 7)), tag(data), tag(data)].map((bytes) => Buffer.from(bytes).toString("hex")).slice(1),
    ).toEqual([right, right]);
  }
});

test.each([
  [
    "1",
    "0b".repeat(22),
    "000102030405060708090a0b0c",
    "f0f1f2f3f4f5f6f7f8f9",
    42,
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    "2",
    Array.from({ length: 80 }, (_, i) => i.toString(16).padStart(2, "0")).join(""),
    Array.from({ length: 80 }, (_, i) => (0x60 + i).toString(16)).join(""),
    Array.from({ length: 80 }, (_, i) => (0xb0 + i).toString(16)).join(""),
    82,
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  [
    "3",
    "0b".repeat(22),
    "",
    "",
    42,
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
])("HKDF-SHA-256 is that of RFC 5869, case %s", (_, key, salt, info, length, okm) => {
  expect(hkdf(hex(key), hex(salt), hex(info), length)).toBe(okm);
});

interface WycheproofTest {
  readonly key?: string;
  readonly msg?: string;
  readonly tag?: string;
  readonly ikm?: string;
  readonly salt?: string;
  readonly info?: string;
  readonly size?: number;
  readonly okm?: string;
  readonly result: string;
}

/** Vectors that lie beside the project in some places and are not part of it. */
const VECTORS = process.env.FLECHE_TEST_VECTORS ?? new URL("../../../shared/vectors", import.meta.url).pathname;

function wycheproof(name: string): readonly { tagSize?: number; tests: readonly WycheproofTest[] }[] {
  const path = `${VECTORS}/${name}`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).testGroups : [];
}

const macs = wycheproof("hmac_sha256_test.json");
const derivations = wycheproof("hkdf_sha256_test.json");
const WHERE = "(skipped where its vectors are not at hand: FLECHE_TEST_VECTORS names their folder)";

test.skipIf(macs.length === 0)(`our HMAC-SHA-256 agrees with Wycheproof, and takes whole tags only ${WHERE}`, () => {
  let seen = 0;
  let cut = 0;
  for (const { tagSize = 256, tests } of macs) {
    for (const { key = "", msg = "", tag = "", result } of tests) {
      const [mac, message] = [hmacSha256(hex(key)), hex(msg)];
      expect(hmac(hex(key), message).slice(0, tagSize / 4) === tag).toBe(result === "valid");
      // A tag that was cut is a right one for others. Half of it can be guessed by who can try often: never for us.
      expect(isTagOf(mac, message, hex(tag))).toBe(result === "valid" && tagSize === 256);
      if (result === "valid" && tagSize < 256) cut++;
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(100);
  expect(cut).toBeGreaterThan(20);
});

test.skipIf(derivations.length === 0)(`our HKDF-SHA-256 agrees with Wycheproof ${WHERE}`, () => {
  let seen = 0;
  for (const { tests } of derivations) {
    for (const { ikm = "", salt = "", info = "", size = 0, okm, result } of tests) {
      if (result === "invalid") expect(() => hkdf(hex(ikm), hex(salt), hex(info), size)).toThrow();
      else expect(hkdf(hex(ikm), hex(salt), hex(info), size)).toBe(okm);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(50);
});

describe("a key ring", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const keys = Array.from({ length: 10 }, (_, i) => createHash("sha256").update(`key ${i}`).digest("hex"));
  const namespace = namespaceIdOf("default");
  const message = Buffer.from("message");

  test("signs with its first key and verifies with all, picking the key by its id", () => {
    const signers = keys.map((key) => keyRing(key).inNamespace(namespace));
    const all = keyRing(keys.join(":")).inNamespace(namespace);
    expect(all.keyId).toBe(signers[0]?.keyId);
    for (const signer of signers) expect(all.verify(signer.keyId, message, signer.sign(message))).toBeUndefined();
    const [first, second] = signers as [(typeof signers)[0], (typeof signers)[0]];
    expect(all.verify(first.keyId, message, second.sign(message))).toBe("bad-signature");
    expect(all.verify("00".repeat(8), message, first.sign(message))).toBe("unknown-key");
    expect(first.verify(second.keyId, message, second.sign(message))).toBe("unknown-key");
    expect(first.verify("__proto__", message, second.sign(message))).toBe("unknown-key");
  });

  test("refuses tags of every other length without an exception", () => {
    const signer = keyRing(keys[0] as string).inNamespace(namespace);
    const tag = signer.sign(message);
    for (const length of [0, 1, 4, 16, 31]) {
      expect(signer.verify(signer.keyId, message, tag.subarray(0, length))).toBe("bad-signature");
    }
    expect(signer.verify(signer.keyId, message, Buffer.concat([tag, Buffer.alloc(1)]))).toBe("bad-signature");
    for (let bit = 0; bit < 256; bit++) {
      const altered = Buffer.from(tag);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(signer.verify(signer.keyId, message, altered)).toBe("bad-signature");
    }
  });

  test("derives other keys for other namespaces from the same secret", () => {
    const ring = keyRing(keys[0] as string);
    const [a, b] = [ring.inNamespace(namespace), ring.inNamespace(namespaceIdOf("other"))];
    expect(a.keyId).toBe(b.keyId);
    expect(Buffer.compare(a.sign(message), b.sign(message))).not.toBe(0);
    expect(b.verify(a.keyId, message, a.sign(message))).toBe("bad-signature");
  });

  test("of ten keys costs what one costs: only the key that an entry names is derived, once", async () => {
    vi.resetModules();
    const calls = { hkdf: 0, hash: 0 };
    vi.doMock("node:crypto", async (importOriginal) => {
      const crypto = await importOriginal<typeof import("node:crypto")>();
      return {
        ...crypto,
        hkdfSync: (...args: Parameters<typeof crypto.hkdfSync>) => {
          calls.hkdf++;
          return crypto.hkdfSync(...args);
        },
        hash: (...args: Parameters<typeof crypto.hash>) => {
          calls.hash++;
          return crypto.hash(...args);
        },
      };
    });
    const fresh = await import("../../src/seal/key-ring.ts");
    vi.doUnmock("node:crypto");
    const costs = [keys.slice(9), keys].map((list) => {
      const signer = fresh.keyRing(list.join(":")).inNamespace(namespace);
      const [, last] = [0, keyRing(keys[9] as string).inNamespace(namespace)];
      const tag = last.sign(message);
      calls.hkdf = 0;
      calls.hash = 0;
      for (let i = 0; i < 5; i++) expect(signer.verify(last.keyId, message, tag)).toBeUndefined();
      return { ...calls };
    });
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]).toEqual({ hkdf: 1, hash: 10 });
  });

  test("knows a key that is one byte repeated for a placeholder", () => {
    expect(keyRing("00".repeat(32)).weakKeyIds).toHaveLength(1);
    expect(keyRing(`${"ab".repeat(40)}:${keys[0]}`).weakKeyIds).toHaveLength(1);
    expect(keyRing("abcd".repeat(16)).weakKeyIds).toEqual([]);
  });
});
