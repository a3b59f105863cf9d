/** How long results are good, on a clock that the tests set. */
import { type Cache, fleche, memoryStore, openCache, type SyncStore } from "fleche";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Gate, gate, laterStore, settle, traceCalls, traceWarnings } from "./kit.ts";

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (ms: number) => vi.setSystemTime(START + ms);
const open = (store: SyncStore = memoryStore()): Cache => openCache({ store, keys: null });

describe("maxAge", () => {
  test("lets a result expire, which is a miss of its own reason", () => {
    const lines = traceCalls();
    const f = fleche((x: number) => x, { name: "f", cache: open(), maxAge: "10m" });
    f(1);
    lines.take();
    at(10 * MINUTE);
    f(1);
    at(10 * MINUTE + 1);
    expect(f.contains(1)).toBe(false);
    expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: "expired", differences: [] });
    expect(() => f.load(1)).toThrow(expect.objectContaining({ name: "NotFoundError", reason: "expired" }));
    f(1);
    f(1);
    expect(lines).toEqual(["f#1 hit", "f#1 miss expired", "f#1 run", "f#1 stored", "f#1 hit"]);
  });

  test("is reckoned from the record: it survives restarts, and a later change of the option counts at once", () => {
    const store = memoryStore();
    const body = (x: number): number => x;
    fleche(body, { name: "f", cache: open(store) })(1);
    at(5 * MINUTE);
    const restarted = fleche(body, { name: "f", cache: open(store), maxAge: 10 * MINUTE });
    expect(restarted.contains(1)).toBe(true);
    expect(restarted.with({ maxAge: "4m" }).contains(1)).toBe(false);
    expect(restarted.with({ maxAge: "1h" }).contains(1)).toBe(true);
    at(11 * MINUTE);
    expect(restarted.contains(1)).toBe(false);
    expect(restarted.with({ maxAge: Infinity }).contains(1)).toBe(true);
  });

  test("counts from the end of the run", async () => {
    const there = gate<number>();
    const f = fleche(async () => there.opened, { name: "f", version: 1, cache: open(), maxAge: "1m" });
    const call = f();
    await settle();
    vi.advanceTimersByTime(MINUTE);
    there.open(1);
    await call;
    at(2 * MINUTE);
    expect(await f.contains()).toBe(true);
    at(2 * MINUTE + 2);
    expect(await f.contains()).toBe(false);
  });

  test("with the clock put back: the result counts as made now, and nothing breaks", () => {
    traceWarnings();
    const lines = traceCalls();
    const f = fleche((x: number) => x, { name: "f", cache: open(), maxAge: "10m" });
    f(1);
    at(-10 * YEAR);
    expect(f(1)).toBe(1);
    at(10 * YEAR);
    expect(f(1)).toBe(1);
    expect(lines.filter((line) => line.endsWith("run"))).toHaveLength(2);
  });

  test("a result from the far future is served and said", () => {
    const warnings = traceWarnings();
    const f = fleche((x: number) => x, { name: "f", cache: open(), maxAge: "10m" });
    at(10 * YEAR);
    f(1);
    at(0);
    expect([f(1), f(1)]).toEqual([1, 1]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/future|clock/);
  });

  test("with a clock that tells no time: the call runs, nothing is served and nothing breaks", () => {
    traceWarnings();
    const lines = traceCalls();
    const f = fleche((x: number) => x, { name: "f", cache: open(), maxAge: "10m" });
    expect(f(1)).toBe(1);
    lines.take();
    const now = vi.spyOn(Date, "now").mockReturnValue(Number.NaN);
    expect(f(1)).toBe(1);
    expect(f(2)).toBe(2);
    now.mockRestore();
    expect(lines).toContain("f#1 miss expired");
    expect([f(1), f(2)]).toEqual([1, 2]);
  });

  test.each([-1, Number.NaN, "10", "10 m", "m", "-1m", "", "1e3s", null, {}])("%j is no length of time", (maxAge) => {
    expect(() => fleche(() => 1, { maxAge: maxAge as number })).toThrow(TypeError);
    expect(() => fleche(() => 1, { maxAge: maxAge as number })).toThrow(/maxAge.*"10m"/);
  });
});

describe("staleWhileRevalidate", () => {
  /** A function whose runs end when they are told to. */
  function slow(cache: Parameters<typeof openCache>[0]) {
    const runs: Gate<string>[] = [];
    const f = fleche(
      async (_row: number[]) => {
        const run = gate<string>();
        runs.push(run);
        return run.opened;
      },
      { name: "f", version: 1, cache: openCache(cache), maxAge: "1m", staleWhileRevalidate: "10m" },
    );
    return { f, runs };
  }
  const stores = [
    ["a synchronous store", () => ({ store: memoryStore(), keys: null })],
    ["a store that answers later", () => ({ store: laterStore(), keys: null })],
  ] as const;

  async function stored({ f, runs }: ReturnType<typeof slow>): Promise<void> {
    const first = f([1]);
    await settle();
    runs[0]?.open("old");
    expect(await first).toBe("old");
  }

  test.each(stores)("on %s serves the old result while the new one is made", async (_, options) => {
    const lines = traceCalls();
    const made = slow(options());
    const { f, runs } = made;
    await stored(made);
    lines.take();
    at(2 * MINUTE);
    expect(await f([1])).toBe("old");
    await settle();
    // Nobody waits for the refresh, and there is but one.
    expect(await f([1])).toBe("old");
    expect(await f([1])).toBe("old");
    await settle();
    expect(runs).toHaveLength(2);
    expect(await f.explain([1])).toMatchObject({ outcome: "stale" });
    runs[1]?.open("new");
    await settle();
    expect(await f([1])).toBe("new");
    expect(lines.filter((line) => !line.endsWith("stale"))).toEqual(["f#1 run", "f#1 stored", "f#1 hit"]);
    expect(lines.filter((line) => line.endsWith("stale"))).toHaveLength(3);
  });

  test.each(stores)("on %s leaves the old result where the refresh fails, and says so", async (_, options) => {
    const warnings = traceWarnings();
    const lines = traceCalls();
    const made = slow(options());
    const { f, runs } = made;
    await stored(made);
    lines.take();
    at(2 * MINUTE);
    expect(await f([1])).toBe("old");
    await settle();
    const meanwhile = f([1]);
    runs[1]?.fail(new Error("the source is gone"));
    expect(await meanwhile).toBe("old");
    await settle();
    expect(warnings).toEqual(["fleche: refreshing f failed, its old result stays: the source is gone"]);
    expect(await f([1])).toBe("old");
    await settle();
    expect(runs).toHaveLength(3);
    runs[2]?.open("new");
    await settle();
    expect(await f([1])).toBe("new");
  });

  test.each(stores)("on %s runs where the result is too old even for that", async (_, options) => {
    const lines = traceCalls();
    const made = slow(options());
    const { f, runs } = made;
    await stored(made);
    lines.take();
    at(11 * MINUTE + 1);
    const call = f([1]);
    await settle();
    runs[1]?.open("new");
    expect(await call).toBe("new");
    expect(lines).toEqual(["f#1 miss expired", "f#1 run", "f#1 stored"]);
  });

  test("waits for the refresh under way where the old result is gone meanwhile", async () => {
    const made = slow({ store: memoryStore(), keys: null });
    const { f, runs } = made;
    await stored(made);
    at(2 * MINUTE);
    expect(await f([1])).toBe("old");
    expect(await f.evict([1])).toBe(true);
    const call = f([1]);
    await settle();
    runs[1]?.open("new");
    expect(await call).toBe("new");
    expect(runs).toHaveLength(2);
  });

  test("never stores the refreshed result of another argument under the old key", async () => {
    for (let turns = 0; turns < 40; turns++) {
      at(0);
      const cache = openCache({ store: laterStore(), keys: null });
      const sum = fleche(async (row: number[]) => row.length, {
        name: "sum",
        cache,
        maxAge: "1m",
        staleWhileRevalidate: "10m",
      });
      expect(await sum([1])).toBe(1);
      at(2 * MINUTE);
      const row = [1];
      const answer = sum(row);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      row.push(2);
      expect([1, 2]).toContain(await answer);
      await settle();
      expect(await sum([1])).toBe(1);
      expect(await sum([1, 2])).toBe(2);
      await settle();
      expect(await sum([1])).toBe(1);
    }
  });

  test("is for functions that answer with promises", () => {
    expect(() => fleche((x: number) => x, { name: "f", staleWhileRevalidate: "1m" })).toThrow(/async/);
    expect(() => fleche((x: number) => x, { name: "f", staleWhileRevalidate: 0 })).not.toThrow();
  });
});
