/**
 * Every piece of TypeScript in the documents and in doc comments: it compiles as a user's would, it runs in a process and
 * an empty folder of its own, and what its comments say of values is true.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { annotate, leadingLiteral } from "./annotate.ts";
import { documents, examplesOf, ROOT, resolveLink, snippetsOf, sources, textOf } from "./markdown.ts";

/** Sources whose exports an entry file hands to users. Examples elsewhere illustrate the inside, which nobody pastes. */
function publicSources(): string[] {
  const exported = ["src/index.ts", "src/pickle.ts", "src/sqlite.ts", "src/testing/index.ts"].flatMap((entry) =>
    [...textOf(entry).matchAll(/ from "(.+)"/g)].map((match) => resolveLink(entry, match[1] as string).path),
  );
  return [...new Set(exported)].sort();
}

const snippets = [...documents().flatMap(snippetsOf), ...publicSources().flatMap(examplesOf)];

// Inside the project, so that its packages are found; of this run alone, so that runs do not meet.
mkdirSync(join(ROOT, ".build"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".build/snippets-"));
beforeAll(installPackage);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("there are snippets, and their comments promise something", () => {
  const promises = snippets.reduce((sum, { text, place }) => sum + annotate(text, place).promises, 0);
  expect(snippets.length).toBeGreaterThan(20);
  expect(promises).toBeGreaterThan(20);
});

test("every snippet compiles", { timeout: 60_000 }, () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const places = new Map<string, string>();
  for (const [i, { text, place }] of snippets.entries()) {
    const file = join(folder, `types-${i}.ts`);
    writeFileSync(file, `${text}export {};\n`);
    places.set(file, place);
  }
  const program = ts.createProgram([...places.keys()], {
    ...options,
    allowJs: false,
    checkJs: false,
    // Ours to keep, not a user's.
    erasableSyntaxOnly: false,
  });
  const problems = [...places].flatMap(([file, place]) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start = 0 }) => {
        const { line = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
        return `${place} (its line ${line + 1}): ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      },
    );
  });
  expect(problems).toEqual([]);
});

describe.concurrent("runs", () => {
  for (const [i, { place, text }] of snippets.entries()) {
    test(place, async () => {
      const cwd = mkdtempSync(join(tmpdir(), "fleche-snippet-"));
      try {
        expect(await runSnippet(text, place, `run-${i}.mjs`, cwd)).toEqual({ place, status: 0, stderr: "" });
      } finally {
        rmSync(cwd, { recursive: true, force: true });
      }
    });
  }
});

/** Puts the package beside the snippets as npm would, made from the sources of now: `dist` may be of yesterday. */
function installPackage(): void {
  const home = join(folder, "node_modules/fleche");
  for (const path of sources()) {
    const file = join(home, path.replace(/^src/, "dist").replace(/\.ts$/, ".js"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, javaScriptOf(textOf(path)));
  }
  copyFileSync(join(ROOT, "package.json"), join(home, "package.json"));
  copyFileSync(join(import.meta.dirname, "fixtures/check.mjs"), join(folder, "check.mjs"));
  // A scope of its own, or `fleche` would mean the package around it.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
}

function javaScriptOf(text: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

/** Runs a snippet in a process of its own, which knows no key of ours. Warnings count: a reader would see them too. */
async function runSnippet(text: string, place: string, name: string, cwd: string) {
  const file = join(folder, name);
  const code = javaScriptOf(annotate(text, place).text);
  writeFileSync(file, `import { checkThrows, checkValue } from "./check.mjs";\n${code}`);
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(FLECHE_|NODE_|VITEST)/.test(key)));
  // Of a published suite a few tests are enough here: that it can be used as the page says.
  const some = text.includes('"fleche/testing"') ? ["--test-name-pattern=what is put|cut in the middle"] : [];
  const child = spawn(process.execPath, [...some, file], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const status = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  // A page about a refusal shows its warning; the others must be quiet.
  const expected = /\/\/.*\bprints: (.+)/.exec(text)?.[1];
  const lines = stderr.split("\n").filter((line) => expected === undefined || !line.includes(expected));
  return { place, status, stderr: lines.join("\n").trim() };
}

describe("what a comment says of a value", () => {
  test.each([
    ["true", "true"],
    ["true: for any order", "true"],
    ["false, as in Python", "false"],
    ['"c38b…"', '"c38b…"'],
    ['{ status: "secure", data: [1, 2] }', '{ status: "secure", data: [1, 2] }'],
    ["-0", "-0"],
    ["2 (of 3)", "2"],
    ["undefined", "undefined"],
    ["a Dict: no plain object", undefined],
    ["true for any order", undefined],
    ["1, 2 and 3", "1"],
  ])("%s", (comment, literal) => {
    expect(leadingLiteral(comment)).toBe(literal);
  });
  test("a wrong promise fails", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "fleche-snippet-"));
    const run = (text: string) => runSnippet(text, "here.md:5", "wrong.mjs", cwd);
    expect(await run("const one = 1;\none + 1; // 3\n")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("here.md:6"),
    });
    expect((await run("const one = 1; // 2\n")).stderr).toMatch("here.md:5: the comment says 2, it is 1");
    expect((await run("JSON.parse('1'); // throws SyntaxError\n")).stderr).toMatch("it does not");
    expect(await run("JSON.parse('{'); // throws SyntaxError\n")).toMatchObject({ status: 0 });
    expect(await run("await Promise.reject(new TypeError()); // throws TypeError\n")).toMatchObject({ status: 0 });
    expect(await run("console.log([1]); // [1]\n")).toMatchObject({ status: 0 });
    rmSync(cwd, { recursive: true });
  });
});
