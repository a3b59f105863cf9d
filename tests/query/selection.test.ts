import { D, DigestError, digest, fleche, tuple } from "fleche";
import { describe, expect, test } from "vitest";
import { momentMs } from "../../src/query/moment.ts";
import type { Selection } from "../../src/query/selection.ts";
import { memoryCache, putCall, search } from "./kit.ts";

describe("a selection", () => {
  const wrong: readonly [string, unknown, string][] = [
    ["a misspelt field", { nmae: "x" }, 'query: unknown option "nmae"; did you mean "name"?'],
    ["a field that is undefined", { name: undefined }, "name is undefined; leave it out to match every call"],
    ["arguments that are undefined", { arguments: undefined }, "arguments is undefined"],
    ["a name that is no text", { name: 1 }, "name must be a text; found number"],
    ["a name that is null", { name: null }, "name must be a text; found null"],
    ["a module that is no text", { module: 1 }, "module must be a text"],
    ["a version that is no number", { version: Number.NaN }, "version must be a text, a finite number or null"],
    ["a code digest that is a prefix", { codeDigest: "ab12" }, "a digest is 64 lowercase hex characters"],
    ["a parent that is no key", { parent: 7 }, "a digest is 64 lowercase hex characters"],
    ["an identity that is none", { identity: "code" }, 'identity must be "closure", "source" or "version"'],
    ["one tag as a text", { tags: "night" }, "tags must be an array of texts"],
    ["a tag that is no text", { tags: [undefined] }, "tags must be an array of texts"],
    ["a hole among tags", { tags: new Array(1) }, "tags must be an array of texts"],
    ["arguments in an array", { arguments: [1] }, "arguments must be a plain object"],
    ["arguments in a Map", { arguments: new Map([["x", 1]]) }, "arguments must be a plain object"],
    ["a symbol among arguments", { arguments: { [Symbol.for("x")]: 1 } }, "arguments must be a plain object"],
    ["metadata that is no JSON", { metadata: { git: { commit: undefined } } }, "metadata.git.commit is not plain JSON"],
    ["metadata that is a text", { metadata: "git" }, "metadata is not plain JSON"],
    ["a time that is none", { since: "yesterday" }, "since must be a Date, Unix milliseconds or ISO text"],
    ["a time that is NaN", { until: Number.NaN }, "until must be a Date"],
    ["an array", [], "the selection must be a plain object"],
    ["a Map", new Map(), "the selection must be a plain object"],
    [
      "an instance with getters",
      new (class {
        get name() {
          return "x";
        }
      })(),
      "the selection must be a plain object",
    ],
    ["a text", "simulate", "the options must be an object"],
    ["null", null, "the options must be an object"],
  ];
  test.each(wrong)("refuses %s, and never takes it for everything", (_, selection, message) => {
    const cache = memoryCache();
    expect(() => search(cache, selection as Selection)).toThrow(TypeError);
    expect(() => search(cache, selection as Selection)).toThrow(message);
  });

  test("refuses values that have no name, with the path to the part", () => {
    const cache = memoryCache();
    const socket = new (class Socket {})();
    expect(() => search(cache, { arguments: { config: { rows: [socket] } } })).toThrow(DigestError);
    expect(() => search(cache, { arguments: { config: { rows: [socket] } } })).toThrow("config.rows[0]");
    expect(() => search(cache, { result: new Promise(() => {}) })).toThrow("cannot digest result");
  });

  test("searches by a digest in place of a value, or of a part of it", async () => {
    const cache = memoryCache();
    await putCall(cache, { args: { rows: [1, "part"] }, result: 5 });
    expect(search(cache, { arguments: { rows: D(digest([1, "part"])) } }).count()).toBe(1);
    expect(search(cache, { arguments: { rows: [1, D(digest("part"))] } }).count()).toBe(1);
    expect(search(cache, { result: D(digest(5)) }).count()).toBe(1);
    // The text of a digest is a text.
    expect(search(cache, { result: digest(5) }).count()).toBe(0);
  });

  test("tells null, undefined and what was not passed", async () => {
    const cache = memoryCache();
    const fn = fleche((x?: unknown) => String(x), { cache, name: "shown", version: 1, params: ["x"] });
    fn(null);
    fn(undefined);
    fn();
    expect(search(cache, { arguments: { x: null } }).results()).toEqual(["null"]);
    expect(search(cache, { arguments: { x: undefined } }).results()).toEqual(["undefined"]);
    expect(search(cache, {}).count()).toBe(3);
    expect(search(cache, { result: null }).count()).toBe(0);
  });

  test("searches by functions, rest arguments and names that are odd", async () => {
    const cache = memoryCache();
    const apply = fleche((f: (x: number) => number, ...xs: number[]) => xs.map(f), {
      cache,
      name: "apply",
      version: 1,
      params: ["f", "...xs"],
    });
    const twice = (x: number): number => x * 2;
    apply(twice, 1, 2);
    expect(search(cache, { arguments: { f: twice } }).count()).toBe(1);
    expect(search(cache, { arguments: { f: (x: number) => x } }).count()).toBe(0);
    expect(search(cache, { arguments: { xs: tuple(1, 2) } }).count()).toBe(1);
    expect(search(cache, { arguments: { xs: [1, 2] } }).count()).toBe(0);
    await putCall(cache, { name: "__proto__", args: JSON.parse('{"__proto__": 1, "constructor": 2}') });
    expect(search(cache, { arguments: JSON.parse('{"__proto__": 1}') }).only().name).toBe("__proto__");
    expect(search(cache, { arguments: { toString: 1 } }).count()).toBe(0);
    const call = search(cache, { name: "__proto__" }).only();
    expect(Object.entries(call.arguments())).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });

  test("is taken when it is given: changing it later changes nothing", async () => {
    const cache = memoryCache();
    await putCall(cache, { args: { x: 1 }, tags: ["a"], metadata: { run: { id: 1 } } });
    const selection = { arguments: { x: 1 as unknown }, tags: ["a"], metadata: { run: { id: 1 } } };
    const found = search(cache, selection);
    selection.arguments.x = 2;
    selection.tags[0] = "b";
    selection.metadata.run.id = 2;
    expect(found.count()).toBe(1);
  });

  test("matches metadata by its parts, deeply", async () => {
    const cache = memoryCache();
    await putCall(cache, {
      metadata: { git: { dirty: false, commit: "ab", path: ["src", { name: "x", size: 1 }] }, host: { name: null } },
    });
    const count = (metadata: Record<string, unknown>): number => search(cache, { metadata }).count();
    expect(count({})).toBe(1);
    expect(count({ git: {} })).toBe(1);
    expect(count({ git: { dirty: false } })).toBe(1);
    expect(count({ git: { dirty: true } })).toBe(0);
    expect(count({ git: { dirty: 0 } })).toBe(0);
    expect(count({ git: { dirty: {} } })).toBe(0);
    expect(count({ git: { path: ["src", { size: 1, name: "x" }] } })).toBe(1);
    expect(count({ git: { path: ["src", { size: 1 }] } })).toBe(0);
    expect(count({ git: { path: ["src"] } })).toBe(0);
    expect(count({ git: { path: { length: 2 } } })).toBe(0);
    expect(count({ host: { name: null } })).toBe(1);
    expect(count({ host: { nme: null } })).toBe(0);
    expect(count({ toString: {} })).toBe(0);
    expect(count(JSON.parse('{"__proto__": {}}'))).toBe(0);
  });
});

describe("a moment", () => {
  test.each([
    [5, 5],
    [-1, -1],
    [new Date(7), 7],
    ["2025-03-01", Date.UTC(2025, 2, 1)],
    ["2025-03-01T12:30Z", Date.UTC(2025, 2, 1, 12, 30)],
    ["2025-03-01 12:30:05.250Z", Date.UTC(2025, 2, 1, 12, 30, 5, 250)],
    ["2025-03-01T12:30:05+02:00", Date.UTC(2025, 2, 1, 10, 30, 5)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
  ])("%s is read", (moment, ms) => expect(momentMs("since", moment)).toBe(ms));
  test.each([
    "",
    "1",
    "2025",
    "2025-02-30",
    "2023-02-29T10:00Z",
    "2025-13-01",
    "01.02.2025",
    "2025-03-01T25:00Z",
    "2025-03-01\n",
    "now",
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    null,
    {},
    5n,
  ])("%s is none", (moment) => expect(() => momentMs("since", moment as never)).toThrow(TypeError));
});
