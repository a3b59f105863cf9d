import { DefaultSerializer } from "node:v8";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesCodec } from "../../src/codec/bytes.ts";
import type { Codec } from "../../src/codec/codec.ts";
import { compress, decompress } from "../../src/codec/compression.ts";
import { jsonCodec } from "../../src/codec/json.ts";
import { structuredCodec } from "../../src/codec/structured/structured.ts";
import { digest } from "../../src/digest/digest.ts";
import { register } from "../../src/digest/registry.ts";
import { tuple } from "../../src/digest/shapes.ts";
import { DecodeError } from "../../src/errors.ts";
import { anyValue, EVERY_KIND, Point, resizable } from "../digest/values.ts";

const entry = "00".repeat(32);
const NO_PARTS = Buffer.alloc(4);

/** A body as somebody else might write it: V8's format of a tree that our writer would not make. */
function v8Body(tree: unknown): Buffer {
  const serializer = new DefaultSerializer();
  serializer.writeHeader();
  serializer.writeValue(tree);
  return Buffer.concat([NO_PARTS, serializer.releaseBuffer()]);
}

function v8Bytes(...bytes: number[]): Buffer {
  return Buffer.from([0, 0, 0, 0, 0xff, 0x0f, ...bytes]);
}

const decode = (body: Uint8Array): unknown => structuredCodec.decode(body, { entry });

/** The refusal; fails where something came back. */
function refusal(codec: Codec, body: Uint8Array): DecodeError {
  let value: unknown;
  try {
    value = codec.decode(body, { entry });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    expect(error.code).toBe("undecodable");
    return error;
  }
  throw new Error(`gave ${typeof value}`);
}

const record = (name: unknown, ...fields: unknown[]): unknown => ({ $fleche: [name, ...fields] });

describe("structured is given what its writer never wrote", () => {
  test.each<[string, unknown]>([
    ["V8's own error", new Error("m")],
    ["V8's own regular expression", /a/g],
    ["a boxed number", Object(1)],
    ["a boxed text", [Object("a")]],
    ["a boxed bigint", Object(1n)],
    ["a record that is no array", { $fleche: { 0: "URL" } }],
    ["a record that is empty", { $fleche: [] }],
    ["a record without a name", { $fleche: [1, 2] }],
    ["an unknown record", record("nothing")],
    ["a record named like an inherited property", record("constructor", 1)],
    ["a record named __proto__", record("__proto__", 1)],
    ["a record beside other keys", { $fleche: ["Symbol", "a"], more: 1 }],
    ["a dict with an odd field", record("dict", "a")],
    ["a dict with a key that is no key", record("dict", 1, 2)],
    ["a dict with a key twice", record("dict", "a", 1, "a", 2)],
    ["a null-prototype object with a key twice", record("null-prototype", "a", 1, "a", 2)],
    ["pairs with an odd field", record("pairs", 1)],
    ["pairs that a plain object would hold", record("pairs", "a", 1)],
    ["pairs of nothing", record("pairs")],
    ["pairs with one key twice", record("pairs", null, 3n, null, true)],
    ["pairs with two keys that are equal", record("pairs", record("tuple", 1, "a"), 1, record("tuple", 1, "a"), 2)],
    ["an error of an unknown class", record("Error", "Array", [], [])],
    ["an error of an inherited class", record("Error", "toString", [], [])],
    ["an error with a hidden field of another name", record("Error", "Error", ["oame", 1], [])],
    ["a resizable buffer outside a record", resizable(Uint8Array.of(1), 8)],
    ["an error with a field too many", record("Error", "Error", [], [], 1)],
    ["an error with a field too few", record("Error", "Error", [])],
    ["an error with a key and no value", record("Error", "Error", ["message"], [])],
    ["an error with a key that is no key", record("Error", "Error", [1, 2], [])],
    ["an error with a visible key that is no key", record("Error", "Error", [], [1, 2])],
    ["an error with a visible key that reads like one", record("Error", "Error", [], [["a"], 2])],
    ["a part, and nobody who has parts", record("part", Buffer.alloc(32))],
    ["an error whose fields are no array", record("Error", "Error", { 0: "message" }, [])],
    ["a regular expression that does not compile", record("RegExp", "(", "", 0)],
    ["a regular expression with wrong flags", record("RegExp", "a", "gg", 0)],
    ["a regular expression without a place", record("RegExp", "a", "g")],
    ["a regular expression whose place is a text", record("RegExp", "a", "g", "1")],
    ["a regular expression whose place is an object", record("RegExp", "a", "g", { a: 1 })],
    ["a URL that is none", record("URL", "no url")],
    ["a URL in another form", record("URL", "HTTP://a.example")],
    ["a URL that is no text", record("URL", 1)],
    ["a symbol that is no text", record("Symbol", 1)],
    ["a symbol with a field too many", record("Symbol", "a", "b")],
    ["a resizable buffer that cannot grow to what it is", record("ArrayBuffer", Buffer.from([1, 2]), 1)],
    ["a resizable buffer whose size is a text", record("ArrayBuffer", Buffer.from([1]), "8")],
    ["a resizable buffer of no size", record("ArrayBuffer", Buffer.from([1]), -1)],
    ["a resizable buffer of an impossible size", record("ArrayBuffer", Buffer.from([1]), 2 ** 53)],
    ["a resizable buffer of other bytes", record("ArrayBuffer", new Uint16Array(1), 8)],
    ["a Float16Array of an odd number of bytes", record("Float16Array", Buffer.from([1, 2, 3]))],
    ["an instance of a class that is not registered", record("object", "nobody.knows", 1)],
    ["an instance without what it is made of", record("object", "test.Point")],
    ["an instance whose decode throws", record("object", "test.Point", null)],
    ["an array with an extra field", Object.assign([1, 2], { extra: 1 })],
    ["a sparse array with an extra field", Object.assign(new Array(9), { 3: 1, extra: 1 })],
    [
      "a cycle",
      (() => {
        const a: unknown[] = [];
        a.push({ a });
        return a;
      })(),
    ],
    [
      "a cycle through a record",
      (() => {
        const fields: unknown[] = ["tuple"];
        const a = { $fleche: fields };
        fields.push(a);
        return a;
      })(),
    ],
    [
      "a cycle through the fields of a record",
      (() => {
        const fields: unknown[] = ["tuple"];
        fields.push(fields);
        return { $fleche: fields };
      })(),
    ],
    [
      "a Map whose keys become one symbol",
      new Map([
        [record("Symbol", "a"), 1],
        [record("Symbol", "a"), 2],
      ]),
    ],
    ["a Set whose members become one symbol", new Set([record("Symbol", "a"), record("Symbol", "a")])],
    ["a record deep inside", { a: [new Map([[1, { b: record("nothing") }]])] }],
    ["a record as the name of a record", record(record("Symbol", "a"))],
  ])("%s", (_, tree) => {
    refusal(structuredCodec, v8Body(tree));
    refusal(structuredCodec, v8Body([{ tree }]));
  });

  test("the error says where, in a bounded text", () => {
    expect(refusal(structuredCodec, v8Body({ a: [new Map([[1, { b: record("nothing") }]])] })).message).toContain(
      "a[0].<value 0>.b",
    );
    expect(refusal(structuredCodec, v8Body(record("x".repeat(1e6)))).message.length).toBeLessThan(300);
    expect(refusal(structuredCodec, v8Body(record("object", "x".repeat(1e6), 1))).message.length).toBeLessThan(300);
    expect(refusal(structuredCodec, v8Body(record("python", "x".repeat(1e6), 1))).message.length).toBeLessThan(300);
  });

  test("decode of a class is not asked about what is not there", () => {
    class Anything {}
    register(Anything, { name: "hostile.Anything", encode: () => undefined, decode: () => new Anything() });
    expect(decode(v8Body(record("object", "hostile.Anything", undefined)))).toBeInstanceOf(Anything);
    refusal(structuredCodec, v8Body(record("object", "hostile.Anything")));
    refusal(structuredCodec, v8Body(record("object", "hostile.Anything", 1, 2)));
  });

  test("a record with more fields than its body has bytes is refused", () => {
    for (const name of ["tuple", "dict", "pairs", "Error"]) {
      refusal(structuredCodec, v8Body({ $fleche: Object.assign(new Array(1000), { 0: name }) }));
    }
  });

  test("decode of a class that returns something else is refused", () => {
    class Liar {}
    for (const [i, lie] of [1, {}, null, new Point(1, 2), new Proxy(new Liar(), {}), undefined].entries()) {
      const Class = class {};
      register(Class, { name: `hostile.Liar${i}`, encode: () => 1, decode: () => lie as object });
      refusal(structuredCodec, v8Body(record("object", `hostile.Liar${i}`, 1)));
    }
  });

  test("lengths that nothing backs are refused at once: arrays, dense and sparse, texts, buffers, maps", () => {
    const max = [0xff, 0xff, 0xff, 0xff, 0x0f];
    const bodies: Record<string, Buffer> = {
      "a sparse array of 2^32 − 1": v8Bytes(0x61, ...max, 0x40, 0x00, ...max),
      "a dense array of 2^32 − 1": v8Bytes(0x41, ...max, 0x24, 0x00, ...max),
      "a one-byte text of 4 GiB": v8Bytes(0x22, ...max),
      "a two-byte text of 4 GiB": v8Bytes(0x63, ...max),
      "an ArrayBuffer of 4 GiB": v8Bytes(0x42, ...max),
      "a resizable buffer of 1 TiB, with nothing in it": v8Bytes(0x7e, 0x00, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20),
      "a bigint of a gigabyte": v8Bytes(0x5a, 0xfe, 0xff, 0xff, 0xff, 0x07),
      "a typed array of 4 GiB": v8Bytes(0x5c, 0x01, ...max),
      "an unknown typed array": v8Bytes(0x5c, 0x63, 0x00),
      "a reference to nothing": v8Bytes(0x5e, 0x05),
      "a record with 2^32 − 1 holes for fields": v8Bytes(
        ...[0x6f, 0x22, 7, ...Buffer.from("$fleche"), 0x61, ...max, 0x40, 0x00, ...max, 0x7b, 0x01],
      ),
    };
    for (const [name, body] of Object.entries(bodies)) {
      expect(body.length).toBeLessThan(64);
      expect(refusal(structuredCodec, body), name).toBeInstanceOf(DecodeError);
    }
  });

  test("a resizable buffer of 1 TiB in a record is harmless or refused", () => {
    const before = process.memoryUsage().rss;
    try {
      expect((decode(v8Body(record("ArrayBuffer", Buffer.from([1]), 2 ** 40))) as ArrayBuffer).byteLength).toBe(1);
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  test("holes beyond the limit are refused, those within come back", () => {
    expect(digest(decode(v8Body(new Array(2 ** 20))))).toBe(digest(new Array(2 ** 20)));
    refusal(structuredCodec, v8Body(new Array(2 ** 20 + 1)));
    refusal(structuredCodec, v8Body([new Array(2 ** 20), [, 1]]));
  });

  test("a thousand and one levels are refused, a million without an overflow", () => {
    const arrays = (levels: number): Buffer => {
      // Dense arrays of one element each, written by hand: V8's own writer would overflow.
      const open = Buffer.alloc(levels * 2, Buffer.from([0x41, 0x01]));
      const close = Buffer.alloc(levels * 3, Buffer.from([0x24, 0x00, 0x01]));
      return Buffer.concat([v8Bytes(), open, Buffer.from([0x5f]), close]);
    };
    expect(decode(arrays(1))).toEqual([undefined]);
    expect(digest(decode(arrays(1000)))).toMatch(/^[0-9a-f]{64}$/);
    refusal(structuredCodec, arrays(1001));
    refusal(structuredCodec, arrays(1e6));
    let records: unknown = 0;
    for (let i = 0; i < 1001; i++) records = record("tuple", records);
    refusal(structuredCodec, v8Body(records));
  });

  test("an older version of V8's format is read, a newer one refused", () => {
    const version = (byte: number): Buffer => {
      const body = Buffer.from(structuredCodec.encode({ a: [1, "two"] }));
      body[5] = byte;
      return body;
    };
    expect(decode(version(0x0d))).toEqual({ a: [1, "two"] });
    expect(decode(version(0x0e))).toEqual({ a: [1, "two"] });
    for (const byte of [0x10, 0x11, 0x7f]) refusal(structuredCodec, version(byte));
  });

  test("bytes behind the value, before it, or cut off are refused", () => {
    for (const [, make] of EVERY_KIND) {
      const body = Buffer.from(structuredCodec.encode(make()));
      refusal(structuredCodec, Buffer.concat([body, Buffer.alloc(1)]));
      refusal(structuredCodec, Buffer.concat([body, body]));
      refusal(structuredCodec, Buffer.concat([Buffer.alloc(1), body]));
      for (const length of [0, 3, 4, 5, 6, body.length - 1]) {
        if (length < body.length) refusal(structuredCodec, Buffer.from(body.subarray(0, length)));
      }
    }
  });

  test("a list of parts that is cut is refused", () => {
    const body = Buffer.from(structuredCodec.encode(1));
    body[3] = 1;
    refusal(structuredCodec, body);
    refusal(structuredCodec, Buffer.concat([Buffer.of(255, 255, 255, 255), body.subarray(4)]));
    refusal(jsonCodec, Buffer.from("\0\0\0\x01[1]"));
  });

  test("the body may begin at any offset of its memory", () => {
    for (const [name, make] of EVERY_KIND) {
      const body = structuredCodec.encode(make());
      for (let offset = 0; offset < 9; offset++) {
        const home = Buffer.alloc(body.length + offset + 3, 0xff);
        home.set(body, offset);
        expect([name, digest(decode(home.subarray(offset, offset + body.length)))]).toEqual([name, digest(make())]);
      }
    }
  });

  test("what was decoded shares no memory with the body", () => {
    const value = [
      Buffer.alloc(100, 1),
      new Float64Array(50),
      new DataView(new ArrayBuffer(8)),
      new ArrayBuffer(16),
      tuple(new Uint8Array(9)),
    ];
    const body = Buffer.from(structuredCodec.encode(value));
    const back = decode(body);
    const hex = digest(back);
    body.fill(0xff);
    expect(digest(back)).toBe(hex);
  });
});

describe("json is given what its writer never wrote", () => {
  const json = (text: string | Buffer): Buffer => Buffer.concat([NO_PARTS, Buffer.from(text as string)]);

  test.each([
    ["nothing", ""],
    ["no JSON", "undefined"],
    ["a comma too many", "[1,]"],
    ["text behind the value", "1 2"],
    ["minus zero", "-0"],
    ["minus zero inside", '{"a":[-0.0]}'],
    ["a number too large", "1e999"],
    ["a byte order mark", "\ufeff1"],
    ["a comment", "1//"],
    ["single quotes", "'a'"],
  ])("%s", (_, text) => {
    refusal(jsonCodec, json(text));
  });

  test("bytes that are no UTF-8 are refused, not replaced", () => {
    for (const hex of ["22ff22", "22c080 22", "22eda08022", "22f4908080 22"]) {
      refusal(jsonCodec, Buffer.concat([NO_PARTS, Buffer.from(hex.replace(" ", ""), "hex")]));
    }
  });

  test("too many levels are refused", () => {
    expect(jsonCodec.decode(json(`${"[".repeat(1000)}${"]".repeat(1000)}`), { entry })).toBeInstanceOf(Array);
    for (const levels of [1001, 1e6]) {
      refusal(jsonCodec, json(`${"[".repeat(levels)}${"]".repeat(levels)}`));
      refusal(jsonCodec, json(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`));
    }
  });

  test("__proto__ is a key like any other", () => {
    const value = jsonCodec.decode(json('{"__proto__":{"x":1}}'), { entry }) as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe("random and altered bytes only ever fail with our error", () => {
  const codecs: readonly Codec[] = [structuredCodec, jsonCodec, bytesCodec];

  /** Whether it came back; anything thrown that is not ours fails the test. */
  function comesBack(codec: Codec, body: Uint8Array): boolean {
    try {
      codec.decode(body, { entry });
      return true;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return false;
    }
  }

  test("random bytes, alone and behind good beginnings", () => {
    const starts = [
      "",
      "00000000",
      "00000000ff0f",
      "00000000ff0d",
      "00000000ff0f6f",
      "00000000ff0f4101",
      `00000000ff0f6f2207${Buffer.from("$fleche").toString("hex")}`,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 60 }), (start, bytes) => {
        const body = Buffer.concat([Buffer.from(start, "hex"), bytes]);
        for (const codec of codecs) comesBack(codec, Buffer.from(body));
      }),
      { numRuns: 5000 },
    );
  });

  test("bodies of values with bits flipped, bytes put in, taken out, and pieces of other bodies", () => {
    const change = fc.tuple(fc.nat(), fc.nat(7), fc.nat(3), fc.uint8Array({ minLength: 1, maxLength: 6 }));
    fc.assert(
      fc.property(anyValue, anyValue, fc.array(change, { minLength: 1, maxLength: 4 }), (value, other, changes) => {
        let body: Buffer = Buffer.from(structuredCodec.encode(value));
        const spare = Buffer.from(structuredCodec.encode(other));
        for (const [at, bit, how, bytes] of changes) {
          const place = at % (body.length + 1);
          const [before, after] = [body.subarray(0, place), body.subarray(place)];
          if (how === 0 && place < body.length) body[place] = (body[place] as number) ^ (1 << bit);
          else if (how === 1) body = Buffer.concat([before, bytes, after]);
          else if (how === 2) body = Buffer.concat([before, after.subarray(bytes.length)]);
          else body = Buffer.concat([before, spare.subarray(place % (spare.length + 1))]);
        }
        if (comesBack(structuredCodec, Buffer.from(body))) {
          // What passed is an exact value again, whatever the bytes were.
          expect(digest(decode(Buffer.from(body)))).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("every bit of a body of many kinds, one at a time", { timeout: 120_000 }, () => {
    const body = Buffer.from(
      structuredCodec.encode(EVERY_KIND.filter(([name]) => !name.includes("long")).map(([, make]) => make())),
    );
    let passed = 0;
    for (let bit = 0; bit < body.length * 8; bit += 7) {
      const altered = Buffer.from(body);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      if (comesBack(structuredCodec, altered)) passed++;
    }
    expect(passed).toBeGreaterThan(0);
  });

  test("nothing that is decoded leaves a trace on the prototypes of built-ins", () => {
    const clean = (): string =>
      JSON.stringify(Object.getOwnPropertyNames(Object.prototype).concat(Object.getOwnPropertyNames(Array.prototype)));
    const before = clean();
    for (const key of ["__proto__", "constructor", "prototype"]) {
      for (const tree of [
        record("dict", key, { polluted: 1 }),
        record("null-prototype", key, 1),
        record("Error", "Error", [key, 1], [key, 2]),
        { [key]: { [key]: { polluted: 1 } } },
      ]) {
        comesBack(structuredCodec, v8Body(tree));
      }
    }
    expect(clean()).toBe(before);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("values of another realm are written as values of this one", () => {
    const foreign: unknown = runInContext(
      "({ list: [1, , new Date(5)], map: new Map([[{ a: 1 }, new Set([/a/g])]]), u: Uint8Array.of(1, 2), e: new RangeError('m') })",
      createContext({}),
    );
    const back = decode(structuredCodec.encode(foreign)) as { list: unknown[]; e: Error };
    expect(Object.getPrototypeOf(back.list)).toBe(Array.prototype);
    expect(back.e).toBeInstanceOf(RangeError);
    expect(digest(back)).toBe(digest(foreign));
  });
});

describe("compression", () => {
  const body = Buffer.from("a body that repeats itself ".repeat(400));
  const packed = Buffer.from(compress(body));

  function cannot(bytes: Uint8Array, length: number): void {
    expect(() => decompress(bytes, length)).toThrow(DecodeError);
  }

  test("brings back the body, and writes the same bytes each time", () => {
    expect(Buffer.compare(decompress(packed, body.length), body)).toBe(0);
    expect(Buffer.compare(compress(body), packed)).toBe(0);
    for (const size of [0, 1, 2, 100_000]) {
      const bytes = Buffer.alloc(size, 7);
      expect(Buffer.compare(decompress(compress(bytes), size), bytes)).toBe(0);
    }
  });

  test("refuses a body that is cut anywhere", () => {
    for (let length = 0; length < packed.length; length++) cannot(packed.subarray(0, length), body.length);
  });

  test("refuses a body that is longer or shorter than declared", () => {
    for (const length of [0, 1, body.length - 1, body.length + 1, 2 ** 40]) cannot(packed, length);
  });

  test("refuses a body whose trailer says the declared length, and that is shorter or longer", () => {
    for (const length of [0, 1, body.length - 1, body.length + 1, 2 ** 31]) {
      const lying = Buffer.from(packed);
      lying.writeUInt32LE(length, lying.length - 4);
      cannot(lying, length);
      cannot(lying, body.length);
    }
    // One byte, where none is declared: less than that zlib cannot be asked for.
    const one = Buffer.from(compress(Buffer.alloc(1)));
    one.writeUInt32LE(0, one.length - 4);
    cannot(one, 0);
  });

  test("refuses a body of nothing without its trailer", () => {
    const nothing = compress(Buffer.alloc(0));
    for (let length = 0; length < nothing.length; length++) cannot(nothing.subarray(0, length), 0);
  });

  test("refuses anything behind the body", () => {
    for (const rest of [
      Buffer.alloc(1),
      Buffer.alloc(8),
      Buffer.from("garbage"),
      Buffer.from([0x1f, 0x8b]),
      Buffer.from([0x1f]),
    ]) {
      cannot(Buffer.concat([packed, rest]), body.length);
    }
  });

  test("refuses two members, also where together they have the declared length", () => {
    cannot(Buffer.concat([packed, packed]), body.length);
    cannot(Buffer.concat([packed, packed]), body.length * 2);
    cannot(Buffer.concat([packed, gzipSync("")]), body.length);
    cannot(Buffer.concat([gzipSync(""), packed]), body.length);
  });

  test("refuses an altered body, and what is no gzip", () => {
    for (let at = 0; at < packed.length; at++) {
      const altered = Buffer.from(packed);
      altered[at] = (altered[at] as number) ^ 0xff;
      // Magic, method, and the flags of optional fields, which would be read as the body.
      if (at < 4) cannot(altered, body.length);
      try {
        // Time, hints and system mean nothing.
        expect(Buffer.compare(decompress(altered, body.length), body)).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
    fc.assert(fc.property(fc.uint8Array(), fc.nat(1000), (bytes, length) => cannot(bytes, length + 1)));
  });

  test("a bomb is inflated no further than declared", () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    const before = process.memoryUsage().rss;
    for (const length of [0, 1000, 1_000_000]) cannot(bomb, length);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });
});
