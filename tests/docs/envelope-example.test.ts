/** The worked example of docs/reference/envelope.md: the bytes on the page are the bytes that the code makes. */
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { digest, keyRing, memoryStore, valueStorage } from "fleche";
import { expect, test, vi } from "vitest";
import { KIND, SCHEME } from "../../src/seal/header.ts";
import { namespaceIdOf } from "../../src/seal/key-ring.ts";
import { seal } from "../../src/seal/seal.ts";
import { textOf } from "./markdown.ts";

const KEY = "deadbeefcafe0123456789abcdef0123456789abcdef0123456789abcdef0123";
const VALUE = { status: "secure", data: [1, 2, 3] };
const CREATED_MS = Date.UTC(2025, 0, 1);
const BODY = Buffer.concat([Buffer.alloc(4), Buffer.from(JSON.stringify(VALUE))]);

const page = textOf("docs/reference/envelope.md");

/** What the page shows, `offset  bytes  meaning` by line. */
function shownBytes(): Buffer {
  const block = /```text\n(0000 {2}[\s\S]*?)```/.exec(page)?.[1] ?? "";
  const hex = block.split("\n").map((line) => /^[0-9a-f]{4} {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})/.exec(line)?.[1] ?? "");
  return Buffer.from(hex.join("").replaceAll(" ", ""), "hex");
}

function envelopeOf(signed: boolean): Buffer {
  const namespaceId = namespaceIdOf("default");
  return seal({
    kind: KIND.value,
    codec: 1,
    scheme: SCHEME.exact,
    entry: digest(VALUE),
    namespaceId,
    body: BODY,
    createdMs: CREATED_MS,
    signer: signed ? keyRing(KEY).inNamespace(namespaceId) : undefined,
  });
}

test("the page shows the envelope that the code makes", () => {
  expect(shownBytes().toString("hex")).toBe(envelopeOf(true).toString("hex"));
});

test("a storage writes exactly these bytes", () => {
  vi.useFakeTimers({ now: CREATED_MS });
  try {
    const store = memoryStore();
    const entry = valueStorage({ store, secretKey: KEY, codec: "json" }).save(VALUE);
    expect(Buffer.from(store.blobs.get(String(entry)) ?? []).toString("hex")).toBe(shownBytes().toString("hex"));
  } finally {
    vi.useRealTimers();
  }
});

test("the page's recipe for keys and tag gives the same, with nothing but node:crypto", () => {
  const namespaceId = createHash("sha256").update("fleche/namespace/v1\0default").digest().subarray(0, 16);
  const derive = (info: Buffer, length: number): Buffer =>
    Buffer.from(hkdfSync("sha256", Buffer.from(KEY, "hex"), "fleche/v1", info, length));
  const keyId = derive(Buffer.from("fleche/v1/key-id"), 8);
  const macKey = derive(Buffer.concat([Buffer.from("fleche/v1/mac\0"), namespaceId]), 32);
  const header = shownBytes().subarray(0, 128);
  const tag = createHmac("sha256", macKey).update("fleche/envelope/v1\0").update(header).digest();
  expect(shownBytes().subarray(128, 160).toString("hex")).toBe(tag.toString("hex"));
  expect(header.subarray(120).toString("hex")).toBe(keyId.toString("hex"));
  for (const derived of [namespaceId, keyId, macKey]) expect(page).toContain(derived.toString("hex"));
  expect(page).toContain(keyRing(KEY).keyIds[0]);
});

test("without a key only suite, key id and tag differ", () => {
  const [signed, unsigned] = [envelopeOf(true), envelopeOf(false)];
  const different = [...signed.keys()].filter((i) => signed[i] !== unsigned[i]);
  expect(different.every((i) => i === 9 || (i >= 120 && i < 160))).toBe(true);
  expect(unsigned.subarray(120, 128)).toEqual(Buffer.alloc(8));
  expect(page).toContain(unsigned.subarray(128, 160).toString("hex"));
});
