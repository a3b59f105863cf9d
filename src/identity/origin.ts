/**
 * Whose code a script is, told by where it lies: a package's (anything under `node_modules/<name>/`), Node's own, or the
 * user's. Also the name of a user's module: its package and its path from there.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Whose code it is. */
export type Origin =
  | { readonly kind: "user" }
  | { readonly kind: "node"; readonly file: string }
  | { readonly kind: "package"; readonly name: string; readonly version: string | undefined; readonly file: string };

const USER: Origin = { kind: "user" };

/** The origin of a script, by its URL. A package without a readable version has `undefined` there: it cannot be named. */
export function originOf(url: string): Origin {
  if (url.startsWith("node:")) return { kind: "node", file: url };
  const path = pathOf(url)?.replaceAll("\\", "/");
  if (path === undefined) return USER;
  // The last one: a package manager may keep packages in a `node_modules` of its own.
  const found = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/@.][^/]*))\/(.+)$/s.exec(path);
  if (found === null) return ownOrigin(path) ?? USER;
  const [, root, name, file] = found as unknown as [string, string, string, string];
  return { kind: "package", name, version: readPackage(root)?.version, file };
}

/**
 * The origin of this package's own code, which lies elsewhere where it is linked: `npm link`, a workspace, its own tests.
 * Where a bundler has put it into another package, it is that package's.
 */
function ownOrigin(path: string): Origin | undefined {
  const here = pathOf(import.meta.url)?.replaceAll("\\", "/");
  const [, root, folder] = /^(.*)\/(dist|src)\/.+$/s.exec(here ?? "") ?? [];
  if (root === undefined || !path.startsWith(`${root}/${folder}/`)) return undefined;
  const { name, version } = readPackage(root) ?? {};
  return name === "fleche" ? { kind: "package", name, version, file: path.slice(root.length + 1) } : undefined;
}

/** The file that a script came from; `undefined` for code that came from no file. */
export function pathOf(url: string): string | undefined {
  const bare = url.replace(/[?#].*$/s, "");
  try {
    if (url.startsWith("file:")) return fileURLToPath(bare);
  } catch {
    return undefined;
  }
  // CommonJS and test runners give plain paths.
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(url) ? bare : undefined;
}

/** Name of the nearest package, and the path of the file from the package's root, without extension. */
export function moduleName(path: string): string {
  const stem = join(dirname(path), basename(path).replace(/\.[cm]?[jt]sx?$/, ""));
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = readPackage(folder);
    if (found?.name !== undefined) return [found.name, ...relative(folder, stem).split(sep)].join("/");
    // No package anywhere above: the full path is the only name that two files cannot share.
    if (dirname(folder) === folder) return stem.split(sep).join("/");
  }
}

/** Version of a package that code in `from` imports by this name; `undefined` where it is not found. */
export function packageVersion(name: string, from: string): string | undefined {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const version = readPackage(join(folder, "node_modules", name))?.version;
    if (version !== undefined) return version;
    if (dirname(folder) === folder) return undefined;
  }
}

function readPackage(folder: string): { name: string | undefined; version: string | undefined } | undefined {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    // None here, or one that nobody can read.
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  const { name, version } = read as { name?: unknown; version?: unknown };
  return { name: textOf(name), version: textOf(version) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
