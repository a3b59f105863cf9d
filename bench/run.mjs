// @ts-check
// Runs the figures, prints them as tables and saves them as JSON. `--only hit,digest` takes some, `--slow` takes the
// largest too, `--save` makes them the result of this release (others that it has stay), `--check` compares with the saved
// one and fails.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { compareWithSaved } from "./check.mjs";
import { FIGURES } from "./figures.mjs";

/**
 * @typedef {object} Group candidates that were timed in turn
 * @property {string} group
 * @property {readonly import("./harness.mjs").Timing[]} timings
 * @property {string} [reference] whose median the ratios are to
 * @property {Readonly<Record<string, string>>} [references] where it is another one, by name
 * @property {string} [unit] microseconds unless it says otherwise; `p50` and `p99` are in it
 */
/** @typedef {{ directory: string, slow: boolean, notes(versions: Record<string, string>): void }} Context */

const root = dirname(import.meta.dirname);
const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    slow: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
const only = options.only.flatMap((text) => text.split(","));
const unknown = only.filter((name) => !Object.hasOwn(FIGURES, name));
if (unknown.length > 0)
  throw new Error(`no figure is called ${unknown.join(", ")}; there are ${Object.keys(FIGURES).join(", ")}`);

mkdirSync(join(root, ".build"), { recursive: true });
const directory = mkdtempSync(join(root, ".build", "bench-"));
/** @type {Record<string, string>} */
const versions = { ...ownVersions(), node: process.versions.node };
/** @type {Record<string, readonly Row[]>} */
const figures = {};
// A refused entry is told of on standard error; here it is refused on purpose.
console.warn = () => {};
try {
  for (const [name, run] of Object.entries(FIGURES)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const context = {
      directory,
      slow: options.slow,
      notes: (/** @type {Record<string, string>} */ more) => void Object.assign(versions, more),
    };
    const rows = (await run(context)).flatMap(rowsOf);
    figures[name] = rows;
    print(name, rows);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const machine = {
  cpu: cpus()[0]?.model ?? "",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
};
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const saved = join(import.meta.dirname, "results", `${version}.json`);
if (options.check) process.exitCode = compareWithSaved(join(import.meta.dirname, "results"), figures) ? 0 : 1;
const target = options.save ? saved : join(root, ".build", "bench.json");
// What this run did not measure stays: with the figures of a few lost, the guard would have nothing to compare.
const before = options.save && existsSync(saved) ? JSON.parse(readFileSync(saved, "utf8")) : {};
const result = {
  date: new Date().toISOString(),
  commit: commit(),
  machine,
  versions: { ...before.versions, ...versions },
  figures: { ...before.figures, ...figures },
};
writeFileSync(target, `${JSON.stringify(result, null, 1)}\n`);
console.log(`\nsaved as ${target}`);
// Peers may hold the process with timers and connections of theirs.
process.exit();

/** @typedef {{ group: string, name: string, p50: number, p99: number, samples: number, unit: string, ratio?: number, to?: string, skipped?: string }} Row */

/** @param {Group} group @returns {Row[]} */
function rowsOf({ group, timings, reference, references = {}, unit = "µs" }) {
  return timings.map(({ name, p50, p99, samples, skipped }) => {
    const to = references[name] ?? reference;
    const base = timings.find((timing) => timing.name === to)?.p50;
    const ratio =
      base === undefined || to === undefined || skipped !== undefined ? {} : { ratio: rounded(p50 / base), to };
    const why = skipped === undefined ? {} : { skipped };
    return { group, name, p50: rounded(p50), p99: rounded(p99), samples, unit, ...ratio, ...why };
  });
}

/** @param {number} number four digits are more than any of them is good for */
function rounded(number) {
  return Number(number.toPrecision(4));
}

/** @param {string} figure @param {readonly Row[]} rows */
function print(figure, rows) {
  console.log(`\n${figure}`);
  for (const group of new Set(rows.map((row) => row.group))) {
    console.log(`  ${group}`);
    for (const { name, p50, p99, unit, ratio, to, skipped } of rows.filter((row) => row.group === group)) {
      const numbers = skipped ?? `${String(p50).padStart(10)} ${String(p99).padStart(10)} ${unit}`;
      const compared = ratio === undefined || name === to ? "" : `${String(ratio).padStart(8)} × ${to}`;
      console.log(`    ${name.padEnd(44)}${numbers}${compared}`);
    }
  }
}

function ownVersions() {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8"));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return { fleche: version, ...dependencies };
}

/** The commit that was measured; `+` where files differ from it. */
function commit() {
  try {
    const head = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
    return spawnSync("git", ["diff", "--quiet", "HEAD", "--", "src"], { cwd: root }).status === 0 ? head : `${head}+`;
  } catch {
    return "unknown";
  }
}
