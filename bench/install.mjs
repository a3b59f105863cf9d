// @ts-check
// Installs the peers where they are missing: they belong to the bench alone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

if (!existsSync(join(import.meta.dirname, "node_modules"))) {
  const { status } = spawnSync("npm", ["ci", "--prefix", import.meta.dirname], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
