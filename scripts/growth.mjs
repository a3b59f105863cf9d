// @ts-check
// What grows with a cache and what does not: builds caches of 10^3, 10^4 … calls through the library itself, measures each
// in fresh processes, and writes docs/reference/growth.md. Readings of this machine; nothing is asserted.
// Usage: node scripts/growth.mjs [--sqlite 1e6] [--files 1e5] [--dry]; takes about an hour and 6 GB of disk for these sizes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { fileStore, fleche, gc, openCache } from "../dist/index.js";
import { sqliteStore } from "../dist/sqlite.js";

const root = dirname(import.meta.dirname);
const SECRET_KEY = "0123456789abcdef".repeat(4);

/** @typedef {"sqlite" | "files"} Kind */
/** @typedef {Record<string, number>} Reading */

/** @type {(path: string, kind: Kind) => import("../dist/index.js").Cache} */
const open = (path, kind) =>
  openCache({
    store: kind === "sqlite" ? sqliteStore({ path: join(path, "fleche.db") }) : fileStore({ root: path }),
    secretKey: SECRET_KEY,
  });

/** The function whose calls are cached: three scalars, of which the first tells every call from every other. */
const simulate = (/** @type {import("../dist/index.js").Cache} */ cache) =>
  fleche(
    (/** @type {number} */ temperature, /** @type {number} */ steps, /** @type {string} */ label) =>
      temperature * steps + label.length,
    {
      cache,
      name: "simulate",
      version: 1,
    },
  );

/** @type {(i: number) => [number, number, string]} */
const argumentsOf = (i) => [300 + i / 64, (i % 100) * 10, `run ${i % 10}`];

/** A number below `count` that jumps about. @type {(i: number, count: number) => number} */
const somewhere = (i, count) => (i * 7_368_787 + 12_345) % count;

/** @type {(numbers: readonly number[]) => number} */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return /** @type {number} */ (sorted[sorted.length >> 1]);
}

/** Milliseconds, the median of several. @type {(times: number, act: (i: number) => unknown) => number} */
function timed(times, act) {
  return median(
    Array.from({ length: times }, (_, i) => {
      const start = performance.now();
      act(i);
      return performance.now() - start;
    }),
  );
}

/** Milliseconds that the processor worked for this process: waiting for others who use it is left out. */
function worked() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor time, once, and by how many bytes the process was larger at its peak than before. @type {(act: () => void) => { ms: number, peak: number }} */
function weighed(act) {
  global.gc?.();
  const before = process.memoryUsage.rss();
  const start = worked();
  act();
  const ms = worked() - start;
  return { ms, peak: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) };
}

/**
 * A SQLite store that ends its transactions only now and then, so that a million calls are stored in minutes: the rows are
 * the same, and lie in the same order. From the sources, as the package does not let anybody replace its driver.
 * @type {(path: string) => Promise<import("../dist/index.js").SyncStore>}
 */
async function batchedStore(path) {
  const outfile = join(root, ".build", "growth-store.mjs");
  const contents = `export { sqliteStoreOn } from "./src/store/sqlite/sqlite.ts";
    export { findDriver } from "./src/store/sqlite/driver.ts";
    export { nodeFileSystem } from "./src/store/file/system.ts";`;
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  const { sqliteStoreOn, findDriver, nodeFileSystem } = await import(pathToFileURL(outfile).href);
  const driver = findDriver();
  return sqliteStoreOn(
    { driver: { open: (/** @type {string} */ of) => batched(driver.open(of)) }, files: nodeFileSystem },
    { path },
  );
}

/** @typedef {{ exec(sql: string): void, prepare(sql: string): any, close(): void }} Database */

/** @type {(database: Database) => Database} */
function batched(database) {
  let waiting = 0;
  let isOpen = false;
  const begin = () => {
    if (!isOpen) database.exec("BEGIN IMMEDIATE");
    isOpen = true;
  };
  const commit = () => {
    if (isOpen) database.exec("COMMIT");
    isOpen = false;
    waiting = 0;
  };
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      if (sql === "BEGIN IMMEDIATE") return { run: begin };
      if (sql === "COMMIT") return { run: () => ++waiting < 20_000 || commit() };
      return database.prepare(sql);
    },
    close() {
      commit();
      database.close();
    },
  };
}

/** What is measured in a process of its own. @type {Record<string, (path: string, kind: Kind, count: number) => Reading>} */
const MEASURES = {
  quick(path, kind, count) {
    const opening = timed(15, () => open(path, kind).close());
    const cache = open(path, kind);
    const call = simulate(cache);
    const hit = timed(500, (i) => call(...argumentsOf(somewhere(i, count))));
    const miss = timed(500, (i) => call.contains(-1 - i, 0, ""));
    const found = timed(kind === "sqlite" ? 101 : 3, (i) => {
      const [temperature] = argumentsOf(somewhere(i, count));
      if (call.query({ temperature }).count() !== 1) throw new Error("the query did not find the call");
    });
    cache.close();
    return { opening, hit, miss, query: found };
  },
  page(path, kind) {
    const target = kind === "sqlite" ? join(path, "fleche.db") : path;
    /** @type {(...args: string[]) => number} */
    const command = (...args) =>
      timed(5, () => {
        const all = [join(root, "dist/cli/main.js"), ...args];
        const { status, stderr } = spawnSync(process.execPath, all, {
          encoding: "utf8",
          env: { ...process.env, FLECHE_SECRET_KEY: SECRET_KEY },
          cwd: path,
        });
        if (status !== 0) throw new Error(`fleche ${args.join(" ")} failed: ${stderr}`);
      });
    const bare = command("--version");
    const first = command("ls", "--root", target) - bare;
    return { first, ...(kind === "sqlite" ? { newest: command("ls", "--newest", "--root", target) - bare } : {}) };
  },
  names(path, kind, count) {
    const cache = open(path, kind);
    const { ms, peak } = weighed(() => {
      let listed = 0;
      for (const _ of cache.listRecords()) listed++;
      if (listed !== count) throw new Error(`${listed} names were listed of ${count}`);
    });
    return { names: ms, namesPeak: peak };
  },
  calls(path, kind, count) {
    const cache = open(path, kind);
    const { ms, peak } = weighed(() => {
      let listed = 0;
      for (const _ of cache.query()) listed++;
      if (listed !== count) throw new Error(`${listed} calls were listed of ${count}`);
    });
    return { calls: ms, callsPeak: peak };
  },
  gc(path, kind, count) {
    const cache = open(path, kind);
    const { ms, peak } = weighed(() => {
      const { records, removed } = gc(cache);
      if (records !== count || removed !== 0)
        throw new Error(`gc saw ${records} records and removed ${removed} values`);
    });
    return { gc: ms, gcPeak: peak };
  },
};

/** @type {(path: string) => number} */
function bytesIn(path) {
  let bytes = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const at = join(path, entry.name);
    // What the disk gives to it, not what it holds.
    bytes += entry.isDirectory() ? bytesIn(at) : statSync(at).blocks * 512;
  }
  return bytes;
}

/** Adds calls to a cache until it holds so many, and looks at it. @type {(path: string, kind: Kind, from: number, count: number) => Promise<Reading>} */
async function grow(path, kind, from, count) {
  /** @type {(cache: import("../dist/index.js").Cache, from: number, to: number) => number} */
  const fill = (cache, from, to) => {
    const call = simulate(cache);
    const start = worked();
    for (let i = from; i < to; i++) call(...argumentsOf(i));
    const each = (worked() - start) / (to - from);
    cache.close();
    return each;
  };
  const last = count - 500;
  const store = kind === "sqlite" ? await batchedStore(join(path, "fleche.db")) : fileStore({ root: path });
  fill(openCache({ store, secretKey: SECRET_KEY }), from, last);
  const put = fill(open(path, kind), last, count);
  /** @type {Reading} */
  const reading = { put, bytes: bytesIn(path) / count };
  for (const measure of Object.keys(MEASURES)) {
    const args = ["--expose-gc", import.meta.filename, "--measure", measure, path, kind, String(count)];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${measure} of ${count} calls on ${kind} failed`);
    Object.assign(reading, JSON.parse(stdout));
  }
  console.error(`${kind} ${count}: ${JSON.stringify(reading)}`);
  return reading;
}

/** @type {(kind: Kind, most: number) => Promise<Map<number, Reading>>} */
async function readings(kind, most) {
  const path = mkdtempSync(join(tmpdir(), `fleche-growth-${kind}-`));
  /** @type {Map<number, Reading>} */
  const found = new Map();
  try {
    let from = 0;
    for (let count = 1_000; count <= most; count *= 10) {
      console.error(new Date().toISOString(), kind, count);
      found.set(count, await grow(path, kind, from, count));
      from = count;
    }
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
  return found;
}

/** What the page shows: a title, the value in its unit, what it is divided by. @type {[title: string, of: (reading: Reading, count: number) => number | undefined, unit: string][]} */
const ROWS = [
  ["a call that runs and is stored", ({ put }) => put && put * 1000, "µs"],
  ["disk, for each call", ({ bytes }) => bytes, "bytes"],
  ["opening", ({ opening }) => opening, "ms"],
  ["hit", ({ hit }) => hit && hit * 1000, "µs"],
  ["miss (`contains`)", ({ miss }) => miss && miss * 1000, "µs"],
  ["query by function and one argument", ({ query }) => query, "ms"],
  ["`fleche ls`, first page", ({ first }) => first, "ms"],
  ["`fleche ls --newest`, first page", ({ newest }) => newest, "ms"],
  ["listing names, for each call", ({ names }, count) => names && (names * 1000) / count, "µs"],
  ["… memory above idle", ({ namesPeak }) => namesPeak && namesPeak / 2 ** 20, "MiB"],
  ["a query over all calls, for each", ({ calls }, count) => calls && (calls * 1000) / count, "µs"],
  ["… memory above idle", ({ callsPeak }) => callsPeak && callsPeak / 2 ** 20, "MiB"],
  ["`gc`, for each call", ({ gc: ms }, count) => ms && (ms * 1000) / count, "µs"],
  ["… memory above idle", ({ gcPeak }) => gcPeak && gcPeak / 2 ** 20, "MiB"],
];

/** @type {(value: number) => string} */
const shown = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** @type {(found: Map<number, Reading>) => string} */
function table(found) {
  const counts = [...found.keys()];
  const powers = counts.map((count) => `10<sup>${Math.log10(count)}</sup> calls`);
  const lines = [`| | ${powers.join(" | ")} | last ÷ first |`, `|---|${counts.map(() => "---:|").join("")}---:|`];
  for (const [title, of, unit] of ROWS) {
    const values = counts.map((count) => of(/** @type {Reading} */ (found.get(count)), count));
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined) continue;
    const cells = values.map((value) => (value === undefined ? "" : `${shown(value)} ${unit}`));
    lines.push(`| ${title} | ${cells.join(" | ")} | ${first > 0 ? shown(last / first) : ""} |`);
  }
  return lines.join("\n");
}

/** @type {(sqlite: Map<number, Reading>, files: Map<number, Reading>) => string} */
function page(sqlite, files) {
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `# Growth

What becomes slower as a cache grows, and what does not. Written by \`npm run growth\`, which builds the caches through
the library: calls of a function of three scalars, its arguments stored, signed. Of what is short it is the median time of several, of
what is long the time of the processor. Read the last column: the rest depends on the machine.

${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${machine}; load ${loadavg()[0]?.toFixed(1)} at the end: others were using it too if that is over 1.

- Hit, miss, opening and a query by a rare argument do not depend on how many calls there are, beyond one level more of
  an index and what no longer fits into memory.
- \`ls --newest\` goes through the index of times, not through the records.
- Listing holds no names. Its memory grows until SQLite's page cache is full (16 MiB).
- \`gc\` takes time for each call and value, and 13 to 27 bytes of memory for each record and each value in use,
  in a table that is for a moment there twice when it grows. Names are never held.
- First pages are the time of a process less that of \`fleche --version\`.

## SQLite

${table(sqlite)}

## Files

${table(files)}

There is no index: a query opens every record. Larger caches are left out: each call is two to five files.
`;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sqlite: { type: "string", default: "1e6" },
    files: { type: "string", default: "1e5" },
    measure: { type: "string" },
    dry: { type: "boolean", default: false },
  },
});
if (options.measure !== undefined) {
  const [path, kind, count] = positionals;
  const measure = MEASURES[options.measure];
  if (measure === undefined || path === undefined) throw new Error(`no such measure: ${options.measure}`);
  console.log(JSON.stringify(measure(path, /** @type {Kind} */ (kind), Number(count))));
} else {
  const text = page(await readings("sqlite", Number(options.sqlite)), await readings("files", Number(options.files)));
  if (options.dry) console.log(text);
  else writeFileSync(join(root, "docs/reference/growth.md"), text);
}
