/** Where the cache lies if nobody says: in the user's cache directory, under the name of the nearest package. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** The directory of the default cache, for a program that runs in `cwd`. */
export function defaultPlace(cwd: string, env: Readonly<Record<string, string | undefined>>): string {
  return join(userCacheDirectory(env), "fleche", packageName(cwd));
}

function userCacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  // The specification says to ignore relative paths.
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  if (process.platform === "win32") return local ?? join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}

/** The name of the package that a directory belongs to, fit for a path; `default` where it belongs to none. */
function packageName(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    const name = nameIn(join(at, "package.json"));
    if (name !== undefined) return name.replace(/[^\w@.-]+/g, "+").replace(/^\.+$/, "default");
    if (dirname(at) === at) return "default";
  }
}

function nameIn(path: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(path, "utf8")) as { readonly name?: unknown };
    return typeof name === "string" && name !== "" ? name : undefined;
  } catch {
    // None here, or none that can be read: the next directory up is looked at.
    return undefined;
  }
}
