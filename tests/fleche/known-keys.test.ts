/** Lookup keys that the Python library gives, all the way from a call of a cached function. */
import { type AnyFunction, fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import known from "../call/known-lookup-keys.json" with { type: "json" };

type Tagged = { readonly int?: string; readonly float?: string; readonly str?: string };
type Callable = (...args: unknown[]) => unknown;

const value = ({ int, float, str }: Tagged): unknown => str ?? Number(int ?? float);

describe("in a cache with Python's numbers", () => {
  const cache = openCache({ store: memoryStore(), keys: null, numbers: "python" });

  test.each(known.keys)("$name ($description)", ({ name, module, version, arguments_tagged, lookup_key }) => {
    const args = arguments_tagged as unknown as [string, Tagged][];
    // Made from text, so that it has no module of its own.
    const body = globalThis.eval(`(function (${args.map(([parameter]) => parameter)}) { return 1; })`) as AnyFunction;
    const f = fleche(body as Callable, {
      name,
      identity: "version",
      cache,
      module,
      ...(version === null ? {} : { version }),
    });
    const values = args.map(([, tagged]) => value(tagged));
    expect(f.digest(...values)).toBe(lookup_key);
    expect(f(...values)).toBe(1);
    expect(cache.loadRecord(lookup_key)).toMatchObject({ name, module, version, identity: "version" });
    // The names may come from the options, too.
    const unnamed = fleche((...all: unknown[]) => all.length, {
      name,
      identity: "version",
      cache,
      module,
      ...(version === null ? {} : { version }),
    });
    if (module === null) return;
    const opaque = fleche(Math.max.bind(null) as unknown as Callable, {
      name,
      identity: "version",
      cache,
      module,
      ...(version === null ? {} : { version }),
      params: args.map(([parameter]) => parameter),
    });
    expect(opaque.digest(...values)).toBe(lookup_key);
    if (args.length > 0) expect(unnamed.digest(...values)).not.toBe(lookup_key);
  });

  test("a default that Python fills in is filled in by `defaults`", () => {
    const relax = known.keys.find(({ name }) => name === "relax");
    const body = (a: number, k = 4): number => a * k;
    const f = fleche(body, {
      name: "relax",
      module: "__main__",
      identity: "version",
      cache: openCache({ store: memoryStore(), keys: null, numbers: "python" }),
      params: ["a", "k"],
      defaults: { k: 4 },
    });
    expect(f.digest(3.5)).toBe(relax?.lookup_key);
    expect(f.digest(3.5, 4)).toBe(relax?.lookup_key);
    expect(f(3.5)).toBe(14);
    expect(f.contains(3.5, 4)).toBe(true);
    expect(f.with({ defaults: {} }).digest(3.5)).not.toBe(relax?.lookup_key);
  });
});
