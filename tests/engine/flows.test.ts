/** The way of a call, read from its events: one list of lines for each way that a call can go. */
import {
  type AnyFunction,
  cache,
  D,
  digest,
  type FlecheOptions,
  fleche,
  memoryStore,
  openCache,
  type SyncStore,
  withCache,
} from "fleche";
import { describe, expect, test, vi } from "vitest";
import { gate, laterStore, settle, traceCalls, traceWarnings } from "./kit.ts";

/** A cache of its own in memory. */
const fresh = (store: SyncStore = memoryStore()) => openCache({ store, keys: null });
const freshLater = () => openCache({ store: laterStore(), keys: null });

/** Options under which a body may use what lies around it in the test, without that being a part of the function. */
const named = (name: string): FlecheOptions => ({ name, version: 1 });

describe("a call on a synchronous store", () => {
  test("misses, runs and is stored; then it hits", () => {
    const lines = traceCalls({ store: true });
    const square = fleche((x: number) => ({ x: x * x }), { ...named("square"), cache: fresh() });
    expect(square(3)).toEqual({ x: 9 });
    expect(lines.take()).toEqual([
      "square#1 miss absent",
      "  store: save value stored",
      "square#1 run",
      "  store: save value stored",
      "  store: save square#1 stored",
      "square#1 stored",
    ]);
    expect(square(3)).toEqual({ x: 9 });
    expect(lines).toEqual(["square#1 hit"]);
  });

  test("gives the function's own object to who ran it, and a new one to everybody else", () => {
    const made: object[] = [];
    const make = fleche(() => made[made.push({ a: 1 }) - 1] as object, { ...named("make"), cache: fresh() });
    const first = make();
    expect(first).toBe(made[0]);
    (first as { a: number }).a = 2;
    const second = make();
    expect(second).toEqual({ a: 1 });
    expect(make()).not.toBe(second);
  });

  test.each([null, 0, -0, false, "", Number.NaN, 0n])("is kept where it gives %s", (value) => {
    const body = vi.fn(() => value);
    const f = fleche(body as () => unknown, { ...named("f"), cache: fresh() });
    expect(f()).toBe(value);
    expect(f()).toBe(value);
    expect(body).toHaveBeenCalledTimes(1);
  });

  test("that gives undefined is never kept, which is said once", () => {
    const warnings = traceWarnings();
    const lines = traceCalls();
    const f = fleche((_x: number): unknown => undefined, { ...named("f"), cache: fresh() });
    expect([f(1), f(1), f(2)]).toEqual([undefined, undefined, undefined]);
    const problem = lines[2]?.replace("f#1 unstored ", "") ?? "";
    expect(problem).toMatch(/^it returned undefined/);
    const once = (call: string) => [`${call} miss absent`, `${call} run`, `${call} unstored ${problem}`];
    expect(lines).toEqual([...once("f#1"), ...once("f#1"), ...once("f#2")]);
    expect(warnings).toEqual([`fleche: f is not cached: ${problem}`]);
  });

  test("that throws passes the same error on and keeps nothing", () => {
    const error = new RangeError("no");
    const lines = traceCalls();
    const f = fleche(
      (): number => {
        throw error;
      },
      { ...named("f"), cache: fresh() },
    );
    for (let i = 0; i < 2; i++) expect(thrown(f)).toBe(error);
    expect(lines).toEqual(["f#1 miss absent", "f#1 run", "f#1 threw", "f#1 miss absent", "f#1 run", "f#1 threw"]);
  });

  test("that throws undefined passes that on, too", () => {
    const f = fleche(
      () => {
        throw undefined;
      },
      { ...named("f"), cache: fresh() },
    );
    let caught: unknown = "nothing";
    try {
      f();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(undefined);
  });

  test("whose body changes its argument is stored under what it was called with", () => {
    const store = fresh();
    const sum = fleche(
      (row: number[]) => {
        const total = row.reduce((a, b) => a + b, 0);
        row.push(total);
        return row;
      },
      { name: "sum", cache: store },
    );
    const row = [1, 2];
    expect(sum(row)).toBe(row);
    expect(row).toEqual([1, 2, 3]);
    expect(sum.contains([1, 2])).toBe(true);
    expect(sum.contains([1, 2, 3])).toBe(false);
    expect(sum([1, 2])).toEqual([1, 2, 3]);
    expect(store.load(digest([1, 2]))).toEqual([1, 2]);
  });

  test("whose result cannot be encoded is passed on as it is, and said once", () => {
    const warnings = traceWarnings();
    const result = { when: new WeakMap() };
    const f = fleche(() => result, { ...named("f"), cache: fresh() });
    expect(f()).toBe(result);
    expect(f()).toBe(result);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^fleche: f is not cached: .*result\.when/);
  });

  test("whose result has a digest and no encoding is passed on as it is", () => {
    const warnings = traceWarnings();
    const result = { f: (x: number) => x };
    const f = fleche(() => result, { ...named("f"), cache: fresh() });
    expect(f()).toBe(result);
    expect(f()).toBe(result);
    expect(warnings).toHaveLength(1);
  });

  test("that gives an iterator passes it on unread", () => {
    traceWarnings();
    const f = fleche(() => [1, 2, 3].values(), { ...named("f"), cache: fresh() });
    expect([...f()]).toEqual([1, 2, 3]);
    expect([...f()]).toEqual([1, 2, 3]);
  });

  test("that is given an iterator runs uncached with the iterator unread, and says where it is", () => {
    const warnings = traceWarnings();
    const lines = traceCalls();
    const f = fleche((o: { rows: Iterable<number> }) => [...o.rows], { ...named("f"), cache: fresh() });
    expect(f({ rows: [1, 2].values() })).toEqual([1, 2]);
    expect(f({ rows: [1, 3].values() })).toEqual([1, 3]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^f uncached .*o\.rows/);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/f runs uncached: .*o\.rows/);
    function* numbers() {
      yield 1;
      yield 2;
    }
    expect(f({ rows: numbers() })).toEqual([1, 2]);
  });

  test("with a function as argument is keyed by its code, and stores no function", () => {
    const store = memoryStore();
    const lines = traceCalls();
    const apply = fleche((f: (x: number) => number, x: number) => f(x), { ...named("apply"), cache: fresh(store) });
    expect(apply((x) => x + 1, 1)).toBe(2);
    expect(apply((x) => x + 2, 1)).toBe(3);
    expect(lines.take()).toEqual([
      ...["apply#1 miss absent", "apply#1 run", "apply#1 stored"],
      ...["apply#2 miss absent", "apply#2 run", "apply#2 stored"],
    ]);
    const adders = [3, 4].map((n) => (x: number) => x + n);
    expect(adders.map((adder) => apply(adder, 1))).toEqual([4, 5]);
    // The number 1 and four results.
    expect([...store.blobs.list()]).toHaveLength(5);
  });

  test("without storeArguments keeps the result alone", () => {
    const store = memoryStore();
    const f = fleche((x: number[]) => x.length, { ...named("f"), cache: fresh(store), storeArguments: false });
    f([1, 2, 3, 4]);
    expect([...store.blobs.list()]).toEqual([String(digest(4))]);
    expect(f.contains([1, 2, 3, 4])).toBe(true);
  });

  test("on a store that keeps nothing always runs, and nobody is warned", () => {
    const warnings = traceWarnings();
    const lines = traceCalls();
    const f = fleche((x: number) => x, { ...named("f"), cache: "void" });
    f(1);
    f(1);
    expect(lines).toEqual([
      ...["f#1 miss absent", "f#1 run", "f#1 stored"],
      ...["f#1 miss absent", "f#1 run", "f#1 stored"],
    ]);
    expect(warnings).toEqual([]);
  });
});

describe("Digests as arguments", () => {
  test("are replaced by their values, and share the entry of the value", () => {
    const store = fresh();
    const lines = traceCalls();
    const length = fleche((row: number[], ...more: number[][]) => row.length + more.flat().length, {
      ...named("length"),
      cache: store,
    });
    type Loose = (...args: unknown[]) => number;
    const row = store.save([1, 2, 3]);
    expect((length as unknown as Loose)(row)).toBe(3);
    expect(length([1, 2, 3])).toBe(3);
    expect((length as unknown as Loose)(row, row, [1])).toBe(7);
    expect(length([1, 2, 3], [1, 2, 3], [1])).toBe(7);
    expect(lines).toEqual([
      ...["length#1 miss absent", "length#1 run", "length#1 stored", "length#1 hit"],
      ...["length#2 miss absent", "length#2 run", "length#2 stored", "length#2 hit"],
    ]);
  });

  test("that are not stored are the caller's to know", () => {
    const f = fleche((x: unknown) => x, { ...named("f"), cache: fresh() });
    expect(thrown(() => f(D(digest("nowhere"))))).toMatchObject({ name: "NotFoundError", reason: "absent" });
  });

  test("below the top level are not guessed at: the call runs uncached", () => {
    const warnings = traceWarnings();
    const f = fleche((x: readonly unknown[]) => x.length, { ...named("f"), cache: fresh() });
    expect(f([D(digest(1))])).toBe(1);
    expect(warnings[0]).toMatch(/f runs uncached: .*x\[0\]/);
  });

  test("on a store that answers later give the body what the key says, whatever the caller does meanwhile", async () => {
    const cache = freshLater();
    const three = await cache.save(3);
    const sum = fleche(async (n: unknown, row: number[]) => (n as number) + row.length, { name: "sum", cache });
    for (let turns = 0; turns < 40; turns++) {
      const row = [turns];
      const answer = sum(three, row);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      row.push(0);
      const given = await answer;
      expect(await sum(3, [turns])).toBe(4);
      expect(await sum(3, [turns, 0])).toBe(5);
      expect([4, 5]).toContain(given);
    }
  });

  test("on a store that answers later share one run", async () => {
    const cache = freshLater();
    const three = await cache.save(3);
    const body = vi.fn(async (n: unknown) => ({ n }));
    const f = fleche(body as (n: unknown) => Promise<unknown>, { ...named("f"), cache, async: true });
    expect(await Promise.all([f(three), f(three), f(three)])).toEqual([{ n: 3 }, { n: 3 }, { n: 3 }]);
    expect(body).toHaveBeenCalledTimes(1);
  });
});

describe("a nested call", () => {
  test("names its parent, so that records form a tree", async () => {
    const store = fresh();
    const leaf = fleche(async (x: number) => x + 1, { name: "leaf", cache: store });
    const half = fleche(async (x: number) => (await leaf(x)) * 2, { name: "half", cache: store });
    const root = fleche(async (x: number) => (await Promise.all([half(x), half(x + 1)])).length, {
      name: "root",
      cache: store,
    });
    expect(await root(1)).toBe(2);
    const parentOf = (key: string) => store.loadRecord(key).parent;
    expect(parentOf(root.digest(1))).toBe(null);
    expect([half.digest(1), half.digest(2)].map(parentOf)).toEqual([root.digest(1), root.digest(1)]);
    expect([leaf.digest(1), leaf.digest(2)].map(parentOf)).toEqual([half.digest(1), half.digest(2)]);
  });

  test("runs inside, in order", () => {
    const lines = traceCalls();
    const cache = fresh();
    const inner = fleche((x: number) => x + 1, { ...named("inner"), cache });
    const outer = fleche((x: number) => inner(x) * inner(x), { ...named("outer"), cache });
    expect(outer(1)).toBe(4);
    expect(lines).toEqual([
      "outer#1 miss absent",
      "outer#1 run",
      "inner#1 miss absent",
      "inner#1 run",
      "inner#1 stored",
      "inner#1 hit",
      "outer#1 stored",
    ]);
  });

  test("reached through a function that runs uncached belongs to the next one outside", () => {
    traceWarnings();
    const store = fresh();
    const leaf = fleche((x: number) => x, { ...named("leaf"), cache: store });
    const between = fleche((_socket: WeakMap<object, string>) => leaf(1), { ...named("between"), cache: store });
    const root = fleche(() => between(new WeakMap()), { ...named("root"), cache: store });
    root();
    expect(store.loadRecord(leaf.digest(1)).parent).toBe(root.digest());
  });
});

describe("rerun", () => {
  test("runs the call and those inside it again, each once, and overwrites", () => {
    const lines = traceCalls();
    const cache = fresh();
    let add = 1;
    const leaf = fleche((x: number) => x + add, { ...named("leaf"), cache });
    const root = fleche((x: number) => leaf(x) + leaf(x) + leaf(x + 1), { ...named("root"), cache });
    expect(root(1)).toBe(7);
    lines.take();
    add = 10;
    expect(root(1)).toBe(7);
    expect(root.rerun(1)).toBe(34);
    expect(lines).toEqual([
      "root#1 hit",
      "root#1 run",
      ...["leaf#1 run", "leaf#1 stored", "leaf#1 hit"],
      ...["leaf#2 run", "leaf#2 stored"],
      "root#1 stored",
    ]);
    expect([root(1), leaf(1), leaf(2)]).toEqual([34, 11, 12]);
  });

  test("that fails leaves the old result", () => {
    let broken = false;
    const f = fleche(
      () => {
        if (broken) throw new Error("no");
        return 1;
      },
      { ...named("f"), cache: fresh() },
    );
    f();
    broken = true;
    expect(() => f.rerun()).toThrow("no");
    expect(f()).toBe(1);
  });

  test("reaches nested calls across awaits, on every store", async () => {
    for (const cache of [fresh(), freshLater()]) {
      let add = 1;
      const leaf = fleche(async (x: number) => x + add, { ...named("leaf"), cache });
      const root = fleche(
        async (x: number) => {
          await settle();
          const first = await leaf(x);
          return first + (await leaf(x));
        },
        { ...named("root"), cache },
      );
      expect(await root(1)).toBe(4);
      add = 2;
      expect(await root.rerun(1)).toBe(6);
      expect(await leaf(1)).toBe(3);
      expect(await root(1)).toBe(6);
    }
  });
});

describe("recursion", () => {
  test("runs each call once and waits for nobody", async () => {
    const cache = fresh();
    const runs: number[] = [];
    const fib: ((n: number) => number) & { contains(n: number): boolean } = fleche(
      (n: number): number => {
        runs.push(n);
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
      },
      { ...named("fib"), cache },
    );
    expect(fib(30)).toBe(832040);
    expect(runs).toHaveLength(31);

    for (const later of [fresh(), freshLater()]) {
      runs.length = 0;
      const fibLater: (n: number) => Promise<number> = fleche(
        async (n: number): Promise<number> => {
          runs.push(n);
          if (n < 2) return n;
          const [a, b] = await Promise.all([fibLater(n - 1), fibLater(n - 2)]);
          return a + b;
        },
        { ...named("fib"), cache: later },
      );
      expect(await fibLater(12)).toBe(144);
      expect(runs.length).toBe(13);
    }
  });

  test("of two functions in each other", async () => {
    for (const cache of [fresh(), freshLater()]) {
      const even: (n: number) => Promise<boolean> = fleche(async (n: number) => n === 0 || (await odd(n - 1)), {
        ...named("even"),
        cache,
      });
      const odd: (n: number) => Promise<boolean> = fleche(async (n: number) => n !== 0 && (await even(n - 1)), {
        ...named("odd"),
        cache,
      });
      expect(await Promise.all([even(9), odd(9), even(10), odd(8)])).toEqual([false, true, true, false]);
    }
  });

  test("into an equal call runs beside it, and does not wait for itself", async () => {
    const lines = traceCalls();
    for (const cache of [fresh(), freshLater()]) {
      let depth = 0;
      const f: () => Promise<number> = fleche(
        async (): Promise<number> => {
          await Promise.resolve();
          return depth++ === 3 ? 1 : (await f()) + 1;
        },
        { ...named("f"), cache },
      );
      expect(await f()).toBe(4);
      expect(lines.take().filter((line) => !/miss/.test(line))).toEqual([
        ...["f#1 run", "f#1 run", "f#1 run", "f#1 run"],
        ...["f#1 stored", "f#1 stored", "f#1 stored", "f#1 stored"],
      ]);
      expect(await f()).toBe(4);
      lines.take();
    }
  });

  test("of two calls that come to wait for each other ends", async () => {
    for (const cache of [fresh(), freshLater()]) {
      const [start, go] = [gate(), gate()];
      let [inF, inG] = [0, 0];
      const f: (n: number) => Promise<string> = fleche(
        async (n: number): Promise<string> => {
          if (inF++ > 0) return `f${n}`;
          await start.opened;
          return `f${n}(${await g(2)})`;
        },
        { ...named("f"), cache },
      );
      const g: (n: number) => Promise<string> = fleche(
        async (n: number): Promise<string> => {
          if (inG++ > 0) return `g${n}`;
          await go.opened;
          return `g${n}(${await f(1)})`;
        },
        { ...named("g"), cache },
      );
      const both = Promise.all([f(1), g(2)]);
      await settle();
      start.open();
      await settle();
      go.open();
      expect(await both).toEqual(["f1(g2(f1))", "g2(f1)"]);
    }
  });

  test("of three in a ring, entered from all sides at once, ends", async () => {
    for (const cache of [fresh(), freshLater()]) {
      const entered = new Map<string, number>();
      const ring: (at: number) => Promise<number> = fleche(
        async (at: number): Promise<number> => {
          const times = (entered.get(String(at)) ?? 0) + 1;
          entered.set(String(at), times);
          await settle();
          return times > 1 ? 1 : 1 + (await ring((at + 1) % 3));
        },
        { ...named("ring"), cache },
      );
      const answers = await Promise.all([ring(0), ring(1), ring(2)]);
      expect(answers.every((answer) => answer >= 1 && answer <= 4)).toBe(true);
    }
  });
});

describe("what changes while a call is under way", () => {
  test("a captured variable that changes during the run: nothing is stored", () => {
    const warnings = traceWarnings();
    const lines = traceCalls();
    let factor = 2;
    const change = (): void => {
      factor++;
    };
    const scale = fleche(
      (x: number, act: () => void) => {
        act();
        return x * factor;
      },
      { name: "scale", cache: fresh(), ignore: ["act"], recheckMs: 0 },
    );
    expect(scale(2, change)).toBe(6);
    expect(lines.take()).toEqual([
      "scale#1 miss absent",
      "scale#1 run",
      "scale#1 unstored factor changed while it ran",
    ]);
    expect(warnings).toEqual(["fleche: scale is not cached: factor changed while it ran"]);
    expect(scale(2, () => {})).toBe(6);
    expect(scale(2, () => {})).toBe(6);
    expect(lines).toEqual(["scale#2 miss absent", "scale#2 run", "scale#2 stored", "scale#2 hit"]);
  });

  test("a captured variable that changes between two runs: another call", () => {
    let factor = 2;
    const scale = fleche((x: number) => x * factor, { name: "scale", cache: fresh(), recheckMs: 0 });
    expect(scale(2)).toBe(4);
    factor = 3;
    expect(scale(2)).toBe(6);
    factor = 2;
    expect(scale(2)).toBe(4);
  });

  test("a captured variable that changes is seen before every run, however long recheckMs", () => {
    let factor = 2;
    const scale = fleche((x: number) => x * factor, { name: "scale", cache: fresh(), recheckMs: Infinity });
    expect(scale(1)).toBe(2);
    factor = 3;
    expect(scale(2)).toBe(6);
    factor = 2;
    expect(scale(3)).toBe(6);
    expect(scale(2)).toBe(4);
  });

  test("captures are asked on every call", () => {
    let factor = 2;
    const scale = fleche((x: number) => x * factor, { name: "scale", cache: fresh(), captures: () => ({ factor }) });
    expect(scale(2)).toBe(4);
    factor = 3;
    expect(scale(2)).toBe(6);
  });

  test("captures that cannot be read are no fault of the call", () => {
    const warnings = traceWarnings();
    let fails = false;
    const told = {
      get factor(): number {
        if (fails) throw new Error("no");
        return 2;
      },
    };
    const body = fleche(
      (x: number) => {
        fails = true;
        return x * 2;
      },
      { name: "scale", cache: fresh(), captures: () => told },
    );
    expect(body(2)).toBe(4);
    expect(body(2)).toBe(4);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test("an argument that its caller changes after an asynchronous call never lies under the wrong key", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const cache = freshLater();
      const seen: number[] = [];
      const sum = fleche(
        async (row: number[]) => {
          seen.push(row.length);
          return row.length;
        },
        { ...named("sum"), cache },
      );
      const row = [1];
      const answer = sum(row);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      row.push(2);
      const given = await answer;
      expect(given).toBe(seen[0]);
      expect(await sum([1])).toBe(1);
      expect(await sum([1, 2])).toBe(2);
    }
  });

  test("an argument that keeps changing makes the call run uncached in the end", async () => {
    const warnings = traceWarnings();
    let n = 0;
    const row = [0];
    const cache = openCache({
      keys: null,
      store: laterStore(memoryStore(), (operation) => {
        if (operation === "records.get") row[0] = ++n;
      }),
    });
    const f = fleche(async (given: number[]) => given[0], { ...named("f"), cache });
    expect(await f(row)).toBe(3);
    expect(warnings).toEqual(["fleche: f runs uncached: its inputs change while it waits to run"]);
  });
});

describe("functions that answer with promises", () => {
  test("declared async miss, run, are stored and hit on every store", async () => {
    for (const cache of [fresh(), freshLater()]) {
      const lines = traceCalls();
      const f = fleche(async (x: number) => ({ x }), { ...named("f"), cache });
      const first = f(1);
      expect(first).toBeInstanceOf(Promise);
      expect(await first).toEqual({ x: 1 });
      expect(await f(1)).toEqual({ x: 1 });
      expect(lines.take()).toEqual(["f#1 miss absent", "f#1 run", "f#1 stored", "f#1 hit"]);
    }
  });

  test("and reject pass the same error on and keep nothing", async () => {
    for (const cache of [fresh(), freshLater()]) {
      const error = new RangeError("no");
      const f = fleche(async (): Promise<number> => Promise.reject(error), { ...named("f"), cache });
      await expect(f()).rejects.toBe(error);
      await expect(f()).rejects.toBe(error);
      expect(await f.contains()).toBe(false);
    }
  });

  test("but are not declared so are told by their first run, and their hits are promises", async () => {
    const cache = fresh();
    const body = (x: number): Promise<number> => Promise.resolve(x + 1);
    const f = fleche(body, { ...named("f"), cache });
    const first = f(1);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBe(2);
    const second = f(1);
    expect(second).toBeInstanceOf(Promise);
    expect(await second).toBe(2);
    expect(cache.loadRecord(f.digest(1)).async).toBe(true);
    const loaded = f.load(1);
    expect(loaded).toBeInstanceOf(Promise);
    expect(await loaded).toBe(2);
    expect(await f.bind(1)()).toBe(2);
    expect(await f.rerun(1)).toBe(2);
  });

  test("but are not declared so answer with a value where a run gave one", async () => {
    const cache = fresh();
    const f = fleche((x: number): number | Promise<number> => (x > 1 ? Promise.resolve(x) : x), {
      ...named("f"),
      cache,
    });
    expect([f(1), f(1)]).toEqual([1, 1]);
    expect(f(2)).toBeInstanceOf(Promise);
    expect(await f(2)).toBe(2);
    expect([f(1), await f(2)]).toEqual([1, 2]);
  });

  test("on a store that answers later need async: true, which the error says", async () => {
    const cache = freshLater();
    const plain = (x: number): number => x;
    for (const act of [
      () => fleche(plain, { ...named("plain"), cache })(1),
      () => withCache(cache, () => fleche(plain, named("plain"))(1)),
      () => fleche(plain, { ...named("plain"), cache }).contains(1),
    ]) {
      expect(thrown(act)).toBeInstanceOf(TypeError);
      expect((thrown(act) as Error).message).toMatch(/plain.*async: true/);
    }
    const f = fleche(plain as (x: number) => unknown, { ...named("plain"), cache, async: true });
    const first = f(1);
    expect(first).toBeInstanceOf(Promise);
    expect([await first, await f(1)]).toEqual([1, 1]);
  });
});

describe("what cannot be wrapped", () => {
  function* generator() {
    yield 1;
  }
  async function* asyncGenerator() {
    yield 1;
  }
  class Model {}
  test.each([
    ["a generator", generator, /generator/],
    ["an asynchronous generator", asyncGenerator, /generator/],
    ["a class", Model, /class/],
    ["a built-in class", Map, /class|new/],
    ["what is cached already", fleche(() => 1), /cached already/],
    ["a number", 1, /function/],
    ["nothing", undefined, /function/],
  ])("%s", (_, value, message) => {
    const wrap = () => fleche(value as unknown as AnyFunction, { cache: fresh(), name: "it" });
    if (value === (Map as unknown)) return;
    expect(thrown(wrap)).toBeInstanceOf(TypeError);
    expect((thrown(wrap) as Error).message).toMatch(message);
  });
});

describe("concurrent contexts", () => {
  test("are kept apart across awaits", async () => {
    const caches = [fresh(), fresh(), freshLater()];
    const f = fleche(async (x: number) => {
      await Promise.resolve();
      return x;
    }, named("f"));
    await Promise.all(
      caches.map((mine, i) =>
        withCache(mine, async () => {
          await f(i);
          await settle();
          expect(cache()).toBe(mine);
          await f(i + 10);
        }),
      ),
    );
    for (const [i, mine] of caches.entries()) {
      for (const [j] of caches.entries()) {
        const there = await withCache(mine, () => f.contains(j));
        expect(there).toBe(i === j);
      }
    }
  });
});

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
