import { DigestError, fleche, tuple } from "fleche";
import { describe, expect, test } from "vitest";
import { type NamingOptions, naming } from "../../src/call/naming.ts";
import { type AnyFunction, signatureOf } from "../../src/call/source.ts";
import { identify } from "../../src/identity/identity.ts";
import { type FunctionQueryOptions, type PartialArguments, selectionOf } from "../../src/query/function-selection.ts";
import type { Selection } from "../../src/query/selection.ts";
import { memoryCache, search } from "./kit.ts";

type Options = NamingOptions & { version?: number; name?: string; module?: string };

function of(fn: AnyFunction, options: Options = {}) {
  const identity = identify(fn, options);
  const known = { identity, naming: naming(signatureOf(fn), options, identity.name) };
  return (args?: PartialArguments, more?: FunctionQueryOptions): Selection => selectionOf(known, args, more);
}

function simulate(temperature: number, steps: number, ...notes: string[]): string {
  return `${temperature} ${steps} ${notes.length}`;
}

describe("the selection of a function's calls", () => {
  const select = of(simulate);
  test("is by name, and by arguments that are named", () => {
    expect(select()).toEqual({ name: "simulate" });
    expect(select({ temperature: 300 })).toEqual({ name: "simulate", arguments: { temperature: 300 } });
    expect(select({ temperature: undefined })).toEqual({ name: "simulate", arguments: { temperature: undefined } });
    expect(select({}, { tags: ["a"], metadata: { git: { dirty: false } } })).toEqual({
      name: "simulate",
      tags: ["a"],
      metadata: { git: { dirty: false } },
    });
    expect(select({ notes: ["a"] })).toEqual({ name: "simulate", arguments: { notes: tuple("a") } });
  });

  test("or by position, as far as they go", () => {
    expect(select([300])).toEqual({ name: "simulate", arguments: { temperature: 300 } });
    expect(Object.keys(select([300, 5, "a", "b"]).arguments ?? {})).toEqual(["temperature", "steps", "notes"]);
    expect(select([, 5])).toEqual({ name: "simulate", arguments: { steps: 5 } });
    expect(select([])).toEqual({ name: "simulate" });
    expect(of((x: number) => x, { name: "f" })([1, 2, 3]).arguments).toMatchObject({ x: 1, "*": tuple(2, 3) });
  });

  test("refuses names that the function does not have", () => {
    expect(() => select({ temprature: 300 })).toThrow(
      'query: simulate has no argument "temprature" (there are temperature, steps, notes); did you mean "temperature"?',
    );
    expect(() => of(simulate, { ignore: ["steps"] })({ steps: 3 })).toThrow("steps of simulate is ignored");
    expect(() => of(simulate, { ignore: ["steps"] })([1, 2])).toThrow("steps of simulate is ignored");
    expect(() => of(() => 1, { name: "none" })({ x: 1 })).toThrow("it has none");
    expect(() => select(new Map() as never)).toThrow("the arguments must be a plain object");
    expect(() => select({}, { name: "x" } as never)).toThrow('unknown option "name"');
    expect(() => select({}, { cod: "current" } as never)).toThrow('did you mean "code"?');
    expect(() => select({}, { code: "old" } as never)).toThrow('code must be "any" or "current"');
    expect(() => select({ this: 1 })).toThrow("no argument");
  });

  test("with a version it counts the module, which is in the key then", () => {
    const versioned = of(simulate, { version: 3, module: "m" });
    expect(versioned()).toEqual({ name: "simulate", module: "m" });
    expect(versioned({}, { code: "current" })).toEqual({
      name: "simulate",
      module: "m",
      identity: "version",
      version: 3,
    });
    expect(versioned({}, { version: 2 })).toEqual({ name: "simulate", module: "m", version: 2 });
  });

  test("of the code as it is now, where that can be named", () => {
    expect(select({}, { code: "current" })).toMatchObject({
      identity: "closure",
      codeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const native = of(simulate.bind(null) as never, { name: "bound", params: ["a"] });
    expect(native({}, { code: "current" })).toBeDefined();
    const unseen = of(function late(this: unknown) {
      return () => eval("1");
    } as never);
    expect(() => unseen({}, { code: "current" })).toThrow(DigestError);
  });

  test("finds what was called", () => {
    const cache = memoryCache();
    const cached = fleche(simulate, { cache });
    cached(300, 1);
    cached(300, 2, "a");
    cached(301, 1);
    expect(search(cache, select({ temperature: 300 })).count()).toBe(2);
    expect(search(cache, select({ steps: 1 })).count()).toBe(2);
    expect(search(cache, select([300, 1])).count()).toBe(1);
    expect(search(cache, select([300, 2, "a"])).count()).toBe(1);
    expect(search(cache, select({ notes: ["a"] })).count()).toBe(1);
    expect(search(cache, select({ steps: 1 }, { code: "current" })).count()).toBe(2);
    expect(search(cache, select({}, { since: Date.now() + 60_000 })).count()).toBe(0);
  });
});
