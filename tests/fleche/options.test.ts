/** What is wrong with options is said where the function is wrapped, with the nearest word that is right. */
import { type FlecheOptions, fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import { traceWarnings } from "../engine/kit.ts";

const cache = openCache({ store: memoryStore(), keys: null });

function example(temperature: number, steps = 1, ..._rest: number[]): number {
  return temperature * steps;
}

describe("fleche(fn, options) refuses", () => {
  test.each<[object, RegExp]>([
    [{ maxage: 1 }, /did you mean "maxAge"\?/],
    [{ ingore: [] }, /did you mean "ignore"\?/],
    [{ verison: 1 }, /did you mean "version"\?/],
    [{ qwertz: 1 }, /qwertz/],
    [{ ignore: ["stpes"] }, /ignore of example: .*"stpes".*did you mean "steps"\?/],
    [{ require: ["temprature"] }, /did you mean "temperature"\?/],
    [{ defaults: { temprature: 1 } }, /did you mean "temperature"\?/],
    [{ defaults: { _rest: 1 } }, /must be an array/],
    [{ ignore: "steps" }, /array/],
    [{ params: ["a", "a"] }, /two parameters/],
    [{ params: ["a b"] }, /not a name/],
    [{ name: "" }, /name of .* text/],
    [{ module: 1 }, /module of .* text/],
    [{ version: Number.NaN }, /version of .* finite number/],
    [{ version: -0 }, /version of .* finite number/],
    [{ version: null }, /version of/],
    [{ version: {} }, /version of/],
    [{ identity: "colsure" }, /identity of .*"closure"/],
    [{ identity: "source", version: 1 }, /identity of .*"version"/],
    [{ captures: {} }, /captures of .* function/],
    [{ uses: {} }, /uses of .* array/],
    [{ recheckMs: -1 }, /recheckMs of/],
    [{ recheckMs: "1s" }, /recheckMs of/],
    [{ storeArguments: 1 }, /storeArguments of .* true or false/],
    [{ async: "yes" }, /async of .* true or false/],
    [{ metadata: {} }, /metadata/],
    [{ metadata: [{ name: "a" }] }, /"a"/],
    [
      {
        metadata: [
          { name: "a", pre() {} },
          { name: "a", pre() {} },
        ],
      },
      /"a"/,
    ],
    [{ maxAge: "soon" }, /maxAge/],
    [{ staleWhileRevalidate: 5 }, /staleWhileRevalidate of .* async/],
    [{ cache: 1 }, /cache/],
  ])("%j", (options, message) => {
    const wrap = () => fleche(example, options as FlecheOptions);
    expect(wrap).toThrow(TypeError);
    expect(wrap).toThrow(message);
    // The same where they come later.
    expect(() => fleche(example, { cache }).with(options as FlecheOptions)).toThrow(message);
  });

  test("a function without a name where the name is all there is", () => {
    const anonymous = (
      () => () =>
        1
    )();
    expect(() => fleche(anonymous, { version: 1 })).toThrow(/name/);
    expect(fleche(anonymous, { version: 1, name: "one", cache })()).toBe(1);
    expect(fleche(anonymous, { cache })()).toBe(1);
  });

  test("no options that say nothing", () => {
    expect(fleche(example, {})).toBeTypeOf("function");
    expect(fleche(example, { name: undefined } as unknown as FlecheOptions)).toBeTypeOf("function");
    expect(() => fleche(example, null as unknown as FlecheOptions)).toThrow(TypeError);
  });
});

describe("openCache refuses", () => {
  test.each<[object, RegExp]>([
    [{}, /store/],
    [{ store: memoryStore(), namespce: "a" }, /did you mean "namespace"\?/],
    [{ store: "memory" }, /store/],
    [{ store: memoryStore(), posture: "lax" }, /posture/],
    [{ store: memoryStore(), numbers: "pyhton" }, /numbers|python/],
    [{ store: memoryStore(), codec: "xml" }, /codec/],
  ])("%o", (options, message) => {
    expect(() => openCache(options as Parameters<typeof openCache>[0])).toThrow(TypeError);
    expect(() => openCache(options as Parameters<typeof openCache>[0])).toThrow(message);
  });
});

describe("ignore, require, params", () => {
  test("what is ignored is in neither key nor record", () => {
    const mine = openCache({ store: memoryStore(), keys: null });
    const f = fleche((x: number, _log: (line: string) => void, _trace?: unknown) => x, {
      name: "f",
      cache: mine,
      ignore: ["_log", "_trace"],
    });
    f(1, console.log, new WeakMap());
    expect(f.contains(1, console.error)).toBe(true);
    expect(mine.loadRecord(f.digest(1, console.log)).arguments.map(([name]) => name)).toEqual(["x"]);
  });

  test("what is required and left to its default runs uncached, with a warning", () => {
    const warnings = traceWarnings();
    const f = fleche((x: number, seed: number = Math.random()) => [x, seed], {
      name: "f",
      cache: openCache({ store: memoryStore(), keys: null }),
      require: ["seed"],
    });
    expect(f(1)).not.toEqual(f(1));
    expect(f(1, 2)).toEqual([1, 2]);
    expect(f.contains(1, 2)).toBe(true);
    expect(warnings).toEqual(["fleche: f runs uncached: seed left to its default, and required"]);
  });
});

test("an edited function of one version is served its old results, and that is said once", () => {
  const warnings = traceWarnings();
  const mine = openCache({ store: memoryStore(), keys: null });
  const of = (text: string) =>
    fleche(globalThis.eval(`(${text})`) as (x: number) => number, { name: "f", module: "m", version: 3, cache: mine });
  expect(of("(x) => x + 1")(1)).toBe(2);
  const edited = of("(x) => x + 2");
  expect([edited(1), edited(1)]).toEqual([2, 2]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/code of f was edited since its results of version 3 were stored/);
});
