/** Numbers of Python that JavaScript has no primitive for: floats that happen to be integral, and complex numbers. */
import { invalidArgument } from "../../../errors.ts";
import { keyOfNumber } from "./key.ts";
import { definePython } from "./python-class.ts";

/**
 * A Python float that is a safe integer: 3.0, where the number 3 is the int. The two are equal in Python, so pickles are
 * read with plain numbers unless `floats: "exact"` asks for these; use it to write a float.
 *
 * @example
 * ```ts
 * import { PyFloat, readPickle, writePickle } from "fleche/pickle";
 * readPickle(writePickle([new PyFloat(3)])); // [3]
 * ```
 */
export class PyFloat {
  readonly #value: number;

  /** Throws a `TypeError` for a number that is a float in Python anyway: 0.5, −0, 1e300, NaN. */
  constructor(value: number) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw invalidArgument(`PyFloat: ${String(value)} is a float as it is; PyFloat is for safe integers`);
    }
    this.#value = value;
    Object.freeze(this);
  }

  /** The number. */
  get value(): number {
    return this.#value;
  }

  valueOf(): number {
    return this.#value;
  }

  toString(): string {
    return `${this.#value}.0`;
  }

  static {
    definePython(PyFloat, {
      key: (self) => self.#value,
      name: "builtins.float",
      as: "float",
      is: (value) => #value in value,
      parts: (float) => [float.#value],
      make: (parts) => new PyFloat(parts[0] as number),
    });
  }
}

/** A Python complex number. */
export class PyComplex {
  readonly #real: number;
  readonly #imag: number;

  constructor(real: number, imag: number) {
    if (typeof real !== "number" || typeof imag !== "number") {
      throw invalidArgument("PyComplex: real and imaginary part must be numbers");
    }
    this.#real = real;
    this.#imag = imag;
    Object.freeze(this);
  }

  /** Real part. */
  get real(): number {
    return this.#real;
  }

  /** Imaginary part. */
  get imag(): number {
    return this.#imag;
  }

  static {
    definePython(PyComplex, {
      key: (self) => (self.#imag === 0 ? keyOfNumber(self.#real) : `complex(${self.#real || 0},${self.#imag})`),
      name: "builtins.complex",
      as: "object",
      is: (value) => #real in value,
      parts: (complex) => [complex.#real, complex.#imag],
      make: ([real, imag]) => new PyComplex(real as number, imag as number),
    });
  }
}
