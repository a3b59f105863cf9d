/** Arguments and states that Python does not write for what a pickle may name: nothing of them is dropped or guessed. */
import { describe, expect, test } from "vitest";
import { DecodeError } from "../../../src/errors.ts";
import {
  type PickleGlobal,
  PyByteArray,
  PyObject,
  PySet,
  pythonClass,
  pythonEnum,
  readPickle,
  writePickle,
} from "../../../src/pickle.ts";

const Color = pythonEnum({ module: "m", name: "Color", members: { RED: 1, BLUE: 2 } });
const globals = [pythonClass({ module: "m", name: "C" }), Color];

const read = (pickle: string, more: readonly PickleGlobal[] = globals): unknown =>
  readPickle(Buffer.from(`\x80\x04${pickle}.`, "latin1"), { globals: more });

/** The class or function, called with these opcodes as arguments. */
const call = (named: string, args: string): string => `c${named.replace(" ", "\n")}\n(${args}tR`;
const text = (of: string): string => `\x8c${String.fromCharCode(of.length)}${of}`;
const bytes = (of: string): string => `C${String.fromCharCode(of.length)}${of}`;

const LATIN1 = text("latin1");
const ORDERED = "ccollections\nOrderedDict\n";
const OBJECT = "cbuiltins\nobject\n";
const DECIMAL = "cdecimal\nDecimal\n";
const DELTA = call("datetime timedelta", "K\x01K\x00K\x00");
const HOUR = call("datetime timedelta", "K\x00M\x10\x0eK\x00");
const F8 = call("numpy dtype", `${text("f8")}\x89\x88`);
const NDARRAY = "cnumpy\nndarray\n";
const EMPTY = `K\x00\x85${bytes("b")}`;
const EIGHT = bytes("\0".repeat(8));
const ARRAY = call("numpy.core.multiarray _reconstruct", NDARRAY + EMPTY);
const FROM_BUFFER = "numpy.core.numeric _frombuffer";
const SCALAR = "numpy.core.multiarray scalar";

describe("is read", () => {
  test.each<[string, string]>([
    ["a fraction as text", call("fractions Fraction", text("1/2"))],
    ["a dtype without flags", call(SCALAR, call("numpy dtype", text("f8")) + EIGHT)],
    ["an array of its state", `${ARRAY}(K\x01K\x01\x85${F8}\x89${EIGHT}tb`],
    ["an array from a buffer", call(FROM_BUFFER, `${EIGHT}${F8}K\x01\x85${text("C")}`)],
    ["a time in a zone", call("datetime time", bytes("\0".repeat(6)) + call("datetime timezone", HOUR))],
    ["an enum's member by name", call("builtins getattr", `cm\nColor\n${text("RED")}`)],
    ["an instance of protocol 1", call("copyreg _reconstructor", `${ORDERED}${OBJECT}N`)],
    ["a complex number of integers", call("builtins complex", "K\x01K\x02")],
  ])("%s", (_, pickle) => {
    expect(read(pickle)).toBeDefined();
  });

  test("a set of a list, bytes and bytearrays in all the ways that there are", () => {
    expect(read(call("builtins set", "](K\x01K\x02e"))).toEqual(new PySet([1, 2]));
    expect(read(call("builtins bytes", ""))).toEqual(Buffer.alloc(0));
    for (const args of [bytes("a"), text("a") + LATIN1]) {
      expect(read(call("builtins bytearray", args))).toEqual(new PyByteArray(Buffer.from("a")));
    }
  });
});

describe("is refused", () => {
  test.each<[string, string]>([
    ["a set of two lists", call("builtins set", "]]")],
    ["a set of a text", call("builtins set", text("ab"))],
    ["a frozenset of two lists", call("builtins frozenset", "]]")],
    ["bytes of a length", call("builtins bytes", "K\x05")],
    ["a bytearray of a length", call("builtins bytearray", "K\x05")],
    ["a bytearray of a text", call("builtins bytearray", text("a"))],
    ["a bytearray of bytes and an encoding", call("builtins bytearray", bytes("a") + LATIN1)],
    ["a bytearray of bytes and more", call("builtins bytearray", `${bytes("a")}${LATIN1}N`)],
    ["a complex number of three parts", call("builtins complex", "K\x01K\x02K\x03")],
    ["a complex number of one part", call("builtins complex", "K\x01")],
    ["a complex number of a bigint", call("builtins complex", "\x8a\x09\0\0\0\0\0\0\0\0\x01K\x00")],
    ["a complex number of a text", call("builtins complex", `${text("1")}K\x00`)],
    ["an encoding with a way to treat errors", call("_codecs encode", `${text("a")}${LATIN1}${text("strict")}`)],
    ["an encoding of a list", call("_codecs encode", `](K\x61e${LATIN1}`)],
    ["an encoding of an empty list", call("_codecs encode", `]${LATIN1}`)],
    ["an encoding of None", call("_codecs encode", `N${LATIN1}`)],
    ["a decimal in a context", call("decimal Decimal", `${text("1")}N`)],
    ["a fraction of three parts", call("fractions Fraction", "K\x01K\x02K\x03")],
    ["a fraction of a text that is none", call("fractions Fraction", text("a"))],
    ["a fraction of texts", call("fractions Fraction", text("1") + text("2"))],
    ["a fraction of a float", call("fractions Fraction", "G\x3f\xe0\0\0\0\0\0\0K\x01")],
    ["a fraction of nothing", call("fractions Fraction", "")],
    ["a date of a text", call("datetime date", text("abcd"))],
    ["a date in a zone", call("datetime date", `${bytes("\x07\xe9\x01\x01")}N`)],
    ["a time in a zone and more", call("datetime time", `${bytes("\0".repeat(6))}NN`)],
    ["a length of time of two parts", call("datetime timedelta", "K\x01K\x01")],
    ["a length of time with milliseconds", call("datetime timedelta", "K\x01K\x01K\x01K\x01")],
    ["a length of time of texts", call("datetime timedelta", text("1").repeat(3))],
    ["a zone without an offset", call("datetime timezone", "")],
    ["a zone of a day", call("datetime timezone", DELTA)],
    ["a zone with two names", call("datetime timezone", HOUR + text("a") + text("b"))],
    ["an ordered dict of pairs", call("collections OrderedDict", `](${text("a")}K\x01\x86e`)],
    ["an instance of None", call("copyreg _reconstructor", `N${OBJECT}N`)],
    ["an instance of a dtype", call("copyreg _reconstructor", `${F8}${OBJECT}N`)],
    ["an instance over another class", call("copyreg _reconstructor", `${ORDERED}${ORDERED}N`)],
    ["an instance over nothing", call("copyreg _reconstructor", `${ORDERED}NN`)],
    ["an instance over a value", call("copyreg _reconstructor", `${ORDERED}${OBJECT}]`)],
    ["an instance over no value, and more", call("copyreg _reconstructor", `${ORDERED}${OBJECT}NN`)],
    ["a member, or else something", call("builtins getattr", `cm\nColor\n${text("RED")}N`)],
    ["an enum of two values", call("m Color", "K\x01K\x02")],
    ["an enum of none", call("m Color", "")],
    ["a member with a state", `${call("m Color", "K\x01")}}b`],
    ["a class among the arguments of an instance", `cm\nC\n${DECIMAL}\x85\x81`],
    ["a class in a tuple among the arguments of an instance", `cm\nC\n${DECIMAL}\x85\x85\x81`],
    ["a class as the state of an instance", `cm\nC\n)\x81${DECIMAL}b`],
    ["a class in a tuple as the state of an instance", `cm\nC\n)\x81N${DECIMAL}\x86b`],
    ["a dtype of a list", call(SCALAR, call("numpy dtype", `](${text("f8")}e`) + EIGHT)],
    ["a dtype of four parts", call(SCALAR, call("numpy dtype", `${text("f8")}\x89\x88N`) + EIGHT)],
    [
      "an array of no class",
      `${call("numpy.core.multiarray _reconstruct", `N${EMPTY}`)}(K\x01K\x01\x85${F8}\x89${EIGHT}tb`,
    ],
    [
      "an array of another class",
      `${call("numpy.core.multiarray _reconstruct", DECIMAL + EMPTY)}(K\x01K\x01\x85${F8}\x89${EIGHT}tb`,
    ],
    [
      "an array that is made and not called for",
      `cnumpy.core.multiarray\n_reconstruct\n(${NDARRAY}${EMPTY}t\x81(K\x01K\x01\x85${F8}\x89${EIGHT}tb`,
    ],
    ["an array whose order is a text", `${ARRAY}(K\x01K\x01K\x01\x86${F8}${text("no")}${EIGHT}tb`],
    ["an array whose dtype is a class", `${ARRAY}(K\x01K\x01\x85${DECIMAL}\x89${EIGHT}tb`],
    ["an array whose dtype is a text", `${ARRAY}(K\x01K\x01\x85${text("<f8")}\x89${EIGHT}tb`],
    ["an array from a buffer in another order", call(FROM_BUFFER, `${EIGHT}${F8}K\x01\x85${text("K")}`)],
    ["an array from a buffer, and more", call(FROM_BUFFER, `${EIGHT}${F8}K\x01\x85${text("C")}N`)],
    ["an array from a list", call(FROM_BUFFER, `]${F8}K\x00\x85${text("C")}`)],
    [
      "an array from a buffer that is made and not called for",
      `cnumpy.core.numeric\n_frombuffer\n(${EIGHT}${F8}K\x01\x85${text("C")}t\x81`,
    ],
    ["a scalar of more", call(SCALAR, `${F8}${EIGHT}N`)],
    ["a scalar that is made and not called for", `cnumpy.core.multiarray\nscalar\n(${F8}${EIGHT}t\x81`],
    ["a scalar whose dtype is a class", call(SCALAR, DECIMAL + EIGHT)],
    ["a scalar of a text", call(SCALAR, F8 + text("abcdefgh"))],
  ])("%s", (_, pickle) => {
    let error: unknown;
    try {
      error = `gave ${String(read(pickle))}`;
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DecodeError);
    // Not because our own code came to something that it did not expect.
    const { cause } = error as Error;
    expect(cause instanceof TypeError && !("code" in cause) ? cause : undefined).toBeUndefined();
  });

  test("a name of a member that is no text, however the class looks it up", () => {
    const members: { readonly [name: string]: number } = { RED: 1 };
    const byHand: PickleGlobal = {
      module: "m",
      name: "Hand",
      prototype: PyObject.prototype,
      read: () => 0,
      write: () => undefined,
      member: (name) => members[name],
    };
    expect(read(call("builtins getattr", `cm\nHand\n${text("RED")}`), [byHand])).toBe(1);
    expect(() => read(call("builtins getattr", `cm\nHand\n](${text("RED")}e`), [byHand])).toThrow(DecodeError);
  });
});

test("a pickle that is cut anywhere is said to be cut", () => {
  const pickles = [
    writePickle([1, 256, 65536, -1, 2n ** 70n, 0.5, "a", "x".repeat(300), Buffer.from("ab"), new PySet([1])]),
    Buffer.from("(lp0\nI1\naL2L\naV\\u00fc\np1\na(dp2\nS'a'\nF1.5\nsaccollections\nOrderedDict\n(tRa.", "latin1"),
    Buffer.from("(X\x01\0\0\0aT\x01\0\0\0aU\x01aB\x01\0\0\0aM\x01\0J\x01\0\0\0r\x09\0\0\0j\x09\0\0\0l.", "latin1"),
    Buffer.from("\x80\x05\x8d\x01\0\0\0\0\0\0\0a0\x8e\x01\0\0\0\0\0\0\0a0\x96\x01\0\0\0\0\0\0\0a.", "latin1"),
  ];
  for (const pickle of pickles) {
    expect(readPickle(pickle)).toBeDefined();
    for (let length = 0; length < pickle.length; length++) {
      expect(() => readPickle(pickle.subarray(0, length), { maxValues: 1000 })).toThrow(/ is cut$/);
    }
  }
});
