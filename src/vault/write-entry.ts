/** Makes one envelope: compresses the body where that is asked for and pays, and seals it. */
import { compress } from "../codec/compression.ts";
import { EncodeError } from "../errors.ts";
import { seal } from "../seal/seal.ts";
import type { Asked, SealRules } from "./entry-format.ts";

/** The envelope of a body. Throws an `EncodeError` where nobody could read it back, as it is too large. */
export function sealEntry(
  asked: Asked,
  codec: number,
  body: Uint8Array,
  rules: Omit<SealRules, "decoder">,
  nowMs: number,
): Uint8Array {
  const packed = rules.compress ? compress(body) : body;
  const smaller = packed.length < body.length;
  const envelope = seal({
    kind: asked.kind,
    codec,
    scheme: rules.scheme,
    entry: asked.entry,
    namespaceId: rules.namespaceId,
    body: smaller ? packed : body,
    uncompressedLength: smaller ? body.length : undefined,
    // A broken clock must not keep anything from being stored.
    createdMs: Number.isFinite(nowMs) ? Math.max(0, Math.trunc(nowMs)) : 0,
    signer: rules.signer,
  });
  const size = Math.max(envelope.length, body.length);
  if (size > rules.maxEntryBytes) {
    throw new EncodeError("", `${size} bytes, more than maxEntryBytes (${rules.maxEntryBytes})`);
  }
  return envelope;
}
