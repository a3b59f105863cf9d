/** A value on its way into a cache: named, and written as a body once, when somebody first needs the bytes. */
import type { Codec } from "../codec/codec.ts";

/** A value ready to be stored. */
export interface Encoded {
  readonly digest: string;
  /** The body: always the same bytes, not to be changed. Throws `EncodeError`. */
  body(): Uint8Array;
  /** The value that the body gives, a new one each time. */
  decode(): unknown;
}

/** A value ready to be stored by this codec. */
export function encoded(digest: string, value: unknown, codec: Codec): Encoded {
  let bytes: Uint8Array | undefined;
  const body = (): Uint8Array => {
    bytes ??= codec.encode(value);
    return bytes;
  };
  return {
    digest,
    body,
    // A copy, since what is decoded may be a view of its input.
    decode: () => codec.decode(new Uint8Array(body()), { entry: digest }),
  };
}
