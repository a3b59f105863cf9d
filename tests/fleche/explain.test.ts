/** Why a call hits or misses, and in which part its key differs from that of a stored call. */
import { fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import { laterStore, traceCalls, traceWarnings } from "../engine/kit.ts";

const open = () => openCache({ store: memoryStore(), keys: null });

/** Functions of one name from different sources, as they are before and after an edit. */
function edited(source: string): (x: number) => number {
  return globalThis.eval(`(${source})`) as (x: number) => number;
}

describe("explain", () => {
  test("says that nothing is stored, that it would be a hit, that a part of it is refused", () => {
    traceWarnings();
    const store = memoryStore();
    const cache = openCache({ store, keys: null });
    const f = fleche((x: number) => x, { name: "f", cache });
    expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: "absent", differences: [], lookupKey: f.digest(1) });
    expect(f.explain(1).text).toBe("f: miss (absent)\nno call of this function is stored");
    f(1);
    expect(f.explain(1)).toMatchObject({ outcome: "hit", differences: [] });
    expect(f.explain(1).text).toBe("f: hit");
    store.blobs.delete(cache.loadRecord(f.digest(1)).result);
    expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: "absent", differences: [] });
    store.records.put(f.digest(1), Buffer.from("nonsense"), {} as never);
    expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: expect.any(String), differences: [] });
    expect(f.explain(1).reason).not.toBe("absent");
  });

  test("names the argument, and the path in it, that differs", () => {
    const f = fleche((config: object, _steps: number, ..._more: number[]) => JSON.stringify(config), {
      name: "f",
      cache: open(),
    });
    const given = { mesh: { cells: [1, 2, 3] }, name: "a" };
    f(given, 10, 1);
    const of = (...args: Parameters<typeof f>) => f.explain(...args).differences;
    expect(of({ ...given, mesh: { cells: [1, 2, 4] } }, 10, 1)).toEqual([
      { part: "argument", path: "config.mesh.cells[2]", how: "changed" },
    ]);
    expect(of({ ...given, extra: 1 }, 10, 1)).toEqual([{ part: "argument", path: "config", how: "changed" }]);
    expect(of({ ...given, mesh: { cells: [1, 2] } }, 10, 1)).toEqual([
      { part: "argument", path: "config.mesh.cells", how: "changed" },
    ]);
    expect(of(given, 11, 1)).toEqual([{ part: "argument", path: "_steps", how: "changed" }]);
    expect(of(given, 10)).toEqual([{ part: "argument", path: "_more", how: "only stored" }]);
    expect(of({ ...given, name: "b" }, 11, 1)).toEqual([
      { part: "argument", path: "config.name", how: "changed" },
      { part: "argument", path: "_steps", how: "changed" },
    ]);
    expect(f.explain(given, 11, 1).text).toMatch(
      /^f: miss \(absent\)\ncompared with the nearest stored call, [0-9a-f]{8}…:\n {2}argument _steps: changed$/,
    );
  });

  test("compares with the nearest of several stored calls", () => {
    const f = fleche((a: number, b: number, c: number) => a + b + c, { name: "f", cache: open() });
    f(9, 9, 9);
    f(1, 2, 9);
    f(1, 9, 9);
    expect(f.explain(1, 2, 3)).toMatchObject({ nearest: f.digest(1, 2, 9), differences: [{ path: "c" }] });
  });

  test("names the captured variable that differs", () => {
    let factor = 2;
    const scale = fleche((x: number) => x * factor, { name: "scale", cache: open() });
    scale(1);
    factor = 3;
    expect(scale.explain(1)).toMatchObject({
      outcome: "miss",
      differences: [{ part: "code", path: "factor", how: "changed" }],
    });
    const told = scale.with({ captures: () => ({ factor }) });
    told(1);
    factor = 4;
    expect(told.explain(1).differences).toEqual([{ part: "code", path: "factor", how: "changed" }]);
  });

  test("names the body, and the helper, that was edited", () => {
    const cache = open();
    const body = fleche(edited("function scale(x) { return x * 2; }"), { cache });
    body(1);
    const after = fleche(edited("function scale(x) { return x * 3; }"), { cache });
    expect(after.explain(1).differences).toEqual([{ part: "code", path: "source", how: "changed" }]);

    const withHelper = (helper: (x: number) => number) => fleche((x: number) => helper(x), { name: "outer", cache });
    withHelper((x) => x + 1)(1);
    const { differences } = withHelper((x) => x + 2).explain(1);
    expect(differences.map(({ part }) => part)).toContain("code");
    expect(differences.some(({ path }) => path.startsWith("helper"))).toBe(true);
  });

  test("names the version, the module, the kind of identity", () => {
    const cache = open();
    const f = fleche((x: number) => x, { name: "f", cache, version: 1 });
    f(1);
    expect(f.with({ version: 2 }).explain(1).differences).toEqual([
      { part: "version", path: "version", how: "changed" },
    ]);
    expect(f.with({ version: "1" }).explain(1).differences).toEqual([
      { part: "version", path: "version", how: "changed" },
    ]);
    expect(f.with({ module: "elsewhere" }).explain(1).differences).toEqual([
      { part: "module", path: "module", how: "changed" },
    ]);
    const closure = fleche(f.original, { name: "f", cache });
    expect(closure.explain(1).differences.map(({ part }) => part)).toContain("identity");
  });

  test("says what the key does not tell apart, and why a call runs uncached", () => {
    const socket = new AbortController();
    const f = fleche((x: number) => (socket.signal.aborted ? 0 : x), { name: "f", cache: open() });
    const { leftOut, text } = f.explain(1);
    expect(leftOut).toEqual([{ path: "socket", what: expect.stringMatching(/AbortController/) }]);
    expect(text).toMatch(/not told apart: socket/);
    const g = fleche((x: unknown) => x, { name: "g", cache: open() });
    expect(g.explain([new WeakMap()])).toMatchObject({ outcome: "uncached", problem: expect.stringMatching(/x\[0\]/) });
  });

  test("changes nothing, counts nothing, publishes nothing", () => {
    const store = memoryStore();
    const cache = openCache({ store, keys: null });
    const f = fleche((x: number) => x, { name: "f", cache });
    f(1);
    const lines = traceCalls({ store: true });
    const before = [cache.stats(), [...store.blobs.list()], [...store.records.list()]];
    f.explain(1);
    f.explain(2);
    expect([cache.stats(), [...store.blobs.list()], [...store.records.list()]]).toEqual(before);
    expect(lines).toEqual([]);
  });

  test("answers with a promise for asynchronous functions, with the same differences", async () => {
    const cache = openCache({ store: laterStore(), keys: null });
    const f = fleche(async (config: object) => JSON.stringify(config), { name: "f", cache });
    await f({ a: [1, 2] });
    expect((await f.explain({ a: [1, 3] })).differences).toEqual([
      { part: "argument", path: "config.a[1]", how: "changed" },
    ]);
  });

  test("is no worse for arguments that are not stored", () => {
    const f = fleche((config: object) => JSON.stringify(config), { name: "f", cache: open(), storeArguments: false });
    f({ a: 1 });
    expect(f.explain({ a: 2 }).differences).toEqual([{ part: "argument", path: "config", how: "changed" }]);
  });
});
