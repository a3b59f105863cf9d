/** `fleche/pickle`: Python's serialisation, read without running code, and the classes for what JavaScript lacks. */
export {
  type PickleGlobal,
  type PythonClassOptions,
  type PythonEnum,
  pythonClass,
  pythonEnum,
} from "./codec/pickle/classes.ts";
export {
  type PickleReadOptions,
  type PickleWriteOptions,
  pickleCodec,
  readPickle,
  writePickle,
} from "./codec/pickle/pickle.ts";
export { readPreamble } from "./codec/pickle/preamble.ts";
export { PyByteArray } from "./codec/pickle/value/byte-array.ts";
export { PyDate, PyDateTime, PyTime, type PyTimeOptions } from "./codec/pickle/value/date-time.ts";
export { PyDecimal } from "./codec/pickle/value/decimal.ts";
export { PyFraction } from "./codec/pickle/value/fraction.ts";
export { NdArray, NumpyScalar } from "./codec/pickle/value/nd-array.ts";
export { PyComplex, PyFloat } from "./codec/pickle/value/numbers.ts";
export { PyOrderedDict } from "./codec/pickle/value/ordered-dict.ts";
export { type PickledInstance, PyEnumMember, PyObject } from "./codec/pickle/value/py-object.ts";
export { PyFrozenSet, PySet } from "./codec/pickle/value/sets.ts";
export { PyTimeDelta, PyTimeZone } from "./codec/pickle/value/time-delta.ts";
export { Dict, dict, Tuple, tuple } from "./digest/shapes.ts";
export {
  type PickleFileOptions,
  type PickleLayout,
  type PickleStoreOptions,
  pickleFile,
  pickleStore,
} from "./pickle-file.ts";
