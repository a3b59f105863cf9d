import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lookupKey } from "../../src/digest/lookup-key.ts";
import { DecodeError } from "../../src/errors.ts";
import { type CallRecord, lookupKeyOf, recordKeys } from "../../src/record/call-record.ts";
import { formatRecord, MAX_RECORD_BYTES, parseRecord } from "../../src/record/format.ts";
import type { JsonObject } from "../../src/record/json.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const C = "c".repeat(64);

const record: CallRecord = {
  name: "simulate",
  module: "app/model",
  version: null,
  codeDigest: A,
  identity: "closure",
  arguments: [
    ["temperature", B],
    ["*", C],
  ],
  rest: "*",
  result: C,
  async: false,
  startedMs: 1_700_000_000_000.5,
  durationMs: 12.25,
  parent: null,
  parts: [["simulate", A]],
  tags: ["run 1"],
  metadata: { runtime: { wallMs: 12 } },
};

const TEXT =
  `{"v":1,"name":"simulate","module":"app/model","version":null,"codeDigest":"${A}","identity":"closure",` +
  `"arguments":[["temperature","${B}"],["*","${C}"]],"rest":"*","result":"${C}","async":false,` +
  `"startedMs":1700000000000.5,"durationMs":12.25,"parent":null,"parts":[["simulate","${A}"]],"tags":["run 1"],` +
  `"metadata":{"runtime":{"wallMs":12}}}`;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The record's text with one field replaced by other JSON, or left out. */
function changed(field: string, json: string | undefined): string {
  const fields = new Map(Object.entries(JSON.parse(TEXT)).map(([name, value]) => [name, JSON.stringify(value)]));
  if (json === undefined) fields.delete(field);
  else fields.set(field, json);
  return `{${[...fields].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

describe("a call record's bytes", () => {
  test("are JSON with the fields in order and no white space", () => {
    expect(Buffer.from(formatRecord(record)).toString()).toBe(TEXT);
    const shuffled = Object.fromEntries(Object.entries(record).reverse()) as unknown as CallRecord;
    expect(Buffer.from(formatRecord(shuffled)).toString()).toBe(TEXT);
  });

  test("are read back as the record", () => {
    expect(parseRecord(utf8(TEXT))).toEqual(record);
    const inside = new Uint8Array(TEXT.length + 20);
    inside.set(utf8(TEXT), 7);
    expect(parseRecord(inside.subarray(7, 7 + TEXT.length))).toEqual(record);
  });

  test("of a later version keep the fields that this one does not know", () => {
    const later = `${TEXT.slice(0, -1)},"later":{"a":[1]},"__proto__":{"polluted":true},"12":0}`;
    const read = parseRecord(utf8(later));
    expect(Object.keys(read.unknownFields ?? {})).toEqual(["12", "later", "__proto__"]);
    expect(Object.getPrototypeOf(read.unknownFields)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((read as unknown as Record<string, unknown>).polluted).toBeUndefined();
    expect(parseRecord(formatRecord(read))).toEqual(read);
    expect(JSON.parse(Buffer.from(formatRecord(read)).toString())).toEqual(JSON.parse(later));
  });

  const digest = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "toJSON", "\ud800", "\ufeff", ""));
  const pairs = fc.array(fc.tuple(text, digest), { maxLength: 4 });
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      number,
      text,
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.array(fc.tuple(text, tie("value")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  }));
  const object = json.object as fc.Arbitrary<JsonObject>;
  const records = fc
    .record({
      name: text,
      module: fc.option(text),
      version: fc.oneof(fc.constant(null), text, number),
      codeDigest: digest,
      identity: fc.constantFrom("closure", "source", "version"),
      arguments: pairs,
      rest: fc.constant(null),
      result: digest,
      async: fc.boolean(),
      startedMs: number,
      durationMs: number.map(Math.abs),
      parent: fc.option(digest),
      parts: pairs,
      tags: fc.array(text),
      metadata: fc.array(fc.tuple(text, object), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    })
    .map((fields) => ({ ...fields, rest: fields.arguments[0]?.[0] ?? null }) as CallRecord);

  test("parse(format(record)) is the record, and its lookup key is the same", () => {
    fc.assert(
      fc.property(records, (original) => {
        const read = parseRecord(formatRecord(original));
        expect(read).toEqual(original);
        expect(lookupKeyOf(read, "exact")).toBe(lookupKeyOf(original, "exact"));
        expect(formatRecord(read)).toEqual(formatRecord(original));
      }),
    );
  });

  test("fail to be read with a DecodeError only, whatever they are", () => {
    const fails = (bytes: Uint8Array): void => {
      try {
        parseRecord(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fails));
    fc.assert(fc.property(fc.json({ stringUnit: "binary" }).map(utf8), fails));
    const names = Object.keys(JSON.parse(TEXT));
    fc.assert(fc.property(fc.constantFrom(...names), fc.json(), (field, value) => fails(utf8(changed(field, value)))));
    const flips = fc.array(fc.tuple(fc.nat(TEXT.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = utf8(TEXT);
        for (const [at, byte] of changes) bytes[at] = byte;
        fails(bytes);
      }),
    );
  });
});

describe("what is no call record is refused, naming the field", () => {
  const NUMBERS = ['"1"', "null", "true", "[]", "1e999"];
  const TEXTS = ["1", "true", "[]", "{}", '["x"]'];
  const DIGESTS = [...TEXTS, '""', `"${A}0"`, `"${A.slice(1)}"`, `"${A.toUpperCase()}"`, `"${A}\\n"`, `" ${A}"`];
  const PAIRS = [
    "null",
    '"x"',
    "{}",
    "[1]",
    '[["x"]]',
    `[["x","${A}",1]]`,
    `[["x","y"]]`,
    `[[1,"${A}"]]`,
    `["x","${A}"]`,
    `[{"0":"x","1":"${A}"}]`,
  ];
  const table: readonly (readonly [field: string, values: readonly string[]])[] = [
    ["v", ["2", "0", '"1"', "null", "[1]"]],
    ["name", [...TEXTS, "null"]],
    ["module", TEXTS],
    ["version", ["true", "[]", "{}", "1e999", "-0"]],
    ["codeDigest", [...DIGESTS, "null"]],
    ["identity", ["null", '"Closure"', '"closure "', '"constructor"', '["closure"]', "1"]],
    ["arguments", PAIRS],
    ["rest", [...TEXTS, '"temperature2"', '"__proto__"']],
    ["result", [...DIGESTS, "null"]],
    ["async", ["null", "0", '"false"', "[]"]],
    ["startedMs", NUMBERS],
    ["durationMs", [...NUMBERS, "-1"]],
    ["parent", DIGESTS],
    ["parts", PAIRS],
    ["tags", ["null", '"x"', "{}", "[1]", "[null]", '[["x"]]']],
    ["metadata", ["null", "[]", '"x"', '{"a":1}', '{"a":[]}', '{"a":null}', '{"__proto__":1}']],
  ];
  const cases = table.flatMap(([field, values]) => [...values, undefined].map((value) => [field, value] as const));

  test("the table has every field", () => {
    expect(table.map(([field]) => field)).toEqual(Object.keys(JSON.parse(TEXT)));
  });

  test.each(cases)("%s: %s", (field, value) => {
    const form = field === "v" && (value === "2" || value === "0");
    const named = form ? "form" : value === undefined ? `"${field}" is missing` : `"${field}" must`;
    expect(() => parseRecord(utf8(changed(field, value)))).toThrowError(
      expect.objectContaining({ name: "DecodeError", message: expect.stringContaining(`call record: ${named}`) }),
    );
  });

  const texts: readonly (readonly [what: string, bytes: Uint8Array | string])[] = [
    ["nothing", ""],
    ["white space", " "],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"record"'],
    ["a number", "1"],
    ["cut short", TEXT.slice(0, -1)],
    ["followed by more", `${TEXT}{}`],
    ["with a byte order mark", `\ufeff${TEXT}`],
    ["with NaN", changed("durationMs", "NaN")],
    ["no UTF-8", Buffer.from(TEXT.replace("simulate", "simulat\xe9"), "latin1")],
    [
      "surrogates as UTF-8",
      Buffer.concat([Buffer.from(TEXT.slice(0, 15)), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(TEXT.slice(15))]),
    ],
    ["UTF-16", Buffer.from(TEXT, "utf16le")],
    ["deep metadata", changed("metadata", `{"a":{"b":${"[".repeat(200)}${"]".repeat(200)}}}`)],
    ["very deep metadata", changed("metadata", `{"a":{"b":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`)],
    ["a very deep unknown field", `${TEXT.slice(0, -1)},"x":${'{"a":'.repeat(2e5)}1${"}".repeat(2e5)}}`],
    ["very deep and unclosed", "[".repeat(5e6)],
    ["too large", TEXT + " ".repeat(MAX_RECORD_BYTES + 1 - TEXT.length)],
  ];
  test.each(texts)("%s", (_, bytes) => {
    expect(() => parseRecord(typeof bytes === "string" ? utf8(bytes) : bytes)).toThrow(DecodeError);
  });

  test("no more than the beginning of what was found goes into a message", () => {
    const secret = `${"x".repeat(40)}SECRET`;
    for (const json of [changed("result", JSON.stringify(secret)), `{"${secret}`]) {
      expect(() => parseRecord(utf8(json))).toThrowError(
        expect.objectContaining({ message: expect.not.stringContaining("SECRET") }),
      );
    }
  });
});

describe("a record that could not be read back as it is is not written", () => {
  const wrong: readonly (readonly [field: string, change: object])[] = [
    ["startedMs", { startedMs: Number.NaN }],
    ["startedMs", { startedMs: -Infinity }],
    ["durationMs", { durationMs: -1 }],
    ["version", { version: -0 }],
    ["codeDigest", { codeDigest: null }],
    ["result", { result: "abc" }],
    ["result", { result: undefined }],
    ["rest", { rest: "others" }],
    ["metadata.a.b", { metadata: { a: { b: undefined } } }],
    ["metadata.a", { metadata: { a: new Date() } }],
    ["unknownFields.a", { unknownFields: { a: 1n } }],
    ['"name" is not an unknown field', { unknownFields: { name: "other" } }],
    ['"v" is not an unknown field', { unknownFields: { v: 2 } }],
    ["more than", { tags: ["x".repeat(MAX_RECORD_BYTES)] }],
  ];
  test.each(wrong)("%s", (text, change) => {
    expect(() => formatRecord({ ...record, ...change } as CallRecord)).toThrowError(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringContaining(text) }),
    );
  });
});

describe("the lookup key of a record", () => {
  test("is that of its call", () => {
    expect(lookupKeyOf(record, "exact")).toBe(lookupKey(record, record.arguments, "exact"));
    expect(lookupKeyOf(parseRecord(formatRecord(record)), "exact")).toBe(lookupKeyOf(record, "exact"));
  });

  test("changes with every input of the call, and with nothing else", () => {
    const key = lookupKeyOf(record, "exact");
    const inputs: Partial<CallRecord>[] = [
      { name: "other" },
      { codeDigest: B },
      { identity: "version" },
      { arguments: [["temperature", B]], rest: null },
      { arguments: [...record.arguments].reverse() },
      {
        arguments: [
          ["temperature", C],
          ["*", C],
        ],
      },
    ];
    for (const change of inputs) expect(lookupKeyOf({ ...record, ...change }, "exact")).not.toBe(key);
    const others: Partial<CallRecord>[] = [
      { module: "moved", version: 3, result: A, async: true, startedMs: 0, durationMs: 0, parent: A },
      { parts: [], tags: [], metadata: {}, rest: null, unknownFields: { later: 1 } },
    ];
    for (const change of others) expect(lookupKeyOf({ ...record, ...change }, "exact")).toBe(key);
  });

  test("is each record's own, whichever was asked for before", () => {
    const versioned: CallRecord = { ...record, identity: "version", version: 0.5 };
    const variants: CallRecord[] = [record, versioned];
    variants.push({ ...record, codeDigest: B }, { ...record, name: "other" }, { ...record, identity: "source" });
    variants.push(
      { ...versioned, identity: "closure" },
      { ...versioned, version: "0.5" },
      { ...versioned, module: null },
    );
    const keys = recordKeys();
    for (const one of variants) {
      for (const other of variants) {
        for (const numbers of ["exact", "python"] as const) {
          keys(one, "exact");
          expect(keys(other, numbers)).toBe(lookupKeyOf(other, numbers));
          expect(lookupKeyOf(other, numbers)).toBe(lookupKey(other, other.arguments, numbers));
        }
      }
    }
    expect(lookupKeyOf(versioned, "python")).not.toBe(lookupKeyOf(versioned, "exact"));
  });

  test("tells version 1 from version 1 written as text", () => {
    const of = (version: string | number): string =>
      lookupKeyOf(parseRecord(formatRecord({ ...record, identity: "version", version })), "exact");
    expect(of(1)).not.toBe(of("1"));
  });
});
