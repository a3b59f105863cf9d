import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binder } from "../../src/call/binding.ts";
import type { Signature } from "../../src/call/signature.ts";
import { type AnyFunction, signatureOf } from "../../src/call/source.ts";
import { Tuple } from "../../src/digest/shapes.ts";

/** Evaluated here, so that what is read is this text and not what the test runner's compiler makes of it. */
function made(expression: string): AnyFunction {
  return globalThis.eval(`(${expression}\n)`) as AnyFunction;
}

/** A signature in short: `form(names) receiver`, `?` after a name for a default, `...` before one for the rest. */
function short({ form, parameters, receiver }: Signature): string {
  const names = parameters.map(({ name, rest, optional }) => `${rest ? "..." : ""}${name}${optional ? "?" : ""}`);
  return `${form}(${names.join(" ")}) ${receiver}`;
}

const FORMS: readonly (readonly [expression: string, expected: string])[] = [
  // Arrows
  ["() => 1", "arrow() never"],
  ["a => a", "arrow(a) never"],
  ["async a => a", "arrow(a) never"],
  ["async => async", "arrow(async) never"],
  ["(async) => async", "arrow(async) never"],
  ["async (a, b) => a", "arrow(a b) never"],
  ["async(a) => a", "arrow(a) never"],
  ["async async => async", "arrow(async) never"],
  ["(a, b,) => a", "arrow(a b) never"],
  ["(...all) => all", "arrow(...all) never"],
  ["(a, ...[b, c]) => a", "arrow(a ...#1) never"],
  ["(of, get, set, async) => of", "arrow(of get set async) never"],
  ["a => this", "arrow(a) never"],
  ["$ => $", "arrow($) never"],
  ["_ => _", "arrow(_) never"],
  ["\u00e4\u{20000} => 1", "arrow(\u00e4\u{20000}) never"],
  ["(\\u0061b, c\\u{64}) => ab", "arrow(ab cd) never"],
  ["(a) => (b, c) => a", "arrow(a) never"],
  ["(a = (x, y) => x, b) => a", "arrow(a? b) never"],
  ["(a = b => b, c) => a", "arrow(a? c) never"],
  // Functions
  ["function () {}", "function() never"],
  ["function f(a, b) {}", "function(a b) never"],
  ["function* f(a) {}", "function(a) never"],
  ["async function f(a) {}", "function(a) never"],
  ["async function* f(a, ...b) {}", "function(a ...b) never"],
  ["function/* ( */ f /* (x) */ (a /* , b */, // c,\n d) {}", "function(a d) never"],
  ["function f(a = ')', b = \"(\", c = `,${[1, 2].join(')')},`, d = /[/),]/, e) {}", "function(a? b? c? d? e) never"],
  ["function f(a = `${`${'}'}`}`, b) {}", "function(a? b) never"],
  ["function f(a = 1 / 2, b = a / 3, c) {}", "function(a? b? c) never"],
  ["function f({ a, b }, [c, d], e) {}", "function(#0 #1 e) never"],
  ["function f({ a = 1, b: { c } = {} } = {}, [d] = [], e) {}", "function(#0? #1? e) never"],
  ["function f({ a }, b = function (x, y) { return x }) {}", "function(#0 b?) never"],
  ["function f(a, a) {}", "function(#0 a) never"],
  ["function f(a = class { m(x, y) {} }, b) {}", "function(a? b) never"],
  ["function f(arguments_, yield_) {}", "function(arguments_ yield_) never"],
  // Methods, in objects and classes
  ["{ f(a, b) {} }.f", "function(a b) never"],
  ["{ async f(a) {} }.f", "function(a) never"],
  ["{ *f(a) {} }.f", "function(a) never"],
  ["{ async *f(a) {} }.f", "function(a) never"],
  ["{ async(a) {} }.async", "function(a) never"],
  ["{ get(a) {} }.get", "function(a) never"],
  ["{ static(a) {} }.static", "function(a) never"],
  ["{ function(a) {} }.function", "function(a) never"],
  ["{ class(a) {} }.class", "function(a) never"],
  ["{ async function(a) {} }.function", "function(a) never"],
  ["{ 'a (b, c)'(d) {} }['a (b, c)']", "function(d) never"],
  ["{ 12(d) {} }[12]", "function(d) never"],
  ["{ ['x' + (1, 2)](d) {} }.x2", "function(d) never"],
  ["{ async *[[`${'('}`][0]](d) {} }['(']", "function(d) never"],
  ["Object.getOwnPropertyDescriptor({ get a() { return 1 } }, 'a').get", "function() never"],
  ["Object.getOwnPropertyDescriptor({ set a(v) {} }, 'a').set", "function(v) never"],
  ["Object.getOwnPropertyDescriptor({ get ['a' + (1)]() { return 1 } }, 'a1').get", "function() never"],
  ["class { static f(a, b) {} }.f", "function(a b) never"],
  ["class { static async f(a) {} }.f", "function(a) never"],
  ["class { static *[Symbol.iterator](a) {} }[Symbol.iterator]", "function(a) never"],
  ["class { static #p(a) {} static q = this.#p }.q", "function(a) never"],
  ["class { static f = (a, b) => a }.f", "arrow(a b) never"],
  ["class { f(a) {} }.prototype.f", "function(a) never"],
  // What compilers make of default values and rest parameters
  [
    "function f(a, b) { if (b === void 0) { b = 1; } var rest = [].slice.call(arguments, 2); return rest }",
    "function(a b) never",
  ],
  ["function f(_a) { var a = _a.a, b = _a.b; }", "function(_a) never"],
  ["new Function('a', 'b = 2', 'return a')", "function(a b?) never"],
  ["new Function('a, /* b', '*/ c', 'return a')", "function(a c) never"],
  // Receivers
  ["function () { return this.x }", "function() always"],
  ["{ f(a) { return super.f(a) } }.f", "function(a) always"],
  ["function (a = this.x) { return a }", "function(a?) always"],
  ["function () { return () => this }", "function() always"],
  ["function () { return function () { return this } }", "function() always"],
  ["function () { return `${this.x}` }", "function() always"],
  ["function () { return eval('th' + 'is') }", "function() always"],
  ["function () { return eval?.('1') }", "function() always"],
  ["function (...x) { return [...this] }", "function(...x) always"],
  ["function (a, b, g) { return a++ / this.x / g }", "function(a b g) always"],
  ["function (a, b, g) { return a\n/ this.x / g }", "function(a b g) always"],
  ["function (a) { { } return { } / this.x / 2 }", "function(a) always"],
  ["function (x) { return x.this + x?.this + 'this' + `this` /* this */ } // this", "function(x) never"],
  ["function (x) { return { evaluate: x.eval(1), thisOne: 1 } }", "function(x) never"],
  ["function (x) { return /this/.test(x) }", "function(x) always"],
  // Nothing to be seen
  ["Math.max", "opaque(#0 #1) given"],
  ["parseInt", "opaque(#0 #1) given"],
  ["Array.prototype[Symbol.iterator]", "opaque() given"],
  ["Object.getOwnPropertyDescriptor(Map.prototype, 'size').get", "opaque() given"],
  ["function (a, b, c) {}.bind(null, 1)", "opaque(#0 #1) given"],
  ["new Proxy(function (a, b) {}, {})", "opaque(#0 #1) given"],
  ["class { constructor(a) {} }", "class() given"],
  ["class A extends Array {}", "class() given"],
  // Taken for a division and a text that does not end, by the tokenizer: then nothing is believed
  ["function (x) { for (const y of /'/[Symbol.split](this.x)) return y }", "opaque(#0) given"],
  // Looks native, is not
  ["() => '{ [native code] }'", "arrow() never"],
  ["a => { /* { [native code] } */ }", "arrow(a) never"],
  ["a => `{ [native code] }`", "arrow(a) never"],
];

describe("the signature of a function", () => {
  test.each(FORMS)("%s", (expression, expected) => {
    expect(short(signatureOf(made(expression)))).toBe(expected);
  });

  test("is opaque where the names found do not agree with the length, which the engine counted", () => {
    const fn = made("(a, b) => a");
    Object.defineProperty(fn, "length", { value: 1 });
    expect(short(signatureOf(fn))).toBe("opaque(#0) given");
    for (const value of [-1, 2 ** 53, Number.NaN, Infinity, "2"]) {
      Object.defineProperty(fn, "length", { value });
      expect(signatureOf(fn).parameters.length).toBeLessThanOrEqual(255);
    }
  });

  test("is not fooled by a toString of the function's own", () => {
    const fn = Object.assign(made("(a) => a"), { toString: () => "(b) => b" });
    expect(short(signatureOf(fn))).toBe("arrow(a) never");
  });

  test("says of every built-in function that nothing is to be seen", () => {
    const builtins = Object.getOwnPropertyNames(globalThis)
      .map((name) => (globalThis as Record<string, unknown>)[name])
      .flatMap((holder) =>
        holder !== null && ["object", "function"].includes(typeof holder) ? [holder as object] : [],
      )
      .flatMap((holder) => Object.values(Object.getOwnPropertyDescriptors(holder)))
      .flatMap(({ value, get }) => [value as unknown, get as unknown])
      .filter((value): value is AnyFunction => typeof value === "function")
      .filter((fn) => Function.prototype.toString.call(fn).includes("[native code]"));
    expect(builtins.length).toBeGreaterThan(300);
    for (const fn of builtins) expect(signatureOf(fn).form).toBe("opaque");
  });
});

/** Texts of default values and comments in which a careless reader would lose its way. */
const WILD = [
  "1",
  "')'",
  '"(,"',
  "`${[1,2].map((q) => `,${q})`)}`",
  "`${1, 2}`",
  "/[,)/]/g",
  "(1, 2)",
  "[{ a: ')' }, 2]",
  "(q, r) => q",
  "q => ({ q })",
  "function (q, r) { return q / r }",
  "class { m(q, r) { return '}' } }",
  "4 / 2 / 1",
  "async (q, r) => `}`",
  "{ m() { return /}/ } }",
  "typeof /,/",
  "!/'/",
];
const BLANKS = ["", " ", "/* , ) => */", "// ) ,\n", "\n", "/* ` */", "/* ' */"];

const pieces = fc.record({
  count: fc.integer({ min: 0, max: 5 }),
  defaults: fc.array(fc.option(fc.constantFrom(...WILD)), { minLength: 5, maxLength: 5 }),
  blanks: fc.array(fc.constantFrom(...BLANKS), { minLength: 7, maxLength: 7 }),
  rest: fc.boolean(),
  form: fc.constantFrom("arrow", "function", "method", "computed", "static"),
  passed: fc.integer({ min: 0, max: 8 }),
});

describe("binding, against what calling shows", () => {
  test("the pairs of a call are the variables that its body sees", () => {
    fc.assert(
      fc.property(pieces, ({ count, defaults, blanks, rest, form, passed }) => {
        const names = ["a", "of", "$c", "d1", "async"].slice(0, count);
        const list = names.map(
          (name, i) => `${blanks[i]}${name}${blanks[i + 1]}${defaults[i] === null ? "" : `=${defaults[i]}`}`,
        );
        if (rest) list.push(`${blanks[5]}...${blanks[6]}rest`);
        const parameters = `(${blanks[0]}${list.join(",")}\n)`;
        const body = `{ return { ${[...names, ...(rest ? ["rest"] : [])].join(", ")} } }`;
        const source = {
          arrow: `${parameters} => ${body}`,
          function: `function ${blanks[1]} name ${parameters} ${body}`,
          method: `({ name${parameters} ${body} }).name`,
          computed: `({ [((x, y) => 'na' + y)(1, 'me')]${parameters} ${body} }).name`,
          static: `(class { static name ${parameters} ${body} }).name`,
        }[form] as string;
        const fn = made(source) as (...args: unknown[]) => Record<string, unknown>;
        const args = Array.from({ length: passed }, (_, i) => `value ${i}`);

        const { arguments: bound } = binder(signatureOf(fn))(undefined, args);
        const seen = fn(...args);
        const items = bound.map(({ name, value }) => [name, value instanceof Tuple ? [...value] : value]);
        const expected: [string, unknown][] = names.slice(0, passed).map((name) => [name, seen[name]]);
        if (passed > count) expected.push(rest ? ["rest", seen.rest] : ["*", args.slice(count)]);
        expect(items).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
