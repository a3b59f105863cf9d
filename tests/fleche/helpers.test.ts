/** The methods of a cached function, for synchronous and asynchronous functions and stores. */
import { type Call, cache, D, digest, fleche, memoryStore, openCache, type Store, tags, withCache } from "fleche";
import { describe, expect, test } from "vitest";
import { laterStore, traceCalls, traceWarnings } from "../engine/kit.ts";

const open = (store: Store) => openCache({ store, keys: null });
const later = () => open(laterStore());

describe("of a synchronous function", () => {
  test("all answer themselves", () => {
    const cache = openCache({ store: memoryStore(), keys: null });
    const runs: number[][] = [];
    const simulate = fleche(
      function energyOf(temperature: number, steps: number) {
        runs.push([temperature, steps]);
        return { energy: temperature * steps };
      },
      { cache, version: 1 },
    );
    expect(simulate.contains(300, 10)).toBe(false);
    expect(() => simulate.load(300, 10)).toThrow(expect.objectContaining({ name: "NotFoundError", reason: "absent" }));
    expect(simulate.evict(300, 10)).toBe(false);
    expect(runs).toEqual([]);
    expect(simulate(300, 10)).toEqual({ energy: 3000 });
    expect(simulate.contains(300, 10)).toBe(true);
    expect(simulate.load(300, 10)).toEqual({ energy: 3000 });
    expect(simulate.load(300, 10)).not.toBe(simulate.load(300, 10));
    expect(simulate.rerun(300, 10)).toEqual({ energy: 3000 });
    expect(runs).toHaveLength(2);
    expect(simulate.evict(300, 10)).toBe(true);
    expect(simulate.contains(300, 10)).toBe(false);
    expect(simulate.bind(300, 10)()).toEqual({ energy: 3000 });
    expect(simulate.contains(300, 10)).toBe(true);
    expect(runs).toHaveLength(3);
    expect(simulate.original(1, 2)).toEqual({ energy: 2 });
    expect(simulate.contains(1, 2)).toBe(false);
    expect([simulate.name, simulate.length]).toEqual(["energyOf", 2]);
  });

  test("digest and call name the call, and its record lies under that name", () => {
    const cache = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number, _y?: string) => x, { name: "f", cache });
    const call: Call = f.call(1, "a");
    expect(call).toEqual({
      name: "f",
      module: "fleche/tests/fleche/helpers.test",
      version: null,
      identity: "closure",
      codeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      arguments: [
        ["x", String(digest(1))],
        ["_y", String(digest("a"))],
      ],
      lookupKey: f.digest(1, "a"),
    });
    f(1, "a");
    const record = cache.loadRecord(f.digest(1, "a"));
    expect(record).toMatchObject({ name: "f", codeDigest: call.codeDigest, arguments: call.arguments });
    expect([...cache.listRecords()]).toEqual([f.digest(1, "a")]);
    expect(cache.load(record.result)).toBe(1);
    expect(cache.evictRecord(f.digest(1, "a"))).toBe(true);
    expect(f.contains(1, "a")).toBe(false);
    expect(() => cache.loadRecord(f.digest(1, "a"))).toThrow(expect.objectContaining({ reason: "absent" }));
  });

  test("a key knows only what is the call's: not the cache, not a copy of the function", () => {
    const make = () => fleche((x: number) => x, { name: "f", cache: openCache({ store: memoryStore(), keys: null }) });
    expect(make().digest(1)).toBe(make().digest(1));
    expect(make().digest(1)).not.toBe(make().digest(2));
    expect(make().digest(1)).not.toBe(make().with({ name: "g" }).digest(1));
    expect(make().digest(D(digest(1)) as unknown as number)).toBe(make().digest(1));
  });

  test("those that need a name throw why there is none; explain tells it", () => {
    traceWarnings();
    const cache = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: unknown) => String(x), { name: "f", cache, require: ["x"] });
    const socket = { socket: new WeakMap() };
    for (const method of ["digest", "call", "contains", "load", "evict", "bind"] as const) {
      expect(() => f[method](socket)).toThrow(expect.objectContaining({ name: "DigestError" }));
      expect(() => f[method](socket)).toThrow(/x\.socket/);
      expect(() => f[method](undefined)).toThrow(/x left to its default, and required/);
    }
    expect(f.explain(socket)).toMatchObject({ outcome: "uncached", problem: expect.stringMatching(/x\.socket/) });
    expect(f.rerun(socket)).toBe("[object Object]");
  });

  test("with changes some options and keeps the others", () => {
    const cache = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number, _verbose: boolean) => x, { name: "f", cache, ignore: ["_verbose"] });
    f(1, true);
    expect(f.contains(1, false)).toBe(true);
    const g = f.with({ version: 2 });
    expect(g.contains(1, false)).toBe(false);
    g(1, true);
    expect(g.contains(1, false)).toBe(true);
    expect(g.call(1, true)).toMatchObject({ name: "f", version: 2, identity: "version" });
    expect(f.with({ ignore: [] }).contains(1, false)).toBe(false);
    expect(g.original).toBe(f.original);
  });
});

describe("of an asynchronous function", () => {
  test.each([
    ["a synchronous store", () => open(memoryStore())],
    ["a store that answers later", later],
  ])("on %s answer with promises", async (_, make) => {
    const f = fleche(async (x: number) => ({ x }), { name: "f", cache: make() });
    const answers = [f.contains(1), f.evict(1), f.explain(1), f(1), f.rerun(1), f.bind(1)()];
    for (const answer of answers) expect(answer).toBeInstanceOf(Promise);
    const [contained, evicted, explained] = await Promise.all(answers);
    expect(f.load(1)).toBeInstanceOf(Promise);
    expect([contained, evicted]).toEqual([false, false]);
    expect(explained).toMatchObject({ outcome: "miss", reason: "absent" });
    expect(await f.load(1)).toEqual({ x: 1 });
    expect(await f.contains(1)).toBe(true);
    expect(await f.explain(1)).toMatchObject({ outcome: "hit" });
    expect(await f.evict(1)).toBe(true);
    await expect(f.load(1)).rejects.toMatchObject({ name: "NotFoundError", reason: "absent" });
    expect(await f.original(3)).toEqual({ x: 3 });
    expect(typeof f.digest(1)).toBe("string");
  });

  test("reject where the call cannot be named", async () => {
    traceWarnings();
    const f = fleche(async (x: unknown) => x, { name: "f", cache: later() });
    for (const method of ["contains", "load", "evict"] as const) {
      const answer = f[method](new WeakMap());
      expect(answer).toBeInstanceOf(Promise);
      await expect(answer).rejects.toMatchObject({ name: "DigestError" });
    }
    expect(await f.explain(new WeakMap())).toMatchObject({ outcome: "uncached" });
  });

  test("the cache's own methods answer later, too", async () => {
    const cache = openCache({ store: laterStore(), keys: null });
    const f = fleche(async (x: number) => x, { name: "f", cache });
    await f(1);
    const listed: string[] = [];
    for await (const key of cache.listRecords()) listed.push(key);
    expect(listed).toEqual([f.digest(1)]);
    expect(await cache.loadRecord(f.digest(1))).toMatchObject({ name: "f", async: true });
    expect(await cache.evictRecord(f.digest(1))).toBe(true);
    await expect(cache.loadRecord(f.digest(1))).rejects.toMatchObject({ reason: "absent" });
    await expect(cache.loadRecord("nonsense")).rejects.toBeInstanceOf(TypeError);
  });
});

describe("bind", () => {
  test("keeps the cache and the metadata that were around, wherever it is called", () => {
    const mine = openCache({ store: memoryStore(), keys: null });
    const elsewhere = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number) => x, { name: "f" });
    const bound = withCache(mine, () => f.bind(1));
    expect(bound.call.lookupKey).toBe(withCache(mine, () => f.digest(1)));
    withCache(elsewhere, () => expect(bound()).toBe(1));
    expect([...elsewhere.listRecords()]).toEqual([]);
    expect([...mine.listRecords()]).toEqual([bound.call.lookupKey]);
  });

  test("is not in the way of a cache around it that is unfit for the function", () => {
    const mine = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number) => x, { name: "f" });
    const bound = withCache(mine, () => f.bind(1));
    expect(withCache(later(), () => bound())).toBe(1);
  });

  test("keeps the tags that were around when it was bound", () => {
    const mine = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number) => x, { name: "f", cache: mine });
    const bound = tags(["early"], () => f.bind(1));
    tags(["late"], () => bound());
    expect(mine.loadRecord(bound.call.lookupKey).tags).toEqual(["early"]);
  });
});

describe("functions that use this", () => {
  test("are given it, and it is an input", () => {
    const mine = openCache({ store: memoryStore(), keys: null });
    const scale = fleche(
      function (this: { factor: number }, x: number) {
        return this.factor * x;
      },
      { name: "scale", cache: mine },
    );
    const lines = traceCalls();
    expect([scale.original.call({ factor: 2 }, 4), scale.on({ factor: 2 })(4)]).toEqual([8, 8]);
    expect(scale.on({ factor: 3 })(4)).toBe(12);
    expect(Reflect.apply(scale, { factor: 2 }, [4])).toBe(8);
    expect(lines.filter((line) => line.includes("run"))).toEqual(["scale#1 run", "scale#2 run"]);
    expect(scale.on({ factor: 3 }).contains(4)).toBe(true);
    expect(scale.on({ factor: 4 }).contains(4)).toBe(false);
    expect(
      scale
        .on({ factor: 3 })
        .call(4)
        .arguments.map(([name]) => name),
    ).toEqual(["this", "x"]);
  });
});

test("a Digest as receiver is no reference to a value: the call runs uncached, and shares no key with it", () => {
  const warnings = traceWarnings();
  const mine = openCache({ store: memoryStore(), keys: null });
  const keys = fleche(
    function (this: object) {
      return Object.keys(this).length;
    },
    { name: "keys", cache: mine },
  );
  const receiver = { a: 1 };
  expect(Reflect.apply(keys, mine.save(receiver), [])).not.toBe(1);
  expect(warnings[0]).toMatch(/on a Digest/);
  expect(Reflect.apply(keys, receiver, [])).toBe(1);
});

test("cache() inside a call is that of the scope", () => {
  const mine = openCache({ store: memoryStore(), keys: null });
  const f = fleche(() => cache() === mine, { name: "f", version: 1 });
  expect(withCache(mine, () => f())).toBe(true);
});
