/**
 * The bytes of a pickle, read in order. Every length is compared with what is left before anything is made of it. Texts
 * are UTF-8 in which Python also writes lone surrogates.
 */
import { DecodeError } from "../../errors.ts";
import { MAX_DIGITS } from "./value/decimal.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longer lines are none of Python's but for texts; what is parsed as a number is bounded by itself. */
const NEWLINE = 0x0a;

/** Reads a pickle's bytes. */
export class Input {
  readonly #bytes: Buffer;
  /** Where the next byte is. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes there are in all. */
  get length(): number {
    return this.#bytes.length;
  }

  /** An unsigned byte. */
  byte(): number {
    const { at } = this;
    if (at >= this.#bytes.length) return cut();
    this.at = at + 1;
    return this.#bytes[at] as number;
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.skip(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.skip(4));
  }

  /** A length of eight bytes; none beyond what is left is read as anything. */
  length8(): number {
    const at = this.skip(8);
    // Not exact beyond 2^53, which is more than there can be.
    return this.#bytes.readUInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at);
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.skip(8));
  }

  /** Goes over so many bytes; where they began. */
  skip(count: number): number {
    const { at } = this;
    if (count > this.#bytes.length - at) return cut();
    this.at = at + count;
    return at;
  }

  /** So many bytes, copied into memory of their own. */
  bytes(count: number): Buffer {
    const at = this.skip(count);
    // The species of Buffer makes another Buffer, and never one out of the shared pool.
    return Uint8Array.prototype.slice.call(this.#bytes, at, at + count) as Buffer;
  }

  /** A text of so many bytes of UTF-8. */
  text(count: number): string {
    const at = this.skip(count);
    const bytes = this.#bytes;
    const end = at + count;
    // Most texts are short and ASCII: made without crossing over into native code.
    if (count < 24) {
      let text = "";
      let i = at;
      for (; i < end; i++) {
        const byte = bytes[i] as number;
        if (byte > 0x7f) break;
        text += String.fromCharCode(byte);
      }
      if (i === end) return text;
    }
    return decodeText(bytes.subarray(at, end));
  }

  /** ASCII of so many bytes: what Python 2 called str. */
  ascii(count: number): string {
    const at = this.skip(count);
    return asciiOf(this.#bytes.toString("latin1", at, at + count));
  }

  /** A line, without its end, byte by byte. */
  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.at);
    if (end === -1) return cut();
    const line = this.#bytes.toString("latin1", this.at, end);
    this.at = end + 1;
    return line;
  }

  /** A two's complement integer of so many bytes, little-endian. */
  integer(count: number): number | bigint {
    const at = this.skip(count);
    if (count === 0) return 0;
    if (count <= 6) return this.#bytes.readIntLE(at, count);
    const hex = Buffer.from(this.#bytes.subarray(at, at + count))
      .reverse()
      .toString("hex");
    let value: bigint;
    try {
      value = BigInt(`0x${hex}`);
    } catch (error) {
      throw new DecodeError("an integer larger than a bigint can be", { cause: error });
    }
    const negative = (this.#bytes[at + count - 1] as number) > 0x7f;
    return smallest(negative ? value - (1n << BigInt(count * 8)) : value);
  }
}

/** An integer in decimal digits. */
export function decimalInteger(text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new DecodeError("a line that is no integer");
  // Python's own bound; turning more digits into an integer takes quadratic time.
  if (text.length > MAX_DIGITS + 1) throw new DecodeError(`an integer of more than ${MAX_DIGITS} digits`);
  return smallest(BigInt(text.replace(/^\+/, "")));
}

/** An integer as a number where numbers have it exactly. */
function smallest(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Text that is ASCII; anything else in a Python 2 str depends on an encoding that the pickle does not name. */
export function asciiOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  throw new DecodeError("a text of Python 2 that is not ASCII");
}

function decodeText(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    // Not UTF-8, or longer than a text can be.
    return decodeSurrogates(bytes);
  }
}

/** UTF-8 in which lone surrogates are written as their three bytes. */
function decodeSurrogates(bytes: Buffer): string {
  let text = "";
  let start = 0;
  try {
    for (let i = bytes.indexOf(0xed); i !== -1; i = bytes.indexOf(0xed, i + 1)) {
      const [second = 0, third = 0] = [bytes[i + 1], bytes[i + 2]];
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
      text = joined(text, UTF8.decode(bytes.subarray(start, i)));
      text = joined(text, String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)));
      start = i + 3;
      i += 2;
    }
    return joined(text, UTF8.decode(bytes.subarray(start)));
  } catch (error) {
    throw error instanceof DecodeError
      ? error
      : new DecodeError("a text that is not UTF-8, or too long", { cause: error });
  }
}

/** Two texts one after the other. Halves of a pair that Python holds apart would become one character here. */
export function joined(text: string, more: string): string {
  const [before, after] = [text.charCodeAt(text.length - 1), more.charCodeAt(0)];
  if (before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff) {
    throw new DecodeError("a text with two surrogates in a row, which JavaScript takes for one character");
  }
  return text + more;
}

function cut(): never {
  throw new DecodeError("the pickle is cut");
}
