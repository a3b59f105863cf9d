// @ts-check
// Writes envelope-vectors.json: envelopes made by hand from the format's description, with node:crypto's createHmac,
// createHash and hkdfSync alone and nothing of the library. Run it only where the format itself changes:
//   node tests/seal/make-vectors.mjs
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** @param {string | Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/**
 * @param {number} size
 * @param {number | bigint} value
 */
function bigEndian(size, value) {
  const bytes = Buffer.alloc(size);
  for (let i = size - 1, rest = BigInt(value); i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

const KEY_A = Buffer.from(Array.from({ length: 32 }, (_, i) => i + 1));
const KEY_B = Buffer.from("c2b8a1f05d7e4b39".repeat(8), "hex");
const ENTRY_A = "c38b58619f23f9507daf70dc7ef009512035480102031e8345c7e95fa254dbeb";
const ENTRY_B = sha256("another entry").toString("hex");

/** @type {{ name: string, key: Buffer | null, namespace: string, kind: number, codec: number, gzip: boolean, scheme: number, entry: string, createdMs: number, body: Buffer }[]} */
const cases = [
  {
    name: "checksum only",
    key: null,
    namespace: "default",
    kind: 1,
    codec: 1,
    gzip: false,
    scheme: 1,
    entry: ENTRY_A,
    createdMs: 1_700_000_000_000,
    body: Buffer.from("\0\0\0\0[1,2,3]"),
  },
  {
    name: "checksum only, an empty body",
    key: null,
    namespace: "default",
    kind: 1,
    codec: 2,
    gzip: false,
    scheme: 1,
    entry: ENTRY_B,
    createdMs: 0,
    body: Buffer.alloc(0),
  },
  {
    name: "signed",
    key: KEY_A,
    namespace: "default",
    kind: 1,
    codec: 1,
    gzip: false,
    scheme: 1,
    entry: ENTRY_A,
    createdMs: 1_700_000_000_000,
    body: Buffer.from("\0\0\0\0[1,2,3]"),
  },
  {
    name: "signed, in another namespace",
    key: KEY_A,
    namespace: "projects/ünïcode",
    kind: 1,
    codec: 1,
    gzip: false,
    scheme: 1,
    entry: ENTRY_A,
    createdMs: 1_700_000_000_000,
    body: Buffer.from("\0\0\0\0[1,2,3]"),
  },
  {
    name: "signed by a longer key, a record, Python's numbers",
    key: KEY_B,
    namespace: "default",
    kind: 2,
    codec: 1,
    gzip: false,
    scheme: 2,
    entry: ENTRY_B,
    createdMs: 4_102_444_800_000,
    body: Buffer.from("{}"),
  },
  {
    name: "signed and compressed",
    key: KEY_A,
    namespace: "default",
    kind: 1,
    codec: 3,
    gzip: true,
    scheme: 1,
    entry: ENTRY_B,
    createdMs: 1,
    body: Buffer.alloc(5000, "body "),
  },
];

const vectors = cases.map(({ name, key, namespace, kind, codec, gzip, scheme, entry, createdMs, body }) => {
  const namespaceId = sha256(Buffer.concat([Buffer.from("fleche/namespace/v1\0"), Buffer.from(namespace)])).subarray(
    0,
    16,
  );
  const keyId =
    key === null ? Buffer.alloc(8) : Buffer.from(hkdfSync("sha256", key, "fleche/v1", "fleche/v1/key-id", 8));
  const stored = gzip ? gzipSync(body) : body;
  const header = Buffer.concat([
    Buffer.from("89464c430d0a1a0a", "hex"),
    bigEndian(1, 1),
    bigEndian(1, key === null ? 0 : 1),
    bigEndian(1, kind),
    bigEndian(1, codec),
    bigEndian(1, gzip ? 1 : 0),
    bigEndian(1, 0),
    bigEndian(2, scheme),
    bigEndian(8, stored.length),
    bigEndian(8, body.length),
    bigEndian(8, createdMs),
    sha256(stored),
    Buffer.from(entry, "hex"),
    namespaceId,
    keyId,
  ]);
  const signed = Buffer.concat([Buffer.from("fleche/envelope/v1\0"), header]);
  const info = Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]);
  const tag =
    key === null
      ? sha256(signed)
      : createHmac("sha256", Buffer.from(hkdfSync("sha256", key, "fleche/v1", info, 32)))
          .update(signed)
          .digest();
  return {
    name,
    key: key === null ? null : key.toString("hex"),
    keyId: keyId.toString("hex"),
    namespace,
    kind,
    codec,
    compression: gzip ? 1 : 0,
    scheme,
    entry,
    createdMs,
    // What zlib writes may change between versions, so the stored body is given as well.
    body: body.toString("hex"),
    storedBody: stored.toString("hex"),
    header: header.toString("hex"),
    tag: tag.toString("hex"),
  };
});

const about = "Envelopes given byte by byte: header, tag and stored body in hex. Made by make-vectors.mjs.";
writeFileSync(new URL("envelope-vectors.json", import.meta.url), `${JSON.stringify({ about, vectors }, null, 1)}\n`);
