import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestArguments, pairsOf } from "../../src/call/arguments.ts";
import { type Binding, binder } from "../../src/call/binding.ts";
import type { NamingOptions } from "../../src/call/naming.ts";
import { type AnyFunction, signatureOf } from "../../src/call/source.ts";
import { digestHex } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import { Tuple } from "../../src/digest/shapes.ts";
import { DigestError } from "../../src/errors.ts";

function bound(fn: AnyFunction, args: readonly unknown[], options: NamingOptions = {}, receiver?: unknown): Binding {
  return binder(signatureOf(fn), options, "f")(receiver, args);
}

/** The pairs as text: `a=1 rest=(2,3)`. */
function pairs(fn: AnyFunction, args: readonly unknown[], options: NamingOptions = {}, receiver?: unknown): string {
  const shown = (value: unknown): string => (value instanceof Tuple ? `(${[...value].map(shown)})` : String(value));
  return bound(fn, args, options, receiver)
    .arguments.map(({ name, value }) => `${name}=${shown(value)}`)
    .join(" ");
}

const f = (a: unknown, b?: unknown, c: unknown = 3): unknown => [a, b, c];
const spread = (a: unknown, ...others: unknown[]): unknown => [a, others];
const taken = ({ x }: { x: number }, [y]: number[]): number => x + (y ?? 0);
function method(this: { k: number }, x: number): number {
  return this.k + x;
}

describe("binding a call", () => {
  test("makes pairs for what is passed, in the order of the parameters", () => {
    expect(pairs(f, [1, 2])).toBe("a=1 b=2");
    expect(pairs(f, [])).toBe("");
  });

  test("tells what was not passed from undefined", () => {
    expect(pairs(f, [1])).toBe("a=1");
    expect(pairs(f, [1, undefined])).toBe("a=1 b=undefined");
  });

  test("holds rest arguments, and surplus ones, in one tuple", () => {
    expect(pairs(spread, [1, 2, 3])).toBe("a=1 others=(2,3)");
    expect(pairs(spread, [1])).toBe("a=1");
    expect(pairs(f, [1, 2, 3, 4, 5])).toBe("a=1 b=2 c=3 *=(4,5)");
    expect(bound(spread, [1, 2]).rest).toBe("others");
    expect(bound(f, [1, 2, 3, 4]).rest).toBe("*");
    expect(bound(spread, [1]).rest).toBeNull();
  });

  test("names destructured parameters, and those of native functions, by position", () => {
    expect(pairs(taken, [{ x: 1 }, [2]])).toBe("#0=[object Object] #1=2");
    expect(pairs(Math.max, [1, 2, 3])).toBe("#0=1 #1=2 *=(3)");
  });

  test("takes the receiver first where the source uses it, of a native function where there is one", () => {
    expect(pairs(method as AnyFunction, [1], {}, "model")).toBe("this=model x=1");
    expect(pairs(method as AnyFunction, [1])).toBe("this=undefined x=1");
    expect(pairs(f, [1], {}, "ignored")).toBe("a=1");
    expect(pairs(Array.prototype.at, [1], {}, "list")).toBe("this=list #0=1");
    expect(pairs(Math.sqrt, [1])).toBe("#0=1");
  });

  test("reports which arguments are Digests, also among the rest; values in their place give the same digests", () => {
    const reference = D(digestHex([1, 2]));
    expect(bound(spread, [1, reference, 2, reference]).references).toEqual([1, 3]);
    expect(bound(spread, [[reference]]).references).toEqual([]);
    for (const fn of [spread, f]) {
      expect(pairsOf(digestArguments(bound(fn, [1, reference, 2, 3, reference])))).toEqual(
        pairsOf(digestArguments(bound(fn, [1, [1, 2], 2, 3, [1, 2]]))),
      );
    }
  });
});

describe("ignore", () => {
  test("leaves arguments out, also the rest, surplus ones and the receiver", () => {
    expect(pairs(f, [1, 2, 3], { ignore: ["b"] })).toBe("a=1 c=3");
    expect(pairs(spread, [1, 2, 3], { ignore: ["others"] })).toBe("a=1");
    expect(bound(spread, [1, 2, 3], { ignore: ["others"] }).rest).toBeNull();
    expect(pairs(f, [1, 2, 3, 4], { ignore: ["*"] })).toBe("a=1 b=2 c=3");
    expect(pairs(method as AnyFunction, [1], { ignore: ["this"] }, "model")).toBe("x=1");
  });

  test("still reports an ignored Digest, since the body wants its value", () => {
    expect(bound(f, [D("0".repeat(64))], { ignore: ["a"] }).references).toEqual([0]);
  });
});

describe("require", () => {
  test("reports parameters that are left to their defaults: not passed, or passed as undefined", () => {
    const options = { require: ["b", "c"] };
    expect(bound(f, [1, 2, 3], options).missing).toEqual([]);
    expect(bound(f, [1, 2], options).missing).toEqual(["c"]);
    expect(bound(f, [1, undefined, null], options).missing).toEqual(["b"]);
    expect(bound(f, [1], { require: ["c"], defaults: { c: 3 } }).missing).toEqual(["c"]);
    expect(bound(f, [1], { require: ["c"], ignore: ["c"] }).missing).toEqual(["c"]);
    expect(bound(spread, [1], { require: ["others"] }).missing).toEqual(["others"]);
    expect(bound(spread, [1, undefined], { require: ["others"] }).missing).toEqual([]);
  });
});

describe("defaults", () => {
  test("fill what was not passed, in the order of the parameters", () => {
    expect(pairs(f, [1], { defaults: { c: 3, b: 2 } })).toBe("a=1 b=2 c=3");
    expect(pairs(f, [1, 5], { defaults: { c: 3, b: 2 } })).toBe("a=1 b=5 c=3");
    expect(pairs(f, [1, undefined], { defaults: { b: 2 } })).toBe("a=1 b=undefined");
    expect(pairs(f, [1], { defaults: { b: undefined } })).toBe("a=1 b=undefined");
    expect(pairs(spread, [1], { defaults: { others: [] } })).toBe("a=1 others=()");
    expect(pairs(spread, [1], { defaults: { others: [7] } })).toBe("a=1 others=(7)");
    const inherited = globalThis.eval("(a, toString) => a") as AnyFunction;
    expect(pairs(inherited, [1], { defaults: {} })).toBe("a=1");
  });
});

describe("params", () => {
  test("names parameters by position, as many as are given", () => {
    expect(pairs(f, [1, 2, 3], { params: ["x", "y"] })).toBe("x=1 y=2 c=3");
    expect(pairs(taken, [1, 2], { params: ["options"] })).toBe("options=1 #1=2");
    expect(pairs(Math.max, [1, 2, 3], { params: ["x", "...others"] })).toBe("x=1 others=(2,3)");
    expect(pairs(Math.max, [1, 2, 3, 4], { params: ["x", "y", "z"] })).toBe("x=1 y=2 z=3 *=(4)");
    expect(pairs(spread, [1, 2, 3], { params: ["x", "ys"] })).toBe("x=1 ys=2 *=(3)");
    expect(pairs(spread, [1, 2, 3], { params: ["x", "...ys"] })).toBe("x=1 ys=(2,3)");
  });

  test("the other options use the new names", () => {
    expect(pairs(f, [1, 2, 3], { params: ["x", "y"], ignore: ["y"] })).toBe("x=1 c=3");
  });
});

describe("options that do not fit are errors when wrapping", () => {
  const wrong: readonly (readonly [AnyFunction, NamingOptions, string])[] = [
    [f, { ignore: ["d"] }, 'ignore of f: no parameter is called "d" (there are a, b, c, *)'],
    [f, { require: ["this"] }, 'require of f: no parameter is called "this" (there are a, b, c)'],
    [f, { ignore: ["this"] }, 'ignore of f: no parameter is called "this" (there are a, b, c, *)'],
    [spread, { ignore: ["*"] }, 'ignore of f: no parameter is called "*" (there are a, others)'],
    [spread, { ignore: ["othres"] }, '(there are a, others); did you mean "others"?'],
    [f, { defaults: { toString: 1 } }, 'defaults of f: no parameter is called "toString"'],
    [spread, { defaults: { others: 1 } }, 'defaults of f: "others" takes the rest, so its default must be an array'],
    [() => 1, { require: ["a"] }, "(it has none)"],
    [f, { params: ["b"] }, 'params of f: two parameters would be called "b"'],
    [f, { params: ["..."] }, 'params of f: "..." is not a name'],
    [f, { params: ["this"] }, 'params of f: "this" is not a name'],
    [f, { params: ["#1"] }, 'params of f: "#1" is not a name'],
    [f, { params: ["*"] }, 'params of f: "*" is not a name'],
    [f, { params: ["...x"] }, 'params of f: "...x" must be the last parameter'],
    [Math.max, { params: ["...x", "y"] }, 'params of f: "...x" must be the last parameter'],
    [parseFloat, { params: ["...x", "y"] }, 'params of f: "...x" must be the last parameter'],
    [f, { ignore: "a" as unknown as string[] }, "ignore of f must be an array of parameter names"],
    [f, { params: [1] as unknown as string[] }, "params of f must be an array of parameter names"],
  ];
  test.each(wrong)("%o %o", (fn, options, message) => {
    expect(() => bound(fn, [], options)).toThrowError(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringContaining(message) }),
    );
  });
});

describe("digests of arguments", () => {
  test("are those of the values; a tuple's is that of the tuple", () => {
    const digests = pairsOf(digestArguments(bound(spread, ["x", 2, [3]])));
    expect(digests).toEqual([
      ["a", digestHex("x")],
      ["others", digestHex(new Tuple([2, [3]]))],
    ]);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    expect(digestArguments(bound(spread, [0, ...many]))[1]?.digest).toBe(digestHex(new Tuple(many)));
  });

  test("follow the numbers of the cache", () => {
    const [exact] = digestArguments(bound(f, [0.5]));
    const [python] = digestArguments(bound(f, [0.5]), { numbers: "python" });
    expect(exact?.digest).toBe(digestHex(0.5));
    expect(python?.digest).toBe(digestHex(2 ** 60, { numbers: "python" }));
  });

  const socket = { rows: [1, { socket: Symbol("s") }] };
  const places: readonly (readonly [AnyFunction, readonly unknown[], string])[] = [
    [f, [1, socket], "b.rows[1].socket"],
    [f, [1, Symbol("s")], "b"],
    [spread, [1, 2, socket], "others[1].rows[1].socket"],
    [f, [1, 2, 3, 4, socket], "args[4].rows[1].socket"],
    [taken, [1, socket], "args[1].rows[1].socket"],
    [Math.max, [1, 2, socket], "args[2].rows[1].socket"],
  ];
  test.each(places)("refuse with the path as its author would write it: %o %o", (fn, args, path) => {
    const binding = bound(fn, args);
    expect(() => digestArguments(binding)).toThrowError(expect.objectContaining({ name: "DigestError", path }));
  });

  test("refuse a receiver that has no exact name", () => {
    const binding = bound(method as AnyFunction, [1], {}, { k: Symbol("k") });
    expect(() => digestArguments(binding)).toThrowError(
      expect.objectContaining({ name: "DigestError", path: "this.k" }),
    );
  });

  test("refuse iterators and generators without consuming them", () => {
    const iterator = [1, 2][Symbol.iterator]();
    const generator = (function* () {
      yield 1;
    })();
    for (const value of [iterator, generator]) {
      expect(() => digestArguments(bound(f, [value]))).toThrow(DigestError);
      expect(value.next()).toEqual({ value: 1, done: false });
    }
  });

  test("different calls of one function have different pairs", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(undefined), fc.constant([]), fc.constant([1]));
    const args = fc.array(value, { maxLength: 5 });
    fc.assert(
      fc.property(
        args,
        args,
        fc.constantFrom<AnyFunction>(f, spread, taken, method as AnyFunction, Math.max),
        (x, y, fn) => {
          const same = digestHex(x) === digestHex(y);
          const of = (list: unknown[]): string => JSON.stringify(pairsOf(digestArguments(bound(fn, list))));
          expect(of(x) === of(y)).toBe(same);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
