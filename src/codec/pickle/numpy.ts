/** The functions and classes of numpy that a pickle may name, under the names of numpy 1 and 2. */
import { DecodeError } from "../../errors.ts";
import { Held, Inner, partsOf } from "./held.ts";
import { badArguments, type Known, made, Pending } from "./known.ts";
import { PyByteArray } from "./value/byte-array.ts";
import { arrayClass, type Dtype, dtypeOf } from "./value/dtype.ts";
import { NdArray, NumpyScalar } from "./value/nd-array.ts";

const ndarray: Known = { module: "numpy", name: "ndarray", instance: () => badArguments("numpy.ndarray") };

/** `dtype("f8", False, True)`, and then a state that says the order of bytes. */
const dtype: Known = {
  module: "numpy",
  name: "dtype",
  instance([text, ...flags]) {
    if (typeof text !== "string" || flags.length > 2) return badArguments("numpy.dtype");
    return Pending.held((state) => {
      const order = state === undefined ? "<" : byteOrder(state);
      const known = /^[|<>]/.test(text) ? text : `${orderOf(text, order)}${text}`;
      return new Inner(made("a numpy dtype", () => dtypeOf(known)));
    });
  },
};

/** Of the state (version, order, subarray, names, fields, size, alignment, flags) the text has all but the order. */
function byteOrder(state: unknown): string {
  const parts = partsOf(state);
  const [version, order, subarray, names, fields] = parts;
  const simple = subarray === null && names === null && fields === null && parts.length === 8;
  if (!simple || version !== 3 || typeof order !== "string") {
    throw new DecodeError("a numpy dtype with fields, a subarray or metadata");
  }
  return order;
}

function orderOf(text: string, order: string): string {
  const single = /^(?:[biu]1|S\d+)$/.test(text);
  return single ? "|" : order === "=" || order === "|" ? "<" : order;
}

/** `_reconstruct(ndarray, (0,), b"b")`, and then a state: (1, shape, dtype, is Fortran, bytes). */
const reconstruct = (module: string): Known => ({
  module,
  name: "_reconstruct",
  instance([target], via) {
    if (via !== "call" || !(target instanceof Inner) || target.value !== ndarray)
      return badArguments("numpy _reconstruct");
    return Pending.held((state) => {
      const [shape, type, fortran, bytes] = partsOf(state).slice(-4);
      if (typeof fortran !== "boolean") return badArguments("a numpy array");
      return array(type, shape, fortran ? "F" : "C", bytes);
    }, true);
  },
});

/** Protocol 5: `_frombuffer(bytes, dtype, shape, order)`. */
const fromBuffer = (module: string): Known => ({
  module,
  name: "_frombuffer",
  instance([bytes, type, shape, order, ...more], via) {
    if (via !== "call" || more.length > 0 || (order !== "C" && order !== "F")) return badArguments("numpy _frombuffer");
    return new Held("value", array(type, shape, order, bytes));
  },
});

const scalar = (module: string): Known => ({
  module,
  name: "scalar",
  instance([type, bytes, ...more], via) {
    if (via !== "call" || more.length > 0) return badArguments("numpy scalar");
    return new Held(
      "value",
      made("a numpy scalar", () => new NumpyScalar(known(type).text, bytesIn(bytes))),
    );
  },
});

/** What was made by {@link dtype}; nothing else that is inner has a text. */
function known(type: unknown): Dtype {
  return made("a numpy dtype", () => dtypeOf(type instanceof Inner ? (type.value as Partial<Dtype>).text : undefined));
}

function bytesIn(bytes: unknown): Uint8Array {
  if (bytes instanceof PyByteArray) return bytes.bytes;
  return Buffer.isBuffer(bytes) ? bytes : badArguments("numpy");
}

function array(type: unknown, dimensions: unknown, order: "C" | "F", raw: unknown): object {
  const [{ text, size }, bytes, shape] = [known(type), bytesIn(raw), partsOf(dimensions) as readonly number[]];
  const View = shape.length === 1 ? arrayClass(text) : undefined;
  return made("a numpy array", () => {
    if (View === undefined) return new NdArray(text, shape, bytes, shape.length < 2 ? "C" : order);
    if (shape[0] !== bytes.length / size) return badArguments("a numpy array");
    // A copy: the pickle may name the same bytes again.
    return new View(new Uint8Array(bytes).buffer);
  });
}

/** Where numpy 1 and numpy 2 keep them. Both read the names of numpy 1, which are those that are written. */
export const NUMPY: readonly Known[] = [
  ndarray,
  dtype,
  ...["numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module) => [reconstruct(module), scalar(module)]),
  ...["numpy.core.numeric", "numpy._core.numeric"].map(fromBuffer),
];
