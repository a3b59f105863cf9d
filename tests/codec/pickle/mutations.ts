/** Pickles that nobody wrote: valid ones with bytes changed, joined and cut, and opcodes at random. */
import {
  dict,
  NdArray,
  PyByteArray,
  PyComplex,
  PyDate,
  PyDateTime,
  PyDecimal,
  PyFraction,
  PyFrozenSet,
  PyOrderedDict,
  PySet,
  PyTime,
  PyTimeDelta,
  PyTimeZone,
  tuple,
  writePickle,
} from "../../../src/pickle.ts";

/** How many there are in the slow test. */
export const MUTATIONS: number = Number(process.env.FLECHE_TEST_MUTATIONS ?? 1_000_000);

const zone = new PyTimeZone(new PyTimeDelta(0, 3600), "CET");
const VALUES: readonly unknown[] = [
  null,
  [1, 256, 65536, -1, 2n ** 70n, 0.5, true, "a", Buffer.from("bytes")],
  { a: { b: { c: [tuple(), tuple(1), tuple(1, 2, 3, 4)] } }, __proto_: "x" },
  dict([
    [1, "a"],
    [tuple(1, 2), "b"],
    [0.5, null],
    [new PyDecimal("1.5"), 1],
    [new PyFraction(1, 3), 2],
  ]),
  new PySet([1, "a", new PyFrozenSet([1, tuple(2)])]),
  new PyOrderedDict([
    ["b", 1],
    ["a", [2]],
  ]),
  [new PyDecimal("1E+5"), new PyFraction(1, 3), new PyComplex(1, 2), new PyByteArray(Buffer.from("ab"))],
  [new PyDate(2026, 1, 2), new PyTime(1, 2, 3, 4, { zone }), new PyDateTime(2026, 1, 2, 3, 4, 5, 6, { zone, fold: 1 })],
  [
    Float64Array.of(1, 2),
    new NdArray("<f8", [2, 2], Float64Array.of(1, 2, 3, 4), "F"),
    new NdArray("<U2", [1], Uint32Array.of(97, 98)),
  ],
  ["grüß", "\ud800", "x".repeat(300), "__proto__", "constructor"],
];

const WRITTEN_BY_HAND: readonly string[] = [
  "(lp0\nI1\naV\\u00fc\np1\na(dp2\nS'a'\nF1.5\nsa.",
  "(lq\x00cbuiltins\nset\n(]K\x01atRac_codecs\nencode\n(X\x01\x00\x00\x00aX\x06\x00\x00\x00latin1tRa.",
  "\x80\x05\x96\x02\x00\x00\x00\x00\x00\x00\x00ab\x94h\x00\x86.",
];

/** Opcodes that all do something, with arguments that often fit. */
const PIECES: readonly string[] = [
  ..."(.012NRabdelostu)}]\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94",
  "K\x01",
  "K\x00",
  "J\xff\xff\xff\xff",
  "M\x00\x01",
  "h\x00",
  "h\x01",
  "q\x00",
  "q\x01",
  "r\x01\x00\x00\x00",
  "j\x00\x00\x00\x00",
  "\x8c\x01a",
  "\x8c\x09__proto__",
  "X\x01\x00\x00\x00b",
  "C\x01a",
  "U\x01a",
  "I1\n",
  "I01\n",
  "L5L\n",
  "F0.5\n",
  "V\\u0041\n",
  "S'a'\n",
  "G\x7f\xf8\x00\x00\x00\x00\x00\x00",
  "G\x3f\xf0\x00\x00\x00\x00\x00\x00",
  "\x8a\x01\xff",
  "g0\n",
  "p0\n",
  "\x80\x04",
  "cbuiltins\nset\n",
  "cbuiltins\nfrozenset\n",
  "ccollections\nOrderedDict\n",
  "cdecimal\nDecimal\n",
  "cfractions\nFraction\n",
  "cdatetime\ndate\n",
  "cdatetime\ntimedelta\n",
  "cdatetime\ntimezone\n",
  "cbuiltins\nbytearray\n",
  "cbuiltins\ncomplex\n",
  "cnumpy\ndtype\n",
  "cnumpy\nndarray\n",
  "cnumpy.core.multiarray\n_reconstruct\n",
  "cnumpy.core.multiarray\nscalar\n",
  "c_codecs\nencode\n",
  "ccopyreg\n_reconstructor\n",
  "cbuiltins\nobject\n",
  "cbuiltins\ngetattr\n",
  "cos\nsystem\n",
  "ios\nsystem\n",
  "Pid\n",
  "Q",
  "\x82\x01",
  "\x97",
  "\x98",
  "\x95\x02\x00\x00\x00\x00\x00\x00\x00",
];

/** Numbers that look random and can be had again: a linear congruence of 32 bits. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutate(body: Buffer, other: Buffer, next: (below: number) => number): Buffer {
  const at = next(body.length + 1);
  const piece = Buffer.from(PIECES[next(PIECES.length)] as string, "latin1");
  switch (next(6)) {
    case 0:
    case 1: {
      const copy = Buffer.from(body);
      if (at < copy.length) copy[at] = next(2) === 0 ? next(256) : (copy[at] as number) ^ (1 << next(8));
      return copy;
    }
    case 2:
      return Buffer.concat([body.subarray(0, at), piece, body.subarray(at)]);
    case 3:
      return Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + next(4))]);
    case 4:
      return Buffer.concat([body.subarray(0, at), piece, body.subarray(at + piece.length)]);
    default:
      return Buffer.concat([body.subarray(0, at), other.subarray(next(other.length + 1))]);
  }
}

/** So many of them, the same for the same seed. Half of what is altered has no frames, which would mostly be refused. */
export function* mutatedPickles(seed: number, count: number): Generator<Buffer> {
  const next = numbers(seed);
  const framed = VALUES.map((value) => writePickle(value));
  const bodies = [
    ...framed,
    ...framed.map((body) => (body[2] === 0x95 ? Buffer.concat([body.subarray(0, 2), body.subarray(11)]) : body)),
    ...WRITTEN_BY_HAND.map((text) => Buffer.from(text, "latin1")),
  ];
  const any = (): Buffer => bodies[next(bodies.length)] as Buffer;
  for (let i = 0; i < count; i++) {
    if (next(3) === 0) {
      const pieces = Array.from({ length: 1 + next(30) }, () => PIECES[next(PIECES.length)] as string);
      yield Buffer.from(`${pieces.join("")}.`, "latin1");
    } else {
      let body = mutate(any(), any(), next);
      if (next(3) === 0) body = mutate(body, any(), next);
      yield body;
    }
  }
}
