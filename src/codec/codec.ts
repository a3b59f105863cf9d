/**
 * The codec interface: value ⇄ body of an entry. A codec knows neither stores nor keys. What it cannot bring back equal
 * and of the same type it refuses when encoding; decoding is given bytes whose seal was checked, and trusts nothing else.
 */
import type { InnerDigestOptions } from "../digest/digest.ts";

/** Names what has no digest by itself. */
export type ValueNaming = Pick<InnerDigestOptions, "functionDigest" | "otherDigest">;

/** Takes the parts of a value that are stored separately, under their own digests. */
export interface Splitter {
  /** The digest of a part of the value that is being encoded. */
  digestOf(part: unknown): string;
  /** Takes a part; what it names itself was given before. */
  part(digest: string, body: Uint8Array): void;
}

/** A body in memory: in one piece, or its last bytes in memory of their own. */
export interface Body {
  /** All of it, or what comes before its tail. */
  readonly body: Uint8Array;
  /** What follows, where a codec's {@link Codec.tailAt} said from where on. */
  readonly tail?: ArrayBuffer | undefined;
}

/** What decoding may lean on. */
export interface DecodeContext {
  /** The digest that the value is stored under. */
  readonly entry: string;
  /** What of the body lies in memory of its own, given away like the body; only for codecs that have {@link Codec.tailAt}. */
  readonly tail?: ArrayBuffer | undefined;
  /**
   * The body of a part that the body names, but for its tail; throws `DecodeError` for any other. The bytes are not to be
   * changed.
   */
  part?(digest: string): Uint8Array;
  /** The tail of a part, as {@link DecodeContext.tail}, and given away too: whoever asks for a part again has to copy it. */
  partTail?(digest: string): ArrayBuffer | undefined;
}

/** One way of writing values as bytes. */
export interface Codec {
  /** How options name it. */
  readonly name: string;
  /** Its number in the header of an entry. */
  readonly id: number;
  /** How functions, and objects that are more than data, are named in storages of this codec; default: they are refused. */
  readonly naming?: ValueNaming;
  /**
   * Whether decoding makes code of what it reads. Such a codec needs signing keys, is used only where options name it, and
   * is handed nothing but bodies whose tag a key has verified. Default `false`.
   */
  readonly executable?: boolean;
  /**
   * The body of an entry; the bytes are the caller's. Throws `EncodeError` with the path to what it cannot carry. Given
   * a splitter, it may hand big parts to it and name them in the body's list of parts instead of containing them.
   */
  encode(value: unknown, splitter?: Splitter): Uint8Array;
  /**
   * From where on a body of so many bytes, which begins with these, is the very memory of its value: a large body is then read
   * to where it stays, and never copied. `undefined` where that is nowhere. The bytes are not verified yet: nothing is to be
   * made of them, and a wrong answer may cost nothing but the value. A codec may lack this.
   */
  tailAt?(head: Uint8Array, length: number): number | undefined;
  /**
   * The value, sharing no memory with anything but `body` and `tail`, which the caller gives away. Throws `DecodeError` for bytes
   * that no `encode` of this codec made; never runs code that it finds in them, unless `executable` says so.
   */
  decode(body: Uint8Array, context: DecodeContext): unknown;
}
