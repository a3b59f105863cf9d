/**
 * Digests of numbers and bigints, in both schemes: JavaScript's own (exact), and Python's, whose floats are named by
 * their numeric hash and therefore collide (0.5 with 2^60). Integers are two's complement, little-endian.
 */
import { hashBytes, hashDouble, hashInteger } from "./hash.ts";
import { rememberedNumber } from "./remembered.ts";

/** `exact`: no two numbers share a digest. `python`: what the Python library computes, collisions included. */
export type Numbers = "exact" | "python";

const scratch = Buffer.alloc(16);
const MODULUS = (1n << 61n) - 1n;
const PYTHON_INFINITY = 314159n;

/** Digest of a number. */
export function digestNumber(value: number, numbers: Numbers): string {
  // Comparing cannot tell -0 from 0, and finds no NaN.
  if (numbers === "python" || value === 0 || Number.isNaN(value)) return hashNumber(value, numbers);
  return rememberedNumber(value, hashExact);
}

function hashExact(value: number): string {
  return hashNumber(value, "exact");
}

function hashNumber(value: number, numbers: Numbers): string {
  if (Number.isSafeInteger(value) && (numbers === "python" || !Object.is(value, -0))) {
    return hashInteger(value, integerSize(value));
  }
  if (numbers === "python") return digestPythonFloat(value);
  return Number.isNaN(value) ? hashBytes("float", doubleBytes(value)) : hashDouble(value);
}

/** Digest of a number that is known to be a float of Python's, also where it is integral. */
export function digestFloat(value: number, numbers: Numbers): string {
  return numbers === "python" ? digestPythonFloat(value) : hashBytes("float", doubleBytes(value));
}

/** Digest of a bigint. Those within the safe integers have a type of their own, so that 1n and 1 differ. */
export function digestBigint(value: bigint, numbers: Numbers): string {
  const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return hashBytes(safe && numbers === "exact" ? "bigint" : "int", integerBytes(value));
}

/** ⌊(bitlength + 8) / 8⌋ bytes of a safe integer. */
function integerSize(value: number): number {
  const magnitude = Math.abs(value);
  const high = Math.floor(magnitude / 2 ** 32);
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(magnitude);
  return (bits + 8) >>> 3;
}

function integerBytes(value: bigint): Uint8Array {
  const magnitude = (value < 0n ? -value : value).toString(16);
  const bits =
    value === 0n ? 0 : (magnitude.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(magnitude[0] ?? "0", 16)));
  const size = Math.floor((bits + 8) / 8);
  const hex = value < 0n ? BigInt.asUintN(size * 8, value).toString(16) : magnitude;
  return Buffer.from(hex.padStart(size * 2, "0"), "hex").reverse();
}

function doubleBytes(value: number): Uint8Array {
  // One NaN, whatever bits the engine happens to hold: the only quiet one that the literal gives.
  if (Number.isNaN(value)) scratch.writeBigUInt64LE(0x7ff8000000000000n);
  else scratch.writeDoubleLE(value);
  return scratch.subarray(0, 8);
}

/** Python names a float by the integer that its hash is, and NaN by (NaN, 0.0). */
function digestPythonFloat(value: number): string {
  if (Number.isNaN(value)) {
    scratch.fill(0);
    doubleBytes(value);
    return hashBytes("float", scratch.subarray(0, 16));
  }
  return hashBytes("int", integerBytes(pythonNumericHash(value)));
}

/** CPython's 64-bit hash of a float: its exact rational value modulo 2^61 − 1, with the sign; −1 is not used. */
function pythonNumericHash(value: number): bigint {
  if (!Number.isFinite(value)) return value > 0 ? PYTHON_INFINITY : -PYTHON_INFINITY;
  scratch.writeDoubleBE(value);
  const bits = scratch.readBigUInt64BE();
  const fraction = bits & ((1n << 52n) - 1n);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  // value = mantissa × 2^exponent, and 2^61 ≡ 1, so the exponent counts modulo 61 and halving is multiplying by 2^60.
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  const turns = BigInt(((exponent % 61) + 61) % 61);
  const magnitude = (mantissa << turns) % MODULUS;
  const signed = value < 0 ? -magnitude : magnitude;
  return signed === -1n ? -2n : signed;
}
