// @ts-check
// The most memory that a fresh process holds while it stores or serves 64 MiB, above one that only makes or reads as much:
// in times of the value. One is the value itself.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { quantile } from "../harness.mjs";

const RUNS = 5;
const VALUE_KIB = 64 * 1024;
const JOBS = ["bare", "read", "file miss", "file hit", "sqlite miss", "sqlite hit"];

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function memory({ directory }) {
  const folder = join(directory, "memory");
  /** @type {Map<string, number[]>} */
  const peaks = new Map(JOBS.map((job) => [job, []]));
  for (let run = 0; run < RUNS; run++) for (const job of JOBS) peaks.get(job)?.push(peakOf(job, folder, run));
  const bare = quantile(peaks.get("bare") ?? [], 0.5);
  const timings = JOBS.slice(1).map((job) => {
    const above = (peaks.get(job) ?? []).map((kib) => (kib - bare) / VALUE_KIB);
    const name = job === "read" ? "floor: one read of a file into memory" : `fleche: ${job}`;
    return { name, p50: quantile(above, 0.5), p99: quantile(above, 0.99), samples: above.length };
  });
  return [{ group: "peak memory, 64 MiB", unit: "× the value", timings }];
}

/** @param {string} job @param {string} folder @param {number} run @returns {number} KiB */
function peakOf(job, folder, run) {
  const program = join(import.meta.dirname, "../memory-child.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, job, folder, String(run)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${job} failed: ${stderr}`);
  return Number(stdout);
}
