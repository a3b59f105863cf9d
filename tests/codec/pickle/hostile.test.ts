/** What a pickle may try, however validly it is signed: nothing of it runs, nothing grows, no prototype changes. */
import { afterEach, describe, expect, test } from "vitest";
import { digest } from "../../../src/digest/digest.ts";
import { DecodeError, EncodeError } from "../../../src/errors.ts";
import {
  Dict,
  NdArray,
  type NumpyScalar,
  PyByteArray,
  PyFrozenSet,
  PyObject,
  PySet,
  pickleCodec,
  pythonClass,
  pythonEnum,
  readPickle,
  type Tuple,
  tuple,
  writePickle,
} from "../../../src/pickle.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { valueStorage } from "../../../src/vault/value-storage.ts";
import { opcodes as op } from "./opcodes.ts";

afterEach(() => {
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect(([] as { x?: unknown }).x).toBeUndefined();
});

const read = (bytes: Uint8Array | string): unknown =>
  readPickle(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);

/** Whether it is refused only because our own code came to something that it did not expect. */
function stumbled({ cause }: Error): boolean {
  return (cause instanceof TypeError || cause instanceof SyntaxError) && !("code" in cause);
}

function refusal(bytes: Uint8Array | string): string {
  let value: unknown;
  try {
    value = read(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError) || stumbled(error)) throw error;
    // Said once, however many layers it went through.
    expect(error.message.lastIndexOf("cannot decode")).toBe(0);
    return error.message;
  }
  throw new Error(`gave ${String(value)}`);
}

const p4 = (...parts: (string | Uint8Array)[]): Buffer =>
  Buffer.concat([
    op.PROTO4,
    ...parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
    op.STOP,
  ]);
const text = (value: string): Buffer => Buffer.concat([Buffer.of(0x8c, value.length), Buffer.from(value, "latin1")]);
const global = (module: string, name: string): Buffer => Buffer.concat([text(module), text(name), Buffer.of(0x93)]);

/** ATTACKS: pickles that run code in Python. */
const CODE: readonly (readonly [what: string, pickle: Buffer])[] = [
  ["os.system", Buffer.from("cos\nsystem\n(S'touch /tmp/fleche-pwned'\ntR.")],
  ["posix.system, protocol 4", p4(global("posix", "system"), text("id"), op.TUPLE1, op.REDUCE)],
  ["nt.system", Buffer.from("cnt\nsystem\n(S'id'\ntR.")],
  ["eval", p4(global("builtins", "eval"), text("1+1"), op.TUPLE1, op.REDUCE)],
  ["exec of Python 2", Buffer.from("c__builtin__\nexec\n(S'1'\ntR.")],
  ["subprocess.Popen", p4(global("subprocess", "Popen"), text("id"), op.TUPLE1, op.REDUCE)],
  [
    "nested reduce: getattr of an import",
    p4(
      global("builtins", "getattr"),
      global("builtins", "__import__"),
      text("os"),
      op.TUPLE1,
      op.REDUCE,
      text("system"),
      op.TUPLE2,
      op.REDUCE,
      text("id"),
      op.TUPLE1,
      op.REDUCE,
    ),
  ],
  [
    "getattr of an allowed class",
    p4(global("builtins", "getattr"), global("decimal", "Decimal"), text("__init__"), op.TUPLE2, op.REDUCE),
  ],
  [
    "getattr of numpy's dtype",
    p4(global("builtins", "getattr"), global("numpy", "dtype"), text("str"), op.TUPLE2, op.REDUCE),
  ],
  ["a dotted name below an allowed module", p4(global("datetime", "sys.modules"))],
  ["a name like an inherited property", p4(global("constructor", "constructor"), op.EMPTY_TUPLE, op.REDUCE)],
  ["__proto__ as module", p4(global("__proto__", "toString"), op.EMPTY_TUPLE, op.REDUCE)],
  ["INST", Buffer.from("(S'id'\nios\nsystem\n.")],
  ["OBJ", Buffer.from("(cos\nsystem\nS'id'\no.")],
  ["NEWOBJ", p4(global("os", "system"), text("id"), op.TUPLE1, op.NEWOBJ)],
  ["NEWOBJ_EX", p4(global("os", "system"), op.EMPTY_TUPLE, op.EMPTY_DICT, op.NEWOBJ_EX)],
  [
    "copyreg._reconstructor of a foreign class",
    p4(
      global("copyreg", "_reconstructor"),
      global("os", "system"),
      global("builtins", "object"),
      op.NONE,
      op.TUPLE3,
      op.REDUCE,
    ),
  ],
  ["copyreg.add_extension", p4(global("copyreg", "add_extension"))],
  ["an extension code of one byte", p4("\x82\x01")],
  ["an extension code of two bytes", p4("\x83\x01\x00")],
  ["an extension code of four bytes", p4("\x84\x01\x00\x00\x00")],
  ["a persistent id", Buffer.from("Pid\n.")],
  ["a binary persistent id", p4(text("id"), "Q")],
  ["a buffer outside", Buffer.from("\x80\x05\x97.", "latin1")],
  ["a read-only buffer", Buffer.from("\x80\x05C\x01a\x98.", "latin1")],
  ["BUILD on a plain object", p4(op.EMPTY_DICT, op.EMPTY_DICT, text("__proto__"), op.NONE, op.SETITEM, op.BUILD)],
  ["BUILD on a class", p4(global("decimal", "Decimal"), op.EMPTY_DICT, op.BUILD)],
  [
    "BUILD on an instance that has no state",
    p4(
      global("decimal", "Decimal"),
      text("1"),
      op.TUPLE1,
      op.REDUCE,
      op.EMPTY_DICT,
      text("__setstate__"),
      global("os", "system"),
      op.SETITEM,
      op.BUILD,
    ),
  ],
  ["functools.partial", p4(global("functools", "partial"))],
  ["operator.attrgetter", p4(global("operator", "attrgetter"), text("x"), op.TUPLE1, op.REDUCE)],
  ["pickle.loads", p4(global("pickle", "loads"))],
  ["codecs.decode", p4(global("_codecs", "decode"))],
  ["an encoding that runs a codec", p4(global("_codecs", "encode"), text("x"), text("rot13"), op.TUPLE2, op.REDUCE)],
  ["numpy's load", p4(global("numpy", "load"))],
  [
    "numpy array of objects",
    p4(global("numpy", "dtype"), text("O8"), op.FALSE, op.TRUE, op.TUPLE3, op.REDUCE, op.EMPTY_TUPLE, op.TUPLE2),
  ],
];

describe("a pickle that runs code in Python is refused", () => {
  test.each(CODE)("%s", (_, pickle) => {
    refusal(pickle);
  });

  test.each(CODE)("validly signed: %s", (_, pickle) => {
    const store = memoryStore();
    const secretKey = "0123456789abcdef".repeat(4);
    const codec = pickleCodec();
    // Whoever has the key signs these bytes.
    const forger = valueStorage({ store, secretKey, codec: { ...codec, encode: () => pickle }, numbers: "python" });
    const name = forger.save("anything");
    const storage = valueStorage({ store, secretKey, codec, numbers: "python" });
    let thrown: unknown;
    try {
      storage.load(name);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ reason: "decode-failed", code: "damaged" });
  });
});

describe("prototypes", () => {
  test("__proto__ is a key like any other, in dicts, in states, in ordered dicts", () => {
    const value = read(
      p4(op.EMPTY_DICT, text("__proto__"), op.EMPTY_DICT, text("x"), "K\x01", op.SETITEM, op.SETITEM),
    ) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(Object.getOwnPropertyDescriptor(value, "__proto__")?.value).toEqual({ x: 1 });
    expect(Object.assign({}, value)).not.toHaveProperty("y");
    const globals = [pythonClass({ module: "m", name: "C" })];
    const built = readPickle(
      p4(
        global("m", "C"),
        op.EMPTY_TUPLE,
        op.NEWOBJ,
        op.EMPTY_DICT,
        text("__proto__"),
        op.EMPTY_DICT,
        text("x"),
        "K\x01",
        op.SETITEM,
        op.SETITEM,
        op.BUILD,
      ),
      { globals },
    ) as PyObject;
    expect(built).toBeInstanceOf(PyObject);
    expect(Object.getPrototypeOf(built)).toBe(PyObject.prototype);
    expect(Object.keys(built.state as object)).toEqual(["__proto__"]);
    expect((built as { x?: unknown }).x).toBeUndefined();
  });

  test("constructor and prototype are keys too", () => {
    const value = { constructor: { prototype: { x: 1 } }, hasOwnProperty: 1, toString: null };
    expect(readPickle(writePickle(value))).toEqual(value);
  });

  test("__proto__ joins the pairs when a dict turns out to have other keys", () => {
    const value = read(p4(op.EMPTY_DICT, text("__proto__"), "K\x01", op.SETITEM, "K\x02", "K\x03", op.SETITEM)) as Dict;
    expect(value.entries).toEqual([
      ["__proto__", 1],
      [2, 3],
    ]);
  });
});

describe("shapes that no value has", () => {
  test("what is wrong is said once", () => {
    expect(() => readPickle(Buffer.from("N.N"))).toThrow(/^cannot decode: 1 bytes behind the value$/);
  });

  test.each<[string, Buffer | string]>([
    ["nothing", ""],
    ["a protocol alone", "\x80\x04"],
    ["no value at the end", "."],
    ["two values at the end", "NN."],
    ["a mark at the end", "N(."],
    ["bytes behind the end", "N.N"],
    ["a newer protocol", "\x80\x06N."],
    ["a protocol in the middle", "N\x80\x04."],
    ["an unknown opcode", "\xff."],
    [
      "an instance made from arguments with names",
      "\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)}\x8c\x01aK\x01s\x92.",
    ],
    ["an instance made from names that are None", "\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)N\x92."],
    ["an instance made from names that are a list", "\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)]\x92."],
    ...[
      ["a text", "\x8c\x00"],
      ["a number", "K\x00"],
      ["bytes", "C\x00"],
      ["an empty tuple", ")"],
      ["an ordered dict with names", "h\x00)R\x8c\x01aK\x01s"],
      ["a dict with a key that is no text", "}K\x01K\x02s"],
    ].map(([what, named]): [string, string] => [
      `an instance made from names that are ${what}`,
      `\x80\x04ccollections\nOrderedDict\n\x94)${named}\x92.`,
    ]),
    ["POP of nothing", "0N."],
    ["DUP of nothing", "2."],
    ["a tuple of too few", "\x80\x04N\x86."],
    ["a tuple that reaches below a mark", "\x80\x04N(N\x86."],
    ["APPEND to nothing", "Na."],
    ["APPEND to a number", "K\x01K\x02a."],
    ["APPEND to None", "NK\x01a."],
    ["APPENDS to a dict", "}(K\x01e."],
    ["APPEND across a mark", "](K\x01a0."],
    ["SETITEM on a list", "]K\x01K\x02s."],
    ["SETITEMS with an odd number", "}(K\x01u."],
    ["ADDITEMS to a list", "](K\x01\x90."],
    ["ADDITEMS to a dict", "\x80\x04}(K\x01\x90."],
    ["APPEND to a set", "\x80\x04\x8fK\x01a."],
    ["SETITEM on a set", "\x80\x04\x8fK\x01K\x02s."],
    ["SETITEM on bytes", "C\x02abK\x00K\x01s."],
    ["BUILD on None", "N}b."],
    ["BUILD on a number", "K\x01}b."],
    ["BUILD on a list", "]}b."],
    ["BUILD on a set", "\x80\x04\x8f}b."],
    ["BUILD on an ordered dict", p4(global("collections", "OrderedDict"), op.EMPTY_TUPLE, op.REDUCE, "}b")],
    ["BUILD without an instance", "}b."],
    ["ADDITEMS of what cannot be hashed", "\x80\x04\x8f(]\x90."],
    ["a frozenset of what cannot be hashed", "\x80\x04(}\x91."],
    ["a dict with a list as key", "}]Ns."],
    ["a dict with a set as key", "\x80\x04}\x8fNs."],
    ["a dict with a tuple of a list as key", "\x80\x04}]\x85Ns."],
    [
      "a dict with NaN twice",
      p4(
        op.EMPTY_DICT,
        "(",
        Buffer.from("477ff8000000000000", "hex"),
        "N",
        Buffer.from("477ff8000000000000", "hex"),
        "Nu",
      ),
    ],
    ["no mark for TUPLE", "Nt."],
    ["an unknown memo", "h\x00."],
    ["an unknown memo by text", "g7\n."],
    ["a memo index that is no number", "gx\n."],
    ["a memo index below zero", "Np-1\n."],
    ["a list in itself", "]2a."],
    ["a list in itself through the memo", "]q\x00h\x00a."],
    ["a dict in itself", "}q\x00K\x01h\x00s."],
    ["a list in a tuple in itself", "\x80\x04]\x94h\x00\x85a."],
    ["a dict as its own key", "}q\x00h\x00K\x01s."],
    ["a dict in a tuple in itself", "\x80\x04}\x94K\x01h\x00\x85s."],
    ["a set in itself", "\x80\x04\x8f\x94(h\x00\x90."],
    ["a set in a tuple in itself", "\x80\x04\x8f\x94(h\x00\x85\x90."],
    ["a dict that is changed after it was used", "\x80\x04}\x94\x850h\x00K\x01K\x02s."],
    ["a set that is changed after it was used", "\x80\x04\x8f\x94\x850h\x00(K\x01\x90."],
    ["a list that is changed after it was used", "\x80\x04]\x94\x8520h\x00K\x01a."],
    [
      "an instance in its own state",
      p4(global("collections", "OrderedDict"), op.EMPTY_TUPLE, op.REDUCE, "\x94", "K\x01", "h\x00", op.SETITEM),
    ],
    ["a class as value", "\x80\x04cdecimal\nDecimal\n."],
    ["a class in a list", "\x80\x04]cdecimal\nDecimal\na."],
    ["a class in a tuple", "\x80\x04cdecimal\nDecimal\n\x85."],
    ["a dtype as value", p4(global("numpy", "dtype"), text("f8"), op.FALSE, op.TRUE, op.TUPLE3, op.REDUCE)],
    ["a call of a value", "\x80\x04N)R."],
    ["a call of an instance", p4(global("collections", "OrderedDict"), op.EMPTY_TUPLE, op.REDUCE, ")R")],
    ["a call of arguments", "\x80\x04cdecimal\nDecimal\n\x85)R."],
    [
      "a call of a dtype",
      p4(global("numpy", "dtype"), text("f8"), op.FALSE, op.TRUE, op.TUPLE3, op.REDUCE, op.EMPTY_TUPLE, op.REDUCE),
    ],
    ["arguments that are no tuple", p4(global("decimal", "Decimal"), text("1"), op.REDUCE)],
    ["an instance of what is only called", p4(global("decimal", "Decimal"), text("1"), op.TUPLE1, op.NEWOBJ)],
    ["a name that is no text", "\x80\x04K\x01K\x02\x93."],
    ["a line that does not end", "I1"],
    ["an integer that is none", "I1x\n."],
    ["an integer of no digits", "I\n."],
    ["a long integer of no digits", "LL\n."],
    ["an integer in another base", "I0x10\n."],
    ["an integer among spaces", "L 1 L\n."],
    ["an integer of 10,000 digits", `I${"9".repeat(10_000)}\n.`],
    ["a float that is none", "F0x1\n."],
    ["a float like an object's member", "Ftoken\n."],
    ["a text without quotes", "Sabc\n."],
    ["a text between letters for quotes", "Sabca\n."],
    ["a text of one quote", "S'\n."],
    ["a text with two kinds of quotes", "S'abc\"\n."],
    ["a text whose quotes do not end", "S'abc\n."],
    ["a text with another escape", "S'\\q'\n."],
    ["a text of Python 2 that is not ASCII", "U\x01\xe9."],
    ["a text with a cut escape", "V\\u12\n."],
    ["a text with an escape of eight digits that has four", "V\\U0041\n."],
    ["a text with an escape of eight digits that has six", "V\\U004142\n."],
    ["a text with an escape that begins with digits", "V\\u41zz\n."],
    ["a text with an escape of spaces and digits", "V\\u  41\n."],
    ["a text with an escape below zero", "V\\u-041\n."],
    ["a text beyond Unicode", "V\\U00110000\n."],
    ["two surrogates as escapes", "V\\ud83d\\ude00\n."],
    ["two surrogates as bytes", "\x8c\x06\xed\xa0\xbd\xed\xb8\x80."],
    ["a text that is not UTF-8", "\x8c\x01\xff."],
    ["a text in overlong UTF-8", "\x8c\x02\xc0\x80."],
    ["a length beyond the end", "X\xff\xff\xff\xffabc."],
    ["a length of 2^63", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc."],
    ["a length of bytes of 2^40", "\x8e\x00\x00\x00\x00\x00\x01\x00\x00a."],
    ["a bytearray of 2^40", "\x96\x00\x00\x00\x00\x00\x01\x00\x00a."],
    ["a negative length", "\x8b\xff\xff\xff\xffa."],
    // Back to the C, which then takes all of this for bytes.
    ["a length that goes back", `KC0T\xf9\xff\xff\xff${"x".repeat(43)}0.`],
    ["an integer of 2 GiB", "\x8b\xff\xff\xff\x7fa."],
    ["a frame beyond the end", "\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N."],
    ["a frame in a frame", "\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x95\x02\x00\x00\x00\x00\x00\x00\x00N."],
    ["an opcode across the end of a frame", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00J\x00\x00\x00\x00."],
    ["a frame that ends too late", "\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00N.N"],
    ["a date that does not exist", p4(global("datetime", "date"), "C\x04\x07\xe9\x02\x1e", op.TUPLE1, op.REDUCE)],
    ["a date of five bytes", p4(global("datetime", "date"), "C\x05\x07\xe9\x02\x01\x01", op.TUPLE1, op.REDUCE)],
    [
      "a zone that is none",
      p4(global("datetime", "time"), "C\x06\x00\x00\x00\x00\x00\x00", "K\x01", op.TUPLE2, op.REDUCE),
    ],
    ["a decimal that is none", p4(global("decimal", "Decimal"), text("1,5"), op.TUPLE1, op.REDUCE)],
    ["a fraction over 0", p4(global("fractions", "Fraction"), "K\x01K\x00", op.TUPLE2, op.REDUCE)],
    ["bytes written as a text beyond Latin-1", "c_codecs\nencode\n\x8c\x02\xc4\x80\x8c\x06latin1\x86R."],
    ...[
      ["a subarray", "i1", "K\x03\x8c\x01|cnumpy\ndtype\n\x8c\x02i1\x85RK\x02\x86NNK\x01K\x01K\x00"],
      ["a subarray said by numbers", "i1", "K\x03\x8c\x01|K\x02NNK\x01K\x01K\x00"],
      ["names of fields", "i1", "K\x03\x8c\x01|N\x8c\x01a\x85NK\x01K\x01K\x00"],
      ["fields", "i1", "K\x03\x8c\x01|NN}K\x01K\x01K\x00"],
      ["metadata", "i1", "K\x03\x8c\x01|NNNK\x01K\x01K\x00}"],
      ["a part too few", "i1", "K\x03\x8c\x01|NNNK\x01K\x01"],
      ["another version of its state", "i1", "K\x04\x8c\x01|NNNK\x01K\x01K\x00"],
      ["an order that is no text", "i1", "K\x03K\x05NNNK\x01K\x01K\x00"],
    ].map(([what, of = "", state]): [string, Buffer] => [
      `a numpy scalar whose dtype has ${what}`,
      p4("cnumpy.core.multiarray\nscalar\n", global("numpy", "dtype"), text(of), `\x89\x88\x87R(${state}tbC\x01a\x86R`),
    ]),
    ["a numpy array without elements", p4(array())],
    ["a numpy array shorter than its shape", p4(array(), state("K\x09\x85", "C\x08aaaaaaaa"))],
    ["a numpy array with a negative length", p4(array(), state("J\xff\xff\xff\xff\x85", "C\x00"))],
    [
      "a numpy array of 2^60 elements of nothing",
      p4(array(), state("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x10\x85", "C\x00")),
    ],
    ["a numpy array whose bytes are a list", p4(array(), state("K\x00\x85", "]"))],
  ])("%s", (_, bytes) => {
    refusal(bytes);
  });

  test("of these states of a dtype, the one that numpy writes is read", () => {
    const dtype = [global("numpy", "dtype"), text("i1"), "\x89\x88\x87R(K\x03\x8c\x01|NNNK\x01K\x01K\x00tb"];
    const scalar = read(p4("cnumpy.core.multiarray\nscalar\n", ...dtype, "C\x01a\x86R")) as NumpyScalar;
    expect([scalar.dtype, scalar.value]).toEqual(["|i1", 97]);
  });

  function array(): Buffer {
    return Buffer.concat([
      global("numpy.core.multiarray", "_reconstruct"),
      global("numpy", "ndarray"),
      Buffer.from("K\x00\x85C\x01b\x87R", "latin1"),
    ]);
  }
  function state(shape: string, bytes: string): Buffer {
    const dtype = Buffer.concat([global("numpy", "dtype"), text("f8"), op.FALSE, op.TRUE, op.TUPLE3, op.REDUCE]);
    return Buffer.concat([Buffer.from(`(K\x01${shape}`, "latin1"), dtype, Buffer.from(`\x89${bytes}tb`, "latin1")]);
  }
});

describe("nothing grows", () => {
  test("a memo index of 4 billion costs one entry", () => {
    expect(read("\x80\x04K\x07r\xff\xff\xff\xff0j\xff\xff\xff\xff.")).toBe(7);
    expect(read("K\x07p4294967295\n0g4294967295\n.")).toBe(7);
    expect(refusal("K\x07p4294967296\n.")).toMatch(/memo/);
  });

  test("numbers that a pickle puts in any order, mixed with those that it counts, stay what they are", () => {
    // put 1, put 0, memoize (as 2), put 2 again
    expect(read("\x80\x04K\x0aq\x010K\x0bq\x000K\x0c\x940h\x00h\x01h\x02\x87.")).toEqual(tuple(11, 10, 12));
    expect(read("\x80\x04K\x0aq\x010K\x0b\x94q\x000K\x0cq\x010h\x00h\x01\x86.")).toEqual(tuple(11, 12));
  });

  test("sharing that would be 2^900 values as a tree is read and digested at once", () => {
    const list = Buffer.concat([op.PROTO4, Buffer.from("]"), Buffer.from("2\x86".repeat(900), "latin1"), op.STOP]);
    const value = read(list) as Tuple;
    expect(value.items[0]).toBe(value.items[1]);
    expect(digest(value)).toMatch(/^[0-9a-f]{64}$/);
    expect(readPickle(writePickle(value))).toBeDefined();
  });

  test("such a tuple is a key at once, too, also many times", () => {
    const bomb = Buffer.concat([
      Buffer.from("N"),
      Buffer.from("2\x86".repeat(500), "latin1"),
      Buffer.from("\x94", "latin1"),
    ]);
    const entries = Buffer.from("h\x00N".repeat(10_000), "latin1");
    const value = read(p4(op.EMPTY_DICT, "(", bomb, "N", entries, "u")) as Dict;
    expect(value.size).toBe(1);
  });

  test("depth: a thousand levels are read, one more is refused, a million do not overflow the stack", () => {
    const lists = (n: number) => Buffer.from(`${"]".repeat(n)}${"a".repeat(n - 1)}.`);
    expect(digest(read(lists(1000)))).toMatch(/^[0-9a-f]{64}$/);
    expect(refusal(lists(1001))).toMatch(/1000 levels/);
    expect(refusal(lists(1_000_000))).toMatch(/1000 levels/);
    const tuples = (n: number) => Buffer.from(`\x80\x04)${"\x85".repeat(n - 1)}.`, "latin1");
    expect(digest(read(tuples(1000)))).toMatch(/^[0-9a-f]{64}$/);
    expect(refusal(tuples(1001))).toMatch(/1000 levels/);
    expect(refusal(tuples(1_000_000))).toMatch(/1000 levels/);
    const dicts = (n: number) => Buffer.from(`${"}K\x01".repeat(n - 1)}}${"s".repeat(n - 1)}.`);
    expect(digest(read(dicts(1000)))).toMatch(/^[0-9a-f]{64}$/);
    expect(refusal(dicts(1001))).toMatch(/1000 levels/);
    const frozen = (n: number) => Buffer.from(`\x80\x04${"(".repeat(n)}${"\x91".repeat(n)}.`, "latin1");
    expect(digest(read(frozen(1000)))).toMatch(/^[0-9a-f]{64}$/);
    expect(refusal(frozen(1001))).toMatch(/1000 levels/);
  });

  test("depth on writing: a thousand levels, and not one more", () => {
    const nested = (n: number): unknown => {
      let value: unknown = [];
      for (let i = 1; i < n; i++) value = i % 2 === 0 ? [value] : i % 3 === 0 ? tuple(value) : { a: value };
      return value;
    };
    expect(digest(readPickle(writePickle(nested(1000))))).toBe(digest(nested(1000)));
    for (const n of [1001, 1_000_000]) {
      let error: unknown;
      try {
        writePickle(nested(n));
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(EncodeError);
      expect(String(error).length).toBeLessThan(1000);
    }
  });

  test("as many values as a reader allows, objects counting for eight", () => {
    const many = writePickle(Array.from({ length: 1000 }, () => []));
    expect(() => readPickle(many, { maxValues: 5000 })).toThrow(DecodeError);
    expect(readPickle(many, { maxValues: 20_000 })).toHaveLength(1000);
    expect(() => readPickle(Buffer.from(`(${"N".repeat(10_000)}t.`), { maxValues: 5000 })).toThrow(DecodeError);
    expect(() => readPickle(Buffer.from(`N${"\x94".repeat(10_000)}.`, "latin1"), { maxValues: 5000 })).toThrow(
      DecodeError,
    );
  });

  test("numbers with many digits are exact or refused", () => {
    const large = 7n ** 1_000_000n;
    expect(readPickle(writePickle([large, -large]))).toEqual([large, -large]);
    const zeros = "0".repeat(4200);
    expect(read(`I1${zeros}\n.`)).toBe(BigInt(`1${zeros}`));
    expect(read(p4(global("decimal", "Decimal"), text("1E+999999"), op.TUPLE1, op.REDUCE))).toBeDefined();
    // As a key it would have to be written out.
    refusal(p4(op.EMPTY_DICT, global("decimal", "Decimal"), text("1E+999999"), op.TUPLE1, op.REDUCE, "N", op.SETITEM));
  });

  test("300,000 members of a set, 30,000 tuples as keys", () => {
    const keys = Array.from({ length: 300_000 }, (_, i) => i);
    const set = readPickle(writePickle(new PySet(keys))) as PySet;
    expect(set.size).toBe(300_000);
    const value = readPickle(
      writePickle(new Dict(keys.slice(0, 30_000).map((key) => [tuple(key, "a"), key] as const))),
    ) as Dict;
    expect(value.size).toBe(30_000);
  });

  test("arrays own their memory, whatever else the pickle makes of the same bytes", () => {
    const data = new Float64Array([1, 2]);
    const [a, b, bytes] = readPickle(writePickle([data, data.slice(), Buffer.from(data.buffer)])) as [
      Float64Array,
      Float64Array,
      Buffer,
    ];
    a[0] = 5;
    expect(b[0]).toBe(1);
    expect([a.buffer.byteLength, bytes.buffer.byteLength]).toEqual([16, 16]);
    // The same bytes twice in the pickle, by the memo.
    const body = Buffer.concat([
      Buffer.of(0x43, 8),
      Buffer.from(Float64Array.of(1).buffer),
      Buffer.from("q\x07", "latin1"),
    ]);
    const dtype = Buffer.concat([global("numpy", "dtype"), text("f8"), op.FALSE, op.TRUE, op.TUPLE3, op.REDUCE]);
    const one = (of: Buffer) =>
      Buffer.concat([
        global("numpy.core.numeric", "_frombuffer"),
        Buffer.from("("),
        of,
        dtype,
        Buffer.from("K\x01\x85\x8c\x01CtR", "latin1"),
      ]);
    const [first, second] = (read(p4(one(body), one(Buffer.from("h\x07", "latin1")), op.TUPLE2)) as Tuple)
      .items as Float64Array[];
    (first as Float64Array)[0] = 9;
    expect(second).toEqual(Float64Array.of(1));
  });
});

describe("keys are compared as Python compares them", () => {
  const same: readonly (readonly [string, string])[] = [
    ["K\x01", "\x88"],
    ["K\x01", "G\x3f\xf0\x00\x00\x00\x00\x00\x00"],
    ["\x8a\x08\x00\x00\x00\x00\x00\x00\x20\x00", "G\x43\x40\x00\x00\x00\x00\x00\x00"],
    ["K\x00", "G\x80\x00\x00\x00\x00\x00\x00\x00"],
    ["K\x01\x85", "\x88\x85"],
    ["(K\x01K\x02\x91", "(K\x02K\x01\x91"],
    ["cdecimal\nDecimal\n\x8c\x030.5\x85R", "G\x3f\xe0\x00\x00\x00\x00\x00\x00"],
    ["cdecimal\nDecimal\n\x8c\x034E1\x85R", "K\x28"],
    ["cfractions\nFraction\nK\x01K\x02\x86R", "G\x3f\xe0\x00\x00\x00\x00\x00\x00"],
    ["cfractions\nFraction\nK\x01K\x03\x86R", "cfractions\nFraction\n\x8c\x031/3\x85R"],
    ["cbuiltins\ncomplex\nG\x3f\xf0\x00\x00\x00\x00\x00\x00G\x00\x00\x00\x00\x00\x00\x00\x00\x86R", "K\x01"],
  ];
  test.each(same)("equal: %j %j; the first key stays, the last value counts", (a, b) => {
    const value = read(p4(op.EMPTY_DICT, `(${a}K\x01${b}K\x02u`, "K\x63K\x00", op.SETITEM)) as Dict;
    expect(value.entries.map(([, v]) => v)).toEqual([2, 0]);
  });
  test.each([
    ["K\x01", "\x8c\x011"],
    ["C\x01a", "\x8c\x01a"],
    ["N", "\x8c\x04None"],
    ["K\x01\x85", "K\x01K\x01\x86"],
    ["K\x01K\x02\x86", "K\x02K\x01\x86"],
    ["cdecimal\nDecimal\n\x8c\x030.1\x85R", "G\x3f\xb9\x99\x99\x99\x99\x99\x9a"],
    ["(K\x01\x91", "K\x01\x85"],
  ])("different: %j %j", (a, b) => {
    expect((read(p4(op.EMPTY_DICT, `(${a}K\x01${b}K\x02K\x63K\x00u`)) as Dict).size).toBe(3);
  });

  test("what two keys of a Dict are one in Python is not written", () => {
    expect(() =>
      writePickle(
        new Dict([
          [1, "a"],
          [true, "b"],
        ]),
      ),
    ).toThrow(EncodeError);
    expect(() => writePickle(new Dict([[[1], "a"]]))).toThrow(EncodeError);
    expect(() => new PySet([[1]])).toThrow(TypeError);
    expect([...new PySet([1, true, 1])]).toEqual([1]);
    expect(new PyFrozenSet([tuple(1, "a")]).has(tuple(true, "a"))).toBe(true);
  });
});

describe("classes that a program allows", () => {
  test("are named by texts, not by what reads like one", () => {
    const globals = [pythonClass({ module: "7", name: "8" })];
    const named = (name: string) => () => readPickle(p4(name, "\x93)\x81"), { globals });
    expect(named("\x8c\x017\x8c\x018")()).toBeInstanceOf(PyObject);
    for (const name of ["K\x07\x8c\x018", "\x8c\x017K\x08", "K\x07K\x08"]) expect(named(name)).toThrow(DecodeError);
  });

  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  const options = { module: "m", name: "Point", class: Point, encode: ({ x }: Point) => ({ x }) };
  const written = writePickle(new Point(1), {
    globals: [pythonClass({ ...options, decode: ({ x }) => new Point(x) })],
  });

  test("are known to one reader and to no other", () => {
    expect(() => readPickle(written)).toThrow(DecodeError);
    expect(readPickle(written, { globals: [pythonClass({ module: "m", name: "Point" })] })).toBeInstanceOf(PyObject);
  });

  test("are given one state, before anything else holds the instance", () => {
    // Nothing freezes these: what was decoded could be given a field of any name.
    const globals = [pythonClass({ ...options, decode: ({ x }) => new Point(x) })];
    const instance = "cm\nPoint\n)\x81\x94";
    const state = "}\x8c\x01xK\x01sb";
    const built = (pickle: string) => () => readPickle(p4(pickle), { globals });
    expect(built(instance + state)()).toEqual(new Point(1));
    for (const [what, pickle] of [
      ["a second state", `${instance}${state}}\x8c\x01xK\x02sb`],
      ["a second state after None", `${instance}Nb${state}`],
      ["a state for what a tuple holds", `${instance}\x850h\x00${state}`],
      ["itself as state", `${instance}h\x00b`],
      ["a state that holds it", `${instance}}\x8c\x01xh\x00sb`],
      ["a state that holds it in a tuple", `${instance}h\x00\x85b`],
    ] as const) {
      expect(built(pickle), what).toThrow(DecodeError);
      expect(() => readPickle(p4(pickle), { globals: [pythonClass({ module: "m", name: "Point" })] }), what).toThrow(
        /after it was used|a second state/,
      );
    }
  });

  test("what their own code throws, or returns instead of an instance, is refused", () => {
    for (const decode of [
      () => null,
      () => ({}),
      () => [] as unknown,
      () => {
        throw new Error("no");
      },
      () => Object.create(null),
    ]) {
      expect(() =>
        readPickle(written, { globals: [pythonClass({ ...options, decode: decode as () => Point })] }),
      ).toThrow(DecodeError);
    }
    const throws = pythonClass({
      ...options,
      encode: (): { x: number } => {
        throw new Error("no");
      },
      decode: ({ x }) => new Point(x),
    });
    expect(() => writePickle([new Point(1)], { globals: [throws] })).toThrow(/\[0\].*no/);
  });

  test("made from arguments, which their class here would not see, are refused", () => {
    const globals = [pythonClass({ ...options, decode: ({ x }) => new Point(x) })];
    for (const make of ["K\x01\x85\x81", "K\x01\x85R"]) {
      expect(() => readPickle(p4(`cm\nPoint\n${make}}\x8c\x01xK\x01sb`), { globals })).toThrow(DecodeError);
    }
  });

  test("names that are taken, and mistakes, are a TypeError", () => {
    expect(() => readPickle(written, { globals: [pythonClass({ module: "decimal", name: "Decimal" })] })).toThrow(
      TypeError,
    );
    const twice = pythonClass({ module: "m", name: "P" });
    expect(() => readPickle(written, { globals: [twice, twice] })).toThrow(TypeError);
    expect(() => pythonClass({ module: "", name: "P" })).toThrow(TypeError);
    expect(() => pythonClass({ module: "a\nb", name: "P" })).toThrow(TypeError);
    expect(() => pythonClass({ module: 7 as never, name: "P" })).toThrow(/module must be Python's name/);
    for (const bad of [
      { encode: options.encode },
      { decode: () => new Point(1) },
      { class: Point },
      { class: Point, encode: options.encode },
      { class: Point, decode: () => new Point(1) },
      { class: {}, encode: options.encode, decode: () => new Point(1) },
    ]) {
      expect(() => pythonClass({ module: "m", name: "P", ...bad } as never)).toThrow(/encode and decode/);
    }
    expect(() => pythonEnum({ module: "m\n", name: "E", members: {} })).toThrow(/module must be Python's name/);
    expect(() => pythonEnum({ module: "m", name: "E", member: {} } as never)).toThrow(/did you mean "members"/);
    // By hand, not by ours.
    const byHand = { ...twice, module: "a\nb" };
    expect(() => readPickle(written, { globals: [byHand] })).toThrow(/module must be Python's name/);
    expect(() => pythonClass({ module: "m", name: "P", klass: 1 } as never)).toThrow(/did you mean "class"/);
    expect(() => readPickle(written, { global: [] } as never)).toThrow(TypeError);
    expect(() => readPickle("x" as never)).toThrow(TypeError);
  });

  test("an enum gives its members, by value and by name, and nothing else", () => {
    const Color = pythonEnum({ module: "m", name: "Color", members: { RED: 1, toString: 2 } });
    const globals = [Color];
    const { RED } = Color.members;
    expect(readPickle(writePickle([RED, RED], { globals }), { globals })).toEqual([RED, RED]);
    expect(readPickle(p4(global("m", "Color"), "\x88", op.TUPLE1, op.REDUCE), { globals })).toBe(RED);
    const named = (name: string) =>
      readPickle(p4(global("builtins", "getattr"), global("m", "Color"), text(name), op.TUPLE2, op.REDUCE), {
        globals,
      });
    expect(named("RED")).toBe(RED);
    for (const name of ["__class__", "constructor", "value", "BLUE"]) expect(() => named(name)).toThrow(DecodeError);
    expect(() => readPickle(p4(global("m", "Color"), "K\x07", op.TUPLE1, op.REDUCE), { globals })).toThrow(DecodeError);
    const other = pythonEnum({ module: "m", name: "Color", members: { RED: 1 } });
    expect(() => writePickle(other.members.RED, { globals })).toThrow(EncodeError);
  });
});

describe("what Python has no counterpart of is not written", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["a hole", [1, , 2]],
    ["a bigint that is a number in Python", 5n],
    ["a symbol", Symbol.for("a")],
    ["a symbol as key", { [Symbol.for("a")]: 1 }],
    ["a function", () => 1],
    ["a Map", new Map()],
    ["a Set", new Set()],
    ["a Date", new Date(0)],
    ["a RegExp", /a/],
    ["a URL", new URL("data:x")],
    ["an error", new Error("m")],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["a DataView", new DataView(new ArrayBuffer(1))],
    ["a Uint8ClampedArray", new Uint8ClampedArray(1)],
    ["a null-prototype object", Object.create(null)],
    ["an array with more", Object.assign([1], { more: 1 })],
    ["a Buffer with more", Object.assign(Buffer.of(1), { more: 1 })],
    [
      "an accessor",
      {
        get a() {
          return 1;
        },
      },
    ],
    ["an instance of some class", new (class A {})()],
    ["a look-alike of a set", Object.create(PySet.prototype)],
    [
      "a PyObject of a class that nobody allowed",
      new PyObject("os", "system", { via: "call", args: ["id"], state: undefined }),
    ],
  ])("%s", (_, value) => {
    for (const [wrapped, path] of [
      [value, ""],
      [{ a: [value] }, "a[0]"],
    ] as const) {
      let error: unknown;
      try {
        writePickle(wrapped);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(EncodeError);
      expect((error as EncodeError).path.startsWith(path)).toBe(true);
    }
  });

  test("a hole is called one", () => {
    expect(() => writePickle([1, , 2])).toThrow(/^cannot encode \[1\]: a hole,/);
  });

  test("a cycle", () => {
    const list: unknown[] = [];
    list.push([list]);
    expect(() => writePickle(list)).toThrow(/cycle/);
  });
});

test("the codec carries what its options say, and nothing as something else", () => {
  const [plain, exact] = [pickleCodec(), pickleCodec({ floats: "exact" })];
  const entry = "00".repeat(32);
  const three = Buffer.from("80044740080000000000002e", "hex");
  expect(plain.decode(three, { entry })).toBe(3);
  const float = exact.decode(three, { entry });
  expect(String(float)).toBe("3.0");
  expect(Buffer.from(exact.encode([float])).toString("hex")).toContain("474008000000000000");
  expect(() => plain.encode([float])).toThrow(EncodeError);
  expect([plain.id, plain.name]).toEqual([32, "pickle"]);
  expect(() => pickleCodec({ floats: "some" as never })).toThrow(TypeError);
});

test("classes check what they are made of", () => {
  const bad: (() => unknown)[] = [
    () => new NdArray("<f8", [2, 2], new Float64Array(3)),
    () => new NdArray("<f8", [4], new Float64Array(4)),
    () => new NdArray("<f16", [1, 1], new Uint8Array(16)),
    () => new NdArray("|O8", [1, 1], new Uint8Array(8)),
    () => new NdArray("<f8", [-1, -1], new Float64Array(1)),
    () => new NdArray("<f8", [0, 2 ** 60], new Float64Array(1)),
    () => new NdArray("<f8", [1, 1], new Float64Array(1), "A" as never),
    () => new NdArray("<f8", [2, 2], new Float64Array(4)).at(2, 0),
    () => new NdArray("<f8", [2, 2], new Float64Array(4)).at(0),
    () => new PyByteArray("a" as never),
  ];
  for (const make of bad) expect(make).toThrow(TypeError);
});
