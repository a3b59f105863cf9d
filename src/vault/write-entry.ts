/** What goes into one envelope: compresses the body where that is asked for and pays, and says what it is for. */
import { compress } from "../codec/compression.ts";
import { EncodeError } from "../errors.ts";
import { type Contents, sealedLength } from "../seal/seal.ts";
import type { Asked, SealRules } from "./entry-format.ts";

/** The contents of a body's envelope. Throws an `EncodeError` where nobody could read it back, as it is too large. */
export function entryContents(
  asked: Asked,
  codec: number,
  body: Uint8Array,
  rules: Omit<SealRules, "decoder">,
  nowMs: number,
): Contents {
  const packed = rules.compress ? compress(body) : body;
  const smaller = packed.length < body.length;
  const contents: Contents = {
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
  };
  const size = Math.max(sealedLength(contents), body.length);
  if (size > rules.maxEntryBytes) {
    throw new EncodeError("", `${size} bytes, more than maxEntryBytes (${rules.maxEntryBytes})`);
  }
  return contents;
}
