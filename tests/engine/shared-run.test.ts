/** One run at a time: equal calls that overlap share a run, and nobody gets another's object. */
import { fleche, memoryStore, openCache, register } from "fleche";
import { describe, expect, test } from "vitest";
import { gate, laterStore, settle, traceCalls, traceWarnings } from "./kit.ts";

const stores = [
  ["a synchronous store", () => openCache({ store: memoryStore(), keys: null })],
  ["a store that answers later", () => openCache({ store: laterStore(), keys: null })],
] as const;

describe.each(stores)("on %s", (_, open) => {
  test("equal calls share one run, each with a value of its own", async () => {
    const lines = traceCalls();
    const there = gate<{ rows: number[] }>();
    let runs = 0;
    const f = fleche(
      async (_x: number) => {
        runs++;
        return there.opened;
      },
      { name: "f", version: 1, cache: open() },
    );
    const calls = [f(1), f(1), f(1)];
    await settle();
    const late = f(1);
    const other = f(2);
    await settle();
    const made = { rows: [1] };
    there.open(made);
    const [first, ...others] = await Promise.all([...calls, late]);
    expect(first).toBe(made);
    for (const [i, value] of others.entries()) {
      expect(value).toEqual({ rows: [1] });
      expect([made, ...others.slice(0, i)].includes(value as { rows: number[] })).toBe(false);
    }
    expect(await other).toBe(made);
    expect(runs).toBe(2);
    expect(lines.filter((line) => line.endsWith("run"))).toEqual(["f#1 run", "f#2 run"]);
    expect(lines.filter((line) => line.endsWith("join"))).toEqual(["f#1 join", "f#1 join", "f#1 join"]);
  });

  test("a value that its runner changes at once does not change for those who waited", async () => {
    const there = gate();
    const f = fleche(
      async () => {
        await there.opened;
        return { rows: [1] };
      },
      { name: "f", version: 1, cache: open() },
    );
    const first = f().then((value) => value.rows.push(2));
    const second = f();
    await settle();
    there.open();
    await first;
    expect(await second).toEqual({ rows: [1] });
    expect(await f()).toEqual({ rows: [1] });
  });

  test("those who wait for a run that fails get its error, the same object; the next call runs again", async () => {
    const lines = traceCalls();
    const there = gate();
    const error = new Error("no");
    const f = fleche(
      async () => {
        await there.opened;
        throw error;
      },
      { name: "f", version: 1, cache: open() },
    );
    const calls = [f(), f(), f()].map((call) => call.then(String, (reason: unknown) => reason));
    await settle();
    there.open();
    expect(await Promise.all(calls)).toEqual([error, error, error]);
    expect(lines.filter((line) => line.endsWith(" run"))).toHaveLength(1);
    await expect(f()).rejects.toBe(error);
    expect(lines.filter((line) => line.endsWith(" run"))).toHaveLength(2);
  });

  test("those who wait for what cannot be copied run for themselves, side by side", async () => {
    const warnings = traceWarnings();
    const gates = [gate(), gate(), gate(), gate()];
    let runs = 0;
    const f = fleche(
      async () => {
        await gates[runs++]?.opened;
        return { made: new WeakMap() };
      },
      { name: "f", version: 1, cache: open() },
    );
    const calls = [f(), f(), f(), f()];
    await settle();
    expect(runs).toBe(1);
    gates[0]?.open();
    await settle();
    // All three who waited, at once.
    expect(runs).toBe(4);
    for (const each of gates) each.open();
    const values = await Promise.all(calls);
    expect(new Set(values.map(({ made }) => made)).size).toBe(4);
    expect(warnings).toHaveLength(1);
  });

  test("undefined is shared, too, though it is not stored", async () => {
    traceWarnings();
    const there = gate();
    let runs = 0;
    const f = fleche(
      async () => {
        runs++;
        await there.opened;
      },
      { name: "f", version: 1, cache: open() },
    );
    const calls = [f(), f()];
    await settle();
    there.open();
    expect(await Promise.all(calls)).toEqual([undefined, undefined]);
    expect(runs).toBe(1);
  });

  test("a value that cannot be read back is no fault of those who waited", async () => {
    traceWarnings();
    class Broken {
      readonly kind = "broken";
    }
    register(Broken, {
      name: `shared-run.Broken of ${_}`,
      encode: () => 1,
      decode: () => {
        throw new Error("cannot be made again");
      },
    });
    const there = gate();
    let runs = 0;
    const f = fleche(
      async () => {
        runs++;
        await there.opened;
        return new Broken();
      },
      { name: "f", version: 1, cache: open() },
    );
    const calls = [f(), f()];
    await settle();
    there.open();
    expect(await Promise.all(calls)).toEqual([new Broken(), new Broken()]);
    expect(runs).toBe(2);
    expect(await f()).toEqual(new Broken());
  });

  test("a rerun does not wait for a run that began before it", async () => {
    const gates = [gate<number>(), gate<number>()];
    let runs = 0;
    const f = fleche(async () => gates[runs++]?.opened, { name: "f", version: 1, cache: open() });
    const first = f();
    await settle();
    const second = f.rerun();
    await settle();
    gates[1]?.open(2);
    expect(await second).toBe(2);
    gates[0]?.open(1);
    expect(await first).toBe(1);
  });

  test("plain functions that return promises share runs as well", async () => {
    const cache = open();
    const there = gate<number>();
    let runs = 0;
    const f = fleche(
      (): Promise<number> => {
        runs++;
        return there.opened;
      },
      { name: "f", version: 1, cache, async: true },
    );
    const calls = [f(), f()];
    await settle();
    there.open(5);
    expect(await Promise.all(calls)).toEqual([5, 5]);
    expect(runs).toBe(1);
  });
});

test("plain functions that return promises share runs without saying that they are asynchronous", async () => {
  const there = gate<number>();
  let runs = 0;
  const f = fleche(
    (): Promise<number> => {
      runs++;
      return there.opened;
    },
    { name: "f", version: 1, cache: openCache({ store: memoryStore(), keys: null }) },
  );
  const calls = [f(), f()];
  expect(calls[1]).toBeInstanceOf(Promise);
  there.open(5);
  expect(await Promise.all(calls)).toEqual([5, 5]);
  expect(runs).toBe(1);
});

test("equal calls in two caches do not share a run", async () => {
  const there = gate<number>();
  let runs = 0;
  const f = fleche(
    async () => {
      runs++;
      return there.opened;
    },
    { name: "f", version: 1 },
  );
  const calls = stores.map(([, open]) => f.with({ cache: open() })());
  await settle();
  there.open(1);
  await Promise.all(calls);
  expect(runs).toBe(2);
});
