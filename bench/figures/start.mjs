// @ts-check
// What a fresh process pays: importing, and importing with a first signed hit, above a Node that imports an empty module.
// Each line is a process from spawn to exit, taken in turn; the column to read is the difference.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { quantile } from "../harness.mjs";

const RUNS = 15;
const BENCH = join(import.meta.dirname, "..");

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function start({ directory }) {
  const folder = join(directory, "start");
  mkdirSync(folder, { recursive: true });
  const importing = (/** @type {string} */ file) => `from ${JSON.stringify(pathToFileURL(join(BENCH, file)).href)};\n`;
  const opened = (/** @type {string} */ kind) =>
    `import { fleche } ${importing("../dist/index.js")}import { openSubject } ${importing(`start-${kind}.mjs`)}` +
    `const cache = openSubject(${JSON.stringify(join(folder, kind))});\n`;
  const plain = "(a, b, c) => ({ energy: a * b, label: c })";
  const captured = "import { inner, table } from './captured.mjs';\n";
  writeFileSync(
    join(folder, "captured.mjs"),
    "export const table = [1, 2, 3];\nconst scale = 2;\nexport function inner(x) { return x * scale; }\n",
  );
  const programs = {
    "a bare Node": "",
    "import only": `import ${JSON.stringify(pathToFileURL(join(BENCH, "../dist/index.js")).href)};\n`,
    "hit, files, with a version": `${opened("file")}fleche(${plain}, { cache, name: "f", version: 1 })(1.5, 2, "x");\n`,
    "hit, SQLite, with a version": `${opened("sqlite")}fleche(${plain}, { cache, name: "f", version: 1 })(1.5, 2, "x");\n`,
    "hit, files, no free names": `${opened("file")}fleche(${plain}, { cache, name: "f" })(1.5, 2, "x");\n`,
    "hit, files, functions captured": `${captured}${opened("file")}fleche(function f(a) { return [inner(a), table]; }, { cache })(1.5);\n`,
  };
  const runs = Object.entries(programs).map(([name, text], i) => {
    const path = join(folder, `program-${i}.mjs`);
    writeFileSync(path, `import "./empty.mjs";\n${text}`);
    return { name: name === "a bare Node" ? name : `fleche: ${name}`, path, times: /** @type {number[]} */ ([]) };
  });
  writeFileSync(join(folder, "empty.mjs"), "");
  for (const { path } of runs) timed(path);
  for (let run = 0; run < RUNS; run++) for (const { path, times } of runs) times.push(timed(path));
  const bare = runs[0]?.times ?? [];
  return [
    {
      group: "a process, from spawn to exit",
      unit: "ms",
      timings: runs.map(({ name, times }) => summed(name, times)),
      reference: "a bare Node",
    },
    // In pairs, each with the bare Node of its own round.
    {
      group: "above a bare Node",
      unit: "ms",
      timings: runs.slice(1).map(({ name, times }) =>
        summed(
          name,
          times.map((time, i) => time - (bare[i] ?? Number.NaN)),
        ),
      ),
    },
  ];
}

/** @param {string} name @param {readonly number[]} times */
function summed(name, times) {
  return { name, p50: quantile(times, 0.5), p99: quantile(times, 0.99), samples: times.length };
}

/** @param {string} path */
function timed(path) {
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${path} failed: ${stderr}`);
  return performance.now() - begun;
}
