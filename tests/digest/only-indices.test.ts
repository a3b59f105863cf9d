/** Arrays and typed arrays that hold more than their elements, of every length at which another way is taken to see it. */
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test } from "vitest";
import { DigestError, digest } from "../../src/index.ts";

const LENGTHS = [1, 39, 40, 255, 256, 257, 1000];

const MAKERS: readonly (readonly [name: string, make: (length: number) => number[] | Float64Array])[] = [
  ["an array", (length) => Array.from({ length }, (_, i) => i)],
  ["a Float64Array", (length) => Float64Array.from({ length }, (_, i) => i)],
  ["a Uint8Array", (length) => new Uint8Array(length) as unknown as Float64Array],
  ["a Buffer", (length) => Buffer.alloc(length) as unknown as Float64Array],
  ["an array of another realm", (length) => runInNewContext(`Array.from({ length: ${length} }, (_, i) => i)`)],
  ["a Float64Array of another realm", (length) => runInNewContext(`new Float64Array(${length})`)],
];

/** Whether the property is there then: what a typed array would take for an index it does not have. */
const given = (target: object, key: PropertyKey, value: unknown, enumerable: boolean): boolean =>
  Reflect.defineProperty(target, key, { value, enumerable, configurable: true });

describe.each(MAKERS)("%s", (_, make) => {
  test.each(LENGTHS)("of %i elements is named when it has nothing else", (length) => {
    expect(digest(make(length))).toBe(digest(make(length)));
  });

  test.each(LENGTHS)("of %i elements is refused with a property more, shown or hidden", (length) => {
    for (const key of ["extra", "-1", "4294967295", "1.5", "", Symbol.for("extra"), "constructor", "parent"]) {
      for (const enumerable of [true, false]) {
        const value = make(length);
        if (given(value, key, 1, enumerable)) expect(() => digest(value), String(key)).toThrow(DigestError);
      }
    }
  });

  test.each(LENGTHS)("of %i elements is refused whatever the property does when it is looked at", (length) => {
    for (const act of ["hides", "throws"]) {
      for (const enumerable of [true, false]) {
        const value = make(length);
        const extra = {
          get [Symbol.toStringTag](): string {
            if (act === "throws") throw new Error("mine");
            Reflect.deleteProperty(value, "extra");
            value[0] = 99;
            return "x";
          },
        };
        expect(given(value, "extra", extra, enumerable)).toBe(true);
        expect(() => digest(value), act).toThrow(DigestError);
      }
    }
  });

  test.each(LENGTHS)("of %i elements runs no accessor of its own", (length) => {
    let ran = 0;
    const get = (): number => ran++;
    const keys = ["length", "buffer", "byteLength", "byteOffset", "BYTES_PER_ELEMENT", "constructor", "parent", "0"];
    for (const key of [...keys, Symbol.toStringTag, Symbol.iterator, Symbol.for("nodejs.util.inspect.custom")]) {
      const value = make(length);
      // An array's `length` and a typed array's elements cannot be made accessors.
      if (!Reflect.defineProperty(value, key, { get, configurable: true })) continue;
      expect(() => digest(value), String(key)).toThrow(DigestError);
    }
    expect(ran).toBe(0);
  });
});

test.each(LENGTHS)("a Buffer of %i bytes with accessors that look like those of every Buffer is refused", (length) => {
  const value = Buffer.alloc(length);
  for (const key of ["parent", "offset"]) Object.defineProperty(value, key, { get: () => 1 });
  expect(() => digest(value)).toThrow(DigestError);
});

test.each(LENGTHS)("what the buffer of %i elements holds besides its bytes is not looked at", (length) => {
  let ran = 0;
  const tagged = Object.defineProperty(new ArrayBuffer(8 * length), Symbol.toStringTag, { get: () => ran++ });
  expect(digest(new Float64Array(tagged))).toBe(digest(new Float64Array(length)));
  const traps = new Proxy({}, { get: () => ran++ });
  const odd = Object.setPrototypeOf(
    new ArrayBuffer(8 * length),
    new Proxy(ArrayBuffer.prototype, traps),
  ) as ArrayBuffer;
  expect(digest(new Float64Array(odd))).toBe(digest(new Float64Array(length)));
  const sized = Object.defineProperty(new ArrayBuffer(8 * length), "byteLength", { get: () => ran++ });
  expect(digest(new Float64Array(sized))).toBe(digest(new Float64Array(length)));
  expect(ran).toBe(0);
});

test.each(LENGTHS)("an array of %i elements has its name where a program has given all arrays a tag", (length) => {
  const list = Array.from({ length }, (_, i) => i);
  const before = digest(list);
  Object.defineProperty(Array.prototype, Symbol.toStringTag, { value: "Array", configurable: true });
  onTestFinished(() => void Reflect.deleteProperty(Array.prototype, Symbol.toStringTag));
  expect(digest(list)).toBe(before);
  expect(() => digest(Object.assign([...list], { extra: 1 }))).toThrow(DigestError);
});
