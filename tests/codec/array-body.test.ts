import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesCodec } from "../../src/codec/bytes.ts";
import { arrayAt, arrayOver } from "../../src/codec/structured/array-body.ts";
import { structuredCodec } from "../../src/codec/structured/structured.ts";
import { digestHex } from "../../src/digest/digest.ts";
import { DecodeError } from "../../src/errors.ts";
import { digest } from "../../src/index.ts";

const MAKERS: Record<string, (bytes: ArrayBuffer) => ArrayBufferView> = {
  Int8Array: (bytes) => new Int8Array(bytes),
  Uint8Array: (bytes) => new Uint8Array(bytes),
  Uint8ClampedArray: (bytes) => new Uint8ClampedArray(bytes),
  Int16Array: (bytes) => new Int16Array(bytes),
  Uint16Array: (bytes) => new Uint16Array(bytes),
  Int32Array: (bytes) => new Int32Array(bytes),
  Uint32Array: (bytes) => new Uint32Array(bytes),
  Float32Array: (bytes) => new Float32Array(bytes),
  Float64Array: (bytes) => new Float64Array(bytes),
  BigInt64Array: (bytes) => new BigInt64Array(bytes),
  BigUint64Array: (bytes) => new BigUint64Array(bytes),
  Buffer: (bytes) => Buffer.from(bytes),
};

/** Bytes that no two places share. */
function bytesOf(length: number): ArrayBuffer {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) % 251).buffer;
}

const encode = (value: unknown): Buffer => Buffer.from(structuredCodec.encode(value));
const CONTEXT = { entry: "00".repeat(32) };

describe.each(Object.entries(MAKERS))("the body of a %s", (_, make) => {
  test.each([8, 80, 1 << 14, 1 << 21])("of %i bytes is a frame and then its bytes, which need no copy", (length) => {
    const array = make(bytesOf(length));
    const body = encode(array);
    const at = arrayAt(body, body.length) as number;
    expect(at).toBe(body.length - length);
    // However much of it is at hand, as long as the frame is.
    expect(arrayAt(body.subarray(0, at), body.length)).toBe(at);
    expect(arrayAt(body.subarray(0, at - 1), body.length)).toBe(undefined);
    const tail = new Uint8Array(body.subarray(at)).buffer;
    const made = structuredCodec.decode(body.subarray(0, at), { ...CONTEXT, tail }) as ArrayBufferView;
    expect(Object.getPrototypeOf(made)).toBe(Object.getPrototypeOf(array));
    expect(made.buffer).toBe(tail);
    expect(digestHex(made)).toBe(digestHex(array));
  });

  test("of another length than its frame says is left to V8's reader", () => {
    const body = encode(make(bytesOf(80)));
    const at = body.length - 80;
    for (const length of [0, at, body.length - 1, body.length + 1, 2 ** 40])
      expect(arrayAt(body, length)).toBe(undefined);
    for (const size of [0, 79, 72, 88]) {
      expect(() => arrayOver(body.subarray(0, at), new ArrayBuffer(size))).toThrow(DecodeError);
    }
  });
});

describe("what is no single array", () => {
  const array = new Float64Array(20);
  const OTHERS: Record<string, unknown> = {
    "an array in an object": { array },
    "an array in a list": [array],
    "a DataView": new DataView(new ArrayBuffer(160)),
    "an ArrayBuffer": new ArrayBuffer(160),
    "an array of nothing": new Float64Array(0),
    "a text": "x".repeat(200),
    null: null,
  };
  test.each(Object.entries(OTHERS))("has no place of its own: %s", (_, value) => {
    const body = encode(value);
    expect(arrayAt(body, body.length)).toBe(undefined);
    expect(structuredCodec.decode(body, CONTEXT)).toEqual(value);
  });

  test("nor has a body that names parts, or a view of a piece of memory", () => {
    const body = encode(array);
    const named = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(32), body.subarray(4)]);
    expect(arrayAt(named, named.length)).toBe(undefined);
    const piece = new Float64Array(new ArrayBuffer(400), 8, 20);
    expect(encode(piece)).toEqual(body);
  });
});

describe("a frame that somebody made", () => {
  const frame = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

  test.each([
    ["of DataViews", "00000000 ff0f 5c 09 08", 8],
    ["of a class that is not known", "00000000 ff0f 5c 0d 08", 8],
    ["of a class in two bytes", "00000000 ff0f 5c 8800 08", 8],
    ["of half an element", "00000000 ff0f 5c 08 0c", 12],
    ["with another mark", "00000000 ff0f 5b 08 08", 8],
    ["without V8's mark", "00000000 fe0f 5c 08 08", 8],
    ["of a length that has no end", "00000000 ff0f 5c 01 ffffffffffffff", 8],
    ["of a length beyond 35 bits", `00000000 ff0f 5c 01 8880808080 00`, 8],
    ["of part names", "00000001 ff0f 5c 01 08", 8],
  ])("%s has no place of its own, and no array is made over one", (_, hex, tail) => {
    const bytes = frame(hex);
    expect(arrayAt(bytes, bytes.length + tail)).toBe(undefined);
    expect(() => arrayOver(bytes, new ArrayBuffer(tail))).toThrow(DecodeError);
  });

  test("of a version that V8 does not know is refused, as its reader would", () => {
    const body = encode(new Float64Array(20));
    body[5] = 99;
    const at = arrayAt(body, body.length) as number;
    const tail = new Uint8Array(body.subarray(at)).buffer;
    expect(() => structuredCodec.decode(body, CONTEXT)).toThrow(DecodeError);
    expect(() => structuredCodec.decode(body.subarray(0, at), { ...CONTEXT, tail })).toThrow(DecodeError);
  });

  test("is read as V8 reads it, or has no place; nothing else is thrown than a DecodeError", () => {
    const body = encode(new Int16Array(bytesOf(64)));
    const damage = fc.array(fc.tuple(fc.nat(11), fc.nat(255)), { maxLength: 3 });
    const decoded = (bytes: Buffer, tail?: ArrayBuffer): unknown => {
      try {
        return structuredCodec.decode(bytes, { ...CONTEXT, tail });
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return "refused";
      }
    };
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(body);
        for (const [at, byte] of changes) bytes[at] = byte;
        const start = arrayAt(bytes, bytes.length);
        if (start === undefined) return;
        const tail = new Uint8Array(bytes.subarray(start)).buffer;
        expect(decoded(bytes.subarray(0, start), tail)).toEqual(decoded(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test("never costs anything but an answer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(1 << 20), (head, length) => {
        const at = arrayAt(head, length);
        if (at !== undefined) expect(at).toBeLessThanOrEqual(Math.min(head.length, length));
      }),
    );
  });
});

test("codec bytes makes its Buffer over the memory that it is given", () => {
  const value = Buffer.from(bytesOf(100));
  const tail = new Uint8Array(value).buffer;
  expect(bytesCodec.tailAt?.(value, 100)).toBe(0);
  const context = { entry: String(digest(value)), tail };
  const made = bytesCodec.decode(new Uint8Array(0), context) as Buffer;
  expect(made).toEqual(value);
  expect(made.buffer).toBe(tail);
  expect(() => bytesCodec.decode(new Uint8Array(0), { ...context, tail: bytesOf(99) })).toThrow(DecodeError);
});
