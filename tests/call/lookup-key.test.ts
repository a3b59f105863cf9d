import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestArguments, pairsOf } from "../../src/call/arguments.ts";
import { binder } from "../../src/call/binding.ts";
import { type AnyFunction, signatureOf } from "../../src/call/source.ts";
import { digestHex } from "../../src/digest/digest.ts";
import { hashChildren } from "../../src/digest/hash.ts";
import { type KeyedFunction, lookupKey, lookupKeys } from "../../src/digest/lookup-key.ts";
import { D } from "../../src/digest/reference.ts";
import { tuple } from "../../src/digest/shapes.ts";
import known from "./known-lookup-keys.json" with { type: "json" };

type Tagged = { int?: string; float?: string; str?: string };

function untagged({ int, float, str }: Tagged): unknown {
  return str ?? Number(int ?? float);
}

const CODE = digestHex("code");
const add: KeyedFunction = { identity: "closure", name: "add", module: "m", version: 2, codeDigest: CODE };

/** The formula word for word, by the digest of the whole. */
function formula(fn: KeyedFunction, args: readonly (readonly [string, string])[]): string {
  const byVersion = fn.identity === "version";
  const dict = digestHex({
    name: fn.name,
    arguments: tuple(...args.map(([name, digest]) => tuple(name, D(digest)))),
    metadata: null,
    module: byVersion ? fn.module : null,
    version: byVersion ? fn.version : null,
    code_digest: byVersion || fn.codeDigest === null ? null : D(fn.codeDigest),
    result: null,
  });
  return hashChildren("Call", [dict]);
}

describe("the lookup key", () => {
  test.each(known.keys)("is Python's: $description", ({ name, module, version, arguments_tagged, lookup_key }) => {
    const args = (arguments_tagged as [string, Tagged][]).map(
      ([argument, value]) => [argument, digestHex(untagged(value), { numbers: "python" })] as const,
    );
    const fn = { identity: "version", name, module, version, codeDigest: null } as const;
    expect(lookupKey(fn, args, "python")).toBe(lookup_key);
  });

  test("is Python's, all the way from a call", () => {
    const relax = globalThis.eval("(function relax(a, k = 4) {})") as AnyFunction;
    const call = binder(signatureOf(relax), { defaults: { k: 4 } })(undefined, [3.5]);
    const fn = { identity: "version", name: "relax", module: "__main__", version: null, codeDigest: null } as const;
    const key = lookupKey(fn, pairsOf(digestArguments(call, { numbers: "python" })), "python");
    expect(key).toBe(known.keys.find(({ name }) => name === "relax")?.lookup_key);
  });

  test("is what the formula says", () => {
    const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(
        fc.record({
          identity: fc.constantFrom("closure", "source", "version"),
          name: text,
          module: fc.option(text),
          version: fc.oneof(
            fc.constant(null),
            text,
            fc.integer(),
            fc.double({ noNaN: true, min: 0, noDefaultInfinity: true }),
          ),
          codeDigest: hex,
        }),
        fc.array(fc.tuple(text, hex)),
        (fn, args) => {
          expect(lookupKey(fn as KeyedFunction, args, "exact")).toBe(formula(fn as KeyedFunction, args));
        },
      ),
    );
  });

  test("of closure and source knows neither module nor version, that of version no code", () => {
    for (const identity of ["closure", "source"] as const) {
      const of = (more: Partial<KeyedFunction>): string => lookupKey({ ...add, identity, ...more }, [], "exact");
      expect(of({ module: null, version: null })).toBe(of({}));
      expect(of({ codeDigest: digestHex("edited") })).not.toBe(of({}));
    }
    const of = (more: Partial<KeyedFunction>): string =>
      lookupKey({ ...add, identity: "version", ...more }, [], "exact");
    expect(of({ codeDigest: null })).toBe(of({}));
    const changed = [of({}), of({ version: "2" }), of({ version: null }), of({ module: null }), of({ name: "sub" })];
    expect(new Set(changed).size).toBe(changed.length);
  });

  test("needs a code digest in closure and source: two functions of one name would share their keys", () => {
    for (const identity of ["closure", "source"] as const) {
      expect(() => lookupKeys({ ...add, identity, codeDigest: null }, "exact")).toThrow(TypeError);
    }
  });

  test("refuses a version that a record could not bring back", () => {
    for (const version of [Number.NaN, Infinity, -0]) {
      expect(() => lookupKeys({ ...add, identity: "version", version }, "exact")).toThrow(TypeError);
    }
  });

  test("of one function is made again and again, whatever was asked before", () => {
    const keys = lookupKeys(add, "exact");
    const calls = [
      [],
      [["a", CODE]],
      [["b", CODE]],
      [["a", digestHex(1)]],
      [
        ["a", CODE],
        ["b", CODE],
      ],
    ] as [string, string][][];
    const first = calls.map(keys);
    expect(calls.map(keys)).toEqual(first);
    expect(calls.map((call) => lookupKey(add, call, "exact"))).toEqual(first);
    expect(new Set(first).size).toBe(calls.length);
  });
});
