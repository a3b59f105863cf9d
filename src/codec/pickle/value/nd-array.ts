/**
 * numpy arrays and scalars that a typed array is not: of other than one dimension, in Fortran order, of another element
 * type or order of bytes. They are read and written, not calculated with.
 */
import type { ArrayParts } from "../../../digest/form.ts";
import { invalidArgument } from "../../../errors.ts";
import { arrayClass, type Dtype, dtypeOf, elementAt } from "./dtype.ts";
import { definePython } from "./python-class.ts";

/** numpy's own limit. */
const MAX_DIMENSIONS = 64;

/**
 * A numpy array. One with one dimension and an element type that typed arrays have is a typed array instead.
 *
 * @example
 * ```ts
 * import { NdArray } from "fleche/pickle";
 * const matrix = new NdArray("<f8", [2, 3], Float64Array.of(1, 2, 3, 4, 5, 6));
 * matrix.at(1, 0); // 4
 * ```
 */
export class NdArray {
  readonly #dtype: Dtype;
  readonly #shape: readonly number[];
  readonly #order: "C" | "F";
  readonly #bytes: Uint8Array;

  /**
   * Copies the elements' bytes out of `data`, which lie in `order` (default C: the last index runs fastest). Throws a
   * `TypeError` for an unknown dtype, a length that is not the shape's, and what a typed array is.
   */
  constructor(dtype: string, shape: readonly number[], data: ArrayBufferView, order: "C" | "F" = "C") {
    this.#dtype = dtypeOf(dtype);
    this.#shape = Object.freeze([...shape]);
    this.#order = order;
    if (!ArrayBuffer.isView(data)) throw invalidArgument("NdArray: the data must be a typed array or Buffer");
    // Memory of its own, so that views of any element type are aligned.
    this.#bytes = new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (order !== "C" && order !== "F") throw invalidArgument('NdArray: the order must be "C" or "F"');
    const valid =
      shape.length <= MAX_DIMENSIONS && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
    if (!valid) throw invalidArgument(`NdArray: the shape must be at most ${MAX_DIMENSIONS} lengths`);
    const length = shape.includes(0) ? 0 : shape.reduce((product, part) => product * part, this.#dtype.size);
    if (length !== this.#bytes.length) {
      throw invalidArgument(`NdArray: ${this.#bytes.length} bytes, where dtype and shape make ${length}`);
    }
    if (shape.length === 1 && arrayClass(dtype) !== undefined) {
      throw invalidArgument("NdArray: an array of one dimension and this dtype is a typed array");
    }
    // A Fortran order that says nothing would be a second form of one array.
    if (shape.length < 2 && order === "F") throw invalidArgument("NdArray: below two dimensions the order is C");
    Object.freeze(this);
  }

  /** numpy's `dtype.str`: order of bytes, kind, size of an element: `<f8`. */
  get dtype(): string {
    return this.#dtype.text;
  }

  /** Length of each dimension; empty for an array of none. */
  get shape(): readonly number[] {
    return this.#shape;
  }

  /** In which order the elements lie: C (the last index runs fastest) or Fortran (the first). */
  get order(): "C" | "F" {
    return this.#order;
  }

  /** The bytes of the elements as they lie, not copied. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * The elements as they lie, as a typed array over the same memory, where there is one for the dtype; else `undefined`:
   * for complex numbers, texts, and big-endian elements, which {@link NdArray.at} gives one by one.
   */
  get data(): ArrayBufferView | undefined {
    const { text, kind } = this.#dtype;
    const View = arrayClass(kind === "b" ? "|u1" : text);
    return View === undefined ? undefined : new View(this.#bytes.buffer as ArrayBuffer);
  }

  /**
   * The element at this index, one number a dimension, as a number, a bigint (64 bits), a boolean, a {@link PyComplex}, a
   * text or a Buffer. Throws a `TypeError` for an index outside.
   */
  at(...index: number[]): unknown {
    const shape = this.#shape;
    const inside =
      index.length === shape.length &&
      index.every((at, i) => Number.isInteger(at) && at >= 0 && at < (shape[i] as number));
    if (!inside) throw invalidArgument(`NdArray.at: no element [${index}] in the shape [${shape}]`);
    let place = 0;
    if (this.#order === "C")
      for (let i = 0; i < shape.length; i++) place = place * (shape[i] as number) + (index[i] as number);
    else for (let i = shape.length - 1; i >= 0; i--) place = place * (shape[i] as number) + (index[i] as number);
    return elementAt(this.#dtype, this.#bytes, place * this.#dtype.size);
  }

  static {
    definePython(NdArray, {
      name: "numpy.ndarray",
      as: "ndarray",
      is: (value) => #dtype in value,
      parts: (array): ArrayParts => [
        array.dtype,
        array.#shape,
        array.#order,
        Buffer.from(array.#bytes.buffer as ArrayBuffer),
      ],
      make: ([dtype, shape, order, bytes]) =>
        new NdArray(dtype as string, shape as number[], bytes as Buffer, order as "C" | "F"),
    });
  }
}

/** A numpy scalar, such as `numpy.float64(0.5)`: one element that remembers its element type. */
export class NumpyScalar {
  readonly #dtype: Dtype;
  readonly #bytes: Buffer;

  /** From the bytes of the element. Throws a `TypeError` for an unknown dtype and another number of bytes. */
  constructor(dtype: string, bytes: Uint8Array) {
    this.#dtype = dtypeOf(dtype);
    if (!(bytes instanceof Uint8Array) || bytes.length !== this.#dtype.size) {
      throw invalidArgument(`NumpyScalar: an element of ${dtype} has ${this.#dtype.size} bytes`);
    }
    this.#bytes = Buffer.alloc(bytes.length);
    this.#bytes.set(bytes);
    Object.freeze(this);
  }

  /** numpy's `dtype.str`. */
  get dtype(): string {
    return this.#dtype.text;
  }

  /** A copy of its bytes. */
  get bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  /** The element as {@link NdArray.at} gives it. */
  get value(): unknown {
    return elementAt(this.#dtype, this.#bytes, 0);
  }

  /** Where the element is a number, calculations take the scalar for it. */
  valueOf(): unknown {
    return this.value;
  }

  static {
    definePython(NumpyScalar, {
      key: (self, keyer) => keyer.of(self.value),
      name: "numpy.generic",
      as: "object",
      is: (value) => #dtype in value,
      parts: (scalar) => [scalar.dtype, Buffer.from(scalar.#bytes)],
      make: ([dtype, bytes]) => new NumpyScalar(dtype as string, bytes as Buffer),
    });
  }
}
