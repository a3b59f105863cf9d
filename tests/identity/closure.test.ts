import { EventEmitter } from "node:events";
import * as fs from "node:fs";
import { readFile, readFileSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import { register } from "../../src/digest/registry.ts";
import { tuple } from "../../src/digest/shapes.ts";
import { identify } from "../../src/identity/identity.ts";
import * as all from "./fixtures/helper.ts";
import byDefault, { factor, helper, setFactor } from "./fixtures/helper.ts";
import { changed, code, seen } from "./see.ts";

describe("two closures of one text", () => {
  const holding = (value: unknown) => () => value;
  class Point {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  class Other {
    readonly x: number;
    constructor(x: number) {
      this.x = x;
    }
  }
  class Secret {
    readonly #x: number;
    constructor(x: number) {
      this.#x = x;
    }
    get x() {
      return this.#x;
    }
  }
  class Table extends Map<string, number> {}
  class Failure extends Error {}
  class Emitter extends EventEmitter {
    readonly x: number;
    constructor(x: number) {
      super();
      this.x = x;
    }
  }
  const sloppy = new Function("return function () { return this }")();
  const strict = new Function('"use strict"; return function () { return this }')();
  const f = (x: number) => x + 1;
  const g = (x: number) => x + 2;
  const boundTo = (receiver: unknown, ...args: unknown[]) => Function.prototype.bind.call(helper, receiver, ...args);

  test.each<[what: string, one: unknown, other: unknown]>([
    ["numbers", 1, 2],
    ["a number and its text", 1, "1"],
    ["zero and minus zero", 0, -0],
    ["null and undefined", null, undefined],
    ["NaN and null", Number.NaN, null],
    ["an object and an array", {}, []],
    ["objects", { a: 1 }, { a: 2 }],
    ["a missing field", {}, { a: undefined }],
    [
      "maps in another order",
      new Map([
        [1, 1],
        [2, 2],
      ]),
      new Map([
        [2, 2],
        [1, 1],
      ]),
    ],
    ["two regular expressions", /a/, /a/g],
    ["functions", f, g],
    ["a function and its text", f, String(f)],
    ["functions in objects", { f }, { f: g }],
    ["functions in arrays", [f, g], [g, f]],
    ["one function twice and two functions", [f, f], [f, g]],
    ["built-in functions", JSON.parse, Date.parse],
    ["path.posix and path.win32", path.posix.join, path.win32.join],
    ["functions of a module of Node's", readFileSync, readFile],
    ["promisified functions", promisify(f as never), promisify(g as never)],
    ["promisified and not", promisify(readFile), readFile],
    ["bound functions: target", f.bind(null), g.bind(null)],
    ["bound functions: this", boundTo(1), boundTo(2)],
    ["bound functions: arguments", boundTo(null, 1), boundTo(null, 1, 2)],
    ["a function and a bound one", helper, boundTo(null)],
    ["instances: fields", new Point(1), new Point(2)],
    ["instances: classes with equal fields", new Point(1), new Other(1)],
    ["an instance and a plain object", new Point(1), { x: 1 }],
    ["instances: private fields", new Secret(1), new Secret(2)],
    ["subclasses of Map", new Table([["a", 1]]), new Table([["a", 2]])],
    ["subclasses of Error", new Failure("a"), new Failure("b")],
    ["instances in objects", { a: new Point(1) }, { a: new Point(2) }],
    ["subclasses of Node's classes", new Emitter(1), new Emitter(2)],
    ["search parameters", new URLSearchParams("a=1"), new URLSearchParams("a=2")],
    ["headers", new Headers({ a: "1" }), new Headers({ a: "2" })],
    ["number formats", new Intl.NumberFormat("de"), new Intl.NumberFormat("en")],
    ["number formats and date formats", new Intl.NumberFormat("en"), new Intl.DateTimeFormat("en")],
    ["a Digest and what it names", D(digest(1)), 1],
    ["a Digest and its text", D(digest(1)), digest(1)],
    ["a tuple and an array", tuple(1, 2), [1, 2]],
    ["Math and a plain object", Math, {}],
    ["Math and JSON", Math, JSON],
    ["sloppy and strict code", sloppy, strict],
    ["a class and a function", class {}, function () {}],
    ["symbols", Symbol.for("a"), Symbol.for("b")],
  ])("differ: %s", (_, one, other) => {
    expect(code(holding(one))).not.toBe(code(holding(other)));
  });

  test.each<[what: string, one: unknown, other: unknown]>([
    ["equal numbers", 1, 1],
    ["equal objects, in another order", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["functions of one text", (x: number) => x * 2, (x: number) => x * 2],
    ["equal instances", new Point(1), new Point(1)],
    ["equal private fields", new Secret(1), new Secret(1)],
    ["equally bound functions", boundTo({ a: 1 }, 1), boundTo({ a: 1 }, 1)],
    ["promisified functions", promisify(f as never), promisify(f as never)],
    ["sockets, which are left out", new Socket(), new Socket()],
  ])("agree: %s", (_, one, other) => {
    expect(code(holding(one))).toBe(code(holding(other)));
  });

  test("two lambdas on one line", () => {
    const [one, other] = [(x: number) => x + 1, (x: number) => x + 2];
    expect(code(one)).not.toBe(code(other));
  });

  test("a counter that a closure counts with", () => {
    const counter = (start: number) => {
      let n = start;
      return { next: () => ++n, peek: () => n };
    };
    const { next, peek } = counter(1);
    const before = seen(peek);
    next();
    expect(changed(before, seen(peek))).toEqual(["n"]);
  });
});

describe("variables", () => {
  test("an inner one hides an outer one of its name", () => {
    const value = 1;
    const make = (value: number) => () => value;
    expect(code(make(2))).not.toBe(code(make(value)));
  });

  test("of its own are not looked up", () => {
    expect(
      seen(() => {
        const later = 1;
        return later;
      }).parts.map(([path]) => path),
    ).toEqual(["source"]);
  });

  test("of the module that it does not name do not count", () => {
    // The fixture holds a promise, which could not be named.
    expect(seen(() => helper(1)).leftOut).toEqual([]);
  });

  test("later ones cannot be named, where V8 shows that they are not there yet", () => {
    const found = identify(() => later).current(0);
    const node20 = Number.parseInt(process.versions.node, 10) < 22;
    expect("unseen" in found ? found.unseen : "seen").toBe(node20 ? "seen" : '"later" is not initialised yet');
    const later = 1;
    expect("unseen" in identify(() => later).current(0)).toBe(false);
  });
});

describe("the user's own functions", () => {
  test("of another file count with what they capture", () => {
    const caller = (x: number) => helper(x);
    const before = seen(caller);
    setFactor(4);
    const after = seen(caller);
    setFactor(3);
    expect(changed(before, after)).toHaveLength(1);
    expect(changed(before, after)[0]).toMatch(/helper\.factor$/);
    expect(code(caller)).toBe(before.codeDigest);
    expect(code((x: number) => x * factor)).not.toBe(code((x: number) => x * 3));
  });

  test("are followed through a namespace, along the members that are named", () => {
    expect(
      seen(() => all.helper(1))
        .parts.map(([path]) => path)
        .filter((path) => path.includes("unrelated")),
    ).toEqual([]);
    const found = identify(() => all).current(0);
    expect(all.unrelated).toBeInstanceOf(Promise);
    expect("unseen" in found && found.unseen).toContain("unrelated");
    expect(code(() => all.helper)).not.toBe(code(() => all.setFactor));
    expect(code(() => byDefault(1))).not.toBe(code(() => helper(1)));
  });

  test("may name each other and themselves", () => {
    const makePair = (step: number) => {
      const even = (n: number): boolean => n === 0 || odd(n - step);
      const odd = (n: number): boolean => n !== 0 && even(n - step);
      return { even, odd };
    };
    expect(code(makePair(1).even)).toBe(code(makePair(1).even));
    expect(code(makePair(1).even)).not.toBe(code(makePair(2).even));
    expect(code(makePair(1).even)).not.toBe(code(makePair(1).odd));
  });

  test("in a ring of two are not those in a ring of three", () => {
    const link = () => {
      let next: (() => unknown) | undefined;
      const to = (fn: () => unknown): void => {
        next = fn;
      };
      return { call: () => next?.(), to };
    };
    const ring = (size: number, back: number) => {
      const links = Array.from({ length: size }, link);
      for (const [i, { to }] of links.entries()) to(links[i + 1 === size ? back : i + 1]!.call);
      return code(links[0]!.call);
    };
    expect(new Set([ring(1, 0), ring(2, 0), ring(2, 1), ring(3, 0), ring(3, 1), ring(3, 2)]).size).toBe(6);
    expect(ring(3, 1)).toBe(ring(3, 1));
  });

  test("with properties of their own count with them", () => {
    const with_ = (rate: number) => {
      const fn = () => fn.rate;
      fn.rate = rate;
      return () => fn();
    };
    expect(code(with_(1))).not.toBe(code(with_(2)));
    expect(code(with_(1))).toBe(code(with_(1)));
  });

  test("that are constructors of the old kind count with their prototypes", () => {
    const make = (method: () => number) => {
      function Old() {}
      Old.prototype.method = method;
      return () => new (Old as unknown as new () => object)();
    };
    expect(code(make(() => 1))).not.toBe(code(make(() => 2)));
    expect(code(make(() => 1))).toBe(code(make(() => 1)));
    const inherit = (method: () => number) => {
      const Parent = make(method)().constructor as unknown as { prototype: object };
      function Child() {}
      Child.prototype = Object.create(Parent.prototype);
      return () => new (Child as unknown as new () => object)();
    };
    expect(code(inherit(() => 1))).not.toBe(code(inherit(() => 2)));
  });
});

describe("classes", () => {
  const base = (rate: number) =>
    class {
      static rate = 1;
      m() {
        return rate;
      }
    };
  const derived = (parent: ReturnType<typeof base>) => class extends parent {};
  const calling = (made: new () => object) => () => new made();

  test("differ by what they capture, and by their superclass", () => {
    expect(code(calling(base(1)))).not.toBe(code(calling(base(2))));
    expect(code(calling(derived(base(1))))).not.toBe(code(calling(derived(base(2)))));
    expect(code(calling(derived(base(1))))).toBe(code(calling(derived(base(1)))));
    // Its source names another superclass than it has by now.
    const reparented = (rate: number) => Object.setPrototypeOf(derived(base(1)), base(rate)) as new () => object;
    expect(code(calling(reparented(1)))).not.toBe(code(calling(reparented(2))));
  });

  test("differ by static fields, private ones too", () => {
    // biome-ignore lint/complexity/noStaticOnlyClass: static fields are the point of this test
    class Counting {
      static count = 0;
      static #hidden = 0;
      static raise() {
        return ++Counting.#hidden;
      }
    }
    const uses = () => Counting;
    const before = code(uses);
    Counting.count++;
    const counted = code(uses);
    Counting.raise();
    expect(new Set([before, counted, code(uses)]).size).toBe(3);
  });

  test("differ by a method that was put in later", () => {
    class A {
      m() {
        return 1;
      }
      n() {
        return 2;
      }
    }
    const uses = () => new A().m();
    const before = code(uses);
    A.prototype.m = A.prototype.n;
    const swapped = code(uses);
    const make = (rate: number) => () => rate;
    A.prototype.m = make(1);
    const one = code(uses);
    A.prototype.m = make(2);
    expect(new Set([before, swapped, one, code(uses)]).size).toBe(4);
  });

  test("that are registered count with their code where an instance is captured", () => {
    const make = (rate: number) => {
      class Model {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
        energy() {
          return this.x * rate;
        }
      }
      register(Model, { name: `test.Model.${rate}`, encode: () => 1, decode: () => new Model(1) });
      Object.assign(Model, { [Symbol.for("x")]: rate });
      const model = new Model(1);
      return {
        direct: () => model.energy(),
        inside: (
          (list) => () =>
            list
        )([{ model }]),
      };
    };
    const [one, other] = [make(1), make(2)];
    const parts = seen(one.direct).parts.map(([path]) => path);
    expect(parts).toContain("model.constructor.rate");
    expect(code(one.direct)).not.toBe(code(other.direct));
    expect(seen(one.inside).parts.map(([path]) => path)).toContain("list.constructor.rate");
  });
});

describe("what is not the user's", () => {
  test("instances of Node's classes are left out, and it is said", () => {
    const socket = new Socket();
    expect(seen(() => socket.destroy()).leftOut).toEqual([{ path: "socket", what: "an instance of Socket" }]);
  });

  test("modules of Node's count by name", () => {
    expect(seen(() => fs.readFileSync(path.join("a"))).leftOut).toEqual([]);
    expect(code(() => fs.readFileSync)).not.toBe(code(() => fs.readFile));
  });

  test("a built-in that was replaced counts as what it was replaced by", () => {
    const uses = () => Math.max(1, 2) + parseFloat("1");
    const before = code(uses);
    const { max } = Math;
    const original = globalThis.parseFloat;
    try {
      Math.max = () => 3;
      const replaced = code(uses);
      Math.max = Math.min;
      const swapped = code(uses);
      Math.max = max;
      globalThis.parseFloat = () => 4;
      expect(new Set([before, replaced, swapped, code(uses)]).size).toBe(4);
    } finally {
      Math.max = max;
      globalThis.parseFloat = original;
    }
    expect(code(uses)).toBe(before);
  });

  test("globals of the program's own count by value", () => {
    const uses = new Function("return () => ownGlobal + globalThis.ownOther")();
    const set = (name: string, value: unknown) => Reflect.set(globalThis, name, value);
    set("ownGlobal", 1);
    const before = code(uses);
    set("ownGlobal", 2);
    const after = code(uses);
    set("ownOther", 3);
    expect(new Set([before, after, code(uses)]).size).toBe(3);
  });

  test("a local variable called like a built-in is no built-in", () => {
    // biome-ignore lint/suspicious/noShadowRestrictedNames: the point of this test
    const make = (Math: { max: () => number }) => () => Math.max();
    expect(code(make({ max: () => 1 }))).not.toBe(code(make({ max: () => 2 })));
    const fetching = (fetch: unknown) => () => fetch;
    expect(code(fetching(globalThis.fetch))).not.toBe(code(fetching(1)));
  });
});

describe("wrappers", () => {
  test("count as what they wrap", () => {
    const original = (x: number) => x + 1;
    const wrapper = Object.assign((x: number) => original(x), { original });
    Object.defineProperty(wrapper, "name", { value: "original" });
    const standard = new Set<PropertyKey>(["length", "name", "prototype", "original"]);
    const unwrap = (fn: object) =>
      "original" in fn ? { original: fn.original as object, receiver: [] as const, standard } : undefined;
    const make = (inner: (x: number) => number) => () => inner(1);
    expect(code(make(wrapper), { unwrap })).toBe(code(make(original), { unwrap }));
    expect(code(wrapper, { unwrap })).toBe(code(original));
    expect(code(make(wrapper))).not.toBe(code(make(original)));
  });

  test("may call themselves", () => {
    const originals = new Map<object, object>();
    const wrap = <F extends object>(fn: F): F => {
      const wrapper = Object.defineProperty((_: unknown) => {}, "name", {
        value: Reflect.get(fn, "name"),
      }) as unknown as F;
      originals.set(wrapper, fn);
      return wrapper;
    };
    const fib: (n: number) => number = wrap((n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)));
    const unwrap = (fn: object) => {
      const original = originals.get(fn);
      return original && { original, receiver: [] as const, standard: new Set(Reflect.ownKeys(fn)) };
    };
    expect(seen(fib, { unwrap }).parts.map(([name]) => name)).toEqual(["source", "fib"]);
  });
});
