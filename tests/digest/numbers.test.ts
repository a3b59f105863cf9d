import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { hashBytes } from "../../src/digest/hash.ts";

const python = { numbers: "python" } as const;
const MODULUS = 2n ** 61n - 1n;

/** The exact value of a finite double as a fraction with a power of two below the line, found by doubling it. */
function fraction(value: number): [numerator: bigint, power: number] {
  let scaled = value;
  let power = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power++;
  }
  return [BigInt(scaled), power];
}

function powerOf(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = base % MODULUS; rest > 0n; rest >>= 1n, square = (square * square) % MODULUS) {
    if ((rest & 1n) === 1n) result = (result * square) % MODULUS;
  }
  return result;
}

/** CPython's hash of a float by the definition in its manual: numerator / denominator in the field of 2^61 − 1. */
function numericHash(value: number): bigint {
  if (value === Number.POSITIVE_INFINITY) return 314159n;
  if (value === Number.NEGATIVE_INFINITY) return -314159n;
  const [numerator, power] = fraction(Math.abs(value));
  const inverse = powerOf(powerOf(2n, BigInt(power)), MODULUS - 2n);
  const hash = ((numerator % MODULUS) * inverse) % MODULUS;
  const signed = value < 0 ? -hash : hash;
  return signed === -1n ? -2n : signed;
}

/** Two's complement, little-endian, as few bytes as Python's `to_bytes((bit_length + 8) // 8)` has. */
function integerBytes(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value : value;
  const bitLength = magnitude === 0n ? 0 : magnitude.toString(2).length;
  const bytes: number[] = [];
  for (let i = 0, rest = value; i < Math.floor((bitLength + 8) / 8); i++, rest >>= 8n) bytes.push(Number(rest & 0xffn));
  return Uint8Array.from(bytes);
}

const integer = (value: bigint): string => hashBytes("int", integerBytes(value));

/** Doubles of all exponents: random bits, not random values. */
const anyDouble = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).readDoubleLE());

describe("integers", () => {
  const around = [0, 7, 8, 15, 16, 31, 32, 33, 47, 52, 53, 63, 64, 200].flatMap((bits) =>
    [-2n, -1n, 0n, 1n, 2n].flatMap((step) => [2n ** BigInt(bits) + step, -(2n ** BigInt(bits)) + step]),
  );

  test("at every border of a byte are named by their two's complement, as numbers and as bigints", () => {
    for (const value of around) {
      expect(digest(value, python)).toBe(integer(value));
      if (Number.isSafeInteger(Number(value))) expect(digest(Number(value))).toBe(integer(value));
      else expect(digest(value)).toBe(integer(value));
    }
  });

  test("of any size are named by their two's complement", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.maxSafeInteger(), (big, safe) => {
        expect(digest(big, python)).toBe(integer(big));
        expect(digest(safe)).toBe(integer(BigInt(safe)));
        expect(digest(safe, python)).toBe(integer(BigInt(safe)));
      }),
      { numRuns: 500 },
    );
  });

  test("1 and 1n differ by default; a bigint is a number's equal only where Python's integers are followed", () => {
    expect(digest(1n)).not.toBe(digest(1));
    expect(digest(1n)).toBe(hashBytes("bigint", Uint8Array.of(1)));
    expect(digest(1n, python)).toBe(digest(1, python));
  });

  test("beyond the safe integers are floats where they are numbers, and integers where they are bigints", () => {
    expect(digest(2 ** 53)).not.toBe(digest(2n ** 53n));
    expect(digest(2 ** 53, python)).toBe(digest(2n ** 53n, python));
  });

  test("of ten million digits have a digest", () => {
    const big = 1n << 33_000_000n;
    expect(digest(big)).toBe(hashBytes("int", Buffer.concat([Buffer.alloc(33_000_000 / 8), Uint8Array.of(1)])));
  });
});

describe("other numbers", () => {
  test("are named by their eight bytes, little-endian", () => {
    fc.assert(
      fc.property(anyDouble, (value) => {
        fc.pre(!Number.isSafeInteger(value) && !Number.isNaN(value));
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleLE(value);
        expect(digest(value)).toBe(hashBytes("float", bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test("never share a digest by default: 0 and −0, 0.5 and 2^60, Infinity and 314159", () => {
    for (const [a, b] of [
      [0, -0],
      [0.5, 2 ** 60],
      [Number.POSITIVE_INFINITY, 314159],
    ] as const) {
      expect(digest(a)).not.toBe(digest(b));
      expect(digest(a, python)).toBe(digest(b, python));
    }
  });

  test("that are NaN are one number, whatever bits stand for them", () => {
    const bits = new DataView(new ArrayBuffer(8));
    const nans = [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff0000000000001n, 0xffffffffffffffffn].map((pattern) => {
      bits.setBigUint64(0, pattern);
      return bits.getFloat64(0);
    });
    const quiet = Buffer.from("000000000000f87f", "hex");
    for (const nan of nans) {
      expect(digest(nan)).toBe(hashBytes("float", quiet));
      expect(digest(nan, python)).toBe(hashBytes("float", Buffer.concat([quiet, Buffer.alloc(8)])));
    }
  });

  test("are named as Python's hash of them, by an independent calculation", () => {
    const check = (value: number): void => {
      if (!Number.isNaN(value)) expect(digest(value, python)).toBe(integer(numericHash(value)));
    };
    for (const value of [0.1, -0.5, 5e-324, -5e-324, 1.7976931348623157e308, 2 ** 61 - 1, 2 ** 61, -(2 ** 61)])
      check(value);
    fc.assert(fc.property(anyDouble, check), { numRuns: 500 });
    fc.assert(fc.property(fc.double(), check), { numRuns: 500 });
  });

  test("inside containers follow the scheme as well", () => {
    expect(digest([new Map([[0.5, new Set([-0])]])], python)).toBe(
      digest([new Map([[2n ** 60n, new Set([0n])]])], python),
    );
  });
});

const hasPython = spawnSync("python3", ["-c", "import sys; assert sys.hash_info.modulus == 2**61 - 1"]).status === 0;

test.skipIf(!hasPython)("CPython on this machine agrees on the hash of a few thousand doubles", () => {
  const values = fc.sample(fc.oneof(anyDouble, fc.double()), 4000).filter((value) => !Number.isNaN(value));
  const bytes = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, i * 8);
  const program =
    "import struct,sys\nfor (x,) in struct.iter_unpack('<d', bytes.fromhex(sys.stdin.read())): print(hash(x))";
  const { stdout } = spawnSync("python3", ["-c", program], { input: bytes.toString("hex"), encoding: "utf8" });
  const hashes = stdout.trim().split("\n").map(BigInt);
  expect(hashes).toHaveLength(values.length);
  for (const [i, value] of values.entries()) {
    expect([value, digest(value, python)]).toEqual([value, integer(hashes[i] as bigint)]);
  }
});
