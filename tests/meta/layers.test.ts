// The layering script itself: a small tree with one violation of each rule, each of which must be named.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkLayers } from "../../scripts/check-layers.mjs";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fleche-layers-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes the files under src/, opening each with a comment, and returns what the script says of them, without texts. */
function check(files: Record<string, string>): string[] {
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, "src", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `// ${file}\n${text}\n`);
  }
  return checkLayers(root).violations.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
}

describe("imports that the layers allow", () => {
  test.each([
    ["a lower row", "engine/lookup.ts", 'import { seal } from "../seal/seal.ts";'],
    ["its own folder", "store/file/store.ts", 'import { x } from "../memory.ts";'],
    ["the store interface, from the engine", "engine/lookup.ts", 'import type { Store } from "../store/store.ts";'],
    ["the store interface, from the vault", "vault/values.ts", 'import type { Store } from "../store/store.ts";'],
    ["the reasons, from the errors", "errors.ts", 'import type { Reason } from "./observe/reason.ts";'],
    ["the context, from the cache", "cache.ts", 'import { active } from "./context.ts";'],
    ["a Node module", "digest/hash.ts", 'import { hash } from "node:crypto";'],
    ["a package, from its folder", "identity/tokens.ts", 'import jsTokens from "js-tokens";'],
    ["a scoped package, from its folder", "cli/prompt.ts", 'import { text } from "@clack/prompts";'],
    ["anything, from an entry file", "index.ts", 'export { x } from "./cli/x.ts";\nimport "left-pad";'],
    ["anything, from a nested entry file", "cli/main.ts", 'import { x } from "../config/x.ts";'],
  ])("%s", (_, file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });
});

describe("imports that the layers forbid", () => {
  test.each([
    ["a higher row", "digest/value.ts", 'import { x } from "../codec/json.ts";'],
    ["another folder of the same row", "call/arguments.ts", 'import { x } from "../identity/name.ts";'],
    ["another shell", "cli/show.ts", 'import { x } from "../testing/suite.ts";'],
    ["the wrapper, from a cache kind", "caches/pool.ts", 'import { x } from "../fleche.ts";'],
    ["the cache, from the context", "context.ts", 'import { x } from "./cache.ts";'],
    ["a backend, from the engine", "engine/lookup.ts", 'import { x } from "../store/file.ts";'],
    ["a backend, from the vault", "vault/values.ts", 'import { x } from "../store/memory.ts";'],
    ["the seal, from a store", "store/file.ts", 'import { x } from "../seal/envelope.ts";'],
    ["a codec, from a store", "store/file.ts", 'import { x } from "../codec/json.ts";'],
    ["a call, from a store", "store/file.ts", 'import { x } from "../call/call.ts";'],
    ["a codec, from the seal", "seal/envelope.ts", 'import { x } from "../codec/json.ts";'],
    ["an event, from the errors", "errors.ts", 'import type { x } from "./observe/event.ts";'],
    ["anything, from the flow", "flow.ts", 'import type { x } from "./observe/reason.ts";'],
    ["an error, from the reasons", "observe/reason.ts", 'import type { x } from "../errors.ts";'],
    ["an entry file", "cli/show.ts", 'import { x } from "../index.ts";'],
    ["a package, from another folder", "digest/value.ts", 'import x from "js-tokens";'],
    ["a package that nobody listed", "engine/lookup.ts", 'import x from "left-pad/sub";'],
    ["a type", "digest/value.ts", 'import type { X } from "../codec/json.ts";'],
    ["an import type", "digest/value.ts", 'export type X = import("../codec/json.ts").X;'],
    ["a dynamic import", "digest/value.ts", 'export const x = () => import("../codec/json.ts");'],
  ])("%s", (_, file, text) => {
    expect(check({ [file]: text })).toEqual([`src/${file}:2 layer`]);
  });
});

describe("files", () => {
  test("in no known place", () => {
    expect(check({ "utils/text.ts": "" })).toEqual(["src/utils/text.ts:1 place"]);
    expect(check({ "sideways.ts": "" })).toContain("src/sideways.ts:1 place");
  });

  test("longer than 400 lines", () => {
    expect(check({ "digest/a.ts": "\n".repeat(400), "digest/b.ts": "", "digest/c.ts": "" })).toEqual([
      "src/digest/a.ts:402 size",
    ]);
  });

  test("with a median above 130 lines", () => {
    expect(check({ "digest/a.ts": "\n".repeat(150), "digest/b.ts": "", "digest/c.ts": "" })).toEqual([]);
    expect(check({ "digest/b.ts": "\n".repeat(150) })).toEqual(["src:1 median"]);
  });

  test("without an opening comment", () => {
    check({ "digest/a.ts": "" });
    writeFileSync(join(root, "src/digest/a.ts"), "export const a = 1; // late\n");
    expect(checkLayers(root).violations).toMatchObject([{ file: "src/digest/a.ts", line: 1, rule: "opening" }]);
    writeFileSync(join(root, "src/digest/a.ts"), "#!/usr/bin/env node\n/** Fine. */\n");
    expect(checkLayers(root).violations).toEqual([]);
  });
});

describe("statements", () => {
  test.each([
    ["default", "export default class A {}"],
    ["default", "export default 1;"],
    ["default", "const a = 1;\nexport { a as default };"],
    ["let", "let a = 1;"],
    ["let", "export let a = 1;"],
    ["let", "var a = 1;"],
    ["any", "export const a = (x: any) => x;"],
    ["any", "export const a = [] as any[];"],
    ["re-export", 'export { a } from "./b.ts";'],
    ["re-export", 'export * from "./b.ts";'],
    ["re-export", 'export type { A } from "./b.ts";'],
    ["re-export", 'import { a } from "./b.ts";\nexport { a };'],
    ["re-export", 'import * as b from "./b.ts";\nexport { b as c };'],
  ])("%s: %s", (rule, text) => {
    const violations = check({ "digest/a.ts": text });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(new RegExp(`^src/digest/a\\.ts:[23] ${rule}$`));
  });

  test("are fine where they are no such thing", () => {
    const text = `export const any = "any"; // : any
      export const a = () => { let count = 0; return () => ++count; };
      for (let i = 0; i < 1; i++) any.at(i);
      const own = 1;
      export { own };`;
    expect(check({ "digest/a.ts": text, "context.ts": "let active = 1;\nexport const get = () => active;" })).toEqual(
      [],
    );
  });
});

describe("cycles", () => {
  test("are found along type imports, and named once", () => {
    const files = {
      "digest/a.ts": 'import type { B } from "./b.ts";',
      "digest/b.ts": '\nimport { c } from "./c.ts";',
      "digest/c.ts": 'export type A = import("./a.ts").A;',
      "digest/d.ts": 'import { a } from "./a.ts";',
    };
    expect(check(files)).toEqual(["src/digest/a.ts:2 cycle"]);
    expect(checkLayers(root).violations[0]?.text).toBe("break digest/a.ts → digest/b.ts → digest/c.ts → digest/a.ts");
  });

  test("of two files that share one, and of one file alone, are each found", () => {
    const files = {
      "digest/a.ts": 'import "./b.ts";',
      "digest/b.ts": 'import "./a.ts";\nimport "./c.ts";',
      "digest/c.ts": 'import "./b.ts";',
      "digest/d.ts": 'import "./d.ts";',
    };
    expect(check(files)).toEqual(["src/digest/a.ts:2 cycle", "src/digest/c.ts:2 cycle", "src/digest/d.ts:2 cycle"]);
  });
});
