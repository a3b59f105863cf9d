// @ts-check
// The guard: ours as ratios to the floor of the same run, beside those of the last release that was saved. Ratios, because
// a machine is faster or slower as a whole; only ours, because what peers cost is theirs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How much larger a ratio may be than the saved one. Two runs on a shared machine differ by up to a quarter. */
export const TOLERANCE = 1.4;

/**
 * Compares, prints what grew, and says whether all is within the tolerance.
 * @param {string} results @param {Readonly<Record<string, readonly import("./run.mjs").Row[]>>} figures
 */
export function compareWithSaved(results, figures) {
  const last = readdirSync(results)
    .filter((name) => /^\d+\.\d+\.\d+\.json$/.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
  if (last === undefined) throw new Error("no result of a release is saved; run with --save");
  /** @type {typeof figures} */
  const saved = JSON.parse(readFileSync(join(results, last), "utf8")).figures;
  let compared = 0;
  const grown = [];
  for (const [figure, rows] of Object.entries(figures)) {
    for (const { group, name, ratio, to } of rows) {
      if (!name.startsWith("fleche") || ratio === undefined || !to?.startsWith("floor")) continue;
      const before = saved[figure]?.find((row) => row.group === group && row.name === name)?.ratio;
      if (before === undefined) continue;
      compared++;
      if (ratio > before * TOLERANCE)
        grown.push(`${figure}, ${group}, ${name}: ${before} × ${to} in ${last}, ${ratio} now`);
    }
  }
  console.log(`\n${compared} ratios compared with ${last}, ${grown.length} more than ${TOLERANCE} times as large`);
  for (const line of grown) console.log(`  ${line}`);
  return compared > 0 && grown.length === 0;
}
