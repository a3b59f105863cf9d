/** The documents are whole: links lead somewhere, and whatever a user can meet (name, code, variable, option) is in the reference. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { REASONS } from "fleche";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { FIELD_LIST } from "../../src/record/field.ts";
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

/** The members of an interface, by name. */
function membersOf(path: string, of: string): string[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest, true);
  const found = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === of);
  return ((found as ts.InterfaceDeclaration | undefined)?.members ?? []).map((member) => member.name?.getText() ?? "");
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
  test.each(["src/index.ts", "src/pickle.ts", "src/sqlite.ts", "src/testing/index.ts"])(
    "every public name of %s",
    (entry) => {
      const source = ts.createSourceFile(entry, textOf(entry), ts.ScriptTarget.Latest, true);
      const names = source.statements.flatMap((node) => {
        if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) return [];
        return node.exportClause.elements.map((element) => element.name.text);
      });
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !isDocumented(name))).toEqual([]);
    },
  );
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
  test("every option of fleche(fn), and every method of what it gives", () => {
    const page = textOf("docs/reference/functions.md");
    const options = membersOf("src/wrap-options.ts", "FlecheOptions");
    const methods = membersOf("src/fleche.ts", "CallMethods");
    expect(options.length).toBeGreaterThan(10);
    expect(methods.length).toBeGreaterThan(5);
    expect(options.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([]);
    expect(methods.filter((name) => !new RegExp(`\n\\| \`${name}[(\`]`).test(page))).toEqual([]);
  });
  test("every method of a cache", () => {
    const page = textOf("docs/reference/caches.md");
    const methods = membersOf("src/cache.ts", "Cache");
    expect(methods.length).toBeGreaterThan(3);
    expect(methods.filter((name) => !page.includes(`\n| \`${name}(`))).toEqual([]);
  });
  test("every field of a call record, in its order", () => {
    const rows = [...textOf("docs/reference/call-record.md").matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
    expect(rows).toEqual(["v", ...FIELD_LIST.map(([name]) => name)]);
  });
  test("every step of a call", () => {
    const steps = [
      ...(/readonly step: (.+);/.exec(textOf("src/observe/call-events.ts"))?.[1] ?? "").matchAll(/"(\w+)"/g),
    ];
    expect(steps.length).toBeGreaterThan(5);
    const page = textOf("docs/reference/events.md");
    expect(steps.map((step) => step[1] as string).filter((step) => !page.includes(`\n| \`${step}\` |`))).toEqual([]);
  });
  test("every channel", () => {
    const channels = sources().flatMap((path) => [...textOf(path).matchAll(/channel\("(fleche:\w+)"\)/g)]);
    const page = textOf("docs/reference/events.md");
    expect(channels.map((match) => match[1] as string).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

test("the code map of ARCHITECTURE.md has every place that the layers have, in their order", () => {
  const rows = /const ROWS = (\[[\s\S]*?\n\]);/.exec(textOf("scripts/check-layers.mjs"))?.[1] ?? "";
  const places = [...rows.matchAll(/"([\w.-]+)"/g)].map((place) => place[1] as string);
  const page = textOf("ARCHITECTURE.md");
  const map = page.slice(page.indexOf("## Code map"), page.indexOf("### Invariants"));
  const at = places.map((place) => map.indexOf(place.endsWith(".ts") ? `\`${place}\`` : `\`${place}/\``));
  expect(places.length).toBeGreaterThan(20);
  expect(places.filter((_, i) => at[i] === -1)).toEqual([]);
  // Of one row, places may come in any order.
  const first = [...rows.matchAll(/\[\s*"([\w.-]+)"/g)].map((row) => at[places.indexOf(row[1] as string)] as number);
  expect(first).toEqual([...first].sort((a, b) => a - b));
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
  const known = [...Object.keys(scripts), "run", "ci", "install", "init", "pkg"];
  expect(named.map((match) => match[1] as string).filter((name) => !known.includes(name))).toEqual([]);
});
