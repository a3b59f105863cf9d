/** What a program sees of its configuration: names, the default, and mistakes, each at the first call that needs them. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundled } from "./bundle.ts";
import { home } from "./folders.ts";

const fleche = bundled('export * from "./src/index.ts";');

const TOML = [
  '[default]\nkind = "file"\npath = "results"',
  '[team]\nkind = "file"\npath = "team"\nnamespace = "team"',
].join("\n");

/** Runs this script, which has `fleche` and `cache`, in a home with this `fleche.toml`; gives what it printed. */
function run(script: string, env: Record<string, string> = {}, toml = TOML) {
  const at = home({ "fleche.toml": toml, "project/x": "" });
  const head = `import { cache, fleche, withCache } from ${JSON.stringify(fleche)};
    const double = (options) => fleche((x) => 2 * x, { name: "double", version: 1, ...options });
    const told = (act) => { try { return act(); } catch (error) { return error.name + ": " + error.message; } };`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", `${head}\n${script}`], {
    ...{ cwd: join(at, "project"), encoding: "utf8" },
    env: { PATH: process.env.PATH, HOME: at, ...env },
  });
  return { at, out: stdout.replaceAll(at, "~").trimEnd(), err: stderr };
}

test("the default cache is that of the nearest file", () => {
  const { at, out, err } = run("console.log(double()(4))");
  expect({ out, err }).toEqual({ out: "8", err: "" });
  expect(existsSync(join(at, "results", "values"))).toBe(true);
});

test("FLECHE_CACHE names another", () => {
  const { at, out } = run("console.log(double()(4))", { FLECHE_CACHE: "team" });
  expect(out).toBe("8");
  expect([existsSync(join(at, "team")), existsSync(join(at, "results"))]).toEqual([true, false]);
});

test("functions, scopes and the process name caches", () => {
  const { at, out } = run(
    `
    const here = double({ cache: "team" });
    console.log(here(4), double()(5), withCache("team", () => double().contains(4)), double().contains(4));
    using _ = cache("memory");
    console.log(double().contains(5), cache() === cache(), double()(6));
  `.replace("using _ =", "const _ ="),
  );
  expect(out.split("\n")).toEqual(["8 10 true false", "false true 12"]);
  expect(existsSync(join(at, "team", "calls"))).toBe(true);
});

test("importing and wrapping read nothing; the first call tells a mistake, and so does the next", () => {
  const { out } = run(
    `const wrapped = double();
     console.log("wrapped");
     console.log(told(() => wrapped(4)));
     console.log(told(() => wrapped(4)));
     console.log(told(() => double({ cache: "memory" })(4)));`,
    {},
    '[default]\npth = "x"\n',
  );
  const mistake = 'ConfigError: ~/fleche.toml:2: unknown key "pth"; did you mean "path"?';
  expect(out.split("\n")).toEqual(["wrapped", mistake, mistake, "8"]);
});

test("a misspelt name is never another cache", () => {
  const { out } = run(`
    console.log(told(() => double({ cache: "taem" })(4)));
    console.log(told(() => cache("memry")));
  `);
  expect(out.split("\n")).toEqual([
    'ConfigError: expected the name of a cache; found "taem"; did you mean "team"?',
    'ConfigError: expected the name of a cache; found "memry"; did you mean "memory"?',
  ]);
});
