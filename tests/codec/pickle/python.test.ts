/** What Python writes is read here, what is written here Python reads: the same value, of the same types. */
import { describe, expect, test } from "vitest";
import { digest } from "../../../src/digest/digest.ts";
import * as P from "../../../src/pickle.ts";
import { alike } from "../../digest/values.ts";
import { NEEDS_PYTHON, NUMPY, PYTHON, pickled, readAlike } from "./python.ts";

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
const Color = P.pythonEnum({ module: "model", name: "Color", members: { RED: 1, GREEN: "g" } });
const globals = [
  Color,
  P.pythonClass({
    module: "model",
    name: "Point",
    class: Point,
    encode: ({ x, y }) => ({ x, y }),
    decode: ({ x, y }: { x: number; y: number }) => new Point(x, y),
  }),
  P.pythonClass({ module: "model", name: "Frozen" }),
];
const frozen = (a: unknown) => new P.PyObject("model", "Frozen", { via: "new", args: [], state: { a } });
const zone = (seconds: number, name: string | null = null) =>
  new P.PyTimeZone(new P.PyTimeDelta(seconds < 0 ? -1 : 0, seconds < 0 ? 86400 + seconds : seconds), name);

/** Python expressions, and what they are here. */
export const VALUES: readonly (readonly [expression: string, value: unknown])[] = [
  ["None", null],
  ["True", true],
  ["False", false],
  ...[
    0,
    1,
    255,
    256,
    65535,
    65536,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -128,
    -129,
    -(2 ** 31),
    -(2 ** 31) - 1,
  ].map((n) => [String(n), n] as const),
  ["2**53", 2n ** 53n],
  ["-2**63", -(2n ** 63n)],
  ["2**63", 2n ** 63n],
  ["-2**2039", -(2n ** 2039n)],
  ["2**2039", 2n ** 2039n],
  ["10**1000", 10n ** 1000n],
  ["-10**1000", -(10n ** 1000n)],
  ["0.5", 0.5],
  ["-0.0", -0],
  ["1e300", 1e300],
  ["2.0**53", 2 ** 53],
  ["5e-324", 5e-324],
  ["float('inf')", Infinity],
  ["-float('inf')", -Infinity],
  ["float('nan')", Number.NaN],
  ["''", ""],
  ["'hello'", "hello"],
  ["'grüß \\U0001F600 \\\\ \\n \\0 \\x1a \\r'", "grüß 😀 \\ \n \0 \x1a \r"],
  ["'\\ud800'", "\ud800"],
  ["'a\\udc00b\\ud800\\xe9'", "a\udc00b\ud800é"],
  ["'\\\\u0041\\\\'", "\\u0041\\"],
  ["'x' * 300", "x".repeat(300)],
  ["'é' * 70000", "é".repeat(70000)],
  ["b''", Buffer.alloc(0)],
  ["b'\\x00\\xff'", Buffer.of(0, 255)],
  ["b'x' * 300", Buffer.alloc(300, "x")],
  ["b'x' * 70000", Buffer.alloc(70000, "x")],
  ["bytearray()", new P.PyByteArray(Buffer.alloc(0))],
  ["bytearray(b'a\\xff')", new P.PyByteArray(Buffer.of(97, 255))],
  ["[]", []],
  ["[1, 'a', None]", [1, "a", null]],
  ["list(range(1000))", Array.from({ length: 1000 }, (_, i) => i)],
  ["list(range(1001))", Array.from({ length: 1001 }, (_, i) => i)],
  ["()", P.tuple()],
  ["(1,)", P.tuple(1)],
  ["(1, 2)", P.tuple(1, 2)],
  ["(1, 2, 3)", P.tuple(1, 2, 3)],
  ["(1, 2, 3, (4, ()))", P.tuple(1, 2, 3, P.tuple(4, P.tuple()))],
  ["[(), ()]", [P.tuple(), P.tuple()]],
  ["{}", {}],
  ["{'a': 1}", { a: 1 }],
  ["{'b': 1, 'a': [2]}", { b: 1, a: [2] }],
  ["{'__proto__': {'x': 1}, 'constructor': 2}", JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')],
  [
    "{1: 'a', 'b': 2, None: 3}",
    P.dict([
      [1, "a"],
      ["b", 2],
      [null, 3],
    ]),
  ],
  [
    "{(1, 2): [3], 0.5: 1, b'x': 2, frozenset([1]): 3}",
    P.dict([
      [P.tuple(1, 2), [3]],
      [0.5, 1],
      [Buffer.from("x"), 2],
      [new P.PyFrozenSet([1]), 3],
    ]),
  ],
  ["{str(i): i for i in range(2500)}", Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [String(i), i]))],
  ["set()", new P.PySet()],
  ["{1}", new P.PySet([1])],
  ["frozenset()", new P.PyFrozenSet()],
  ["frozenset([('a', 1)])", new P.PyFrozenSet([P.tuple("a", 1)])],
  ["{frozenset([frozenset()])}", new P.PySet([new P.PyFrozenSet([new P.PyFrozenSet()])])],
  ["complex(1.5, -0.0)", new P.PyComplex(1.5, -0)],
  ["complex(3, float('inf'))", new P.PyComplex(3, Infinity)],
  ...[
    "0",
    "-0",
    "1.50",
    "1E+5",
    "-1.5E-10",
    "123456789012345678901234567890",
    "NaN",
    "sNaN",
    "-Infinity",
    "0E-8",
    "0.000001",
    "1E-7",
    "NaN123",
  ].map((text) => [`Decimal('${text}')`, new P.PyDecimal(text)] as const),
  ["Fraction(1, 3)", new P.PyFraction(1, 3)],
  ["Fraction(-7)", new P.PyFraction(-7)],
  ["Fraction(2**80, 3)", new P.PyFraction(2n ** 80n, 3)],
  ["date(1, 1, 1)", new P.PyDate(1, 1, 1)],
  ["date(9999, 12, 31)", new P.PyDate(9999, 12, 31)],
  ["time(1, 2, 3, 456789)", new P.PyTime(1, 2, 3, 456789)],
  ["time(23, fold=1, tzinfo=timezone.utc)", new P.PyTime(23, 0, 0, 0, { fold: 1, zone: zone(0) })],
  ["datetime.datetime(2026, 3, 1, 12, 30, 59, 999999)", new P.PyDateTime(2026, 3, 1, 12, 30, 59, 999999)],
  [
    "datetime.datetime(2026, 12, 1, 12, fold=1, tzinfo=timezone(timedelta(hours=-5), 'EST'))",
    new P.PyDateTime(2026, 12, 1, 12, 0, 0, 0, { fold: 1, zone: zone(-18000, "EST") }),
  ],
  ["timedelta(-1, 3, 5)", new P.PyTimeDelta(-1, 3, 5)],
  ["timezone.utc", zone(0)],
  ["timezone(timedelta(seconds=7200))", zone(7200)],
  ["OrderedDict()", new P.PyOrderedDict()],
  [
    "OrderedDict([('b', 1), ('2', 2), ('1', 3)])",
    new P.PyOrderedDict([
      ["b", 1],
      ["2", 2],
      ["1", 3],
    ]),
  ],
  ["OrderedDict([((1,), OrderedDict(a=1))])", new P.PyOrderedDict([[P.tuple(1), new P.PyOrderedDict([["a", 1]])]])],
  ["Color.RED", Color.members.RED],
  ["[Color.GREEN, Color.GREEN, Color.RED]", [Color.members.GREEN, Color.members.GREEN, Color.members.RED]],
  ["{Color.RED: 1}", P.dict([[Color.members.RED, 1]])],
  ["Point(1, 2.5)", new Point(1, 2.5)],
  ["[Point(1, 0.5), Point(2, 0.5)]", [new Point(1, 0.5), new Point(2, 0.5)]],
  ["Frozen((1, 'a'))", frozen(P.tuple(1, "a"))],
  ["Frozen(Frozen(None))", frozen(frozen(null))],
];

const NUMPY_VALUES: readonly (readonly [expression: string, value: unknown])[] = [
  ["np.array([1.5, 2.0])", Float64Array.of(1.5, 2)],
  ["np.array([], dtype='<i4')", new Int32Array(0)],
  ...(
    [
      ["i1", Int8Array.of(-1, 2)],
      ["u1", Uint8Array.of(255, 2)],
      ["i2", Int16Array.of(-1, 2)],
      ["u2", Uint16Array.of(65535, 2)],
      ["i4", Int32Array.of(-1, 2)],
      ["u4", Uint32Array.of(4294967295, 2)],
      ["f4", Float32Array.of(0.5, 2)],
    ] as const
  ).map(([dtype, array]) => [`np.array([${array.join()}], dtype='${dtype}')`, array] as const),
  ["np.array([-1, 2], dtype='i8')", BigInt64Array.of(-1n, 2n)],
  ["np.array([1, 2], dtype='u8')", BigUint64Array.of(1n, 2n)],
  ["np.arange(6.0).reshape(2, 3)", new P.NdArray("<f8", [2, 3], Float64Array.of(0, 1, 2, 3, 4, 5))],
  [
    "np.asfortranarray(np.arange(6.0).reshape(2, 3))",
    new P.NdArray("<f8", [2, 3], Float64Array.of(0, 3, 1, 4, 2, 5), "F"),
  ],
  [
    "np.arange(24, dtype='i2').reshape(2, 3, 4)",
    new P.NdArray(
      "<i2",
      [2, 3, 4],
      Int16Array.from({ length: 24 }, (_, i) => i),
    ),
  ],
  ["np.array(1.5)", new P.NdArray("<f8", [], Float64Array.of(1.5))],
  ["np.zeros((0, 3), dtype='u1')", new P.NdArray("|u1", [0, 3], new Uint8Array(0))],
  ["np.array([True, False])", new P.NdArray("|b1", [2], Uint8Array.of(1, 0))],
  ["np.array([1.5], dtype='>f8')", new P.NdArray(">f8", [1], Buffer.from("3ff8000000000000", "hex"))],
  ["np.array([1+2j])", new P.NdArray("<c16", [1], Float64Array.of(1, 2))],
  ["np.array(['ab', 'c'])", new P.NdArray("<U2", [2], Uint32Array.of(97, 98, 99, 0))],
  ["np.array([b'ab', b'c'])", new P.NdArray("|S2", [2], Buffer.from("abc\0"))],
  ["np.float64(1.5)", new P.NumpyScalar("<f8", Buffer.from("000000000000f83f", "hex"))],
  ["np.float64(2)", new P.NumpyScalar("<f8", Buffer.from("0000000000000040", "hex"))],
  ["np.int64(-1)", new P.NumpyScalar("<i8", Buffer.alloc(8, 255))],
  ["np.bool_(True)", new P.NumpyScalar("|b1", Buffer.of(1))],
  ["np.str_('ab')", new P.NumpyScalar("<U2", Buffer.from("6100000062000000", "hex"))],
  [
    "{'a': np.zeros(2), 'b': [np.ones(2), np.float32(0.5)]}",
    { a: new Float64Array(2), b: [Float64Array.of(1, 1), new P.NumpyScalar("<f4", Buffer.from("0000003f", "hex"))] },
  ],
];

const PROTOCOLS = [0, 1, 2, 3, 4, 5];
const rows = NUMPY ? [...VALUES, ...NUMPY_VALUES] : VALUES;
const prelude = NUMPY ? "import numpy as np" : "";
const shown = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

describe.skipIf(PYTHON === undefined)(`Python${NEEDS_PYTHON}`, () => {
  test("numpy is there, so that its rows are tested too", ({ skip }) => {
    if (!NUMPY) skip("no numpy here: rows of arrays and scalars are left out");
    expect(rows.length).toBe(VALUES.length + NUMPY_VALUES.length);
  });

  test(`writes ${rows.length} values in protocols 0 to 5, and each is read as what it is`, () => {
    const all = pickled(
      rows.map(([expression]) => expression),
      PROTOCOLS,
      prelude,
    );
    const wrong: string[] = [];
    rows.forEach(([expression, value], i) => {
      for (const [protocol, pickle] of all[i]!.entries()) {
        // Python itself loses the fold there.
        if (protocol < 4 && expression.includes("fold=1")) continue;
        try {
          const read = P.readPickle(pickle, { globals });
          if (!same(read, value))
            wrong.push(`${shown(expression)} (${protocol}): ${shown(JSON.stringify(read) ?? "")}`);
        } catch (error) {
          wrong.push(`${shown(expression)} (${protocol}): ${String(error)}`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  test("reads what is written here: the same value, of the same types", () => {
    const answers = readAlike(
      rows.map(([expression, value]) => [P.writePickle(value, { globals }), expression] as const),
      prelude,
    );
    expect(answers.flatMap((answer, i) => (answer === true ? [] : [`${shown(rows[i]![0])}: ${answer}`]))).toEqual([]);
  });

  test("writes the same bytes, where the value is not numpy's", () => {
    // Texts and bytes of one character, and equal constants, are one object there.
    const all = pickled(
      VALUES.map(([expression]) => expression),
      [4],
    );
    const different = VALUES.flatMap(([expression, value], i) =>
      all[i]![0]!.equals(P.writePickle(value, { globals })) ? [] : [shown(expression)],
    );
    expect(different).toEqual([]);
  });
});

/** Equal, of one type, with one digest where there is one. */
function same(read: unknown, value: unknown): boolean {
  if (read instanceof Point) return value instanceof Point && read.x === value.x && read.y === value.y;
  if (Array.isArray(read) && read[0] instanceof Point)
    return Array.isArray(value) && read.every((point, i) => same(point, value[i]));
  return alike(read, value) && digest(read) === digest(value);
}
