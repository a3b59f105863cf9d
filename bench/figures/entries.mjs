// @ts-check
// The same with more entries: a hit, listing, a query by function and argument, gc, opening, and bytes on disk. The calls
// are those of 100 functions. Each line's ratio is to the smallest number of entries on the same store; a query's is to
// going through all records.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fleche, gc } from "../../dist/index.js";
import { compare } from "../harness.mjs";
import { openSubject } from "../subject.mjs";

const FUNCTIONS = 100;

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function entries({ directory, slow }) {
  const groups = [];
  for (const [kind, counts] of /** @type {const} */ ([
    ["sqlite", slow ? [1e3, 1e5, 1e6] : [1e3, 1e5]],
    ["file", slow ? [1e3, 1e5] : [1e3, 1e4]],
  ])) {
    const filled = counts.map((count) => fill(kind, join(directory, "entries", `${kind}-${count}`), count));
    const [least] = counts;
    const measures = /** @type {const} */ ([
      "hit",
      "miss, nothing stored",
      "listing, an entry",
      "query by function and argument",
      "opening",
    ]);
    for (const measure of measures) {
      const timings = await compare(
        filled.map(({ count, calls }) => ({ name: `fleche: ${kind}, ${count} entries`, call: calls[measure] })),
        measure === "listing, an entry" ? { rounds: 3, roundMs: 1, warmMs: 1 } : {},
      );
      if (measure === "listing, an entry")
        for (const [i, timing] of timings.entries()) perEntry(timing, counts[i] ?? 1);
      groups.push({ group: `${measure}, ${kind}`, timings, reference: `fleche: ${kind}, ${least} entries` });
    }
    const { cache, count } = filled[filled.length - 1] ?? filled[0] ?? never();
    groups.push({
      group: `calls of one function among ${count}, ${kind}`,
      timings: await compare(
        [
          {
            name: "a scan of all records",
            call: () =>
              cache
                .query()
                .filter((call) => call.name === "f7")
                .count(),
          },
          { name: `fleche: ${kind}, query`, call: () => cache.query({ name: "f7" }).count() },
        ],
        { rounds: 3, roundMs: 1, warmMs: 1 },
      ),
      reference: "a scan of all records",
    });
    groups.push({
      group: `gc, an entry, ${kind}`,
      unit: "µs",
      timings: filled.map((each) => once(`fleche: ${kind}, ${each.count} entries`, () => gc(each.cache), each.count)),
    });
    groups.push({
      group: `on disk, an entry, ${kind}`,
      unit: "B",
      timings: filled.map((each) => alone(`fleche: ${kind}, ${each.count} entries`, each.bytes / each.count)),
    });
  }
  return groups;
}

/** @param {"sqlite" | "file"} kind @param {string} directory @param {number} count */
function fill(kind, directory, count) {
  let cache = openSubject(kind, directory);
  const wrap = () => Array.from({ length: FUNCTIONS }, (_, f) => fleche(cube, { cache, name: `f${f}` }));
  let functions = wrap();
  const nth = (/** @type {number} */ f) => functions[f % FUNCTIONS] ?? never();
  // A whole number and its cube; every function is asked for the same ones, so arguments are shared as they are in life.
  for (let i = 0; i < count; i++) nth(i)(Math.floor(i / FUNCTIONS));
  // Closed, so that SQLite's log is copied back and its size is not counted twice.
  cache.close();
  const bytes = bytesIn(directory);
  cache = openSubject(kind, directory);
  functions = wrap();
  const each = Math.floor(count / FUNCTIONS);
  const other = openSubject(kind, directory);
  const unstored = fleche(cube, { cache: other, name: "unstored" });
  return {
    count,
    cache,
    bytes,
    calls: {
      hit: (/** @type {number} */ i) => nth(i)((i * 7919) % each),
      "miss, nothing stored": (/** @type {number} */ i) => unstored.contains(i),
      "listing, an entry": () => {
        let names = 0;
        for (const _ of cache.listRecords()) names++;
        if (names !== count) throw new Error(`${names} of ${count} are listed`);
      },
      "query by function and argument": (/** @type {number} */ i) =>
        nth(i)
          .query({ x: (i * 31) % each })
          .count(),
      opening: () => {
        const opened = openSubject(kind, directory);
        opened.contains("0".repeat(64));
        opened.close();
      },
    },
  };
}

function cube(/** @type {number} */ x) {
  return { x, cube: x ** 3 };
}

/** @param {import("../harness.mjs").Timing} timing @param {number} count */
function perEntry(timing, count) {
  timing.p50 /= count;
  timing.p99 /= count;
}

/** What can be done once only. @param {string} name @param {() => unknown} act @param {number} count */
function once(name, act, count) {
  const start = performance.now();
  act();
  return alone(name, ((performance.now() - start) * 1000) / count);
}

/** @param {string} name @param {number} number @returns {import("../harness.mjs").Timing} */
function alone(name, number) {
  return { name, p50: number, p99: number, samples: 1 };
}

/** Bytes that the files take, in whole blocks. @param {string} directory */
function bytesIn(directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).blocks * 512, 0);
}

/** @returns {never} */
function never() {
  throw new Error("missing");
}
