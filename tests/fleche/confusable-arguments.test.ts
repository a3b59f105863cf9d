/** Pairs of arguments that caches are known to take for one another: each is really called, and the page is what was seen. */
import { fleche, memoryStore, openCache, register } from "fleche";
import { expect, test } from "vitest";
import { traceWarnings } from "../engine/kit.ts";

class Celsius {
  readonly degrees = 20;
}
class Fahrenheit {
  readonly degrees = 20;
}
class Metre {
  readonly length = 1;
}
class Foot {
  readonly length = 1;
}
class Account {
  readonly #owner: string;
  constructor(owner: string) {
    this.#owner = owner;
  }
  owner(): string {
    return this.#owner;
  }
}
class Wallet extends Account {}
register(Metre, { name: "confusable.Metre", encode: ({ length }) => length, decode: () => new Metre() });
register(Foot, { name: "confusable.Foot", encode: ({ length }) => length, decode: () => new Foot() });
register(Wallet, {
  name: "confusable.Wallet",
  encode: (wallet) => wallet.owner(),
  decode: (owner) => new Wallet(owner as string),
});

/** Two arguments as they are written, and what they are. */
interface Pair {
  readonly first: string;
  readonly second: string;
  readonly values: readonly [unknown, unknown];
}

const pair = (first: string, second: string, ...values: [unknown, unknown]): Pair => ({ first, second, values });
const day = "2026-01-01T00:00:00.000Z";

/** In the order of the page; a number begins each of the seventeen. */
const PAIRS: readonly (readonly Pair[])[] = [
  [pair("new Map([[1, 2]])", "new Map([[1, 3]])", new Map([[1, 2]]), new Map([[1, 3]]))],
  [pair("new Set([1])", "new Set([2])", new Set([1]), new Set([2]))],
  [pair("undefined", "null", undefined, null)],
  [pair("{ a: undefined }", "{}", { a: undefined }, {})],
  [pair("NaN", "null", Number.NaN, null)],
  [pair(`new Date("${day}")`, `"${day}"`, new Date(day), day)],
  [
    pair("new Celsius(20)", "new Fahrenheit(20)", new Celsius(), new Fahrenheit()),
    pair("new Metre(1), registered", "new Foot(1), registered", new Metre(), new Foot()),
  ],
  [
    pair('new Account("ann"), in #owner', 'new Account("bob")', new Account("ann"), new Account("bob")),
    pair('new Wallet("ann"), registered', 'new Wallet("bob"), registered', new Wallet("ann"), new Wallet("bob")),
  ],
  [
    pair(
      "(x) => x + 1",
      "(x) => x + 2",
      (x: number) => x + 1,
      (x: number) => x + 2,
    ),
  ],
  [pair("/a/", "/b/", /a/, /b/), pair("/a/g", "/a/i", /a/g, /a/i)],
  [pair("1", '"1"', 1, "1")],
  [pair("0", "-0", 0, -0)],
  [
    pair('Symbol("a")', 'Symbol("a")', Symbol("a"), Symbol("a")),
    pair('Symbol.for("a")', 'Symbol.for("b")', Symbol.for("a"), Symbol.for("b")),
  ],
  [pair("new Uint8Array([7])", '{ "0": 7 }', new Uint8Array([7]), { "0": 7 })],
  [
    pair(
      "new Uint8Array([1]).buffer",
      "new Uint8Array([2]).buffer",
      new Uint8Array([1]).buffer,
      new Uint8Array([2]).buffer,
    ),
  ],
  [pair('new Error("a")', 'new Error("b")', new Error("a"), new Error("b"))],
  [pair("1", "1n", 1, 1n)],
];

/** Calls a cached function with both, twice over, each time with the one first that was last. */
function outcomeOf({ first, second, values }: Pair): string {
  const warnings = traceWarnings();
  const runs: unknown[] = [];
  const f = fleche(
    (value: unknown) => {
      runs.push(value);
      return Object.is(value, values[0]) ? "first" : "second";
    },
    { name: "f", version: 1, cache: openCache({ store: memoryStore(), keys: null }) },
  );
  const answers = [...values, ...[...values].reverse()].map((value) => f(value));
  expect([first, second, answers]).toEqual([first, second, ["first", "second", "second", "first"]]);
  if (runs.length === 2) {
    expect(f.digest(values[0])).not.toBe(f.digest(values[1]));
    expect(warnings).toEqual([]);
    return "two entries";
  }
  expect(runs).toHaveLength(4);
  expect(warnings).toHaveLength(1);
  return "not cached: each call runs";
}

const code = (text: string): string => `\`${text}\``;

function page(): string {
  const rows = PAIRS.flatMap((pairs, i) =>
    pairs.map(
      (each, j) => `| ${j === 0 ? i + 1 : ""} | ${code(each.first)} | ${code(each.second)} | ${outcomeOf(each)} |`,
    ),
  );
  return `# Arguments that caches confuse

A cache that names a call by a text made of its arguments (JSON, most often) takes some arguments for others, and answers
one call with the result of another. These are the seventeen pairs that well-known caches were seen to confuse. Here none
of them shares an entry: either both calls are cached, each under a key of its own, or neither is, and one warning
says why.

| | first | second | what happens |
|---|---|---|---|
${rows.join("\n")}

What is not cached can be made so: \`register\` the class, or use \`Symbol.for\`. How each kind of value is named is
told in [Digests](digests.md).

This page is written by \`tests/fleche/confusable-arguments.test.ts\`, which makes these calls and counts the runs.
`;
}

test("seventeen pairs of arguments that caches confuse never share an entry, as the page says", async () => {
  expect(PAIRS).toHaveLength(17);
  await expect(page()).toMatchFileSnapshot("../../docs/reference/confusable-arguments.md");
});

test("some that are as easily confused do not share one either", () => {
  const array = Object.assign([1], {});
  const others: Pair[] = [
    pair("[]", "{}", [], {}),
    pair("[1, , 2]", "[1, undefined, 2]", [1, , 2], [1, undefined, 2]),
    pair("[undefined]", "[null]", [undefined], [null]),
    pair("[[1], 2]", "[1, [2]]", [[1], 2], [1, [2]]),
    pair("['a,b']", "['a', 'b']", ["a,b"], ["a", "b"]),
    pair("map in another order", "", new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])), // biome-ignore format: a pair
    pair("set in another order", "", new Set([1, 2]), new Set([2, 1])),
    pair("true", '"true"', true, "true"),
    pair("0", "false", 0, false),
    pair('""', "0", "", 0),
    pair("1e21", '"1e21"', 1e21, "1e21"),
    pair("2 ** 53", "2n ** 53n", 2 ** 53, 2n ** 53n),
    pair("0.1 + 0.2", "0.3", 0.1 + 0.2, 0.3),
    pair("Infinity", "null", Infinity, null),
    pair("é composed or not", "", "\u00e9", "e\u0301"),
    pair("lone surrogates", "", "\ud800", "\udc00"),
    pair("lone surrogate, replacement", "", "\ud800", "\ufffd"),
    pair("Uint8Array, Uint8ClampedArray", "", new Uint8Array([1]), new Uint8ClampedArray([1])),
    pair("Uint8Array, Buffer", "", new Uint8Array([1]), Buffer.from([1])),
    pair("Uint8Array, array", "", new Uint8Array([1]), [1]),
    pair("Int8Array, Uint8Array", "", new Int8Array([1]), new Uint8Array([1])),
    pair("Float32Array, Float64Array", "", new Float32Array([1]), new Float64Array([1])),
    pair("ArrayBuffer, DataView", "", new ArrayBuffer(1), new DataView(new ArrayBuffer(1))),
    pair("RegExp, its source", "", /a/, "/a/"),
    pair("RegExp with another lastIndex", "", /a/g, Object.assign(/a/g, { lastIndex: 1 })),
    pair("URL, its text", "", new URL("https://a.example/"), "https://a.example/"),
    pair("Error, TypeError", "", new Error("a"), new TypeError("a")),
    pair("Error with another cause", "", new Error("a", { cause: 1 }), new Error("a", { cause: undefined })),
    pair("Date, its number", "", new Date(5), 5),
    pair("invalid Date, Date(0)", "", new Date(Number.NaN), new Date(0)),
    pair("JSON.parse, Date.parse", "", JSON.parse, Date.parse),
    pair("bound functions", "", Math.max.bind(null, 1), Math.max.bind(null, 2)),
    pair("a function, its text", "", outcomeOf, String(outcomeOf)),
    pair(
      "a function, another name",
      "",
      (
        () => () =>
          1
      )(),
      (() => ({ one: () => 1 }).one)(),
    ),
    pair("null-prototype object, plain object", "", Object.assign(Object.create(null), { a: 1 }), { a: 1 }),
    pair("array, its extra property", "", array, Object.assign([1], { extra: 1 })),
    pair("an error named list, a list", "", Object.assign(new Error(""), { name: "list" }), []),
    pair("an own __proto__, none", "", JSON.parse('{"__proto__":1}'), {}),
    pair("Symbol.for, its text", "", Symbol.for("a"), "a"),
    pair("boxed and not", "", Object(1), 1),
    pair("Math, {}", "", Math, {}),
    pair("toJSON", "", { toJSON: () => 1 }, 1),
  ];
  for (const each of others) expect(["two entries", "not cached: each call runs"]).toContain(mixedOutcomeOf(each));
});

/** As above, where one of the two may be cached and the other not. */
function mixedOutcomeOf({ first, values }: Pair): string {
  traceWarnings();
  const runs: unknown[] = [];
  const f = fleche(
    (value: unknown) => {
      runs.push(value);
      return Object.is(value, values[0]) ? "first" : "second";
    },
    { name: "f", version: 1, cache: openCache({ store: memoryStore(), keys: null }) },
  );
  const answers = [...values, ...[...values].reverse()].map((value) => f(value));
  expect([first, answers]).toEqual([first, ["first", "second", "second", "first"]]);
  return runs.length === 2 ? "two entries" : "not cached: each call runs";
}

test("calls that differ in what is passed, not in what it is, do not share an entry", () => {
  const runs: unknown[][] = [];
  const f = fleche(
    (...args: unknown[]) => {
      runs.push(args);
      return args;
    },
    { name: "f", version: 1, cache: openCache({ store: memoryStore(), keys: null }) },
  );
  const g = f.with({ name: "g" });
  const calls = [[], [undefined], [1], [1, undefined], [[1]], [1, 2], [2, 1], [[1, 2]], [[1], 2], [null], [{}], [[]]];
  for (const args of [...calls, ...calls]) expect(f(...args)).toEqual(args);
  expect(runs).toHaveLength(calls.length);
  for (const args of calls) g(...args);
  expect(runs).toHaveLength(2 * calls.length);

  const seen: unknown[][] = [];
  const fixed = fleche(
    (a?: unknown, b: unknown = 2) => {
      seen.push([a, b]);
      return [a, b];
    },
    { name: "fixed", version: 1, cache: openCache({ store: memoryStore(), keys: null }) },
  );
  const variants: unknown[][] = [[], [1], [1, undefined], [1, 2], [undefined], [undefined, 1]];
  for (const args of [...variants, ...variants]) {
    expect(fixed(...(args as []))).toEqual([args[0], args[1] === undefined ? 2 : args[1]]);
  }
  expect(seen).toHaveLength(variants.length);
});
