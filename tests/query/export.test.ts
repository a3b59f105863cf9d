import { digest, fleche, tuple } from "fleche";
import { describe, expect, test } from "vitest";
import { cell } from "../../src/query/csv.ts";
import { shortened, shownValue } from "../../src/query/glimpse.ts";
import { memoryCache, putCall, search } from "./kit.ts";

describe("table()", () => {
  test("gives short rows", async () => {
    const cache = memoryCache();
    const lookupKey = await putCall(cache, {
      args: { temperature: 300, config: { mode: "fast", rows: Array.from({ length: 100 }, (_, i) => i) } },
      result: "a result that is much longer than anybody would want to see in a table",
      tags: ["a", "b"],
    });
    expect(search(cache).table()).toEqual([
      {
        name: "simulate",
        arguments: "temperature: 300, config: { mode: 'fast', rows: [ 0, 1, 2, 3, 4, …",
        result: "'a result that is much longer than anyb…",
        started: "2023-11-14T22:13:20.000Z",
        durationMs: 12.5,
        tags: "a, b",
        lookupKey: lookupKey.slice(0, 12),
      },
    ]);
  });

  test("does not load what is large, nor stumble over what is gone", async () => {
    const cache = memoryCache();
    const large = new Float64Array(20_000);
    await putCall(cache, { args: { large, gone: [1] }, result: large });
    cache.evict(digest([1]));
    const before = cache.stats();
    const [row] = search(cache).table();
    const shown = `<${digest(large).slice(0, 8)}…>`;
    expect(row?.result).toBe(shown);
    expect(row?.arguments).toBe(`large: ${shown}, gone: <${digest([1]).slice(0, 8)}…>`);
    expect(cache.stats()).toEqual(before);
  });

  test("shows nothing that a terminal would act on", async () => {
    const cache = memoryCache();
    await putCall(cache, {
      name: "red\u001b[31m\n",
      args: { "x\u202e": "\u001b]0;title\u0007" },
      result: { a: "\r\n" },
      tags: ["\u009b1m"],
    });
    const text = JSON.stringify(search(cache).table());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]|\\u00(0|1|7f|8|9)/);
    expect(search(cache).table()[0]?.started).toBe("2023-11-14T22:13:20.000Z");
  });

  test("times that no calendar reaches are numbers", async () => {
    const cache = memoryCache();
    await putCall(cache, { startedMs: 9e15 });
    expect(search(cache).table()[0]?.started).toBe("9000000000000000");
  });
});

test("values are shown in one short line, whatever they are", () => {
  expect(shownValue(tuple(1, "a"), 40)).toBe("(1, 'a')");
  expect(shownValue(new Map([[1, 2]]), 40)).toBe("Map(1) { 1 => 2 }");
  expect(
    shownValue(
      {
        [Symbol.for("nodejs.util.inspect.custom")]: () => {
          throw new Error("no");
        },
      },
      40,
    ),
  ).toBe("object");
  expect(shownValue("a\nb", 40)).toBe("'a\\nb'");
  expect(shortened("ab\u{1f600}cd", 4)).toBe("ab…");
});

describe("toCsv()", () => {
  test("is RFC 4180, a column for each argument", async () => {
    const cache = memoryCache();
    const one = await putCall(cache, {
      args: { x: 1, note: 'a "quoted", text' },
      result: [1, { a: null }],
      startedMs: 1000,
      tags: ["t", "u"],
      version: 2,
      identity: "version",
      module: "m",
    });
    const two = await putCall(cache, {
      args: { y: -2.5, x: true },
      result: new Map([[1, 2]]),
      startedMs: 2000,
      metadata: { git: { dirty: true } },
    });
    expect(search(cache).sorted().toCsv()).toBe(
      [
        "lookupKey,name,started,durationMs,arguments.x,arguments.note,arguments.y,result,tags,module,version,codeDigest,parent,metadata",
        `${one},simulate,1970-01-01T00:00:01.000Z,12.5,1,"a ""quoted"", text",,"[1,{""a"":null}]","t; u",m,2,${"1".padStart(64, "0")},,`,
        `${two},simulate,1970-01-01T00:00:02.000Z,12.5,true,,-2.5,"Map(1) { 1 => 2 }",,,,${"1".padStart(64, "0")},,"{""git"":{""dirty"":true}}"`,
        "",
      ].join("\r\n"),
    );
  });

  test.each([
    ["=1+1", '"\'=1+1"'],
    ["+1", '"\'+1"'],
    ["-1", '"\'-1"'],
    ["@SUM(A1)", '"\'@SUM(A1)"'],
    ["\t=1", '"\'\t=1"'],
    ["\r=1", '"\'\r=1"'],
    [" =1", '"\' =1"'],
    ["\u00a0=1", '"\'\u00a0=1"'],
    ["\uff1d1", '"\'\uff1d1"'],
    ["fine\n=cmd", '"\'fine\n=cmd"'],
    ["\n".repeat(30_000), `"'${"\n".repeat(30_000)}"`],
    ["a;=1", '"a;=1"'],
    ["-Infinity", '"\'-Infinity"'],
    ["a-b", "a-b"],
    ["", ""],
    [" blank ", '" blank "'],
  ])("writes the text %j as %j", (text, written) => expect(cell(text)).toBe(text === "=1+1" ? '"\'=1+1"' : written));

  test("numbers are no formulas", () => {
    expect([-1, -0, 1e21, -1e-7, 0.5].map(cell)).toEqual(["-1", "-0", "1e+21", "-1e-7", "0.5"]);
    expect(cell(Number.NEGATIVE_INFINITY)).toBe('"\'-Infinity"');
  });

  test("names and values of calls cannot start a formula either", async () => {
    const cache = memoryCache();
    await putCall(cache, { name: "=cmd()", args: { "=x": "=y" }, result: "@z", tags: ["+t"], module: "-m" });
    const cells = search(cache).toCsv().split("\r\n")[1]?.split(",").slice(1) ?? [];
    for (const text of cells) expect(text).not.toMatch(/^"?[=+\-@]/);
  });

  test("what a cell cannot hold is there by its digest", async () => {
    const cache = memoryCache();
    const text = "x".repeat(40_000);
    await putCall(cache, { result: text });
    expect(search(cache).toCsv()).toContain(`,${digest(text)},`);
  });
});

describe("toNdjson()", () => {
  test("has the record, and values that JSON holds exactly", async () => {
    const cache = memoryCache();
    const when = new Date(5);
    await putCall(cache, {
      args: { x: 1, when, zero: -0, deep: [{ zero: -0 }], bare: Object.create(null), big: 5n },
      result: { ok: [true, null, "ä\n\ud800"] },
      metadata: { git: { commit: "ab" } },
    });
    const lines = search(cache).toNdjson().split("\n");
    expect(lines[1]).toBe("");
    const call = JSON.parse(lines[0] as string);
    expect(call).toMatchObject({
      name: "simulate",
      version: null,
      identity: "closure",
      async: false,
      tags: [],
      parent: null,
    });
    expect(call.started).toBe(new Date(call.startedMs).toISOString());
    expect(call.arguments).toEqual({
      x: { digest: digest(1), value: 1 },
      when: { digest: digest(when) },
      zero: { digest: digest(-0) },
      deep: { digest: digest([{ zero: -0 }]) },
      bare: { digest: digest(Object.create(null)) },
      big: { digest: digest(5n) },
    });
    expect(call.result).toEqual({
      digest: digest({ ok: [true, null, "ä\n\ud800"] }),
      value: { ok: [true, null, "ä\n\ud800"] },
    });
    expect(call.metadata).toEqual({ git: { commit: "ab" } });
    const bare = JSON.parse(search(cache).toNdjson({ values: false }));
    expect(bare.arguments.x).toEqual({ digest: digest(1) });
  });

  test("is a line for each call, whatever is in it", async () => {
    const cache = memoryCache();
    const fn = fleche((text: string) => text, { cache, name: "echo", version: 1, params: ["text"] });
    const texts = ["\n", "\u2028", '"', "{}", "\u0000"];
    for (const text of texts) fn(text);
    const lines = search(cache).toNdjson().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).result.value).sort()).toEqual([...texts].sort());
  });
});
