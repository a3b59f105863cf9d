/** Cached methods of classes: the decorator, and the methods' methods. */
import { cached, fleche, memoryStore, methodOf, openCache, register, withCache } from "fleche";
import { describe, expect, test } from "vitest";
import { laterStore, traceCalls, traceWarnings } from "../engine/kit.ts";

const mine = openCache({ store: memoryStore(), keys: null });

class Model {
  readonly mass: number;
  constructor(mass: number) {
    this.mass = mass;
  }
  @cached({ cache: mine, name: "Model.energy" }) energy(speed: number): number {
    return (this.mass * speed ** 2) / 2;
  }
  @cached({ cache: mine }) async slowEnergy(speed: number): Promise<number> {
    return (this.mass * speed ** 2) / 2;
  }
  @cached({ cache: mine }) twice(x: number): number {
    return 2 * x;
  }
  @cached({ cache: mine }) static origin(): { x: number } {
    return { x: 0 };
  }
  plain(): number {
    return this.mass;
  }
}
register(Model, { name: "methods.Model", encode: ({ mass }) => mass, decode: (mass) => new Model(mass as number) });

class Loose {
  @cached({ cache: mine, name: "Loose.value" }) value(): number {
    return (this as unknown as { x: number }).x;
  }
  readonly x = 1;
}

describe("a cached method", () => {
  test("has the instance as an input: equal instances share results, others do not", () => {
    const lines = traceCalls();
    expect([new Model(2).energy(3), new Model(2).energy(3), new Model(4).energy(3)]).toEqual([9, 9, 18]);
    expect(lines.filter((line) => line.endsWith("run"))).toEqual(["Model.energy#1 run", "Model.energy#2 run"]);
    const call = methodOf(new Model(2), "energy").call(3);
    expect(call.arguments.map(([name]) => name)).toEqual(["this", "speed"]);
    expect(mine.loadRecord(call.lookupKey)).toMatchObject({ name: "Model.energy" });
  });

  test("has its methods by methodOf, the instance fixed", async () => {
    const model = new Model(5);
    const energy = methodOf(model, "energy");
    expect(energy.contains(2)).toBe(false);
    expect(energy(2)).toBe(10);
    expect(model.energy(2)).toBe(10);
    expect([energy.contains(2), energy.load(2), energy.explain(2).outcome]).toEqual([true, 10, "hit"]);
    expect(energy.rerun(2)).toBe(10);
    expect(energy.bind(2)()).toBe(10);
    expect(energy.evict(2)).toBe(true);
    const slow = methodOf(model, "slowEnergy");
    expect(await model.slowEnergy(2)).toBe(10);
    expect(await slow.contains(2)).toBe(true);
    expect(await methodOf(new Model(6), "slowEnergy").contains(2)).toBe(false);
    expect(() => methodOf(model, "plain")).toThrow(TypeError);
  });

  test("that does not use its instance is shared by all of them, whatever they are", () => {
    const lines = traceCalls();
    expect([new Model(1).twice(4), new Model(2).twice(4)]).toEqual([8, 8]);
    expect(lines.filter((line) => line.endsWith("run"))).toEqual(["twice#1 run"]);
  });

  test("can be static", () => {
    expect(Model.origin()).toEqual({ x: 0 });
    expect(Model.origin()).not.toBe(Model.origin());
  });

  test("of a class that nobody registered runs uncached, and says how to make it known", () => {
    const warnings = traceWarnings();
    expect([new Loose().value(), new Loose().value()]).toEqual([1, 1]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/Loose\.value runs uncached: .*this.*register/);
  });

  test("says what its instance differs in", () => {
    methodOf(new Model(10), "energy")(1);
    expect(methodOf(new Model(11), "energy").explain(1).differences).toEqual([
      { part: "argument", path: "this", how: "changed" },
    ]);
  });

  test("is found by a subclass, which is another receiver", () => {
    class Heavy extends Model {}
    const warnings = traceWarnings();
    expect(new Heavy(2).energy(3)).toBe(9);
    expect(warnings).toHaveLength(1);
  });
});

test("the decorator is for methods, and says so", () => {
  const wrong = cached as unknown as (options?: object) => (value: unknown, context: unknown) => unknown;
  expect(() => wrong({})(class {}, { kind: "class", name: "A" })).toThrow(/methods/);
  // As the older kind of decorators calls it.
  expect(() => wrong({})({}, "energy")).toThrow(/standard decorator/);
  expect(() => wrong({ nmae: "x" })(() => 1, { kind: "method", name: "a" })).toThrow(/did you mean "name"/);
});

test("a private method is refused: compiled code calls it by .call, which is a method of cached functions", () => {
  const decorate = () => {
    class Hidden {
      @cached({ cache: mine }) #add(x: number): number {
        return x + 1;
      }
      add(x: number): number {
        return this.#add(x);
      }
    }
    return new Hidden().add(1);
  };
  expect(decorate).toThrow(/#add is private/);
});

test("a method of an object literal", async () => {
  const counter = {
    base: 1,
    next: fleche(
      function (this: { base: number }, x: number) {
        return this.base + x;
      },
      { name: "next", cache: mine },
    ),
  };
  const lines = traceCalls();
  // The receiver holds the cached function itself, which counts as its original.
  expect([counter.next(1), counter.next(1)]).toEqual([2, 2]);
  expect(lines.filter((line) => line.endsWith("run"))).toHaveLength(1);
  counter.base = 5;
  expect(counter.next(1)).toBe(6);

  const later = openCache({ store: laterStore(), keys: null });
  await withCache(later, async () => {
    expect(await fleche(async () => 1, { name: "one" })()).toBe(1);
  });
});
