/** The commands that look into a cache: what they print, for people and for programs, and how they end. */
import { describe, expect, test } from "vitest";
import { KEY_ID, KEYS, program, scene } from "./kit.ts";

const run = program();
const lines = (text: string): string[] => text.trimEnd().split("\n");

describe.each(["sqlite", "file"] as const)("a cache of kind %s", (kind) => {
  test("is listed, values and all", () => {
    const { out, err, exitCode } = run(["ls"], scene(kind), KEYS);
    expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
    const [title, ...rows] = lines(out);
    expect(title?.split(/ {2,}/)).toEqual(["call", "name", "arguments", "result", "started", "took", "tags"]);
    expect(rows.map((row) => row.split(/ {2,}/).slice(1).join(" | ")).sort()).toEqual([
      "scale | rows: [ 1, 2, 3 ], by: 10 | [ 10, 20, 30 ] | (moment) | (time)",
      "scale | rows: [ 1, 2, 3 ], by: 7 | [ 7, 14, 21 ] | (moment) | (time) | trial",
      "scale | rows: [ 10, 20, 30 ], by: 5 | [ 50, 100, 150 ] | (moment) | (time)",
      "square | x: 12 | 144 | (moment) | (time)",
      "square | x: 13 | 169 | (moment) | (time)",
    ]);
  });

  test("is listed by pages", () => {
    const at = scene(kind);
    const first = run(["ls", "--limit", "2", "--ndjson"], at, KEYS);
    expect(first.err).toBe("fleche: there are more: fleche ls --skip 2\n");
    const second = run(["ls", "--limit", "3", "--skip", "2", "--ndjson"], at, KEYS);
    expect(second.err).toBe("");
    const keys = lines(first.out + second.out).map((line) => JSON.parse(line).lookupKey);
    expect(new Set(keys).size).toBe(5);
  });

  test("is searched", () => {
    const at = scene(kind);
    const found = (...args: string[]) => {
      const { out, exitCode } = run(["query", "--json", ...args], at, KEYS);
      expect(exitCode).toBe(0);
      return JSON.parse(out).map((call: { result: { value: unknown } }) => call.result.value);
    };
    expect(found("--name", "square", "--sort", "durationMs")).toHaveLength(2);
    expect(found("--argument", "x=13")).toEqual([169]);
    expect(found("--argument", "rows=[1,2,3]", "--argument", "by=7")).toEqual([[7, 14, 21]]);
    expect(found("--tag", "trial")).toEqual([[7, 14, 21]]);
    expect(found("--result", "144")).toEqual([144]);
    expect(found("--since", "1h", "--function-version", "1", "--module", "shapes")).toHaveLength(5);
    expect(found("--until", "1h")).toEqual([]);
    expect(run(["query", "--count"], at, KEYS).out).toBe("5\n");
    expect(run(["query", "--csv", "--argument", "x=12"], at, KEYS).out).toMatch(/^lookupKey,name,.*\r\n\w{64},square,/);
  });

  test("shows a call, a value, and what came of it", () => {
    const at = scene(kind);
    const [call] = JSON.parse(run(["query", "--json", "--argument", "by=10"], at, KEYS).out);
    const shown = run(["show", call.lookupKey.slice(0, 12)], at, KEYS);
    expect(lines(shown.out)).toEqual([
      `call           ${call.lookupKey}`,
      "function       scale",
      "module         shapes",
      "identity       version",
      "version        1",
      expect.stringMatching(/^code {11}[0-9a-f]{64}$/),
      `argument rows  [ 1, 2, 3 ]  ${call.arguments.rows.digest}`,
      `argument by    10  ${call.arguments.by.digest}`,
      `result         [ 10, 20, 30 ]  ${call.result.digest}`,
      "began          (moment)",
      "took           (time)",
      "verified       yes",
    ]);
    const value = run(["show", call.result.digest.slice(0, 8)], at, KEYS);
    expect(value.out).toBe(
      [
        `value      ${call.result.digest}`,
        "size       17 B",
        "codec      structured",
        "saved      (moment)",
        `signed by  ${KEY_ID}`,
        "verified   yes",
        "",
        "[ 10, 20, 30 ]",
        "",
      ].join("\n"),
    );
    const lineage = run(["lineage", call.result.digest], at, KEYS);
    expect(lineage.exitCode).toBe(0);
    expect(lineage.out).toContain("made by scale(rows: [ 1, 2, 3 ], by: 10)");
    expect(lineage.out).toContain("used by (rows) scale(rows: [ 10, 20, 30 ], by: 5)");
    expect(run(["lineage", call.result.digest, "--up"], at, KEYS).out).not.toContain("used by");
  });

  test("explains what tells a call from its neighbour", () => {
    const at = scene(kind);
    const [call] = JSON.parse(run(["query", "--json", "--argument", "x=12"], at, KEYS).out);
    const { out, exitCode } = run(["explain", call.lookupKey], at, KEYS);
    expect(exitCode).toBe(0);
    expect(lines(out)).toEqual([
      `square, call ${call.lookupKey.slice(0, 12)}: hit, verified`,
      expect.stringMatching(/^differs from [0-9a-f]{12}, which began \(moment\), in:$/),
      "  argument x: changed",
    ]);
    const value = run(["explain", call.result.digest, "--json"], at, KEYS);
    expect(JSON.parse(value.out)).toEqual({
      ...{ kind: "value", digest: call.result.digest, outcome: "hit", verified: true, makers: [call.lookupKey] },
    });
  });

  test("can be named by its directory", () => {
    const at = scene(kind);
    const { out, exitCode } = run(["--root", ".fleche", "query", "--count"], at, KEYS);
    expect({ out, exitCode }).toEqual({ out: "5\n", exitCode: 0 });
  });
});

describe("what no key vouches for", () => {
  test("is not decoded unless that is asked for", () => {
    const at = scene("file");
    const { out, err, exitCode } = run(["query", "--name", "square"], at);
    expect(exitCode).toBe(0);
    expect(err).toBe("fleche: no key vouches for these values, so they are not decoded; --unverified decodes them\n");
    expect(out).toMatch(/x: <[0-9a-f]{8}…> {2}<[0-9a-f]{8}…>/);
    expect(run(["query", "--name", "square", "--unverified"], at).out).toContain("x: 12");
  });

  test("is refused under other keys, and explained", () => {
    const at = scene("file");
    const [call] = JSON.parse(run(["query", "--json", "--argument", "x=12"], at, KEYS).out);
    const other = { FLECHE_SECRET_KEY: "fedcba9876543210".repeat(4) };
    const entry = call.lookupKey.slice(0, 12);
    expect(run(["show", entry], at, other)).toEqual({
      exitCode: 1,
      out: "",
      err: `fleche: Value present but failed signature check. (unknown-key, entry ${entry}, key ${KEY_ID})\n  which keys are in use: fleche config\n`,
    });
    expect(run(["explain", entry], at, other)).toEqual({
      exitCode: 1,
      out: `call ${entry}: miss, its record is refused (unknown-key, key ${KEY_ID})\n`,
      err: "",
    });
    expect(run(["ls"], at, other)).toEqual({
      exitCode: 0,
      out: "",
      err: "fleche: query: skipped 5 records (unknown-key 5)\nfleche: no calls\n",
    });
  });
});

test("texts in records cannot act on the terminal", async () => {
  const { fleche, openCache, fileStore } = await import("fleche");
  const at = scene("file");
  const cache = openCache({ store: fileStore({ root: `${at}/.fleche` }), secretKey: KEYS.FLECHE_SECRET_KEY });
  fleche(() => "\u001b[31mred", { cache, name: "evil\u001b[2J\nname", version: 1, module: "\u001b]0;x\u0007" })();
  for (const args of [["ls"], ["query"], ["query", "--json"]]) expect(run(args, at, KEYS).out).not.toContain("\u001b");
  const [call] = JSON.parse(run(["query", "--json", "--result", '"\\u001b[31mred"'], at, KEYS).out);
  for (const command of ["show", "explain", "lineage"]) {
    const { out } = run([command, call.lookupKey], at, KEYS);
    expect(out).toContain("evil");
    expect(out).not.toContain("\u001b");
  }
  expect(run(["show", call.result.digest], at, KEYS).out).not.toContain("\u001b");
});
