/** The cache that is used where nobody names one: where it lies, that it lasts, that it is never in the way. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageFolder, removeFolder, runNode } from "../model/package.ts";

let home: string;
beforeAll(() => {
  home = packageFolder();
  writeFileSync(
    join(home, "program.mjs"),
    `import { fleche } from "fleche";
     const slow = fleche(function slow(x) { console.log("ran " + x); return { x }; });
     for (const x of [1, 2, 1]) console.log("got " + slow(x).x);`,
  );
});
afterAll(() => removeFolder(home));

const cacheHome = (): string => mkdtempSync(join(home, "cache-"));
const program = (env: Record<string, string>) => runNode(join(home, "program.mjs"), env, home);
const fresh = "ran 1\ngot 1\nran 2\ngot 2\ngot 1\n";
const served = "got 1\ngot 2\ngot 1\n";
const KEY = "0123456789abcdef".repeat(4);

test("lies in the user's cache directory under the package's name, and survives restarts", async () => {
  const XDG_CACHE_HOME = cacheHome();
  expect(await program({ XDG_CACHE_HOME })).toEqual({ status: 0, stdout: fresh, stderr: "" });
  expect(readdirSync(XDG_CACHE_HOME)).toEqual(["fleche"]);
  expect(readdirSync(join(XDG_CACHE_HOME, "fleche"))).toEqual(["model-program"]);
  expect(await program({ XDG_CACHE_HOME })).toEqual({ status: 0, stdout: served, stderr: "" });
});

test("is not made by importing the library, nor by wrapping a function", async () => {
  const XDG_CACHE_HOME = cacheHome();
  const file = join(home, "import.mjs");
  writeFileSync(file, 'import { fleche } from "fleche";\nfleche(() => 1);\nconsole.log("done");');
  expect(await runNode(file, { XDG_CACHE_HOME }, home)).toMatchObject({ status: 0, stdout: "done\n", stderr: "" });
  expect(readdirSync(XDG_CACHE_HOME)).toEqual([]);
});

test("is shared by processes that run at the same time", async () => {
  const XDG_CACHE_HOME = cacheHome();
  const all = await Promise.all([
    program({ XDG_CACHE_HOME }),
    program({ XDG_CACHE_HOME }),
    program({ XDG_CACHE_HOME }),
  ]);
  for (const { status, stdout, stderr } of all) {
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").filter((line) => line.startsWith("got"))).toEqual(["got 1", "got 2", "got 1"]);
  }
  expect((await program({ XDG_CACHE_HOME })).stdout).toBe(served);
});

test("takes its keys from the environment: another key is a miss and a warning, an unusable one an error", async () => {
  const XDG_CACHE_HOME = cacheHome();
  const other = `${KEY.slice(0, -1)}0`;
  expect(await program({ XDG_CACHE_HOME, FLECHE_SECRET_KEY: KEY })).toMatchObject({ stdout: fresh, stderr: "" });
  expect(await program({ XDG_CACHE_HOME, FLECHE_SECRET_KEY: KEY })).toMatchObject({ stdout: served, stderr: "" });
  expect(await program({ XDG_CACHE_HOME, FLECHE_SECRET_KEY: `${other}:${KEY}` })).toMatchObject({ stdout: served });
  const refused = await program({ XDG_CACHE_HOME, FLECHE_SECRET_KEY: other });
  expect(refused.stdout).toBe(fresh);
  expect(refused.stderr).toMatch(/Invalid signature for cache entry/);
  expect(refused.stderr.trim().split("\n")).toHaveLength(1);
  const broken = await program({ XDG_CACHE_HOME, FLECHE_SECRET_KEY: "not-hex" });
  expect(broken.status).toBe(1);
  expect(broken.stderr).toMatch(/ConfigError/);
  expect(broken.stderr).not.toContain("not-hex");
});

test("that cannot be made is not in the way: the program runs, and one warning says so", async () => {
  const XDG_CACHE_HOME = join(home, "not-a-directory");
  writeFileSync(XDG_CACHE_HOME, "a file");
  const ended = await program({ XDG_CACHE_HOME });
  expect(ended.status).toBe(0);
  expect(ended.stdout.split("\n").filter((line) => line.startsWith("got"))).toEqual(["got 1", "got 2", "got 1"]);
  expect(ended.stderr).toMatch(/^fleche: /);
  expect(ended.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
});

test("is not looked for where the working directory is gone", async () => {
  const XDG_CACHE_HOME = cacheHome();
  const gone = join(home, "gone");
  mkdirSync(gone);
  const file = join(home, "gone.mjs");
  writeFileSync(
    file,
    `import { rmSync } from "node:fs";
     import { fleche } from "fleche";
     rmSync(process.cwd(), { recursive: true });
     console.log(fleche(function one() { return 1; })());`,
  );
  expect(await runNode(file, { XDG_CACHE_HOME }, gone)).toMatchObject({ status: 0, stdout: "1\n" });
});

test("an edit, another captured value and a restart are told apart in real processes", async () => {
  const XDG_CACHE_HOME = cacheHome();
  const file = join(home, "edited.mjs");
  const run = async (helper: string, limit: number, body: string) => {
    writeFileSync(join(home, "edited-helper.mjs"), `export const help = (x) => ${helper};`);
    writeFileSync(
      file,
      `import { fleche } from "fleche"; import { help } from "./edited-helper.mjs"; const limit = ${limit};
       const f = fleche(function f(x) { ${body} });
       const was = f.contains(2); console.log(f(2), was);`,
    );
    return (await runNode(file, { XDG_CACHE_HOME }, home)).stdout.trim();
  };
  expect(await run("x + 1", 5, "return help(x) * limit;")).toBe("15 false");
  expect(await run("x + 1", 5, "return help(x) * limit;")).toBe("15 true");
  expect(await run("x + 1", 5, "/* as before */ return help(x) *\n limit;")).toBe("15 true");
  expect(await run("x + 2", 5, "return help(x) * limit;")).toBe("20 false");
  expect(await run("x + 1", 6, "return help(x) * limit;")).toBe("18 false");
  expect(await run("x + 1", 5, "return help(x) + limit;")).toBe("8 false");
  expect(await run("x + 1", 5, "return help(x) * limit;")).toBe("15 true");
});
