/** A value on its way into a cache: named, and written as bodies once, when somebody first needs the bytes. */
import type { Body, Codec, DecodeContext } from "../codec/codec.ts";
import { DecodeError } from "../errors.ts";

/** The body of a value, and those of the parts that it names, inner ones first. */
export interface Bodies {
  readonly body: Uint8Array;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** A value ready to be stored. */
export interface Encoded {
  readonly digest: string;
  /** The bodies: always the same bytes, not to be changed. Throws `EncodeError`. */
  bodies(): Bodies;
  /** The value that the bodies give, a new one each time. */
  decode(): unknown;
}

/** A value ready to be stored by this codec; `digestOf` names its parts. */
export function encoded(digest: string, value: unknown, codec: Codec, digestOf: (part: unknown) => string): Encoded {
  let made: Bodies | undefined;
  const bodies = (): Bodies => {
    if (made === undefined) {
      const parts = new Map<string, Uint8Array>();
      const body = codec.encode(value, { digestOf, part: (name, bytes) => parts.set(name, bytes) });
      made = { body, parts };
    }
    return made;
  };
  return {
    digest,
    bodies,
    decode() {
      const { body, parts } = bodies();
      const whole = new Map([...parts].map(([part, bytes]) => [part, { body: bytes }]));
      // A copy, since what is decoded may be a view of its input.
      const at = codec.tailAt?.(body, body.length) ?? body.length;
      const tail = at === body.length ? undefined : new Uint8Array(body.subarray(at)).buffer;
      return codec.decode(body.slice(0, at), decodeContext(digest, whole, Number.POSITIVE_INFINITY, tail));
    },
  };
}

/** What reading a part counts for at least, so that a small part that is named very often is bounded too. */
const LEAST_COUNTED = 4096;

/** Hands out the bodies of parts; no more than `limit` bytes in all, since parts that name parts can multiply. */
export function decodeContext(
  entry: string,
  parts: ReadonlyMap<string, Body>,
  limit: number,
  tail?: ArrayBuffer,
): DecodeContext {
  let read = 0;
  return {
    entry,
    tail,
    part(digest) {
      const found = parts.get(digest);
      if (found === undefined) throw new DecodeError(`part ${digest} is not in the list of parts`);
      read += Math.max(lengthOf(found), LEAST_COUNTED);
      if (read > limit) throw new DecodeError(`its parts come to more than ${limit} bytes`);
      return found.body;
    },
    partTail: (digest) => parts.get(digest)?.tail,
  };
}

/** How long a body is. */
export function lengthOf({ body, tail }: Body): number {
  return body.length + (tail?.byteLength ?? 0);
}
