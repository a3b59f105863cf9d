// @ts-check
// Holds src/ to its layers, to files that can be read, and to a few habits. The tables below are the rules; a new
// folder, file or package is a new row. Every import counts: types, `import("…")` and re-exports too.
// Prints one line a violation, `file:line rule: what to do`; exits 1 if there is any.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { cyclesOf } from "./import-cycles.mjs";

/** From top to bottom. A file imports only from rows below its own, or from its own folder. */
const ROWS = [
  ["cli", "testing"],
  ["cached.ts"],
  ["fleche.ts"],
  ["caller.ts"],
  ["wrap-options.ts"],
  ["ambient.ts", "value-file.ts", "closure-file.ts", "pickle-file.ts"],
  ["config"],
  ["caches", "default-place.ts"],
  ["upkeep"],
  ["cache.ts"],
  ["query"],
  ["context.ts"],
  ["engine"],
  ["vault"],
  ["store"],
  ["seal"],
  ["closure"],
  ["identity", "call", "codec", "record"],
  ["digest"],
  ["options.ts", "duration.ts"],
  ["errors.ts", "flow.ts", "observe"],
];

/** The one import between two places of a row: importer and imported. */
const GROUND = new Map([["errors.ts", "observe/reason.ts"]]);

/** @type {Record<string, string[]>} Folders below that a folder may not know; of `store`, the interface is no secret. */
const MAY_NOT_KNOW = {
  engine: ["store"],
  vault: ["store"],
  store: ["seal", "codec", "call", "identity"],
  seal: ["codec"],
};
const STORE_INTERFACE = "store/store.ts";

/** Wire things together: may import anything, may re-export, are imported by nobody. */
const ENTRIES = new Set(["index.ts", "testing/index.ts", "sqlite.ts", "pickle.ts", "cli/main.ts"]);

/** @type {Record<string, string[]>} The only folders that may import a package. */
const PACKAGES = {
  "js-tokens": ["identity", "call"],
  "smol-toml": ["config"],
  commander: ["cli"],
  "@clack/prompts": ["cli"],
  "@photostructure/sqlite": ["store"],
  vitest: ["testing"],
};

const MAX_LINES = 400;
const MAX_MEDIAN = 130;

/** @typedef {{ file: string, line: number, rule: string, text: string }} Violation */

/**
 * Checks `<root>/src`.
 * @param {string} root
 * @returns {{ violations: Violation[], files: number, median: number }}
 */
export function checkLayers(root) {
  const paths = readdirSync(`${root}/src`, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"));
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Map<string, Map<string, number>>} */
  const graph = new Map();
  /** @type {number[]} */
  const sizes = [];
  for (const file of paths.sort()) {
    const text = readFileSync(`${root}/src/${file}`, "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    sizes.push(lines);
    /** @type {(line: number, rule: string, text: string) => void} */
    const report = (line, rule, text) => void violations.push({ file: `src/${file}`, line, rule, text });
    if (lines > MAX_LINES) report(lines, "size", `${lines} lines; split it, at most ${MAX_LINES}`);
    /** @type {Map<string, number>} */
    const targets = new Map();
    for (const { line, specifier } of checkSource(file, source, report)) {
      const problem = importProblem(file, specifier);
      if (problem) report(line, "layer", problem);
      const target = posix.join(posix.dirname(file), specifier);
      if (specifier.startsWith(".") && !targets.has(target)) targets.set(target, line);
    }
    graph.set(file, targets);
  }
  for (const cycle of cyclesOf(graph)) {
    const [first = "", second = first] = cycle;
    const line = graph.get(first)?.get(second) ?? 1;
    violations.push({ file: `src/${first}`, line, rule: "cycle", text: `break ${[...cycle, first].join(" → ")}` });
  }
  const median = sizes.sort((a, b) => a - b)[sizes.length >> 1] ?? 0;
  if (median > MAX_MEDIAN)
    violations.push({
      file: "src",
      line: 1,
      rule: "median",
      text: `${median} lines; split files, at most ${MAX_MEDIAN}`,
    });
  return { violations, files: sizes.length, median };
}

/** @param {string} file */
const folderOf = (file) => file.split("/", 1)[0] ?? file;

/** @param {string} file */
const rowOf = (file) => ROWS.findIndex((row) => row.includes(folderOf(file)));

/**
 * Why `file`, relative to src, may not import `specifier`, or undefined.
 * @param {string} file
 * @param {string} specifier
 */
function importProblem(file, specifier) {
  if (specifier.startsWith("node:")) return undefined;
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    if (PACKAGES[name]?.includes(folderOf(file)) || ENTRIES.has(file)) return undefined;
    return `the package "${name}" may not be imported here; see PACKAGES in scripts/check-layers.mjs`;
  }
  const target = posix.join(posix.dirname(file), specifier);
  if (ENTRIES.has(target)) return `nothing imports the entry file ${target}; import from where the thing is`;
  if (ENTRIES.has(file)) return undefined;
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === to) return undefined;
  const [fromRow, toRow] = [rowOf(file), rowOf(target)];
  if (fromRow < 0) return undefined; // reported once, as "place"
  if (fromRow === toRow && GROUND.get(file) === target) return undefined;
  if (toRow <= fromRow) return `${from} may not import ${target}: only rows below its own; move or inject it`;
  if (MAY_NOT_KNOW[from]?.includes(to) && !(to === "store" && target === STORE_INTERFACE))
    return `${from} may not know ${target}; pass what it needs as data or a function`;
  return undefined;
}

/**
 * Reports the rules that one file breaks alone, and returns every import in it.
 * @param {string} file
 * @param {ts.SourceFile} source
 * @param {(line: number, rule: string, text: string) => void} report
 */
function checkSource(file, source, report) {
  const lineOf = (/** @type {ts.Node} */ node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const isEntry = ENTRIES.has(file);
  if (!isEntry && rowOf(file) < 0)
    report(1, "place", "no such place in the layers; see ROWS in scripts/check-layers.mjs");
  if (!/^(#!.*\n)?\s*\/[/*]/.test(source.text))
    report(1, "opening", "open with a comment: what it is, what it does not do");
  const imported = new Set();
  for (const node of source.statements) {
    if (ts.isImportDeclaration(node)) {
      const { name, namedBindings } = node.importClause ?? {};
      if (name) imported.add(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) imported.add(namedBindings.name.text);
      else for (const element of namedBindings?.elements ?? []) imported.add(element.name.text);
    }
  }
  for (const node of source.statements) {
    const line = lineOf(node);
    const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
    if (ts.isExportAssignment(node) || modifiers?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword))
      report(line, "default", "export it by name");
    if (ts.isVariableStatement(node) && !(node.declarationList.flags & ts.NodeFlags.Const) && file !== "context.ts")
      report(line, "let", "no module-level variable; keep state in a closure or in context.ts");
    if (!ts.isExportDeclaration(node)) continue;
    const names = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    if (names.some((element) => element.name.text === "default")) report(line, "default", "export it by name");
    const passesOn = names.some((element) => imported.has((element.propertyName ?? element.name).text));
    if (!isEntry && (node.moduleSpecifier || passesOn))
      report(line, "re-export", "only entry files re-export; import it from where it is");
  }
  /** @type {{ line: number, specifier: string }[]} */
  const imports = [];
  /** @type {(node: ts.Node) => void} */
  const visit = (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) report(lineOf(node), "any", "say the type, or `unknown`");
    const from = specifierOf(node);
    if (from && ts.isStringLiteralLike(from)) imports.push({ line: lineOf(from), specifier: from.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return imports;
}

/** @param {ts.Node} node an import or `export … from`, an `import("…")` of values or types, or anything else */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  return ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { violations, files, median } = checkLayers(dirname(import.meta.dirname));
  for (const { file, line, rule, text } of violations) console.error(`${file}:${line} ${rule}: ${text}`);
  console.log(`layers: ${files} files, median ${median} lines, ${violations.length} violations`);
  if (violations.length > 0) process.exitCode = 1;
}
