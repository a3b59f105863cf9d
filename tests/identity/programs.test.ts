/** Real programs in child processes: files are written, run, edited and run again. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, transform } from "./compile.ts";

let root: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "fleche-identity-"));
  await bundle(fileURLToPath(new URL("../../src/identity/identity.ts", import.meta.url)), root, "identity.mjs");
  // Loaded when it is first needed, so it is not in the bundle.
  const tokens = fileURLToPath(new URL("../../node_modules/js-tokens", import.meta.url));
  cpSync(tokens, join(root, "node_modules/js-tokens"), { recursive: true, dereference: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

interface Answer {
  readonly codeDigest?: string;
  readonly parts?: readonly (readonly [string, string])[];
  readonly leftOut?: readonly { path: string; what: string }[];
  readonly unseen?: string;
  readonly module: string | null;
}

const MAIN_ESM = `
import { identify } from "<identity>";
import { f } from "./f.mjs";
const identity = identify(f);
const found = identity.current(0);
console.log(JSON.stringify({ ...found, module: identity.module() }));
`;
const MAIN_CJS = `
const { f } = require("./f.cjs");
import("<identity>").then(({ identify }) => {
  const identity = identify(f);
  console.log(JSON.stringify({ ...identity.current(0), module: identity.module() }));
});
`;

/** Writes a program into a folder of its own and runs its `main`. */
async function run(files: Files, flags: readonly string[] = []): Promise<Answer> {
  const folder = join(root, `program-${count++}`);
  const all: Files = { "package.json": '{ "name": "program" }', "main.mjs": MAIN_ESM, ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll("<identity>", join(root, "identity.mjs")));
  }
  const main = "main.cjs" in files ? "main.cjs" : "main.mjs";
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--no-warnings", join(folder, main)]);
  return JSON.parse(stdout) as Answer;
}

async function codeOf(files: Files, flags?: readonly string[]): Promise<string> {
  const { codeDigest, unseen } = await run(files, flags);
  if (codeDigest === undefined) throw new Error(`not seen: ${unseen}`);
  return codeDigest;
}

const F = 'import { g } from "./g.mjs";\nexport const f = (x) => g(x) + 1;\n';
const G = "const rate = 2;\nexport function g(x) { return x * rate; }\n";

describe.concurrent("ES modules", () => {
  const before = { "f.mjs": F, "g.mjs": G };

  test("run twice give one code", async () => expect(await codeOf(before)).toBe(await codeOf(before)));

  test.each<[what: string, files: Files]>([
    [
      "comments and layout",
      { "f.mjs": `// new\n${F.replace("=> g", "=>\n  /* g */ g")}`, "g.mjs": G.replace("{ return", "{\n\n  return") },
    ],
    ["unrelated code in the file", { "f.mjs": `const other = 3;\n${F}`, "g.mjs": `${G}export const more = 4;\n` }],
    ["a function that moved to another file", { "f.mjs": F.replace("./g.mjs", "./lib/h.mjs"), "lib/h.mjs": G }],
    ["a function that is handed on", { "f.mjs": F, "g.mjs": 'export { g } from "./h.mjs";\n', "h.mjs": G }],
  ])("one code: %s", async (_, files) => expect(await codeOf(files)).toBe(await codeOf(before)));

  test.each<[what: string, files: Files]>([
    ["an edited body", { "f.mjs": F.replace("+ 1", "+ 2"), "g.mjs": G }],
    ["an edited helper", { "f.mjs": F, "g.mjs": G.replace("*", "+") }],
    ["a variable that a helper captures", { "f.mjs": F, "g.mjs": G.replace("= 2", "= 3") }],
    [
      "another import under the name",
      { "f.mjs": F.replace("{ g }", "{ h as g }"), "g.mjs": `${G}export const h = (x) => x;\n` },
    ],
  ])("another code: %s", async (_, files) => expect(await codeOf(files)).not.toBe(await codeOf(before)));

  test("namespaces are followed along the members that are named, past what cannot be named", async () => {
    const f = 'import * as lib from "./g.mjs";\nexport const f = (x) => lib.g(x);\n';
    const other = (g: string): Files => ({ "f.mjs": f, "g.mjs": `${g}export const socket = new WeakMap();\n` });
    expect(await codeOf(other(G))).toBe(await codeOf({ "f.mjs": f, "g.mjs": G }));
    expect(await codeOf(other(G.replace("= 2", "= 3")))).not.toBe(await codeOf(other(G)));
  });

  test("modules of Node's are objects that count by name", async () => {
    const f = (name: string): Files => ({
      "f.mjs": `import * as lib from "node:${name}";\nexport const f = () => lib;\n`,
    });
    expect(await codeOf({ "f.mjs": 'import lib from "node:fs";\nexport const f = () => lib;\n' })).not.toBe(
      await codeOf(f("os")),
    );
  });

  test("the module is the package and the path of the file", async () => {
    expect((await run(before)).module).toBe("program/f");
  });
});

describe.concurrent("CommonJS", () => {
  const cjs = (f: string, g: string): Files => ({ "main.cjs": MAIN_CJS, "f.cjs": f, "g.cjs": g });
  const F_CJS = 'const { g } = require("./g.cjs");\nexports.f = (x) => g(x) + 1;\n';
  const G_CJS = "const rate = 2;\nexports.g = function g(x) { return x * rate; };\n";

  test("an edited helper is another code, a comment is not", async () => {
    expect(await codeOf(cjs(F_CJS, G_CJS))).toBe(await codeOf(cjs(`// new\n${F_CJS}`, G_CJS)));
    expect(await codeOf(cjs(F_CJS, G_CJS))).not.toBe(await codeOf(cjs(F_CJS, G_CJS.replace("= 2", "= 3"))));
  });

  test("exports used through their object are followed along the member, own ones too", async () => {
    const f =
      'const lib = require("./g.cjs");\nexports.rate = 1;\nexports.f = (x) => lib.g(x) * exports.rate * module.exports.rate;\n';
    const more = `${G_CJS}exports.socket = new WeakMap();\n`;
    expect(await codeOf(cjs(f, more))).not.toBe(await codeOf(cjs(f, more.replace("= 2", "= 3"))));
    expect(await codeOf(cjs(f, more))).not.toBe(await codeOf(cjs(f.replace("rate = 1", "rate = 2"), more)));
  });

  test("a method that goes on to others through its receiver brings them all", async () => {
    const lib = (n: number) => `module.exports = { g(x) { return this.h(x); }, h(x) { return x * ${n}; } };\n`;
    const f = 'const lib = require("./g.cjs");\nexports.f = (x) => lib.g(x);\n';
    expect(await codeOf(cjs(f, lib(1)))).not.toBe(await codeOf(cjs(f, lib(2))));
  });

  test("strict and sloppy arrows differ where it can matter", async () => {
    const f = "exports.f = (o) => { o.x = 1; return o; };\n";
    expect(await codeOf(cjs(f, ""))).not.toBe(await codeOf(cjs(`"use strict";\n${f}`, "")));
    expect(await codeOf(cjs(`"use strict";\n${f}`, ""))).toBe(
      await codeOf({ "f.mjs": f.replace("exports.f", "export const f") }),
    );
  });
});

describe.concurrent("compiled TypeScript", () => {
  const typed =
    'import { g } from "./g.cjs";\nimport * as lib from "./g.cjs";\nexport const f = (x: number): number => g(x) + lib.g(x);\n';
  const g =
    "const rate = 2;\nexport function g(x: number): number { return x * rate; }\nexport const socket = new WeakMap();\n";
  const compile = async (text: string): Promise<string> =>
    ts.transpile(text, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true });
  const byEsbuild = (text: string): Promise<string> => transform(text, { loader: "ts", format: "cjs" });
  const asLoaded = (text: string): Promise<string> =>
    transform(text, { loader: "ts", format: "esm", keepNames: true, minifyWhitespace: true });

  test.each([
    ["by tsc", compile],
    ["by esbuild", byEsbuild],
  ])("to CommonJS %s is followed through its exports", async (_, to) => {
    const program = async (source: string): Promise<string> =>
      codeOf({ "main.cjs": MAIN_CJS, "f.cjs": await to(typed), "g.cjs": await to(source) });
    const code = await program(g);
    expect(await program(`// new\n${g}`)).toBe(code);
    expect(await program(g.replace("= 2", "= 3"))).not.toBe(code);
    expect(await program(g.replace("* rate", "+ rate"))).not.toBe(code);
  });

  test("as a runner loads it, with names kept", async () => {
    const program = async (source: string): Promise<string> =>
      codeOf({ "f.mjs": (await asLoaded(typed)).replaceAll(".cjs", ".mjs"), "g.mjs": await asLoaded(source) });
    expect(await program(g)).toBe(await program(g));
    expect(await program(g)).not.toBe(await program(g.replace("= 2", "= 3")));
  });

  test("bundled into one file", async () => {
    const program = async (source: string): Promise<string> => {
      const folder = join(root, `bundle-${count++}`);
      mkdirSync(folder);
      writeFileSync(join(folder, "f.ts"), typed.replaceAll(".cjs", ".ts"));
      writeFileSync(join(folder, "g.ts"), source);
      await bundle(join(folder, "f.ts"), folder, "out.mjs");
      return codeOf({ "f.mjs": `export * from ${JSON.stringify(join(folder, "out.mjs"))};\n` });
    };
    const code = await program(g);
    expect(await program(`// new\n${g}`)).toBe(code);
    expect(await program(g.replace("= 2", "= 3"))).not.toBe(code);
  });
});

describe.concurrent("packages", () => {
  const pack = (version: string, text: string, name = "lib"): Files => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, main: "index.cjs" }),
    [`node_modules/${name}/index.cjs`]: text,
  });
  const LIB =
    "let calls = 0;\nexports.add = (a, b) => (calls++, a + b);\nexports.mul = (a, b) => (calls++, a * b);\nexports.Logger = class Logger { constructor(n) { this.n = n; } };\n";
  const f = (body: string): string => `import lib from "lib";\n${body}`;
  const adding = f("export const f = (x) => lib.add(x, 1);\n");

  test("count by name and version", async () => {
    expect(await codeOf({ "f.mjs": adding, ...pack("1.0.0", LIB) })).not.toBe(
      await codeOf({ "f.mjs": adding, ...pack("1.0.1", LIB) }),
    );
    expect(await codeOf({ "f.mjs": adding, ...pack("1.0.0", LIB) })).toBe(
      await codeOf({ "f.mjs": adding, ...pack("1.0.0", LIB.replace("a + b", "b + a")) }),
    );
  });

  test("that hide their state in one big closure count by name and version too", async () => {
    const lib = (calls: number) =>
      `(function () { let calls = ${calls}; exports.add = function add(a, b) { calls++; return a + b; }; })();\n`;
    const program = (calls: number): Files => ({
      "f.mjs": f("const g = lib.add;\nexport const f = (x) => g(x, 1);\n"),
      ...pack("1.0.0", lib(calls)),
    });
    expect(await codeOf(program(1))).toBe(await codeOf(program(2)));
  });

  test("have functions that differ", async () => {
    const one = f("const g = lib.add;\nexport const f = (x) => g(x, 1);\n");
    expect(await codeOf({ "f.mjs": one, ...pack("1.0.0", LIB) })).not.toBe(
      await codeOf({ "f.mjs": one.replace("lib.add", "lib.mul"), ...pack("1.0.0", LIB) }),
    );
  });

  test("make closures that count with what they hold", async () => {
    const lib =
      "exports.memoize = function (fn) { const memo = new Map(); return (x) => { if (!memo.has(x)) memo.set(x, fn(x)); return memo.get(x); }; };\nexports.times = (n) => (x) => x * n;\n";
    const program = (body: string): Files => ({ "f.mjs": f(body), ...pack("1.0.0", lib) });
    const memo = (rate: number): Files =>
      program(`const g = lib.memoize((x) => x * ${rate});\nexport const f = (x) => g(x);\n`);
    const times = (n: number): Files => program(`const g = lib.times(${n});\nexport const f = (x) => g(x);\n`);
    expect(await codeOf(memo(1))).not.toBe(await codeOf(memo(2)));
    expect(await codeOf(memo(1))).toBe(await codeOf(memo(1)));
    expect(await codeOf(times(1))).not.toBe(await codeOf(times(2)));
    const exported = (rate: number): Files => ({
      ...pack("1.0.0", lib),
      "f.mjs": 'import g from "./g.cjs";\nexport const f = (x) => g(x);\n',
      "g.cjs": `module.exports = require("lib").memoize((x) => x * ${rate});\n`,
    });
    expect(await codeOf(exported(1))).not.toBe(await codeOf(exported(2)));
  });

  test("have instances that are left out, and it is said", async () => {
    const logging = (n: number): Files => ({
      "f.mjs": f(`const log = new lib.Logger(${n});\nexport const f = () => log.n;\n`),
      ...pack("1.0.0", LIB),
    });
    expect((await run(logging(1))).leftOut).toEqual([{ path: "log", what: "an instance of Logger" }]);
    expect(await codeOf(logging(1))).toBe(await codeOf(logging(2)));
  });

  test("may be loaded while the function runs", async () => {
    const loading = 'export const f = async () => (await import("lib")).add(1, 2);\n';
    expect(await codeOf({ "f.mjs": loading, ...pack("1.0.0", LIB) })).not.toBe(
      await codeOf({ "f.mjs": loading, ...pack("1.0.1", LIB) }),
    );
    expect((await run({ "f.mjs": loading.replace('"lib"', '"./lib.mjs"') })).unseen).toContain("./lib.mjs");
  });

  test("without a version cannot be named", async () => {
    expect(
      (
        await run({
          "f.mjs": adding,
          "node_modules/lib/package.json": '{ "main": "index.cjs" }',
          "node_modules/lib/index.cjs": LIB,
        })
      ).unseen,
    ).toContain("version");
  });
});

describe.concurrent("unusual places", () => {
  test("a worker thread", async () => {
    const main =
      'import { Worker } from "node:worker_threads";\nnew Worker(new URL("./worker.mjs", import.meta.url));\n';
    const inWorker = (g: string): Files => ({ "main.mjs": main, "worker.mjs": MAIN_ESM, "f.mjs": F, "g.mjs": g });
    expect(await codeOf(inWorker(G))).toBe(await codeOf({ "f.mjs": F, "g.mjs": G }));
    expect(await codeOf(inWorker(G))).not.toBe(await codeOf(inWorker(G.replace("= 2", "= 3"))));
  });

  test("no inspector: functions without names of others are seen, the rest is not guessed", async () => {
    const flag = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission";
    const flags = [flag, "--allow-fs-read=*"];
    expect((await run({ "f.mjs": "export const f = (x) => x + 1;\n" }, flags)).codeDigest).toMatch(/^[0-9a-f]{64}$/);
    expect((await run({ "f.mjs": F, "g.mjs": G }, flags)).unseen).toBe('no inspector answers here to look up "g"');
  });

  test("a breakpoint in the function does not stop the look", async () => {
    expect(
      (await run({ "f.mjs": "let n = 1;\nexport const f = () => { debugger; return n; };\n" })).codeDigest,
    ).toBeDefined();
  });

  test("the inspector is opened on demand, and does not keep the process", async () => {
    const main = `${MAIN_ESM}\nsetTimeout(() => {}, 1);\n`;
    expect(await codeOf({ "main.mjs": main, "f.mjs": F, "g.mjs": G })).toBe(await codeOf({ "f.mjs": F, "g.mjs": G }));
  });
});

describe.concurrent("a coverage tool that writes counters into the source", () => {
  // What Istanbul makes of a file, by hand.
  const counters = `function cov_1a2b() {
    var path = "f.mjs"; var global = new Function("return this")(); var gcv = "__coverage__";
    var coverage = global[gcv] || (global[gcv] = {});
    var actualCoverage = coverage[path] || (coverage[path] = { s: { 0: 0, 1: 0 }, f: { 0: 0 }, b: { 0: [0, 0] } });
    { cov_1a2b = function () { return actualCoverage; }; }
    return actualCoverage;
  }
  cov_1a2b();\n`;
  const f = (rate: number): string =>
    `${counters}cov_1a2b().s[0]++;\nconst rate = ${rate};\nexport const f = (x) => { cov_1a2b().f[0]++; cov_1a2b().s[1]++; return x ? (cov_1a2b().b[0][0]++, x * rate) : (cov_1a2b().b[0][1]++, 0); };\n`;
  const main = MAIN_ESM.replace(
    "const found",
    "const before = identity.current(0, true).codeDigest;\nf(1);\nconst found",
  ).replace("...found", "...found, same: before === identity.current(0, true).codeDigest");

  test("is not taken for a variable that changes", async () => {
    const answer = await run({ "main.mjs": main, "f.mjs": f(1) });
    expect(answer).toMatchObject({ same: true, leftOut: [{ path: "cov_1a2b", what: "a coverage counter" }] });
    expect(answer.codeDigest).not.toBe(await codeOf({ "f.mjs": f(2) }));
  });

  test("a function of the user's with such a name is one", async () => {
    const own = (n: number): Files => ({
      "f.mjs": `const cov_1 = () => ({ s: [${n}] });\nexport const f = () => { cov_1().s[0]++; };\n`,
    });
    expect(await codeOf(own(1))).not.toBe(await codeOf(own(2)));
  });
});
