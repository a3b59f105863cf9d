/** Numbers as pickles hold them: integers in as few bytes as there are opcodes for, floats in eight. */
import { OP } from "./opcode.ts";
import type { Output } from "./output.ts";

/** A number: an int where it is a safe integer, else a float. */
export function writeNumber(out: Output, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) out.opDouble(OP.BINFLOAT, value);
  else if (value < -0x80000000 || value > 0x7fffffff) writeLong(out, BigInt(value));
  else if (value < 0 || value > 0xffff) out.op4(OP.BININT, value);
  else if (value > 0xff) out.op2(OP.BININT2, value);
  else out.op1(OP.BININT1, value);
}

/** An integer as two's complement, little-endian, in as few bytes as hold it. */
export function writeLong(out: Output, value: bigint): void {
  const magnitude = (value < 0n ? -value - 1n : value).toString(16);
  const bits = magnitude.length * 4 - Math.clz32(Number.parseInt(magnitude[0] as string, 16)) + 28;
  const size = (bits >> 3) + 1;
  const hex = value < 0n ? BigInt.asUintN(size * 8, value).toString(16) : magnitude;
  if (size < 0x100) out.op1(OP.LONG1, size);
  else out.op4(OP.LONG4, size);
  out.raw(Buffer.from(hex.padStart(size * 2, "0"), "hex").reverse());
}
