// @ts-check
// Compiles examples/*.ts against the built package and runs those named, or all, each in an empty folder of its own.
// Usage: node scripts/examples.mjs [name…]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const all = readdirSync(join(root, "examples"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));
const named = process.argv.slice(2);

const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`no such example: ${unknown.join(", ")}; there are: ${all.join(", ")}`);

rmSync(join(root, ".build/examples"), { recursive: true, force: true });
const tsc = join(root, "node_modules/typescript/bin/tsc");
if (run(root, tsc, "-p", join(root, "tsconfig.examples.json")) !== 0) fail("the examples do not compile");

const failed = [];
for (const name of named.length > 0 ? named : all) {
  if (named.length !== 1) console.log(`\n# examples/${name}.ts`);
  const folder = mkdtempSync(join(tmpdir(), `fleche-example-${name}-`));
  try {
    if (run(folder, join(root, ".build/examples", `${name}.js`)) !== 0) failed.push(name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (failed.length > 0) fail(`failed: ${failed.join(", ")}`);

/**
 * @param {string} cwd
 * @param {...string} args
 */
function run(cwd, ...args) {
  return spawnSync(process.execPath, args, { cwd, stdio: "inherit" }).status ?? 1;
}

/** @param {string} message */
function fail(message) {
  console.error(`examples: ${message}`);
  process.exit(1);
}
