// `sideEffects: false` is a promise to bundlers: they may leave out what nobody uses, and what is used works all the same.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../docs/markdown.ts";
import { esbuild } from "../identity/esbuild.ts";
import { home } from "./folders.ts";

/** A program bundled with the built package: the path of the script. */
function bundle(contents: string): string {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".build", "shaken-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "program.mjs");
  esbuild.buildSync({
    stdin: { contents, resolveDir: ROOT },
    outfile,
    bundle: true,
    treeShaking: true,
    platform: "node",
    format: "esm",
    external: ["@photostructure/sqlite"],
    logLevel: "silent",
  });
  return outfile;
}

test.each([
  ["cache", 'import { cache } from "fleche"; console.log(cache().load(cache().save([1, 2])).length);', "2"],
  [
    "fleche",
    'import { fleche } from "fleche"; console.log(fleche((x) => 2 * x, { name: "double", version: 1 })(4));',
    "8",
  ],
  ["withCache", 'import { withCache } from "fleche"; console.log(withCache("default", () => 3));', "3"],
])("the default cache of a bundled program is that of fleche.toml: %s", (name, program, printed) => {
  const at = home({ "fleche.toml": '[default]\nkind = "file"\npath = "results"', "project/x": "" });
  const { stdout, stderr } = spawnSync(process.execPath, [bundle(program)], {
    cwd: join(at, "project"),
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: at },
  });
  expect({ stdout, stderr }).toEqual({ stdout: `${printed}\n`, stderr: "" });
  expect(existsSync(join(at, "results", name === "withCache" ? "README" : "values"))).toBe(true);
});

test("a program that uses nothing of the package holds nothing of it", () => {
  const text = readFileSync(bundle('import { cache } from "fleche"; import "fleche/sqlite"; console.log(1);'), "utf8");
  expect(text).not.toMatch(/fleche\.toml|SELECT|createHash/);
  expect(text.length).toBeLessThan(300);
});

test.each(["src/index.ts", "src/sqlite.ts", "src/testing/index.ts"])("%s does nothing when it is imported", (path) => {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest);
  expect(
    source.statements.filter((node) => !ts.isExportDeclaration(node)).map((node) => ts.SyntaxKind[node.kind]),
  ).toEqual([]);
});
