/**
 * Functions of packages, which are carried by where they are exported: package, version, file, and the way from there.
 * What the other side has installed has to be the same version; none of a package's code is ever stored.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { types } from "node:util";

/** Where a function of a package is found. */
export interface Export {
  readonly name: string;
  readonly version: string;
  /** The file inside the package that exports it. */
  readonly file: string;
  /** The way from what the file exports; empty where that is the function itself. */
  readonly path: readonly string[];
}

/** How the program's own modules find packages: from its main file, then from the working directory. */
function foldersAbove(): string[] {
  const starts = [process.argv[1] === undefined ? undefined : dirname(process.argv[1]), process.cwd()];
  const folders: string[] = [];
  for (let at of starts) {
    for (; at !== undefined && !folders.includes(at); at = dirname(at) === at ? undefined : dirname(at))
      folders.push(at);
  }
  return folders;
}

/** The way to a function that a package exports; `undefined` where it exports no such function. */
export function exportOf(fn: object, name: string, version: string, file: string): Export | undefined {
  const exported = load(name, version, file);
  const path = exported === undefined ? undefined : wayTo(fn, exported.value);
  return path === undefined ? undefined : { name, version, file, path };
}

/** What lies there in this program; throws an `Error` that says why it cannot be had. */
export function importedFrom({ name, version, file, path }: Export): unknown {
  if (!/^(?:@[^/@.][^/]*\/)?[^/@.][^/]*$/.test(name) || file.split("/").includes(".."))
    throw new Error(`"${name}" is no package`);
  const exported = load(name, version, file);
  if (exported === undefined)
    throw new Error(`${name}@${version} is not installed where this program looks for packages`);
  let value = exported.value;
  for (const step of path) value = memberOf(value, step);
  return value;
}

function load(name: string, version: string, file: string): { readonly value: unknown } | undefined {
  for (const folder of foldersAbove()) {
    const root = join(folder, "node_modules", name);
    if (versionIn(root) !== version) continue;
    return { value: createRequire(join(root, "package.json"))(join(root, file)) as unknown };
  }
  return undefined;
}

function versionIn(root: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version?: unknown }).version;
  } catch {
    return undefined;
  }
}

/** How far a function may lie from what its file exports: `module.exports.default.helpers.pad`. */
const MOST_STEPS = 3;

function wayTo(fn: object, exported: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (exported === fn) return path;
  if (path.length === MOST_STEPS || !isHolder(exported)) return undefined;
  for (const key of Object.keys(exported)) {
    const found = wayTo(fn, memberOf(exported, key), [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isHolder(value: unknown): value is object {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && !types.isProxy(value);
}

/** Of a module its exports, which may be behind getters; of anything else only data. */
function memberOf(holder: unknown, key: string): unknown {
  if (!isHolder(holder)) return undefined;
  const property = Object.getOwnPropertyDescriptor(holder, key);
  if (property === undefined) return undefined;
  return "value" in property && !types.isModuleNamespaceObject(holder) ? property.value : Reflect.get(holder, key);
}
