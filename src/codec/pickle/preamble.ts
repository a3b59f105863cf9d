/**
 * A text in front of a pickle's value: pushed and popped again, so that every reader of pickles skips it, and at a fixed
 * place, so that it can be read without reading any value. What it says is the storage's business.
 */
import { invalidArgument } from "../../errors.ts";
import { Input } from "./input.ts";
import { NEWEST_PROTOCOL, OP } from "./opcode.ts";

/** How long a preamble may be, in bytes. */
export const MAX_PREAMBLE = 4096;

/**
 * The preamble of a pickle, read from its first bytes ({@link MAX_PREAMBLE} and 16 are enough); `undefined` where there
 * is none. Nothing else of the pickle is looked at. Throws a `DecodeError` for a text that is not UTF-8.
 *
 * @example
 * ```ts
 * import { readPreamble, writePickle } from "fleche/pickle";
 * readPreamble(writePickle([1, 2], { preamble: "kind=value" })); // "kind=value"
 * readPreamble(writePickle([1, 2])); // undefined
 * ```
 */
export function readPreamble(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, MAX_PREAMBLE + 16);
  const version = head[1];
  if (head[0] !== OP.PROTO || version === undefined || version > NEWEST_PROTOCOL) return undefined;
  const input = new Input(head);
  input.skip(2);
  if (input.length < 4) return undefined;
  const opcode = input.byte();
  if (opcode !== OP.SHORT_BINUNICODE && (opcode !== OP.BINUNICODE || input.length < 8)) return undefined;
  const length = opcode === OP.SHORT_BINUNICODE ? input.byte() : input.uint32();
  if (length > MAX_PREAMBLE || input.at + length >= input.length) return undefined;
  const start = input.skip(length);
  if (input.byte() !== OP.POP) return undefined;
  input.at = start;
  return input.text(length);
}

/** The bytes of a preamble that is to be written. */
export function preambleBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_PREAMBLE || !text.isWellFormed()) {
    throw invalidArgument(`preamble must be well-formed text of at most ${MAX_PREAMBLE} bytes`);
  }
  return bytes;
}
