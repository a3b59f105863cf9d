/** The types of cached functions: checked by `tsc`; what is an error is marked, and must be one. */

import {
  type Answer,
  type AsyncCache,
  type AsyncValueStorage,
  type BoundCall,
  type Cache,
  type CacheHandle,
  type Call,
  cache,
  cached,
  type Explanation,
  type Fleche,
  type FlecheOptions,
  fileStore,
  fleche,
  memoryStore,
  methodOf,
  openCache,
  type Store,
  tags,
  type ValueStorage,
  valueStorage,
  withCache,
} from "fleche";
import { describe, expectTypeOf, test } from "vitest";

/** Never run: only its types are looked at. */
function typesOf(look: () => unknown): void {
  void look;
}

describe("a synchronous function", () => {
  const add = fleche((a: number, b = 1): number => a + b);

  test("keeps its type, and its methods are typed by it", () => {
    expectTypeOf(add).toBeCallableWith(1, 2);
    expectTypeOf(add).toBeCallableWith(1);
    expectTypeOf<Parameters<typeof add>>().toEqualTypeOf<[a: number, b?: number | undefined]>();
    expectTypeOf<ReturnType<typeof add>>().toEqualTypeOf<number>();
    expectTypeOf(add).toExtend<(a: number) => number>();
    typesOf(() => {
      expectTypeOf(add.digest(1)).toEqualTypeOf<string>();
      expectTypeOf(add.call(1)).toEqualTypeOf<Call>();
      expectTypeOf(add.contains(1)).toEqualTypeOf<boolean>();
      expectTypeOf(add.evict(1)).toEqualTypeOf<boolean>();
      expectTypeOf(add.load(1)).toEqualTypeOf<number>();
      expectTypeOf(add.rerun(1)).toEqualTypeOf<number>();
      expectTypeOf(add.explain(1)).toEqualTypeOf<Explanation>();
      expectTypeOf(add.bind(1)()).toEqualTypeOf<number>();
      expectTypeOf(add.bind(1).call).toEqualTypeOf<Call>();
      expectTypeOf(add.original).toEqualTypeOf<(a: number, b?: number) => number>();
      expectTypeOf(add.with({ version: 1 })).toExtend<typeof add>();
    });
  });

  test("refuses what the function refuses, in every method", () => {
    typesOf(() => {
      // @ts-expect-error a text is no number
      add("1");
      // @ts-expect-error one argument is needed
      add();
      // @ts-expect-error there are two
      add(1, 2, 3);
      // @ts-expect-error a text is no number
      add.digest("1");
      // @ts-expect-error one argument is needed
      add.contains();
      // @ts-expect-error there are two
      add.load(1, 2, 3);
      // @ts-expect-error a text is no number
      add.explain(1, "2");
      // @ts-expect-error a bound call takes none
      add.bind(1)(1);
      // @ts-expect-error there is no such method
      add.forget(1);
      // @ts-expect-error the original cannot be replaced
      add.original = (a: number) => a;
    });
  });
});

describe("an asynchronous function", () => {
  const fetchRow = fleche(async (id: string): Promise<{ id: string }> => ({ id }));

  test("keeps its promise", () => {
    expectTypeOf<ReturnType<typeof fetchRow>>().toEqualTypeOf<Promise<{ id: string }>>();
    typesOf(async () => {
      expectTypeOf(fetchRow.load("a")).toEqualTypeOf<Promise<{ id: string }>>();
      expectTypeOf(fetchRow.rerun("a")).toEqualTypeOf<Promise<{ id: string }>>();
      expectTypeOf(fetchRow.bind("a")).toEqualTypeOf<BoundCall<(id: string) => Promise<{ id: string }>>>();
      expectTypeOf(await fetchRow.contains("a")).toEqualTypeOf<boolean>();
      expectTypeOf(await fetchRow.explain("a")).toEqualTypeOf<Explanation>();
      expectTypeOf(fetchRow.digest("a")).toEqualTypeOf<string>();
      // @ts-expect-error the answer is to be awaited
      const contained: boolean = fetchRow.contains("a");
      void contained;
      // @ts-expect-error the value is to be awaited
      fetchRow("a").id;
    });
    expectTypeOf<Answer<() => Promise<number>, boolean>>().toEqualTypeOf<boolean | Promise<boolean>>();
    expectTypeOf<Answer<() => number, boolean>>().toEqualTypeOf<boolean>();
  });
});

describe("a generic function", () => {
  test("stays generic when it is called", () => {
    const first = fleche(<T>(items: readonly T[], fallback: T): T => items[0] ?? fallback);
    typesOf(() => {
      expectTypeOf(first([1], 2)).toEqualTypeOf<number>();
      expectTypeOf(first(["a"], "b")).toEqualTypeOf<string>();
      expectTypeOf(first<{ x: 1 }>([], { x: 1 })).toEqualTypeOf<{ x: 1 }>();
      // @ts-expect-error one type for both
      first<number>([1], "a");
      // Its methods cannot be: they take what any call takes.
      expectTypeOf(first.load([1], 2)).toEqualTypeOf<unknown>();
    });
  });
});

describe("an overloaded function", () => {
  function parse(text: string): string[];
  function parse(text: string, asNumbers: true): number[];
  function parse(text: string, asNumbers?: boolean): (string | number)[] {
    return asNumbers ? text.split(",").map(Number) : text.split(",");
  }
  test("keeps every overload when it is called; its methods have the last", () => {
    const cachedParse = fleche(parse);
    typesOf(() => {
      expectTypeOf(cachedParse("1,2")).toEqualTypeOf<string[]>();
      expectTypeOf(cachedParse("1,2", true)).toEqualTypeOf<number[]>();
      // @ts-expect-error no overload takes false
      cachedParse("1,2", false);
      expectTypeOf(cachedParse.load("1,2", true)).toEqualTypeOf<number[]>();
    });
  });
});

describe("a function with this", () => {
  interface Scaled {
    readonly factor: number;
  }
  const scale = fleche(function (this: Scaled, x: number): number {
    return this.factor * x;
  });
  test("asks for it when it is called, and not once it is fixed", () => {
    typesOf(() => {
      const scaled = { factor: 2, scale };
      expectTypeOf(scaled.scale(1)).toEqualTypeOf<number>();
      // @ts-expect-error there is nobody to scale for
      scale(1);
      const unscaled = { scale };
      // @ts-expect-error a factor is needed
      unscaled.scale(1);
      expectTypeOf(scale.on({ factor: 2 })(1)).toEqualTypeOf<number>();
      expectTypeOf(scale.on({ factor: 2 }).contains(1)).toEqualTypeOf<boolean>();
      // @ts-expect-error a factor is needed
      scale.on({});
    });
  });
});

describe("a cached method", () => {
  class Model {
    readonly mass: number = 1;
    @cached({ version: 2 }) energy(speed: number): number {
      return this.mass * speed;
    }
    @cached() async slow(speed: number): Promise<string> {
      return String(speed * this.mass);
    }
    plain(): number {
      return 1;
    }
  }
  test("keeps its type, and methodOf has its methods", () => {
    expectTypeOf<Model["energy"]>().toEqualTypeOf<(speed: number) => number>();
    typesOf(() => {
      const model = new Model();
      expectTypeOf(model.energy(1)).toEqualTypeOf<number>();
      expectTypeOf(methodOf(model, "energy").load(1)).toEqualTypeOf<number>();
      expectTypeOf(methodOf(model, "slow").load(1)).toEqualTypeOf<Promise<string>>();
      // @ts-expect-error a text is no number
      methodOf(model, "energy").contains("1");
      // @ts-expect-error a field is no method
      methodOf(model, "mass");
      // @ts-expect-error there is no such method
      methodOf(model, "enregy");
      // @ts-expect-error it is for methods
      @cached()
      class Wrong {}
      void Wrong;
    });
  });
});

describe("options", () => {
  test("are checked by name and type", () => {
    expectTypeOf<{ maxAge: "10m" }>().toExtend<FlecheOptions>();
    expectTypeOf<{ maxAge: 1000; version: "1"; async: true; ignore: ["a"] }>().toExtend<FlecheOptions>();
    typesOf(() => {
      const f = () => 1;
      fleche(f, { cache: "memory", metadata: [], uses: [f], captures: () => ({ a: 1 }) });
      // @ts-expect-error misspelt
      fleche(f, { maxage: 1 });
      // @ts-expect-error no unit
      fleche(f, { maxAge: "10" });
      // @ts-expect-error no such unit
      fleche(f, { maxAge: "10 years" });
      // @ts-expect-error no such identity
      fleche(f, { identity: "name" });
      // @ts-expect-error neither a cache nor a name
      fleche(f, { cache: 1 });
      // @ts-expect-error a name, not a list of names
      fleche(f, { ignore: "a" });
      // @ts-expect-error not undefined, but left out
      fleche(f, { version: undefined });
      // @ts-expect-error no function
      fleche(1);
    });
  });
  test("take any function, and no other thing", () => {
    expectTypeOf(fleche<() => void>).returns.toEqualTypeOf<Fleche<() => void>>();
    typesOf(() => {
      fleche((...args: string[]) => args.length);
      fleche((_a: unknown, { b }: { b: number }) => b);
      // @ts-expect-error a class is no function to call
      fleche(class {});
    });
  });
});

describe("caches and storages", () => {
  test("are synchronous where their store is", () => {
    typesOf(() => {
      const sync = openCache({ store: memoryStore() });
      expectTypeOf(sync).toEqualTypeOf<Cache>();
      expectTypeOf(sync.load("")).toEqualTypeOf<unknown>();
      expectTypeOf(sync.evictRecord("")).toEqualTypeOf<boolean>();
      expectTypeOf(openCache({ store: fileStore({ root: "x" }) })).toEqualTypeOf<Cache>();
      const any = openCache({ store: {} as Store });
      expectTypeOf(any).toEqualTypeOf<Cache | AsyncCache>();
      expectTypeOf(valueStorage({ store: memoryStore() })).toEqualTypeOf<ValueStorage>();
      expectTypeOf(valueStorage({ store: {} as Store })).toEqualTypeOf<AsyncValueStorage>();
      expectTypeOf(valueStorage({ store: {} as Store }).load("")).toEqualTypeOf<Promise<unknown>>();
      // @ts-expect-error a store is needed
      openCache({});
      // @ts-expect-error misspelt
      openCache({ store: memoryStore(), namespce: "a" });
      // @ts-expect-error no such posture
      openCache({ store: memoryStore(), posture: "off" });
    });
  });
  test("are put in place by name or as they are", () => {
    typesOf(() => {
      expectTypeOf(cache()).toEqualTypeOf<Cache | AsyncCache>();
      expectTypeOf(cache("void")).toEqualTypeOf<CacheHandle>();
      expectTypeOf(withCache("memory", () => 5)).toEqualTypeOf<number>();
      expectTypeOf(withCache("memory", async () => "a")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(tags(["a"], () => 5)).toEqualTypeOf<number>();
      // @ts-expect-error neither a cache nor a name
      cache(1);
      // @ts-expect-error a list of texts
      tags("a", () => 5);
      // @ts-expect-error something to run
      withCache("memory");
    });
  });
});
