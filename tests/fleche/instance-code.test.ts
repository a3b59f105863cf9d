import { expect, test } from "vitest";
import { fleche, memoryStore, openCache, register } from "../../src/index.ts";

const SELF = Symbol.for("fleche.digest");

function cacheInMemory() {
  return openCache({ store: memoryStore(), keys: null });
}

/** Two editions of one class: the same data under the same name, another method. */
function editions(): [{ rate: number }, { rate: number }] {
  return [firstEdition(), secondEdition()];
}

function firstEdition() {
  class Tariff {
    readonly rate = 2;
    cost(x: number): number {
      return x * this.rate;
    }
    [SELF]() {
      return { name: "tariff", value: this.rate };
    }
  }
  return new Tariff();
}

function secondEdition() {
  class Tariff {
    readonly rate = 2;
    cost(x: number): number {
      return x + this.rate;
    }
    [SELF]() {
      return { name: "tariff", value: this.rate };
    }
  }
  return new Tariff();
}

test("an argument's edited method is another call, though the instance says the same of itself", () => {
  const [first, second] = editions();
  const price = fleche((tariff: { cost(x: number): number }, x: number) => tariff.cost(x), { cache: cacheInMemory() });
  expect(price(first as never, 5)).toBe(10);
  expect(price(second as never, 5)).toBe(7);
  expect(price(first as never, 5)).toBe(10);
});

test("so is that of an instance inside an argument, or among rest arguments", () => {
  const [first, second] = editions();
  type Tariff = { cost(x: number): number };
  const all = fleche((tariffs: Tariff[], x: number) => tariffs.map((tariff) => tariff.cost(x)), {
    cache: cacheInMemory(),
  });
  expect(all([first as never], 5)).toEqual([10]);
  expect(all([second as never], 5)).toEqual([7]);
  const rest = fleche((x: number, ...tariffs: Tariff[]) => tariffs.map((tariff) => tariff.cost(x)), {
    cache: cacheInMemory(),
  });
  expect(rest(5, first as never)).toEqual([10]);
  expect(rest(5, second as never)).toEqual([7]);
});

test("a cache that a function captures does not keep it from being cached", () => {
  const cache = cacheInMemory();
  const inner = fleche((x: number) => x + 1, { cache, name: "inner" });
  const outer = fleche((x: number) => (cache.stats().hits >= 0 ? inner(x) : 0), { cache, name: "outer" });
  expect(outer(1)).toBe(2);
  expect(outer.contains(1)).toBe(true);
  expect(outer.explain(1).leftOut).toContainEqual({ path: "cache", what: "a cache" });
});

test("a receiver's edited method is another call", () => {
  const [first, second] = editions();
  const price = fleche(
    function price(this: { cost(x: number): number }, x: number) {
      return this.cost(x);
    },
    { cache: cacheInMemory() },
  );
  expect(price.call).toBeTypeOf("function");
  expect(Reflect.apply(price, first, [5])).toBe(10);
  expect(Reflect.apply(price, second, [5])).toBe(7);
});

test("with a version the user is in charge, and the instance counts by what it says of itself", () => {
  const [first, second] = editions();
  const price = fleche((tariff: { cost(x: number): number }, x: number) => tariff.cost(x), {
    cache: cacheInMemory(),
    version: 1,
    name: "price",
    module: "shop",
  });
  expect(price(first as never, 5)).toBe(10);
  expect(price(second as never, 5)).toBe(10);
});

test("explain says that the class changed", () => {
  const cache = cacheInMemory();
  const [first, second] = editions();
  const price = fleche((tariff: { cost(x: number): number }, x: number) => tariff.cost(x), { cache, name: "price" });
  price(first as never, 5);
  expect(price.explain(second as never, 5)).toMatchObject({
    outcome: "miss",
    differences: [{ part: "code", path: "class Tariff", how: "changed" }],
  });
});

test("an instance of a registered class is found again", () => {
  class Point {
    readonly x: number;
    readonly y: number;
    constructor(x: number, y: number) {
      this.x = x;
      this.y = y;
    }
    length(): number {
      return Math.hypot(this.x, this.y);
    }
  }
  register(Point, {
    name: "test.instance-code.Point",
    encode: ({ x, y }) => [x, y],
    decode: ([x, y]) => new Point(x as number, y as number),
  });
  const cache = cacheInMemory();
  const length = fleche((point: Point) => point.length(), { cache, name: "length" });
  expect(length(new Point(3, 4))).toBe(5);
  expect(length(new Point(3, 4))).toBe(5);
  expect(cache.stats()).toMatchObject({ hits: 1, misses: { absent: 1 } });
});
