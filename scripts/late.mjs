// @ts-check
// What `import "fleche"` does not need to have read: whole parts of the library that are behind a few functions. In the
// built package such a function is a stand-in that loads the file of its part when it is called first, at once and by no
// loader of modules, as programs may run under loaders of their own. Sources know nothing of it. Programs that are bundled
// get the library without this (condition `module` in package.json), since a bundle has no files to load.
import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

/**
 * The parts, each one file, by the folders and modules that lead into them. Of a folder only functions may be imported from
 * outside; the build fails where something else is.
 * @type {Record<string, readonly string[]>}
 */
const PARTS = {
  caches: ["caches/", "upkeep/"],
  closure: ["closure/read", "closure/write"],
  config: ["config/"],
  identity: [
    "identity/builtins",
    "identity/functions",
    "identity/instances",
    "identity/trace",
    "identity/user-function",
    "identity/values",
  ],
  query: ["query/", "engine/explain"],
  sqlite: ["store/sqlite/sqlite"],
};

/** The file that everything early is joined into; a part that is loaded late takes from it what it shares with others. */
const CORE = "./core.js";

/**
 * The parts as entries of a bundle, and the plugin that puts stand-ins in the place of what leads into them.
 * @param {string} folder of modules
 * @param {string} entry the module whose import is to be cheap
 * @param {string[]} others that share its parts
 */
export function lateParts(folder, entry, others) {
  const early = importedEarly(folder, [entry, ...others]);
  const isPart = (/** @type {string} */ module) => partOf(folder, module) !== undefined;
  // What a part shares with an entry cannot be loaded by two loaders.
  const first = reachedFrom([entry], isPart);
  const behind = reachedFrom([...early.leading.keys()], () => false);
  const shared = [...early.modules].filter((module) => first.has(module) || behind.has(module));
  const core = new Set([...first, ...shared].filter((module) => !isPart(module)));
  /** @type {Map<string, { module: string, names: Set<string> }[]>} */
  const parts = new Map();
  for (const [module, names] of early.leading) {
    const part = partOf(folder, module);
    if (part !== undefined) parts.set(part, [...(parts.get(part) ?? []), { module, names }]);
  }
  const reach = new Map(
    [...parts].map(([part, leading]) => {
      const modules = reachedFrom(
        leading.map(({ module }) => module),
        () => false,
      );
      return [part, modules];
    }),
  );
  const input = Object.fromEntries([...parts.keys()].map((part) => [`shared/${part}`, `\0part:${part}`]));
  /** @type {import("rollup").Plugin} */
  const plugin = {
    name: "late parts",
    resolveId(id, importer) {
      if (id === CORE) return { id, external: true };
      if (id.startsWith("\0")) return id;
      if (importer === undefined || !id.startsWith(".") || !early.modules.has(importer)) return null;
      const module = join(dirname(importer), id);
      return partOf(folder, module) === undefined ? null : `\0late:${module}`;
    },
    load(id) {
      if (id === LOADER) return LOADER_TEXT;
      if (id.startsWith("\0part:")) {
        const leading = parts.get(id.slice("\0part:".length)) ?? [];
        return leading
          .map(({ module, names }) => `export { ${[...names].join(", ")} } from ${JSON.stringify(module)};`)
          .join("\n");
      }
      if (!id.startsWith("\0late:")) return null;
      const module = id.slice("\0late:".length);
      return standIns(module, /** @type {string} */ (partOf(folder, module)), early.leading.get(module) ?? new Set());
    },
  };
  return {
    input,
    plugin,
    /** The file that a module goes into, without folder and extension; `undefined` for what an entry has to itself. */
    chunkOf(/** @type {string} */ id) {
      if (core.has(id) || /^\0(late|load):/.test(id)) return "core";
      if (id.startsWith("\0part:")) return id.slice("\0part:".length);
      const users = [...reach].filter(([, modules]) => modules.has(id)).map(([part]) => part);
      // What several parts need goes with the part that its folder leads into.
      return users.length > 1 ? (users.find((part) => isNear(part, relative(folder, id))) ?? "several") : users[0];
    },
    /** Whether a file is a part, or shared by parts: loaded by our loader, as a function of its text. */
    isPart: (/** @type {string} */ file) => /^shared\/(?!core\.js$)/.test(file),
  };
}

/** Loads a part: its text is a function of the loader, which gives it the core and other parts. */
const LOADER = "\0load:";
const LOADER_TEXT = `
import * as core from ${JSON.stringify(CORE)};
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
const loaded = new Map([[${JSON.stringify(CORE)}, core]]);
export function load(file) {
  let part = loaded.get(file);
  if (part === undefined) {
    const url = new URL(file.replace(/js$/, "cjs"), import.meta.url);
    const filename = fileURLToPath(url);
    const module = { exports: {} };
    compileFunction(readFileSync(filename, "utf8"), ["require", "module", "partUrl"], { filename })(load, module, url.href);
    part = module.exports;
    loaded.set(file, part);
  }
  return part;
}
`;

/** @param {string} part @param {string} path */
function isNear(part, path) {
  const first = dirname(path).split(sep).join("/");
  return PARTS[part]?.some((to) => to.startsWith(`${first}/`)) === true;
}

/** @param {string} folder @param {string} module */
function partOf(folder, module) {
  const path = relative(folder, module).split(sep).join("/");
  const leads = (/** @type {string} */ to) => (to.endsWith("/") ? path.startsWith(to) : path === `${to}.js`);
  return Object.keys(PARTS).find((part) => PARTS[part]?.some(leads));
}

/**
 * The text of a module whose functions load the real ones.
 * @param {string} module @param {string} part @param {Set<string>} names
 */
function standIns(module, part, names) {
  const text = readFileSync(module, "utf8");
  const lines = [...names].map((name) => {
    if (!new RegExp(`^export (?:async )?function\\*? ${name}\\(`, "m").test(text)) {
      throw new Error(`${module}: ${name} is imported early and is no function, so it cannot be loaded late`);
    }
    return `export function ${name}(...args) { return load("./${part}.js").${name}(...args); }`;
  });
  return [`import { load } from ${JSON.stringify(LOADER)};`, ...lines].join("\n");
}

/**
 * The modules that are read when the entries are imported, and the names that they take from those that are not.
 * @param {string} folder @param {string[]} entries
 */
function importedEarly(folder, entries) {
  const modules = reachedFrom(entries, (module) => partOf(folder, module) !== undefined);
  /** @type {Map<string, Set<string>>} */
  const leading = new Map();
  for (const module of modules) {
    for (const { from, names } of importsOf(module)) {
      if (partOf(folder, from) !== undefined) leading.set(from, new Set([...(leading.get(from) ?? []), ...names]));
    }
  }
  return { modules, leading };
}

/**
 * Modules with what they import, directly or not, but for those that are stopped at.
 * @param {string[]} modules @param {(module: string) => boolean} isEnd
 */
function reachedFrom(modules, isEnd) {
  const found = new Set(modules);
  for (const module of found) {
    for (const { from } of importsOf(module)) if (!isEnd(from)) found.add(from);
  }
  return found;
}

/**
 * What a module takes from others of ours.
 * @param {string} module
 */
function importsOf(module) {
  const source = ts.createSourceFile(module, readFileSync(module, "utf8"), ts.ScriptTarget.ES2022);
  return source.statements.flatMap((statement) => {
    const taken = namesOf(statement);
    return taken === undefined ? [] : { from: join(dirname(module), taken.from), names: taken.names };
  });
}

/**
 * What a statement takes from another of our modules.
 * @param {ts.Statement} statement
 */
function namesOf(statement) {
  if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return undefined;
  const { moduleSpecifier } = statement;
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return undefined;
  if (!moduleSpecifier.text.startsWith(".")) return undefined;
  const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
  const elements = named !== undefined && (ts.isNamedImports(named) || ts.isNamedExports(named)) ? named.elements : [];
  return { from: moduleSpecifier.text, names: elements.map(({ propertyName, name }) => (propertyName ?? name).text) };
}
