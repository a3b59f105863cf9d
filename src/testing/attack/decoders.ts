/** Hostile bodies under valid signatures, where only the decoder protects us; and values that are easy to get wrong. */
import { serialize } from "node:v8";
import { type Attack, type AttackCase, inGroup } from "./case.ts";
import { resigned, sealedAs } from "./scene.ts";

const NO_PARTS = Buffer.alloc(4);

/** A body of codec 1 or 3, behind its empty list of parts. */
function body(contents: string | Uint8Array): Buffer {
  return Buffer.concat([NO_PARTS, typeof contents === "string" ? Buffer.from(contents) : contents]);
}

const V8_VERSION = serialize(null)[1] as number;

/** V8's header and then these bytes. */
function v8(hex: string, version = V8_VERSION): Buffer {
  return body(Buffer.concat([Buffer.of(0xff, version), Buffer.from(hex, "hex")]));
}

/** `{ a: 1 }` as V8 writes it. */
const OBJECT = "6f22016149027b01";

function nested(open: string, middle: string, close: string, depth: number): string {
  return open.repeat(depth) + middle + close.repeat(depth);
}

/** Bodies, each signed by a trusted key for the name of `a`, that must be refused as no value. */
const REFUSED: readonly (readonly [row: number, title: string, codec: number, body: () => Uint8Array])[] = [
  [79, "V8 data of a version to come", 3, () => v8(OBJECT, V8_VERSION + 1)],
  [79, "V8 data of version 255", 3, () => v8(OBJECT, 255)],
  [79, "V8 data without its header", 3, () => body(Buffer.from(OBJECT, "hex"))],
  [79, "V8 data that is cut", 3, () => v8(OBJECT.slice(0, -2))],
  [79, "V8 data with a byte behind it", 3, () => v8(`${OBJECT}00`)],
  [79, "a second value behind the first", 3, () => v8(OBJECT + OBJECT)],
  [81, "a prototype set by a record", 3, () => body(serialize({ $fleche: ["dict", "__proto__"] }))],
  ...[1001, 1_000_000].flatMap((depth): (readonly [number, string, number, () => Uint8Array])[] => [
    [82, `${depth} arrays in each other as JSON`, 1, () => body(nested("[", "", "]", depth))],
    [82, `${depth} arrays in each other as V8 data`, 3, () => v8(nested("4101", "30", "240001", depth))],
    [82, `${depth} objects in each other as V8 data`, 3, () => v8(nested("6f220161", "30", "7b01", depth))],
  ]),
  [82, "1001 objects in each other as JSON", 1, () => body(nested('{"a":', "1", "}", 1001))],
  [84, "15 bytes for an array of length 4,294,967,295", 3, () => v8("61ffffffff0f4000ffffffff0f")],
  [84, "a dense array of length 4,294,967,295", 3, () => v8("41ffffffff0f")],
  [84, "a text of 4 GiB", 3, () => v8("22ffffffff0f61")],
  [84, "a buffer of 4 GiB", 3, () => v8("42ffffffff0f00")],
  [84, "a million holes too many", 3, () => v8("6181808004400081808004")],
  [85, "a resizable buffer that declares 1 TiB", 3, () => v8("7e0880808080802000000000000000000000")],
  [85, "a record of a buffer smaller than what it holds", 3, () => body(serialize({ $fleche: ["ArrayBuffer", 8, 4] }))],
  [81, "an unknown record", 3, () => body(serialize({ $fleche: ["constructor"] }))],
  [81, "a record named as what every object has", 3, () => body(serialize({ $fleche: ["__proto__", 1] }))],
  [81, "a record and more", 3, () => body(serialize({ $fleche: ["dict"], more: 1 }))],
  [81, "a record that is no array", 3, () => body(serialize({ $fleche: "dict" }))],
  [81, "an error of no known class", 3, () => body(serialize({ $fleche: ["Error", "Object", [], []] }))],
  [81, "an instance of a class that nobody registered", 3, () => body(serialize({ $fleche: ["object", "nobody", 1] }))],
  [86, "a regular expression as V8 writes it, without its lastIndex", 3, () => body(serialize(/^(a+)+$/))],
  [86, "a regular expression that does not compile", 3, () => body(serialize({ $fleche: ["RegExp", "(", "", 0] }))],
  [87, "JSON with a byte that is no UTF-8", 1, () => body(Buffer.from([0x22, 0xff, 0x22]))],
  [87, "JSON that says −0", 1, () => body("[-0]")],
  [87, "JSON of a number beyond all numbers", 1, () => body("1e999")],
  [87, "JSON behind a byte-order mark", 1, () => body("\ufeff[1]")],
  [87, "no JSON", 1, () => body("{'a': 1}")],
  [87, "two JSON texts", 1, () => body("1 2")],
  [87, "a body without its list of parts", 1, () => Buffer.from("[1]")],
  [87, "a body shorter than a list of parts", 3, () => Buffer.of(0, 0, 0)],
  [87, "a list of parts that are not there", 1, () => Buffer.concat([Buffer.of(0, 0, 0, 1), Buffer.from("[1]")])],
  [87, "a list of 4,294,967,295 parts", 3, () => Buffer.concat([Buffer.alloc(4, 0xff), serialize(1)])],
  [90, "the bytes of another Buffer", 2, () => Buffer.from("another")],
];

const REFUSALS: readonly Attack[] = REFUSED.map(([row, title, codec, bytes]) => ({
  row,
  title: `${title}, validly signed`,
  alter: ({ a }) => sealedAs(a, { codec, body: bytes() }),
  expect: "decode-failed",
}));

const CODEC_IDS = { json: 1, bytes: 2, structured: 3 } as const;
type CodecName = keyof typeof CODEC_IDS;
const NAMES = Object.keys(CODEC_IDS) as CodecName[];
const TEXT = Buffer.from("some text");

/** A valid entry whose header says another codec. */
const RELABELLED: readonly Attack[] = NAMES.flatMap((codec) =>
  NAMES.filter((other) => other !== codec).map(
    (other): Attack => ({
      row: 90,
      title: `an entry of codec ${codec} relabelled ${other}, validly signed`,
      writer: { codec },
      ...(codec === "bytes" ? { values: [TEXT, Buffer.from("SOME TEXT")] } : {}),
      alter: ({ a }) => resigned(a.bytes, { codec: CODEC_IDS[other] }),
      expect: "decode-failed",
    }),
  ),
);

/** JSON is written whole: a part that is named and read would be of no use to anybody honest. */
const JSON_WITH_PARTS: Attack = {
  row: 87,
  title: "JSON that names a part that is there, validly signed",
  writer: { codec: "json" },
  alter: ({ a, b }) => {
    const list = Buffer.concat([Buffer.of(0, 0, 0, 1), Buffer.from(b.name, "hex")]);
    return sealedAs(a, { codec: 1, body: Buffer.concat([list, a.body.subarray(NO_PARTS.length)]) });
  },
  expect: "decode-failed",
};

function sparse(): unknown[] {
  const list: unknown[] = [1];
  list[1000] = undefined;
  list.length = 5000;
  return list;
}

function expression(): RegExp {
  const regexp = /^(a+)+$/gy;
  regexp.lastIndex = 3;
  return regexp;
}

/** Values that come back equal, or not at all. */
const KEPT: readonly (readonly [row: number, title: string, codec: CodecName, value: unknown])[] = [
  [81, "an own property named __proto__", "json", JSON.parse('{"__proto__":{"x":1}}')],
  [81, "an own property named __proto__", "structured", JSON.parse('{"__proto__":{"x":1}}')],
  [81, "properties named constructor and prototype", "json", { constructor: { prototype: { x: 1 } } }],
  [81, "properties named constructor and prototype", "structured", { constructor: { prototype: { x: 1 } } }],
  [81, "a key that marks records", "structured", { $fleche: ["dict"] }],
  [82, "1,000 arrays in each other", "json", JSON.parse(nested("[", "", "]", 1000))],
  [82, "1,000 arrays in each other", "structured", JSON.parse(nested("[", "", "]", 1000))],
  [85, "a resizable buffer", "structured", new Map([["buffer", new ArrayBuffer(8)]])],
  [86, "a regular expression that never ends", "structured", expression()],
  [87, "a bigint of 300,000 digits", "structured", (1n << 1_000_000n) - 1n],
  [87, "a date that is none", "structured", new Date(Number.NaN)],
  [87, "−0, NaN and infinities", "structured", [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  [87, "lone surrogates", "structured", ["\ud800", "\udc00\ud800", { "\udfff": 1 }]],
  [87, "lone surrogates", "json", ["\ud800", "\udc00\ud800", { "\udfff": 1 }]],
  [87, "a sparse array", "structured", sparse()],
  [90, "a Buffer", "bytes", TEXT],
  [90, "an empty Buffer", "bytes", Buffer.alloc(0)],
];

const SERVED: readonly Attack[] = [
  ...KEPT.map(
    ([row, title, codec, value]): Attack => ({
      row,
      title: `${title}, with codec ${codec}`,
      writer: { codec },
      values: [value, codec === "bytes" ? Buffer.from("b") : "b"],
      expect: "served",
    }),
  ),
  {
    row: 79,
    title: "V8 data of an older version",
    values: [{ a: 1 }, 2],
    alter: ({ a }) => sealedAs(a, { body: v8(OBJECT, 13) }),
    expect: "served",
  },
  {
    row: 124,
    title: "a compressed entry, left alone",
    writer: { compress: true },
    values: [{ text: "a".repeat(5000) }, "b"],
    expect: "served",
  },
];

export const DECODERS: readonly AttackCase[] = inGroup("decoders", [
  ...REFUSALS,
  JSON_WITH_PARTS,
  ...RELABELLED,
  ...SERVED,
]);
