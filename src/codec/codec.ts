/**
 * The codec interface: value ⇄ body of an entry. A codec knows neither stores nor keys. What it cannot bring back equal
 * and of the same type it refuses when encoding; decoding is given bytes whose seal was checked, and trusts nothing else.
 */

/** What decoding may lean on. */
export interface DecodeContext {
  /** The digest that the value is stored under. */
  readonly entry: string;
}

/** One way of writing values as bytes. */
export interface Codec {
  /** How options name it. */
  readonly name: string;
  /** Its number in the header of an entry. */
  readonly id: number;
  /** The body of an entry; the bytes are the caller's. Throws `EncodeError` with the path to what it cannot carry. */
  encode(value: unknown): Uint8Array;
  /**
   * The value, sharing no memory with anything but `body`, which the caller gives away. Throws `DecodeError` for bytes
   * that no `encode` of this codec made; never runs code that it finds in them.
   */
  decode(body: Uint8Array, context: DecodeContext): unknown;
}
