/** What the default codec does not carry it refuses by itself, also where nobody has named the value before. */
import { expect, test } from "vitest";
import { structuredCodec } from "../../src/codec/structured/structured.ts";
import { EncodeError } from "../../src/errors.ts";

function nestedErrors(depth: number): Error {
  let error = new Error("innermost");
  for (let i = 0; i < depth; i++) error = new Error("outer", { cause: error });
  return error;
}

test.each<[string, () => object, RegExp]>([
  ["an extra field of a URL", () => Object.assign(new URL("data:x"), { extra: 1 }), /extra/],
  ["an extra field of a date", () => Object.assign(new Date(0), { extra: 1 }), /extra/],
  ["an extra field of a view", () => Object.assign(new DataView(new ArrayBuffer(1)), { extra: 1 }), /extra/],
  ["an extra field of a buffer", () => Object.assign(new ArrayBuffer(1), { extra: 1 }), /extra/],
  ["an extra field of a regular expression", () => Object.assign(/a/, { extra: 1 }), /extra/],
  ["an extra field of a Map", () => Object.assign(new Map(), { extra: 1 }), /extra/],
  ["an extra field of a Set", () => Object.assign(new Set(), { extra: 1 }), /extra/],
  ["an extra field of an array", () => Object.assign([1], { extra: 1 }), /extra/],
  ["an extra field of a typed array", () => Object.assign(new Int8Array(1), { extra: 1 }), /extra/],
  ["an extra field of a Buffer", () => Object.assign(Buffer.alloc(1), { extra: 1 }), /extra/],
  ["a lastIndex that is no number", () => Object.assign(/a/, { lastIndex: "1" }), /lastIndex/],
  ["errors within errors, more levels than V8 reads", () => nestedErrors(900), /levels/],
])("%s", (_, make, problem) => {
  for (const value of [make(), { a: [make()] }]) {
    expect(() => structuredCodec.encode(value)).toThrow(EncodeError);
    expect(() => structuredCodec.encode(value)).toThrow(problem);
  }
});
