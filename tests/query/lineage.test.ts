import { type AsyncCache, type Cache, digest, fleche, memoryStore, openCache } from "fleche";
import { describe, expect, test } from "vitest";
import { type Lineage, type LineageOptions, lineage } from "../../src/query/lineage.ts";
import { startLinks, startNames } from "../../src/query/links.ts";
import type { PartsOf } from "../../src/query/record-links.ts";
import { nameOf } from "../../src/testing/samples.ts";
import { traceWarnings } from "../engine/kit.ts";
import { callsIn, KEY, KINDS, memoryCache, putCall, spoil } from "./kit.ts";

function of(cache: Cache, value: string, options?: LineageOptions, partsOf?: PartsOf): Lineage {
  return lineage(callsIn(cache), value, options, partsOf) as Lineage;
}

const ROWS = [1, 2, 3];
const MODEL = { weights: [0.5, 1.5] };

/** load → train → evaluate, and a pipeline around the first two. */
async function fill(cache: Cache | AsyncCache): Promise<Record<string, string>> {
  const pipeline = await putCall(cache, {
    name: "pipeline",
    args: { path: "rows.csv" },
    result: { report: [1] },
    startedMs: 0,
  });
  const load = await putCall(cache, {
    name: "load",
    args: { path: "rows.csv" },
    result: ROWS,
    parent: pipeline,
    startedMs: 1,
  });
  const train = await putCall(cache, {
    name: "train",
    args: { data: ROWS, epochs: 5 },
    result: MODEL,
    parent: pipeline,
    startedMs: 2,
  });
  const evaluate = await putCall(cache, {
    name: "evaluate",
    args: { model: MODEL, strict: true },
    result: 0.93,
    startedMs: 3,
  });
  // These only share small values with the others.
  await putCall(cache, {
    name: "unrelated",
    args: { epochs: 5, strict: true, path: "rows.csv" },
    result: [7],
    startedMs: 4,
  });
  await putCall(cache, { name: "unrelated", args: { score: 0.93 }, result: [8], startedMs: 5 });
  return { pipeline, load, train, evaluate };
}

function namesIn({ nodes }: Lineage): string[] {
  return nodes.flatMap((node) => (node.kind === "call" ? [node.name] : [])).sort();
}

describe.each(KINDS)("a lineage in a cache of kind %s", (_kind, open) => {
  test("goes up and down, and leaves small values out", async () => {
    const cache = open();
    const keys = await fill(cache);
    const found = await lineage(callsIn(cache), digest(MODEL));
    expect(namesIn(found)).toEqual(["evaluate", "load", "pipeline", "train"]);
    expect(
      found.nodes
        .filter(({ kind }) => kind === "value")
        .map(({ id }) => id)
        .sort(),
    ).toEqual([digest(MODEL), digest(ROWS), digest({ report: [1] })].sort());
    expect(found.edges).toContainEqual({ from: digest(ROWS), to: keys.train, role: "argument", name: "data" });
    expect(found.edges).toContainEqual({ from: keys.train, to: digest(MODEL), role: "result" });
    expect(found.edges).toContainEqual({ from: keys.load, to: digest(ROWS), role: "result" });
    expect(found.edges).toContainEqual({ from: digest(MODEL), to: keys.evaluate, role: "argument", name: "model" });
    expect(found.edges).toContainEqual({ from: keys.train, to: keys.pipeline, role: "nested" });
    expect(found).toMatchObject({ start: digest(MODEL), truncated: false, skipped: { records: 0 } });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});

describe("a lineage", () => {
  test("goes one way, and so far", async () => {
    const cache = memoryCache();
    const keys = await fill(cache);
    expect(namesIn(of(cache, digest(MODEL), { direction: "up" }))).toEqual(["load", "train"]);
    expect(namesIn(of(cache, digest(MODEL), { direction: "up", depth: 1 }))).toEqual(["train"]);
    expect(namesIn(of(cache, digest(MODEL), { direction: "down" }))).toEqual(["evaluate", "pipeline", "train"]);
    expect(of(cache, digest(MODEL), { depth: 0 }).nodes).toHaveLength(1);
    expect(namesIn(of(cache, digest({ report: [1] }), { direction: "up" }))).toEqual(["load", "pipeline", "train"]);
    expect(namesIn(of(cache, keys.load as string, { direction: "down", depth: 0 }))).toEqual(["load"]);
    expect(namesIn(of(cache, keys.load as string, { direction: "down" }))).toEqual([
      "evaluate",
      "load",
      "pipeline",
      "train",
    ]);
  });

  test("reads as a text", async () => {
    const cache = memoryCache();
    const { evaluate, train, load, pipeline } = (await fill(cache)) as Record<string, string>;
    const [model, rows, report] = [MODEL, ROWS, { report: [1] }].map((value) => `<${digest(value).slice(0, 8)}…>`);
    expect(of(cache, digest(MODEL)).text).toBe(
      [
        `${model} { weights: [ 0.5, 1.5 ] }`,
        `  made by train(data: [ 1, 2, 3 ], epochs: 5), 1970-01-01T00:00:00.002Z, call ${train?.slice(0, 12)}`,
        `    from data: ${rows} [ 1, 2, 3 ]`,
        `      made by load(path: 'rows.csv'), 1970-01-01T00:00:00.001Z, call ${load?.slice(0, 12)}`,
        `  used by (model) evaluate(model: { weights: [ 0.5, 1.5 ] }, strict: true), 1970-01-01T00:00:00.003Z, call ${evaluate?.slice(0, 12)}`,
        `  within pipeline(path: 'rows.csv'), 1970-01-01T00:00:00.000Z, call ${pipeline?.slice(0, 12)}`,
        `    giving ${report} { report: [ 1 ] }`,
        "",
      ].join("\n"),
    );
  });

  test("says so where there is nothing to say", async () => {
    const cache = memoryCache();
    await fill(cache);
    expect(of(cache, digest(5)).nodes).toHaveLength(1);
    expect(of(cache, digest(5)).text).toContain("a small value");
    expect(of(cache, digest("nowhere")).text).toContain("no call that is known made it or used it");
    expect(of(memoryCache(), digest("nowhere"))).toMatchObject({ edges: [], nodes: [{ kind: "value" }] });
  });

  test("ends where a call gave back what it was passed", () => {
    const cache = memoryCache();
    const same = fleche((rows: number[]) => rows, { cache, name: "same", version: 1 });
    const wrap = fleche((rows: number[]) => [rows], { cache, name: "wrap", version: 1 });
    same(ROWS);
    wrap(ROWS);
    const found = of(cache, digest(ROWS));
    expect(namesIn(found)).toEqual(["same", "wrap"]);
    expect(found.edges).toHaveLength(4);
    expect(found.text).toContain("(see above)");
  });

  test("knows a value that is passed under two names, and one that many calls gave", async () => {
    const cache = memoryCache();
    await putCall(cache, { name: "join", args: { left: ROWS, right: ROWS }, result: [ROWS, ROWS] });
    for (let i = 0; i < 3; i++) await putCall(cache, { name: "load", args: { i }, result: ROWS });
    const found = of(cache, digest([ROWS, ROWS]), { direction: "up" });
    expect(namesIn(found)).toEqual(["join", "load", "load", "load"]);
    expect(found.edges.filter(({ role }) => role === "argument").map(({ name }) => name)).toEqual(["left", "right"]);
  });

  test("follows long chains, and stops at its limit", async () => {
    const cache = memoryCache();
    for (let i = 0; i < 300; i++) await putCall(cache, { name: "step", args: { from: [i] }, result: [i + 1] });
    const all = of(cache, digest([150]));
    expect(namesIn(all)).toHaveLength(300);
    expect(all.truncated).toBe(false);
    expect(all.text).toContain("… there is more");
    const some = of(cache, digest([150]), { limit: 20 });
    expect(some.nodes).toHaveLength(20);
    expect(some.truncated).toBe(true);
    expect(of(cache, digest([0]), { limit: 1 }).nodes).toHaveLength(1);
  });

  test("counts parts of values as passed on with them", async () => {
    const cache = memoryCache();
    const inner = { part: ["inner"] };
    await putCall(cache, { name: "make", args: { a: 1 }, result: inner });
    await putCall(cache, { name: "wrap", args: { a: 2 }, result: { whole: [inner] } });
    await putCall(cache, { name: "use", args: { whole: { whole: [inner] } }, result: ["used"] });
    const parts = new Map([
      [digest({ whole: [inner] }), [digest([inner])]],
      [digest([inner]), [digest(inner)]],
    ]);
    // biome-ignore lint/correctness/useYield: nothing to wait for
    const partsOf: PartsOf = function* (value) {
      return parts.get(value) ?? [];
    };
    expect(namesIn(of(cache, digest(["used"]), { direction: "up" }))).toEqual(["use", "wrap"]);
    expect(namesIn(of(cache, digest(["used"]), { direction: "up" }, partsOf))).toEqual(["make", "use", "wrap"]);
    expect(namesIn(of(cache, digest(inner), { direction: "down" }, partsOf))).toEqual(["make", "use"]);
    expect(of(cache, digest(inner), {}, partsOf).edges.filter(({ role }) => role === "part")).toHaveLength(2);
  });

  test("passes over records that cannot be served, and says so", async () => {
    const lines = traceWarnings();
    const store = memoryStore();
    const cache = openCache({ store, secretKey: KEY, posture: "strict" });
    const { load } = await fill(cache);
    spoil(store, "records", load as string);
    const found = of(cache, digest(MODEL), { direction: "up" });
    expect(namesIn(found)).toEqual(["train"]);
    expect(found.skipped).toEqual({ records: 1, results: 0, reasons: { "body-mismatch": 1 } });
    expect(lines).toHaveLength(1);
  });

  test("refuses what makes no sense", () => {
    const cache = memoryCache();
    expect(() => of(cache, "abc")).toThrow(TypeError);
    expect(() => of(cache, digest(1), { dept: 1 } as never)).toThrow('did you mean "depth"?');
    expect(() => of(cache, digest(1), { depth: -1 })).toThrow(TypeError);
    expect(() => of(cache, digest(1), { limit: 0 })).toThrow(TypeError);
    expect(() => of(cache, digest(1), { direction: "sideways" as never })).toThrow(TypeError);
  });
});

test("links are kept in little room, and found again", () => {
  const [names, links] = [startNames(), startLinks()];
  for (let i = 0; i < 5000; i++) {
    links.add(nameOf(i % 1000), names.add(nameOf(i)));
  }
  expect(names.at(4321)).toBe(nameOf(4321));
  expect(links.from(nameOf(7)).sort((a, b) => a - b)).toEqual([7, 1007, 2007, 3007, 4007]);
  expect(links.from(nameOf(2000))).toEqual([]);
});
