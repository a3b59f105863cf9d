/**
 * The codec `pickle`: Python's own serialisation, read by an allow-list and written as protocol 4. Entry points for who
 * stores Python's files; what lies in a file beside the pickle is their business.
 */
import { invalidArgument } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import type { Codec } from "../codec.ts";
import { type PickleGlobal, withClasses } from "./classes.ts";
import { type KnownNames, nameOf } from "./known.ts";
import { NUMPY } from "./numpy.ts";
import { preambleBytes } from "./preamble.ts";
import { type Reading, readValue } from "./read.ts";
import { STANDARD } from "./standard.ts";
import { writeValue } from "./write.ts";

/** How many values one pickle may make unless a caller says otherwise; an object counts for eight. */
export const MAX_VALUES: number = 1 << 26;

/** How pickles are read. */
export interface PickleReadOptions {
  /** Classes that the pickle may name beside those that every reader knows. Default: none. */
  readonly globals?: readonly PickleGlobal[] | undefined;
  /**
   * `number` (default): Python's 3.0 becomes 3, which is equal there. `exact`: it becomes a `PyFloat`, so that floats and
   * integers stay apart. All other floats are numbers either way.
   */
  readonly floats?: "number" | "exact" | undefined;
  /** How many values one pickle may make; an object counts for eight. Default 2^26. */
  readonly maxValues?: number | undefined;
}

/** How pickles are written. */
export interface PickleWriteOptions {
  /** Classes whose instances may be written beside those that every writer knows. Default: none. */
  readonly globals?: readonly PickleGlobal[] | undefined;
  /** A text that readers skip, at the beginning; see `readPreamble`. At most 4,096 bytes. */
  readonly preamble?: string | undefined;
}

const KNOWN: KnownNames = new Map([...STANDARD, ...NUMPY].map((known) => [nameOf(known.module, known.name), known]));

/**
 * The value of a pickle of protocol 0 to 5. Runs no code that it names: a class or function outside the allow-list is
 * refused where it is named. Throws a `DecodeError` for that, and for everything else that is no pickle of a value.
 *
 * @example
 * ```ts
 * import { readPickle } from "fleche/pickle";
 * // Python: pickle.dumps({"a": [1, 2.5]}, 4)
 * readPickle(Buffer.from("80049516000000000000007d948c0161945d94284b014740040000000000006573 2e".replace(" ", ""), "hex")); // { a: [1, 2.5] }
 * readPickle(Buffer.from("cos\nsystem\n(S'id'\ntR.")); // throws DecodeError
 * ```
 */
export function readPickle(bytes: Uint8Array, options: PickleReadOptions = {}): unknown {
  assertOptions("readPickle", options, ["globals", "floats", "maxValues"]);
  if (!(bytes instanceof Uint8Array)) throw invalidArgument("readPickle: the pickle must be a Buffer or Uint8Array");
  return readValue(bytes, reading("readPickle", options));
}

/**
 * The pickle of a value, protocol 4. Throws an `EncodeError` with the path to what Python has no counterpart of.
 *
 * @example
 * ```ts
 * import { writePickle } from "fleche/pickle";
 * writePickle(null).toString("hex"); // "80044e2e"
 * writePickle({ at: new Date(0) }); // throws EncodeError
 * ```
 */
export function writePickle(value: unknown, options: PickleWriteOptions = {}): Buffer {
  assertOptions("writePickle", options, ["globals", "preamble"]);
  const { globals = [], preamble } = options;
  withClasses(KNOWN, globals);
  return writeValue(value, { globals, preamble: preamble === undefined ? undefined : preambleBytes(preamble) });
}

/**
 * A codec for storages: number 32, name `pickle`. The classes belong to this codec alone.
 *
 * @example
 * ```ts
 * import { memoryStore, valueStorage } from "fleche";
 * import { pickleCodec, PySet } from "fleche/pickle";
 * const storage = valueStorage({ store: memoryStore(), codec: pickleCodec(), keys: null });
 * storage.load(storage.save({ primes: new PySet([2, 3, 5]) }));
 * ```
 */
export function pickleCodec(options: PickleReadOptions = {}): Codec {
  assertOptions("pickleCodec", options, ["globals", "floats", "maxValues"]);
  const how = reading("pickleCodec", options);
  const globals = [...(options.globals ?? [])];
  return Object.freeze({
    name: "pickle",
    id: 32,
    encode: (value: unknown) => writeValue(value, { globals, refuseFloats: !how.exactFloats }),
    decode: (body: Uint8Array) => readValue(body, how),
  });
}

function reading(
  where: string,
  { globals = [], floats = "number", maxValues = MAX_VALUES }: PickleReadOptions,
): Reading {
  if (floats !== "number" && floats !== "exact") throw invalidArgument(`${where}: floats must be "number" or "exact"`);
  if (!Number.isSafeInteger(maxValues) || maxValues < 1) {
    throw invalidArgument(`${where}: maxValues must be an integer above 0`);
  }
  const names = globals.length === 0 ? KNOWN : withClasses(KNOWN, globals);
  return { names, exactFloats: floats === "exact", maxValues };
}
