/** The documents are whole: links lead somewhere, and whatever a user can meet (name, code, variable, option) is in the reference. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { REASONS } from "fleche";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { SEAL_OPTIONS } from "../../src/vault/value-storage.ts";
import { documents, headingsOf, localLinks, ROOT, resolveLink, sources, textOf } from "./markdown.ts";

const reference = documents()
  .filter((path) => path.startsWith("docs/reference/"))
  .map(textOf)
  .join("\n");

/** Whether a name stands in the reference as code: alone, or as the beginning of a call. */
function isDocumented(name: string): boolean {
  return new RegExp(`\`(?:[^\`\\n]*[^\\w\`])?${name}(?:[^\\w\`][^\`\\n]*)?\``).test(reference);
}

describe("links", () => {
  test.each(documents())("%s", (path) => {
    const broken = localLinks(path).filter((link) => {
      const { path: target, heading } = resolveLink(path, link);
      if (target.startsWith("..") || !existsSync(join(ROOT, target))) return true;
      return heading !== undefined && !headingsOf(target).includes(heading);
    });
    expect(broken).toEqual([]);
  });
});

test("every document can be reached from README.md", () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    for (const link of localLinks(path)) {
      const { path: target } = resolveLink(path, link);
      if (target.endsWith(".md")) reached.add(target);
    }
  }
  expect(documents().filter((path) => !reached.has(path))).toEqual([]);
});

describe("the reference has", () => {
  test.each(["src/index.ts", "src/sqlite.ts", "src/testing/index.ts"])("every public name of %s", (entry) => {
    const source = ts.createSourceFile(entry, textOf(entry), ts.ScriptTarget.Latest, true);
    const names = source.statements.flatMap((node) => {
      if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) return [];
      return node.exportClause.elements.map((element) => element.name.text);
    });
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isDocumented(name))).toEqual([]);
  });
  test("every error code", () => {
    const source = ts.createSourceFile("errors.ts", textOf("src/errors.ts"), ts.ScriptTarget.Latest, true);
    const codes: string[] = ["invalid-argument"];
    const visit = (node: ts.Node): void => {
      if (ts.isTypeAliasDeclaration(node) && node.name.text === "FlecheErrorCode" && ts.isUnionTypeNode(node.type)) {
        for (const member of node.type.types) {
          if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) codes.push(member.literal.text);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !textOf("docs/reference/errors.md").includes(`\`${code}\``))).toEqual([]);
  });
  test("every reason", () => {
    expect(REASONS.filter((reason) => !reference.includes(`\`${reason}\``))).toEqual([]);
  });
  test("every environment variable of ours", () => {
    const variables = sources().flatMap((path) => [...textOf(path).matchAll(/\bFLECHE_[A-Z_]*[A-Z]\b/g)].map(String));
    expect(variables.length).toBeGreaterThan(0);
    expect([...new Set(variables)].filter((name) => !isDocumented(name))).toEqual([]);
  });
  test("every option of a value storage", () => {
    const page = textOf("docs/reference/options.md");
    expect(["store", ...SEAL_OPTIONS].filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
  test("every channel", () => {
    const channels = sources().flatMap((path) => [...textOf(path).matchAll(/channel\("(fleche:\w+)"\)/g)]);
    const page = textOf("docs/reference/events.md");
    expect(channels.map((match) => match[1] as string).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

test.each([
  ["README.md", 200],
  ["ARCHITECTURE.md", 300],
])("%s is short", (path, most) => {
  expect(textOf(path).split("\n").length).toBeLessThan(most);
});

test("the scripts that the documents name exist", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const named = documents().flatMap((path) => [...textOf(path).matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)]);
  const known = [...Object.keys(scripts), "run", "ci", "install"];
  expect(named.map((match) => match[1] as string).filter((name) => !known.includes(name))).toEqual([]);
});
