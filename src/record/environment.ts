/** The collector of where a run took place: host, user, directory, versions. Reads no environment variables. */
import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject } from "./json.ts";
import type { Metadata } from "./metadata.ts";

/** What to record beyond the defaults. */
export interface EnvironmentOptions {
  /** Packages whose installed versions are recorded, looked for from the working directory upwards. Default: none. */
  readonly packages?: readonly string[];
}

/**
 * Records `{ host, user, cwd, node, platform, arch }` as `environment`, with `packages: { name: version }` where some are
 * asked for. What the system does not tell is null.
 */
export function environment({ packages = [] }: EnvironmentOptions = {}): Metadata<JsonObject> {
  const versions = new Map<string, JsonObject>();
  const packagesIn = (cwd: string): JsonObject => {
    let known = versions.get(cwd);
    if (known === undefined) {
      known = Object.fromEntries(packages.map((name) => [name, versionOf(name, cwd)]));
      // One directory is the rule; a program that goes through many must not make this grow.
      versions.clear();
      versions.set(cwd, known);
    }
    return known;
  };
  return {
    name: "environment",
    pre() {
      const cwd = told(() => process.cwd());
      return {
        host: told(hostname),
        // A process in a container may run under a number that no user has.
        user: told(() => userInfo().username),
        cwd,
        node: process.versions.node,
        platform: process.platform,
        arch: process.arch,
        ...(packages.length > 0 && cwd !== null ? { packages: packagesIn(cwd) } : {}),
      };
    },
  };
}

function told(ask: () => string): string | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

const PACKAGE_NAME = /^(?:@[\w.-]+\/)?[\w-][\w.-]*$/;

/** Read from `package.json` rather than resolved: a package's `exports` may hide that file. */
function versionOf(name: string, cwd: string): string | null {
  if (!PACKAGE_NAME.test(name)) return null;
  for (let folder = cwd; ; folder = dirname(folder)) {
    try {
      const file: unknown = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"));
      const version = (file as { version?: unknown } | null)?.version;
      return typeof version === "string" ? version : null;
    } catch {
      // Not here, or not readable: a folder further up may have it.
    }
    if (folder === dirname(folder)) return null;
  }
}
