import { describe, expect, test } from "vitest";
import { KIND, readHeader, SCHEME, writeHeader } from "../../src/seal/header.ts";
import { keyRing, namespaceIdOf, type Signer } from "../../src/seal/key-ring.ts";
import { checkBody, type Expected, openHead } from "../../src/seal/open.ts";
import { type Contents, seal } from "../../src/seal/seal.ts";
import known from "./envelope-vectors.json" with { type: "json" };

type Vector = (typeof known.vectors)[number];

function signerOf({ key, namespace }: Vector): Signer | undefined {
  return key === null ? undefined : keyRing(key).inNamespace(namespaceIdOf(namespace));
}

function contentsOf(vector: Vector): Contents {
  const { kind, codec, scheme, entry, createdMs, namespace, storedBody, body, compression } = vector;
  return {
    kind,
    codec,
    scheme,
    entry,
    createdMs,
    namespaceId: namespaceIdOf(namespace),
    body: Buffer.from(storedBody, "hex"),
    uncompressedLength: compression === 0 ? undefined : body.length / 2,
    signer: signerOf(vector),
  };
}

const bytesOf = ({ header, tag, storedBody }: Vector): Buffer => Buffer.from(header + tag + storedBody, "hex");

function expectedOf(vector: Vector): Expected {
  return {
    kind: vector.kind,
    entry: vector.entry,
    namespaceId: namespaceIdOf(vector.namespace),
    scheme: vector.scheme,
    mayDecode: () => true,
    maxEntryBytes: 2 ** 30,
    signer: signerOf(vector),
  };
}

describe("the format is pinned byte by byte", () => {
  test.each(known.vectors)("sealing writes exactly these bytes: $name", (vector) => {
    expect(seal(contentsOf(vector)).toString("hex")).toBe(bytesOf(vector).toString("hex"));
  });

  test.each(known.vectors)("opening these bytes gives header and body: $name", (vector) => {
    const bytes = bytesOf(vector);
    const opened = openHead(bytes.subarray(0, 4096), bytes.length, expectedOf(vector));
    if (opened.refused !== undefined) throw new Error(opened.refused);
    expect(opened.verified).toBe(vector.key !== null);
    expect(bytes.subarray(opened.bodyStart).toString("hex")).toBe(vector.storedBody);
    const { header } = opened;
    expect([header.codec, header.kind, header.scheme, header.keyId]).toEqual([
      vector.codec,
      vector.kind,
      vector.scheme,
      vector.keyId,
    ]);
    expect([header.createdMs, header.storedLength, header.rawLength]).toEqual(
      [vector.createdMs, vector.storedBody.length / 2, vector.body.length / 2].map(BigInt),
    );
    for (const cuts of [[], [1], [160], [128, 159, 161], [4000]]) {
      const check = checkBody(opened);
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        check.add(bytes.subarray(start, cut));
        start = Math.min(cut, bytes.length);
      }
      expect(check.matches()).toBe(true);
    }
  });

  test("the key ids shown begin with k1", () => {
    for (const { key, keyId } of known.vectors) {
      if (key !== null) expect(keyRing(key).keyIds).toEqual([`k1:${keyId}`]);
    }
  });

  test.each(known.vectors)("writing the fields that were read gives the same header: $name", ({ header }) => {
    const bytes = Buffer.from(header, "hex");
    const again = Buffer.alloc(128);
    writeHeader(readHeader(bytes), again);
    expect(again.toString("hex")).toBe(header);
  });
});

describe("an envelope", () => {
  const [plain, , signed, other] = known.vectors as [Vector, Vector, Vector, Vector];

  test("is refused wherever one bit of header or tag differs", () => {
    for (const vector of known.vectors) {
      const bytes = bytesOf(vector);
      const expected = expectedOf(vector);
      for (let bit = 0; bit < 160 * 8; bit++) {
        // Without keys an entry of suite 1 is served unverified, after every check but that of its tag.
        if (vector.key === null && bit === 72) continue;
        const altered = Buffer.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
        expect([bit, openHead(altered.subarray(0, 4096), bytes.length, expected).refused]).not.toEqual([
          bit,
          undefined,
        ]);
      }
    }
  });

  test("is good in its own namespace only, though the key is the same", () => {
    const bytes = bytesOf(signed);
    expect(openHead(bytes, bytes.length, expectedOf(other)).refused).toBe("bad-signature");
    // Without a key the namespace itself is compared.
    const bare = bytesOf(plain);
    const elsewhere = { ...expectedOf(plain), namespaceId: namespaceIdOf("elsewhere") };
    expect(openHead(bare, bare.length, elsewhere).refused).toBe("wrong-namespace");
  });

  test("is read without a key, but not believed to be signed", () => {
    const bytes = bytesOf(signed);
    const opened = openHead(bytes, bytes.length, { ...expectedOf(signed), signer: undefined });
    expect(opened).toMatchObject({ verified: false });
    // Its tag cannot be checked, everything else is.
    bytes[150] = (bytes[150] as number) ^ 1;
    expect(openHead(bytes, bytes.length, { ...expectedOf(signed), signer: undefined }).refused).toBeUndefined();
    expect(openHead(bytes, bytes.length, { ...expectedOf(signed), signer: undefined, kind: KIND.record }).refused).toBe(
      "wrong-kind",
    );
    expect(
      openHead(bytes, bytes.length, { ...expectedOf(signed), signer: undefined, scheme: SCHEME.python }).refused,
    ).toBe("bad-header");
  });

  test("is bytes of its own, that share memory with neither the body nor Node's pool", () => {
    const contents = contentsOf(signed);
    const envelope = seal(contents);
    expect(envelope.buffer.byteLength).toBe(envelope.length);
    (contents.body as Buffer).fill(0);
    expect(envelope.toString("hex")).toBe(bytesOf(signed).toString("hex"));
  });
});
