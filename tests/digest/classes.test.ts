import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { D, Digest, isDigest } from "../../src/digest/reference.ts";
import { type ClassRegistration, type Registrable, register } from "../../src/digest/registry.ts";
import { Dict, dict, Tuple, tuple } from "../../src/digest/shapes.ts";
import { DigestError } from "../../src/errors.ts";
import { Point, Vector } from "./values.ts";

const invalid = expect.objectContaining({ name: "TypeError", code: "invalid-argument" });

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

const asIs = (name: string): ClassRegistration<object, unknown> => ({
  name,
  encode: (value) => value,
  decode: () => ({}),
});

describe("a registered class", () => {
  test("is named by its registered name and by what encode gives", () => {
    expect(digest(new Point(1, 2))).toBe(digest(new Point(1, 2)));
    expect(digest(new Point(1, 2))).not.toBe(digest(new Point(1, 3)));
    expect(digest(new Point(1, 2))).not.toBe(digest(new Vector(1, 2)));
  });

  test("does not stand for its subclasses", () => {
    class Sub extends Point {}
    expect(() => digest(new Sub(1, 2))).toThrow(DigestError);
    expect(() => digest(Object.create(new Point(1, 2)))).toThrow(DigestError);
  });

  test("can be a subclass of a built-in one", () => {
    class Bag extends Map<string, number> {}
    register(Bag, { name: "test.Bag", encode: (bag) => new Map(bag), decode: (map) => new Bag(map) });
    expect(digest(new Bag([["a", 1]]))).not.toBe(digest(new Map([["a", 1]])));
    expect(digest(new Bag([["a", 1]]))).toBe(digest(new Bag([["a", 1]])));
  });

  test("that is called like another one is not taken for it", () => {
    const Other = { Point: class Point {} }.Point;
    expect(() => digest(new Other())).toThrow(/class Point, which is not registered/);
  });

  test("cannot take a name that is taken, reserved or empty, nor be registered twice", () => {
    class A {}
    expect(thrownBy(() => register(A, asIs("test.Point")))).toEqual(invalid);
    expect(thrownBy(() => register(A, asIs("null-prototype")))).toEqual(invalid);
    expect(thrownBy(() => register(A, asIs("symbol-method")))).toEqual(invalid);
    expect(thrownBy(() => register(A, asIs("")))).toEqual(invalid);
    expect(thrownBy(() => register(A, asIs(1 as unknown as string)))).toEqual(invalid);
    expect(thrownBy(() => register(Point, asIs("test.Another")))).toEqual(invalid);
    register(A, asIs("test.A"));
    expect(thrownBy(() => register(A, asIs("test.A2")))).toEqual(invalid);
  });

  test("cannot be a built-in one, nor anything that is no class, nor lack encode and decode", () => {
    const without = Object.defineProperty(function () {}, "prototype", { value: null });
    const known = [Object, Array, Map, Error, Buffer, Uint8Array, URL];
    for (const target of [...known, () => 1, without, {}, "Point", undefined]) {
      expect(thrownBy(() => register(target as Registrable<object>, asIs("test.none")))).toEqual(invalid);
    }
    for (const half of [{ encode: () => 1 }, { decode: () => ({}) }, { encode: "encode", decode: () => ({}) }]) {
      const registration = { name: "test.half", ...half } as unknown as ClassRegistration<object, unknown>;
      expect(thrownBy(() => register(class {}, registration))).toEqual(invalid);
    }
  });

  test("whose registration is changed afterwards keeps the one it was given", () => {
    class B {}
    const registration = { name: "test.B", encode: () => 1 as unknown, decode: () => new B() };
    register(B, registration);
    const hex = digest(new B());
    registration.name = "test.Point";
    registration.encode = () => 2;
    expect(digest(new B())).toBe(hex);
  });

  test("whose encode throws, returns the instance or something without a name is refused with the path", () => {
    class Throws {}
    class Itself {}
    class Callable {}
    register(Throws, {
      ...asIs("test.Throws"),
      encode: () => {
        throw new RangeError("no");
      },
    });
    register(Itself, asIs("test.Itself"));
    register(Callable, { ...asIs("test.Callable"), encode: () => ({ f: () => 1 }) });
    expect(thrownBy(() => digest([new Throws()]))).toMatchObject({
      path: "[0]",
      message: expect.stringContaining("no"),
    });
    expect(thrownBy(() => digest([new Itself()]))).toMatchObject({
      path: "[0]",
      message: expect.stringContaining("cycle"),
    });
    expect(thrownBy(() => digest([new Callable()]))).toMatchObject({ path: "[0].f" });
  });
});

describe("a class that says how it is digested", () => {
  class Model {
    readonly #described: unknown;
    constructor(described: unknown) {
      this.#described = described;
    }
    [Symbol.for("fleche.digest")](): unknown {
      return this.#described;
    }
  }

  test("is named by the name and the value that it gives", () => {
    const model = (name: string, value: unknown): Model => new Model({ name, value });
    expect(digest(model("m", 1))).toBe(digest(model("m", 1)));
    const all = [model("m", 1), model("m", 2), model("n", 1), model("m", undefined), ["m", 1]];
    expect(new Set(all.map((value) => digest(value))).size).toBe(all.length);
  });

  test("never has the digest of a registered class, whatever name it gives", () => {
    expect(digest(new Model({ name: "test.Point", value: [1, 2] }))).not.toBe(digest(new Point(1, 2)));
    class Called {}
    register(Called, { name: "symbol-method2", encode: () => ["m", 1], decode: () => new Called() });
    expect(digest(new Called())).not.toBe(digest(new Model({ name: "m", value: 1 })));
  });

  test("passes it on to its subclasses, and registration comes before it", () => {
    class Sub extends Model {}
    expect(digest(new Sub({ name: "m", value: 1 }))).toBe(digest(new Model({ name: "m", value: 1 })));
    class Both extends Model {}
    register(Both, { name: "test.Both", encode: () => 1, decode: () => new Both(1) });
    expect(digest(new Both({ name: "m", value: 1 }))).not.toBe(digest(new Model({ name: "m", value: 1 })));
  });

  test("that gives nothing usable is a mistake of the program", () => {
    for (const described of [undefined, null, "m", {}, { name: "" }, { name: 1, value: 1 }]) {
      expect(thrownBy(() => digest(new Model(described)))).toEqual(invalid);
    }
  });

  test("is refused where its method throws or gives the instance itself", () => {
    const throws = new (class {
      [Symbol.for("fleche.digest")](): never {
        throw new Error("no");
      }
    })();
    expect(() => digest({ throws })).toThrow(/throws: the digest method of the class threw no/);
    const itself = new (class {
      [Symbol.for("fleche.digest")](): unknown {
        return { name: "m", value: this };
      }
    })();
    expect(() => digest(itself)).toThrow(/cycle/);
  });
});

describe("tuple and dict", () => {
  test("a tuple is no list, keeps its items, and cannot be changed", () => {
    const items = [1, [2]];
    const made = tuple(...items);
    expect(made).toBeInstanceOf(Tuple);
    expect([...made]).toEqual(items);
    expect(made.length).toBe(2);
    items.push(3);
    expect(made.length).toBe(2);
    expect(Object.isFrozen(made) && Object.isFrozen(made.items)).toBe(true);
    expect(digest(tuple("a", 1))).not.toBe(digest(["a", 1]));
  });

  test("a dict with only texts as keys is a plain object, __proto__ and symbols included", () => {
    const made = dict([
      ["a", 1],
      ["__proto__", 2],
      [Symbol.for("s"), 3],
    ]);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(Reflect.ownKeys(made)).toEqual(["a", "__proto__", Symbol.for("s")]);
    expect(digest(dict([]))).toBe(digest({}));
    expect(
      digest(
        dict([
          ["b", 1],
          ["a", 2],
        ]),
      ),
    ).toBe(digest({ a: 2, b: 1 }));
    expect(
      thrownBy(() =>
        dict([
          ["a", 1],
          ["a", 2],
        ]),
      ),
    ).toEqual(invalid);
  });

  test("any other dict is a Dict, whose order does not count and which cannot be changed", () => {
    const pairs: [unknown, unknown][] = [
      [1, "a"],
      ["b", 2],
    ];
    const made = dict(pairs);
    expect(made).toBeInstanceOf(Dict);
    expect([...(made as Dict)]).toEqual(pairs);
    expect((made as Dict).size).toBe(2);
    expect(digest(made)).toBe(
      digest(
        dict([
          ["b", 2],
          [1, "a"],
        ]),
      ),
    );
    expect(
      digest(
        dict([
          ["1", "a"],
          ["b", 2],
        ]),
      ),
    ).not.toBe(digest(made));
    expect(Object.isFrozen(made) && Object.isFrozen((made as Dict).entries[0])).toBe(true);
    (pairs[0] as unknown[])[1] = "changed";
    expect((made as Dict).entries[0]).toEqual([1, "a"]);
  });

  test("a Dict cannot be made where a plain object would have the same digest", () => {
    expect(thrownBy(() => new Dict([["a", 1]]))).toEqual(invalid);
    expect(thrownBy(() => new Dict([]))).toEqual(invalid);
    expect(new Dict([[Symbol("mine"), 1]]).size).toBe(1);
  });
});

describe("a Digest", () => {
  const hex = digest("value");

  test("stands for the value that it names, alone and as a part", () => {
    expect(digest(D(hex))).toBe(hex);
    expect(digest([1, D(hex)])).toBe(digest([1, "value"]));
    expect(digest({ a: new Map([[D(hex), new Set([D(hex)])]]) })).toBe(
      digest({ a: new Map([["value", new Set(["value"])]]) }),
    );
  });

  test("reads as its text: in templates, in JSON, compared, cut", () => {
    const made = D(hex);
    expect(`${made}`).toBe(hex);
    expect(JSON.stringify({ made })).toBe(JSON.stringify({ made: hex }));
    expect(made.slice(0, 8)).toBe(hex.slice(0, 8));
    expect(made.length).toBe(64);
    expect(made.equals(hex) && made.equals(D(hex)) && D(made).equals(made)).toBe(true);
    expect(made.equals(digest("other"))).toBe(false);
    expect(String(made)).toBe(hex);
    expect(inspect(made)).toContain(hex);
    expect(Object.isFrozen(made)).toBe(true);
  });

  test.each([
    ["upper case", hex.toUpperCase()],
    ["63 characters", hex.slice(1)],
    ["65 characters", `${hex}0`],
    ["a newline behind it", `${hex}\n`],
    ["a prefix", hex.slice(0, 8)],
    ["no text", 1 as unknown as string],
    ["two digests", hex + hex],
    ["a million characters", "a".repeat(1e6)],
  ])("is 64 lowercase hex characters, and nothing else: %s", (_, text) => {
    const error = thrownBy(() => D(text));
    expect(error).toEqual(invalid);
    expect((error as Error).message.length).toBeLessThan(250);
    // Otherwise digest([new Digest(a + b)]) would be digest([a, b]).
    expect(thrownBy(() => new Digest(text))).toEqual(invalid);
  });

  test("is told by what it is, not by its prototype", () => {
    const fake = Object.create(Digest.prototype) as Digest;
    expect(isDigest(fake)).toBe(false);
    expect(() => digest([fake])).toThrow(DigestError);
    expect(() => digest(Object.assign(Object(hex) as object, {}))).toThrow(DigestError);
  });
});

test("an option that digest does not know is an error", () => {
  expect(thrownBy(() => digest(1, { number: "python" } as unknown as object))).toEqual(invalid);
  expect(thrownBy(() => digest(1, { numbers: "Python" as "python" }))).toEqual(invalid);
});
