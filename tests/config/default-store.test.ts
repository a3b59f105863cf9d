/** The default cache says itself which kind it is, from its first use on, whatever driver a later process has. */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPlace } from "../../src/config/default-store.ts";
import { bundled } from "./bundle.ts";
import { home } from "./folders.ts";

const fleche = bundled('export * from "./src/index.ts";');
const NO_DRIVER = join(import.meta.dirname, "fixtures", "no-driver.mjs");

/** Calls a function twice in the default cache of `home`; prints how often it ran. */
const SCRIPT = `
  import { fleche } from ${JSON.stringify(fleche)};
  let runs = 0;
  const square = fleche((x) => { runs++; return x * x; }, { name: "square", version: 1 });
  const results = [square(12), square(12)];
  console.log(JSON.stringify({ results, runs }));
`;

/** Node's arguments, and the environment of a process with this home. */
function command(at: string, driver: boolean): [args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }] {
  const preload = driver ? [] : ["--import", NO_DRIVER];
  const env = { PATH: process.env.PATH, HOME: at, XDG_CACHE_HOME: join(at, "cache") };
  return [[...preload, "--input-type=module", "--eval", SCRIPT], { cwd: at, env }];
}

function run(at: string, driver: boolean): { answer: unknown; warning: string } {
  const [args, options] = command(at, driver);
  const { stdout, stderr, status }: SpawnSyncReturns<string> = spawnSync(process.execPath, args, {
    ...options,
    encoding: "utf8",
  });
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return { answer: JSON.parse(stdout), warning: stderr };
}

const place = (at: string): string => join(at, "cache", "fleche", "default");
const kind = (at: string): string => readFileSync(join(place(at), "kind"), "utf8");

describe("the default cache", () => {
  test("is SQLite where a driver is there", () => {
    const at = home();
    expect(run(at, true)).toEqual({ answer: { results: [144, 144], runs: 1 }, warning: "" });
    expect(kind(at)).toBe("sqlite\n");
    expect(run(at, true).answer).toEqual({ results: [144, 144], runs: 0 });
    expect(statSync(place(at)).mode & 0o777).toBe(0o700);
    expect(existsSync(join(place(at), "CACHEDIR.TAG"))).toBe(true);
    expect(readdirSync(place(at)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("is files where none is, and stays files when one comes", () => {
    const at = home();
    expect(run(at, false)).toEqual({ answer: { results: [144, 144], runs: 1 }, warning: "" });
    expect(kind(at)).toBe("file\n");
    expect(run(at, true)).toEqual({ answer: { results: [144, 144], runs: 0 }, warning: "" });
    expect(existsSync(join(place(at), "fleche.db"))).toBe(false);
  });

  test("that is SQLite is left alone without a driver: calls run, with one warning", () => {
    const at = home();
    run(at, true);
    const before = readdirSync(place(at)).sort();
    const { answer, warning } = run(at, false);
    expect(answer).toEqual({ results: [144, 144], runs: 2 });
    expect(warning.trimEnd().split("\n")).toEqual([
      expect.stringMatching(
        /^fleche: the cache in .*default is a SQLite database, and Node \S+ has no SQLite; .*npm install @photostructure\/sqlite@1\.2\.1; until then calls run uncached$/,
      ),
    ]);
    expect(readdirSync(place(at)).sort()).toEqual(before);
    expect(run(at, true).answer).toEqual({ results: [144, 144], runs: 0 });
  });

  test("is one, whichever of several first processes comes first", async () => {
    const at = home();
    const codes = await Promise.all(
      [true, false, true, false].map((driver) => {
        const [args, options] = command(at, driver);
        const child = spawn(process.execPath, args, { ...options, stdio: "ignore" });
        return new Promise((done) => child.on("exit", done));
      }),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(existsSync(join(place(at), "fleche.db"))).toBe(kind(at) === "sqlite\n");
    expect(existsSync(join(place(at), "values"))).toBe(kind(at) === "file\n");
  });

  test("that has no mark yet is what lies in it", () => {
    const at = home();
    mkdirSync(join(place(at), "values"), { recursive: true });
    run(at, true);
    expect(kind(at)).toBe("file\n");
  });

  test("of a later version is left alone", () => {
    const at = home({ "cache/fleche/default/kind": "lmdb\n" });
    const { answer, warning } = run(at, true);
    expect(answer).toEqual({ results: [144, 144], runs: 2 });
    expect(warning).toContain("a later version of fleche may have made it");
    expect(readdirSync(place(at))).toEqual(["kind"]);
  });

  test("that cannot be made is no reason to fail", () => {
    const at = home({ cache: "a file" });
    expect(run(at, true).answer).toEqual({ results: [144, 144], runs: 2 });
  });
});

describe("a mark", () => {
  test("that is a link is not followed", () => {
    const at = home({ elsewhere: "file\n", "place/x": "" });
    symlinkSync(join(at, "elsewhere"), join(at, "place", "kind"));
    expect(openPlace(join(at, "place")).kind).toBe("unusable");
  });

  test("that is a directory, or huge, is none of ours", () => {
    const at = home({ "a/kind/x": "", "b/kind": `file${"\n".repeat(100)}x` });
    writeFileSync(join(at, "b", "kind"), "x".repeat(1_000_000));
    expect(openPlace(join(at, "a")).kind).toBe("unusable");
    expect(openPlace(join(at, "b")).kind).toBe("unusable");
  });
});
