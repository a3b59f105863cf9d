/**
 * The codec `closure`: values with functions in them, as their sources and what they captured. What it reads it makes into
 * code, so it is never among the codecs that a storage has by itself, and the vault hands it only what a key has signed.
 */
import type { Codec, ValueNaming } from "../codec/codec.ts";
import { readV8, writeV8 } from "../codec/structured/v8-bytes.ts";
import { digestHex } from "../digest/digest.ts";
import { EncodeError } from "../errors.ts";
import { functionValueDigest, objectValueDigest } from "../identity/identity.ts";
import { readBody } from "./read.ts";
import { type ClosureHooks, writeBody } from "./write.ts";

const NOTHING = new Uint8Array(0);

/** The codec, with what the layers above know of functions. */
export function closureCodecWith(hooks: ClosureHooks): Codec {
  const naming = { functionDigest: functionValueDigest(hooks.unwrap), otherDigest: objectValueDigest(hooks.unwrap) };
  return {
    name: "closure",
    id: 16,
    executable: true,
    naming,
    encode(value) {
      const body = writeV8(writeBody(value, hooks), NOTHING);
      assertSame(value, body, naming);
      return body;
    },
    decode: (body, { entry }) => readBody(readV8(body), body.length, `fleche-closure:${entry.slice(0, 12)}`),
  };
}

/** What does not come back as what it was is refused now, not found out by whoever loads it. */
function assertSame(value: unknown, body: Uint8Array, naming: ValueNaming): void {
  let again: string;
  try {
    again = digestHex(readBody(readV8(body), body.length, "fleche-closure:check"), naming);
  } catch (error) {
    throw new EncodeError("", `it cannot be read again: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (again !== digestHex(value, naming))
    throw new EncodeError("", "a function in it would not come back as what it is");
}
