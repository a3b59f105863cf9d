/** Python's `fractions.Fraction`, in lowest terms. It does not calculate. */
import { invalidArgument } from "../../../errors.ts";
import { keyOfRatio } from "./key.ts";
import { definePython } from "./python-class.ts";

/** Larger parts are refused: reducing them takes quadratic time. As many bits as 4,300 digits have. */
const MAX_BITS = 14_285;
const LIMIT = 2n ** BigInt(MAX_BITS);

/** A Python Fraction. */
export class PyFraction {
  readonly #numerator: bigint;
  readonly #denominator: bigint;

  /** Reduced to lowest terms. Throws a `TypeError` for a denominator of 0, and beyond 4,300 digits. */
  constructor(numerator: bigint | number, denominator: bigint | number = 1) {
    const [top, bottom] = [integer(numerator), integer(denominator)];
    if (bottom === 0n) throw invalidArgument("PyFraction: the denominator is 0");
    const divisor = divisorOf(top, bottom) * (bottom < 0n ? -1n : 1n);
    this.#numerator = top / divisor;
    this.#denominator = bottom / divisor;
    Object.freeze(this);
  }

  /** With the sign. */
  get numerator(): bigint {
    return this.#numerator;
  }

  /** Above 0. */
  get denominator(): bigint {
    return this.#denominator;
  }

  /** The nearest number. */
  valueOf(): number {
    return Number(this.#numerator) / Number(this.#denominator);
  }

  toString(): string {
    return this.#denominator === 1n ? `${this.#numerator}` : `${this.#numerator}/${this.#denominator}`;
  }

  static {
    definePython(PyFraction, {
      key: (self) => keyOfRatio(self.#numerator, self.#denominator),
      name: "fractions.Fraction",
      as: "object",
      is: (value) => #numerator in value,
      // As texts: a small bigint and a number would be told apart.
      parts: (fraction) => [`${fraction.#numerator}`, `${fraction.#denominator}`],
      make: ([numerator, denominator]) => new PyFraction(BigInt(numerator as string), BigInt(denominator as string)),
    });
  }
}

function integer(value: bigint | number): bigint {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    throw invalidArgument("PyFraction: the parts must be integers");
  }
  const exact = BigInt(value);
  if (exact >= LIMIT || exact <= -LIMIT) throw invalidArgument("PyFraction: more than 4,300 digits");
  return exact;
}

function divisorOf(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
