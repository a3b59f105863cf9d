/** The commands that keep a cache in order: verify, stats, gc, prune, and the kinds of caches that a table can describe. */
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startProgress } from "../../src/cli/progress.ts";
import { KEY_ID, KEYS, program, scene } from "./kit.ts";

const run = program();
const lines = (text: string): string[] => text.trimEnd().split("\n");
const OTHER = { FLECHE_SECRET_KEY: "fedcba9876543210".repeat(4) };

/** The file of a value in the file store of `scene`. */
const valueFile = (at: string, digest: string): string =>
  `${at}/.fleche/values/${digest.slice(0, 2)}/${digest.slice(2)}`;

/** The result's digest of the call that was passed this. */
const resultOf = (at: string, argument: string): string =>
  JSON.parse(run(["query", "--json", "--argument", argument], at, KEYS).out)[0].result.digest;

describe.each(["sqlite", "file"] as const)("verify, %s", (kind) => {
  test("a sound cache, with and without keys", () => {
    const at = scene(kind);
    for (const env of [KEYS, {}]) {
      expect(run(["verify"], at, env)).toEqual({
        exitCode: 0,
        out: [
          "records: 5 entries, all good, (time)",
          "values: 11 entries, all good, (time)",
          "parts: 0 entries, all good, (time)",
          "",
        ].join("\n"),
        err: "",
      });
    }
    expect(lines(run(["verify", "--contents"], at, KEYS).out).at(-1)).toBe("contents: 11 entries, all good, (time)");
  });

  test("under another key everything is bad, and the command ends with 1", () => {
    const { out, err, exitCode } = run(["verify", "--most", "6"], scene(kind), OTHER);
    expect(exitCode).toBe(1);
    expect(lines(out).slice(0, 2)).toEqual(["records: 5 entries, 5 bad, (time)", "values: 11 entries, 11 bad, (time)"]);
    expect(lines(out)).toHaveLength(3 + 6);
    expect(lines(out)[3]).toMatch(new RegExp(`^bad record [0-9a-f]{64}: unknown-key, key ${KEY_ID}$`));
    expect(lines(err)).toEqual([
      "fleche: 10 more are bad; --most lists them",
      "fleche: what is bad is never served; why an entry is: fleche explain <digest>",
    ]);
  });
});

test("verify finds a changed byte, and a result that is gone", () => {
  const at = scene("file");
  const [changed, gone] = [resultOf(at, "x=12"), resultOf(at, "x=13")];
  const bytes = readFileSync(valueFile(at, changed));
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  writeFileSync(valueFile(at, changed), bytes);
  unlinkSync(valueFile(at, gone));
  const { ok, bad, counts } = JSON.parse(run(["verify", "--json"], at, KEYS).out);
  expect({ ok, counts }).toEqual({ ok: false, counts: { absent: 1, "body-mismatch": 1 } });
  expect(bad).toEqual([
    { kind: "value", entry: gone, reason: "absent", namedBy: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { kind: "value", entry: changed, reason: "body-mismatch", keyId: KEY_ID },
  ]);
});

test("stats count what is there, by function", () => {
  const at = scene("sqlite");
  const { out, exitCode } = run(["stats", "--json"], at, KEYS);
  expect(exitCode).toBe(0);
  const stats = JSON.parse(out);
  expect(stats).toMatchObject({ calls: 5, records: { count: 5, refused: 0 }, values: { count: 11, refused: 0 } });
  expect(stats.functions.map(({ name, calls }: { name: string; calls: number }) => [name, calls]).sort()).toEqual([
    ["scale", 3],
    ["square", 2],
  ]);
  expect(run(["stats"], at, KEYS).out).toMatch(/^calls {4}5 calls, .* took \(time\)$/m);
});

describe.each(["sqlite", "file"] as const)("room is made, %s", (kind) => {
  test("gc removes what no call names, when it is old enough", () => {
    const at = scene(kind);
    run(["evict", "--name", "square"], at, KEYS);
    expect(run(["gc"], at, KEYS)).toEqual({
      exitCode: 0,
      out: "0 values removed, 0 B; 4 stay, as they are young\n",
      err: "",
    });
    expect(run(["gc", "--grace", "0s", "--dry-run"], at, KEYS).out).toMatch(/^4 values would be removed, \d+ B\n$/);
    expect(JSON.parse(run(["gc", "--grace", "0s", "--json"], at, KEYS).out)).toMatchObject({ removed: 4, values: 11 });
    expect(run(["query", "--count"], at, KEYS).out).toBe("3\n");
    expect(run(["verify"], at, KEYS).exitCode).toBe(0);
  });

  test("gc refuses while records cannot be verified", () => {
    const { exitCode, err, out } = run(["gc"], scene(kind), OTHER);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(lines(err)).toHaveLength(2);
    expect(err).toMatch(/^fleche: gc: .*5 records.*unknown-key/);
  });

  test("prune leaves what is within limits", () => {
    const at = scene(kind);
    expect(run(["prune", "--max-count", "2", "--dry-run"], at, KEYS).out).toMatch(
      /^3 calls and \d values would be removed, .*; 2 calls left, .*\n$/,
    );
    expect(run(["prune", "--max-age", "1d", "--max-bytes", "1GiB"], at, KEYS).out).toMatch(
      /^0 calls and 0 values removed, 0 B; 5 calls left/,
    );
    expect(run(["prune", "--max-count", "2"], at, KEYS).exitCode).toBe(0);
    expect(run(["query", "--count"], at, KEYS).out).toBe("2\n");
    expect(run(["verify"], at, KEYS).exitCode).toBe(0);
    expect(run(["prune"], at, KEYS)).toEqual({
      exitCode: 2,
      out: "",
      err: "fleche: nothing says how much may stay\n  as in: fleche prune --max-age 30d --max-bytes 1GiB\n",
    });
  });
});

describe("a stack over a cache that is only read", () => {
  const CONFIG = [
    '[near]\nkind = "sqlite"\npath = "near.db"',
    '[far]\npath = ".fleche"\nread-only = true',
    '[default]\nkind = "stack"\nlayers = ["near", "far"]',
  ].join("\n");

  test("shows what lies in both, and is never written below", () => {
    const at = scene("file", CONFIG);
    expect(run(["ls", "--ndjson"], at, KEYS).out.trimEnd().split("\n")).toHaveLength(5);
    expect(run(["transfer", "--from", "far", "--to", "near", "--name", "square"], at, KEYS).out).toBe(
      "2 calls copied\n",
    );
    expect(run(["query", "--count"], at, KEYS).out).toBe("5\n");
    expect(run(["query", "--count", "--cache", "near"], at, KEYS).out).toBe("2\n");
    const refused = run(["evict", "--all", "--cache", "far"], at, KEYS);
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
    expect(refused.err).toMatch(/^fleche: cannot evict: the cache is read-only\n/);
    expect(run(["query", "--count", "--cache", "far"], at, KEYS).out).toBe("5\n");
  });
});

describe("progress", () => {
  test("is one line that is written over, and taken away", () => {
    const written: string[] = [];
    const progress = startProgress({ watched: true }, (text) => written.push(text));
    progress.at("values", 50, 200);
    progress.at("values", 51, 200);
    progress.clear();
    const line = "[#####               ] values 50/200";
    expect(written).toEqual([`\r${line}`, `\r${" ".repeat(line.length)}`, "\r"]);
  });

  test("is not shown where nobody watches", () => {
    const written: string[] = [];
    const progress = startProgress({ watched: false }, (text) => written.push(text));
    progress.at("values", 50);
    progress.clear();
    expect(written).toEqual([]);
  });
});
