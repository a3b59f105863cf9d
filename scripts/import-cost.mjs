// @ts-check
// What `import "fleche"` adds to the start of a process: the median of 20 fresh processes that import dist/index.js,
// beside as many that import an empty module, taken in turn. Printed, not asserted: it is a reading of this machine.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const RUNS = 20;
const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(root, ".build", "import-cost-"));

/** @param {string} file the milliseconds a process takes from spawn to exit */
function timed(file) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
  return performance.now() - start;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return ((sorted[half] ?? 0) + (sorted[sorted.length - 1 - half] ?? 0)) / 2;
}

try {
  const empty = join(folder, "empty.mjs");
  const bare = join(folder, "bare.mjs");
  const full = join(folder, "full.mjs");
  writeFileSync(empty, "");
  writeFileSync(bare, `import "./empty.mjs";\n`);
  writeFileSync(full, `import ${JSON.stringify(pathToFileURL(join(root, "dist/index.js")).href)};\n`);
  timed(bare);
  timed(full);
  /** @type {{ bare: number[], full: number[] }} */
  const times = { bare: [], full: [] };
  for (let run = 0; run < RUNS; run++) {
    times.bare.push(timed(bare));
    times.full.push(timed(full));
  }
  const [without, with_] = [median(times.bare), median(times.full)];
  const cost = (with_ - without).toFixed(1);
  console.log(
    `import "fleche": ${cost} ms (${with_.toFixed(1)} with it, ${without.toFixed(1)} without; ${RUNS} processes each)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
