// biome-ignore-all lint/complexity/noStaticOnlyClass: static members are what is tried
/** Functions that do different things though their text is one: each pair was one function once, or is next to a pair that was. */
import { expect, test } from "vitest";
import { digestHex } from "../../src/digest/digest.ts";
import { functionValueDigest, identify, objectValueDigest } from "../../src/identity/identity.ts";
import { code, reason } from "./see.ts";

type Make = (x: never) => object;
const hold = (value: unknown) => () => value;
const member = (value: { readonly a?: unknown }) => () => value.a;
const made = (own: Record<PropertyKey, PropertyDescriptor>, prototype: object | null = { hello: () => 1 }) =>
  Object.create(prototype, own) as object;
const withMethod = (z: unknown) =>
  class Q {
    m() {
      return z;
    }
    static s() {
      return z;
    }
  };
let count = 0;
let key = "";

test.each<[what: string, make: Make, one: unknown, other: unknown]>([
  ["a derived object: Symbol.for", (value) => hold(made({ [Symbol.for("a")]: { value } })), 1, 2],
  ["a derived object: a symbol of the language", (value) => hold(made({ [Symbol.toPrimitive]: { value } })), 1, 2],
  ["a derived object: hidden", (enumerable) => hold(made({ a: { value: 1, enumerable } })), true, false],
  ["a derived object: getters", (x) => hold(made({ a: { get: () => x } })), 1, 2],
  [
    "a derived object: a getter and a value",
    (p: PropertyDescriptor) => hold(made({ a: p })),
    { value: 1 },
    { get: () => 1 },
  ],
  ["getters that are no exports: hidden", (x) => hold(made({ a: { get: () => x } }, Object.prototype)), 1, 2],
  [
    "getters and a symbol",
    (x) =>
      hold({
        get a() {
          return count;
        },
        [Symbol.for("s")]: x,
      }),
    1,
    2,
  ],
  [
    "a getter that changes what it gives",
    (step: number) => {
      let n = 0;
      return hold({
        get a() {
          n += step;
          return n > 1 ? 1 : 0;
        },
      });
    },
    0,
    1,
  ],
  [
    "named: a getter that counts",
    (n: number) =>
      member({
        get a() {
          return n-- > 0 ? 1 : 1;
        },
      }),
    1,
    2,
  ],
  [
    "an instance with nothing but a field called default",
    (x) => {
      class Q {
        default = 1;
        f() {
          return x;
        }
      }
      return hold(new Q());
    },
    1,
    2,
  ],
  [
    "what says that it is a module, and inherits",
    (x) => hold(made({ __esModule: { value: true } }, { f: () => x })),
    1,
    2,
  ],
  [
    "what is called a module, and inherits",
    (x) => hold(made({ [Symbol.toStringTag]: { value: "Module" } }, { f: () => x })),
    1,
    2,
  ],
  [
    "a hidden export of a module that is handed on",
    (value) => hold(Object.defineProperty({ __esModule: true }, "a", { value })),
    1,
    2,
  ],
  [
    "a function's property: symbol and text",
    (k: PropertyKey) => hold(Object.assign(() => 1, { [k]: 1 })),
    Symbol.for("a"),
    "Symbol(a)",
  ],
  [
    "a function's property: hidden",
    (enumerable) => hold(Object.defineProperty(() => 1, "a", { value: 1, enumerable })),
    true,
    false,
  ],
  ["names of functions", (name: string) => hold({ [name]: () => 1 }[name]), "a", "b"],
  ["lengths of functions", (value) => hold(Object.defineProperty(() => 1, "length", { value })), 1, 2],
  ["names that are no text", (value) => hold(Object.defineProperty(() => 1, "name", { value })), 1, 2],
  ["what a function inherits from", (v) => hold(Object.setPrototypeOf(() => 1, { v })), 1, 2],
  ["a function that inherits from nothing", (p) => hold(Object.setPrototypeOf(() => 1, p)), null, Function.prototype],
  [
    "prototypes that are no objects",
    (v) => {
      function F() {}
      F.prototype = v;
      return hold(F);
    },
    1,
    2,
  ],
  [
    "another constructor",
    (v: object) => {
      class Q {}
      Q.prototype.constructor = v as never;
      return hold(Q);
    },
    () => 1,
    () => 2,
  ],
  [
    "a static method called name",
    (value) => {
      class Q {
        static name() {}
      }
      Object.defineProperty(Q, "name", { value });
      return hold(Q);
    },
    () => 1,
    () => 2,
  ],
  [
    "a method that was exchanged for one of its text",
    (z) => {
      const Q = withMethod(0);
      Q.prototype.m = withMethod(z).prototype.m;
      return hold(Q);
    },
    1,
    2,
  ],
  [
    "a static method that was exchanged for one of its text",
    (z) => {
      const Q = withMethod(0);
      Q.s = withMethod(z).s;
      return hold(Q);
    },
    1,
    2,
  ],
  [
    "functions in static fields",
    () =>
      hold(
        class {
          static f = (
            (z) => () =>
              z
          )(count++);
        },
      ),
    1,
    2,
  ],
  [
    "classes in static fields",
    () =>
      hold(
        class {
          static Inner = ((z) =>
            class {
              v = z;
            })(count++);
        },
      ),
    1,
    2,
  ],
  [
    "subclasses of Intl's classes",
    (locale: string) => hold(new (class extends Intl.NumberFormat {})(locale)),
    "de",
    "en",
  ],
  ["subclasses of Headers", (a: string) => hold(new (class extends Headers {})([["a", a]])), "1", "2"],
  ["exceptions of the platform", (name: string) => hold(new DOMException("a", name)), "AbortError", "DataCloneError"],
  ["subclasses of URL", (href: string) => hold(new (class extends URL {})(href)), "http://a/", "http://b/"],
])("differ: %s", (_, make, one, other) => {
  expect(code(make(one as never))).not.toBe(code(make(other as never)));
});

test("equal ones still agree", () => {
  expect(code(hold(made({ a: { value: 1 }, [Symbol.for("b")]: { value: 2 } })))).toBe(
    code(hold(made({ [Symbol.for("b")]: { value: 2 }, a: { value: 1 } }))),
  );
  expect(code(hold(withMethod(1)))).toBe(code(hold(withMethod(1))));
  expect(code(hold(new (class extends Intl.NumberFormat {})("de")))).toMatch(/./);
});

const computed = () =>
  class {
    [key] = 1;
  };

test.each<[what: string, fn: object, text: string]>([
  ["a unique symbol on a derived object", hold(made({ [Symbol("a")]: { value: 1 } })), "under a symbol of its own"],
  ["a unique symbol on a function", hold(Object.assign(() => 1, { [Symbol("a")]: 1 })), "under a symbol of its own"],
  ["a computed name of a field", hold(computed()), "a computed name of a field"],
  [
    "a computed name after a field",
    hold(
      class {
        a = 1;
        [key] = 1;
      },
    ),
    "a computed name of a field",
  ],
  ["a bound function with a property", hold(Object.assign(Math.max.bind(null), { a: 1 })), "properties of its own"],
  ["a decoder with a property", hold(Object.assign(new TextDecoder(), { a: 1 })), "a property of its own"],
  ["a subclass of Blob", hold(new (class extends Blob {})(["a"])), "cannot be read at once"],
  [
    "a subclass of FinalizationRegistry",
    hold(new (class extends FinalizationRegistry<1> {})(() => {})),
    "hidden state",
  ],
  ["parameters with a property", hold(Object.assign(new URLSearchParams(), { a: 1 })), "a property of its own"],
  [
    "a format with a property",
    hold(Object.assign(new Intl.NumberFormat(), { resolvedOptions: () => ({}) })),
    "a property of its own",
  ],
  ...[new Map(), new Set(), new Date(0), new Error("a"), [], new URLSearchParams(), new Intl.Collator()].map(
    (value): [string, object, string] => {
      const what = `${value.constructor.name} that inherits from something else`;
      return [what, hold(Object.setPrototypeOf(value, { z: 1 })), "hidden state"];
    },
  ),
])("unseen: %s", (_, fn, text) => {
  expect(reason(fn)).toContain(text);
});

test("names of fields and methods that the text or the class itself shows are seen", () => {
  const shown = class {
    a = 1;
    [Symbol.iterator] = 2;
    static [key] = 3;
    [key]() {}
    get [`${key}b`]() {
      return [1][0];
    }
    list = [1];
    first = this.list[0];
  };
  expect(code(hold(shown))).toMatch(/./);
});

test("no getter is run to name an object, but those that hand out a variable", () => {
  let ran = 0;
  const counting = {
    get a() {
      ran++;
      return 1;
    },
  };
  for (const fn of [hold(counting), member(counting)]) code(fn);
  digestHex(counting, {
    functionDigest: functionValueDigest(() => undefined),
    otherDigest: objectValueDigest(() => undefined),
  });
  expect(ran).toBe(0);
  const exported = 1;
  const table = {
    get a() {
      return exported;
    },
    get b() {
      return new WeakMap();
    },
  };
  expect(identify(member(table)).current(0)).toHaveProperty("codeDigest");
});
