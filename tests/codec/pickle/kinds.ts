/** One of every kind that `fleche/pickle` adds. */
import {
  NdArray,
  NumpyScalar,
  PyByteArray,
  PyComplex,
  PyDate,
  PyDateTime,
  PyDecimal,
  PyFloat,
  PyFraction,
  PyFrozenSet,
  PyOrderedDict,
  PySet,
  PyTime,
  PyTimeDelta,
  PyTimeZone,
  tuple,
} from "../../../src/pickle.ts";

const zone = new PyTimeZone(new PyTimeDelta(0, 3600), "CET");

export const PYTHON_KINDS: readonly (readonly [name: string, make: () => unknown])[] = [
  ["a `PySet`", () => new PySet([2, "a", tuple(1)])],
  ["a `PyFrozenSet`", () => new PyFrozenSet([new PyFrozenSet(), 1])],
  ["a `PyByteArray`", () => new PyByteArray(Buffer.from("ab"))],
  ["a `PyComplex`", () => new PyComplex(0.5, -0)],
  ["a `PyDecimal`", () => new PyDecimal("1.50")],
  ["a `PyFraction`", () => new PyFraction(1, 3)],
  ["a `PyFloat`", () => new PyFloat(3)],
  ["a `PyDate`", () => new PyDate(2026, 1, 2)],
  ["a `PyTime`", () => new PyTime(1, 2, 3, 4, { fold: 1, zone })],
  ["a `PyDateTime`", () => new PyDateTime(2026, 1, 2, 3, 4, 5, 6, { zone })],
  ["a `PyTimeDelta`", () => new PyTimeDelta(-1, 2, 3)],
  ["a `PyTimeZone`", () => zone],
  [
    "a `PyOrderedDict`",
    () =>
      new PyOrderedDict([
        ["b", 1],
        ["1", [2]],
      ]),
  ],
  ["an `NdArray`", () => new NdArray("<f8", [2, 2], Float64Array.of(1, 2, 3, 4))],
  ["an `NdArray` in Fortran order", () => new NdArray("<f8", [2, 2], Float64Array.of(1, 2, 3, 4), "F")],
  ["an `NdArray` of big-endian numbers", () => new NdArray(">i4", [3], Int32Array.of(1, 2, 3))],
  ["a `NumpyScalar`", () => new NumpyScalar("<f8", Buffer.alloc(8, 1))],
];
