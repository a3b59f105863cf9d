/**
 * Puts an envelope under another key: another key id and tag in the header, in place; everything else of it, also when it was
 * made, and its body stay as they are. Whether the old seal held is for the caller to have checked.
 */
import { HEADER_SIZE, SUITE, writeHeader } from "./header.ts";
import type { Signer } from "./key-ring.ts";
import type { Opened } from "./open.ts";
import { signedPart } from "./seal.ts";

/** Signs the header that was believed, in the bytes that it was read from. */
export function resealHead(envelope: Buffer, { header }: Opened, signer: Signer): void {
  // From the fields that were judged, not from the bytes: a store may have shown others.
  writeHeader({ ...header, suite: SUITE.hmac, keyId: signer.keyId }, envelope);
  envelope.set(signer.sign(signedPart(envelope)), HEADER_SIZE);
}
