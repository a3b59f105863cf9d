/** The classes of Python's standard library that a pickle may name. */
import { DecodeError } from "../../errors.ts";
import { DictUnderWay } from "./dict-under-way.ts";
import { Held, Inner } from "./held.ts";
import { decimalInteger } from "./input.ts";
import { badArguments, type Known, type Making, made } from "./known.ts";
import { PyByteArray } from "./value/byte-array.ts";
import { PyDate, PyDateTime, PyTime, type PyTimeOptions } from "./value/date-time.ts";
import { PyDecimal } from "./value/decimal.ts";
import { PyFraction } from "./value/fraction.ts";
import { PyComplex, PyFloat } from "./value/numbers.ts";
import { PyOrderedDict } from "./value/ordered-dict.ts";
import { PyFrozenSet, PySet } from "./value/sets.ts";
import { PyTimeDelta, PyTimeZone } from "./value/time-delta.ts";

type Make = (args: readonly unknown[], making: Making) => unknown;

type Height = (making: Making, value: unknown) => number;

/** A class whose instances are values at once, told by their arguments; `height` as in {@link Held}. */
function plain(module: string, name: string, make: Make, height: Height = () => 1): Known {
  return {
    module,
    name,
    instance(args, via, making) {
      if (via !== "call") badArguments(`${module}.${name}`);
      const held = new Held("value", undefined);
      held.value = made(`${module}.${name}`, () => make(args, making));
      held.height = height(making, held.value);
      return held;
    },
  };
}

/** What is only ever an argument of another. */
function marker(module: string, name: string): Known {
  return { module, name, instance: () => badArguments(`${module}.${name}`) };
}

/** The members that a set is called with: a list, or nothing. */
function members(args: readonly unknown[]): readonly unknown[] {
  if (args.length === 0) return [];
  const [list] = args;
  return args.length === 1 && Array.isArray(list) ? list : badArguments("a set");
}

// Arguments are a tuple that holds the list that holds the members: two levels more than the members, one of them kept.
const ofMembers: Height = ({ height }) => Math.max(1, height - 1);

/** A number, as which a float may have been read; classes refuse anything else themselves. */
const numberOf = (value: unknown): number => (value instanceof PyFloat ? value.value : (value as number));

function fraction(args: readonly unknown[]): PyFraction {
  if (args.length === 2) return new PyFraction(...(args as [number, number]));
  const [text] = args;
  // Older versions of Python write a text.
  const parts = typeof text === "string" && args.length === 1 ? /^(-?\d+)(?:\/(\d+))?$/.exec(text) : null;
  if (parts === null) return badArguments("fractions.Fraction");
  return new PyFraction(decimalInteger(parts[1] as string), decimalInteger(parts[2] ?? "1"));
}

/** The bytes that date and time types are pickled as. */
function fields(args: readonly unknown[], length: number): Buffer {
  const [bytes] = args;
  return Buffer.isBuffer(bytes) && bytes.length === length ? bytes : badArguments("datetime");
}

/** The zone, where there is one, and the fold, which is the high bit of the first field that has it to spare. */
function zoneAndFold(args: readonly unknown[], folded: number): PyTimeOptions {
  if (args.length > 2) badArguments("datetime");
  const zone = (args[1] ?? null) as PyTimeZone | null;
  return { zone, fold: folded > 127 ? 1 : 0 };
}

const u24 = (bytes: Buffer, at: number): number => bytes.readUIntBE(at, 3);

function date(args: readonly unknown[]): PyDate {
  const bytes = fields(args, 4);
  if (args.length > 1) badArguments("datetime.date");
  return new PyDate(bytes.readUInt16BE(0), bytes.readUInt8(2), bytes.readUInt8(3));
}

function time(args: readonly unknown[]): PyTime {
  const bytes = fields(args, 6);
  const [hour, minute, second] = bytes as unknown as [number, number, number];
  return new PyTime(hour & 127, minute, second, u24(bytes, 3), zoneAndFold(args, hour));
}

function dateTime(args: readonly unknown[]): PyDateTime {
  const bytes = fields(args, 10);
  const [, , month, day, hour, minute, second] = bytes as unknown as [0, 0, number, number, number, number, number];
  const year = bytes.readUInt16BE(0);
  return new PyDateTime(year, month & 127, day, hour, minute, second, u24(bytes, 7), zoneAndFold(args, month));
}

const withZone: Height = (_, value) => ((value as PyTime).zone === null ? 1 : 2);

function timeDelta(args: readonly unknown[]): PyTimeDelta {
  if (args.length !== 3) badArguments("datetime.timedelta");
  const [days, seconds, microseconds] = args.map(numberOf) as [number, number, number];
  return new PyTimeDelta(days, seconds, microseconds);
}

function timeZone(args: readonly unknown[]): PyTimeZone {
  if (args.length > 2) badArguments("datetime.timezone");
  return new PyTimeZone(args[0] as PyTimeDelta, args.length === 2 ? (args[1] as string) : null);
}

/** What protocols 0 to 2 write bytes with. */
function encode(args: readonly unknown[]): Buffer {
  const [text, encoding] = args;
  if (args.length !== 2 || typeof text !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) {
    badArguments("_codecs.encode");
  }
  const bytes = Buffer.alloc(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new DecodeError("bytes written as a text that is not Latin-1");
    bytes[i] = code;
  }
  return bytes;
}

function byteArray(args: readonly unknown[]): PyByteArray {
  if (args.length === 0) return new PyByteArray(new Uint8Array(0));
  return new PyByteArray(args.length === 1 ? (args[0] as Uint8Array) : encode(args));
}

const empty = (args: readonly unknown[]): Buffer => (args.length === 0 ? Buffer.alloc(0) : badArguments("bytes"));

const complex = (args: readonly unknown[]): PyComplex =>
  args.length === 2 ? new PyComplex(numberOf(args[0]), numberOf(args[1])) : badArguments("complex");

const decimal = (args: readonly unknown[]): PyDecimal =>
  args.length === 1 ? new PyDecimal(args[0] as string) : badArguments("decimal.Decimal");

const orderedDict: Known = {
  module: "collections",
  name: "OrderedDict",
  instance(args, _, { keyer }) {
    if (args.length > 0) badArguments("collections.OrderedDict");
    const entries = new DictUnderWay(keyer, true);
    return new Held("dict", entries, () => new PyOrderedDict(entries.entries, keyer));
  },
};

/** What protocols 0 and 1 make an instance of a class with: (class, object, None). */
const reconstructor: Known = {
  module: "copyreg",
  name: "_reconstructor",
  instance([target, base, state, ...more], _, making) {
    const [known, of] = [target, base].map((part) =>
      part instanceof Inner ? (part.value as Partial<Known>) : undefined,
    );
    if (known?.instance === undefined || of !== object || state !== null || more.length > 0) {
      return badArguments("copyreg._reconstructor");
    }
    return known.instance([], "new", making);
  },
};

const object = marker("builtins", "object");

/** What some versions of Python name members of enums by. */
const getattr: Known = {
  module: "builtins",
  name: "getattr",
  instance([of, name, ...more]) {
    const known = of instanceof Inner ? (of.value as Partial<Known>) : undefined;
    if (typeof name !== "string" || more.length > 0 || known?.attribute === undefined) badArguments("builtins.getattr");
    return new Held("value", known.attribute(name));
  },
};

/** By Python 3's names. */
export const STANDARD: readonly Known[] = [
  object,
  getattr,
  reconstructor,
  orderedDict,
  plain("builtins", "set", (args, { keyer }) => new PySet(members(args), keyer), ofMembers),
  plain("builtins", "frozenset", (args, { keyer }) => new PyFrozenSet(members(args), keyer), ofMembers),
  plain("builtins", "bytearray", byteArray),
  plain("builtins", "bytes", empty),
  plain("builtins", "complex", complex),
  plain("_codecs", "encode", encode),
  plain("decimal", "Decimal", decimal),
  plain("fractions", "Fraction", fraction),
  plain("datetime", "date", date),
  plain("datetime", "time", time, withZone),
  plain("datetime", "datetime", dateTime, withZone),
  plain("datetime", "timedelta", timeDelta),
  plain("datetime", "timezone", timeZone),
];
