// Signs a store again while other processes read it, killing whoever does so again and again. Children run the built package.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cache, openCache } from "../../src/cache.ts";
import { fleche } from "../../src/fleche.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { sqliteStore } from "../../src/store/sqlite/sqlite.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { type KeyUse, keyStatus } from "../../src/upkeep/key-status.ts";
import { verify } from "../../src/upkeep/verify.ts";

const DIST = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href);

export const OLD: string = "0123456789abcdef".repeat(4);
export const NEW: string = "fedcba9876543210".repeat(4);

/** What parent and children agree on: which calls there are, and what comes of them. */
const AGREED = `
const valueOf = (x) => ({ x, half: x / 2, text: x % 50 === 0 ? "y".repeat(80_000) + x : "" });
`;

const COMMON = `
import { existsSync } from "node:fs";
import { fileStore, fleche, openCache, reseal, NotFoundError } from ${DIST("index.js")};
import { sqliteStore } from ${DIST("sqlite.js")};
const [kind, place, keys, calls, stop] = process.argv.slice(1);
const store = kind === "file" ? fileStore({ root: place }) : sqliteStore({ path: place });
const cache = openCache({ store, keys });
${AGREED}
const fn = fleche(valueOf, { cache, name: "value", module: "crowd", version: 1, storeArguments: false });
console.warn = () => {};
console.log("ready");
`;

const READER = `${COMMON}
const misses = {};
let hits = 0;
while (!existsSync(stop)) {
  for (let i = 0; i < 50; i++) {
    const x = Math.floor(Math.random() * Number(calls));
    try {
      if (JSON.stringify(fn.load(x)) !== JSON.stringify(valueOf(x))) throw new Error("wrong answer");
      hits++;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      misses[error.reason] = (misses[error.reason] ?? 0) + 1;
    }
  }
  // Some thousand reads a second of each reader, and time for others on a machine of two cores.
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log(JSON.stringify({ hits, misses }));
`;

const WRITER = `${COMMON}
let hits = 0;
while (!existsSync(stop)) {
  fn.rerun(Math.floor(Math.random() * Number(calls)));
  hits++;
  await new Promise((resolve) => setTimeout(resolve, 5));
}
console.log(JSON.stringify({ hits, misses: {} }));
`;

const RESEALER = `${COMMON}
console.log(JSON.stringify(reseal(cache, { from: ${JSON.stringify(OLD)}, to: ${JSON.stringify(NEW)} })));
`;

/** What is tried. */
export interface Trial {
  readonly kind: "file" | "sqlite";
  readonly root: string;
  readonly calls: number;
  /** After how many milliseconds each of the processes that sign is killed; then one may end. */
  readonly kills: readonly number[];
}

/** What a reader counted. */
export interface Reads {
  readonly hits: number;
  readonly misses: Readonly<Record<string, number>>;
}

/** What came of it. */
export interface Outcome {
  readonly entries: number;
  readonly readers: readonly (Reads | string)[];
  readonly writer: Reads | string;
  /** What the process that was not killed told. */
  readonly last: { readonly resealed: number; readonly already: number; readonly refused: object };
  /** How many entries were under the new key after each kill. */
  readonly progress: readonly number[];
  readonly keys: readonly KeyUse[];
  readonly bad: object;
  readonly seconds: number;
}

function open({ kind, root }: Trial): { store: SyncStore; place: string } {
  const place = join(root, kind === "file" ? "cache" : "cache.db");
  return { store: kind === "file" ? fileStore({ root: place }) : sqliteStore({ path: place }), place };
}

function fill(cache: Cache, calls: number): void {
  const make = new Function(`${AGREED}; return valueOf;`)() as (x: number) => unknown;
  // The same function as the children's by name, module and version.
  const fn = fleche((x: number) => make(x), {
    cache,
    name: "value",
    module: "crowd",
    version: 1,
    storeArguments: false,
  });
  for (let x = 0; x < calls; x++) fn(x);
}

/** Fills a store under the old key, then signs it again beside eight readers and a writer. */
export async function resealBesideReaders(trial: Trial): Promise<Outcome> {
  const { store, place } = open(trial);
  fill(openCache({ store, keys: OLD }), trial.calls);
  const under = (): readonly KeyUse[] => keyStatus(openCache({ store, keys: `${NEW}:${OLD}` })).keys;
  const entries = under().reduce((sum, { records, values, refused }) => sum + records + values + refused, 0);
  const stop = join(trial.root, "stop");
  const start = (script: string, keys: string): ChildProcess => {
    const args = ["--input-type=module", "-e", script, trial.kind, place, keys, `${trial.calls}`, stop];
    return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  };
  const [both, turned] = [`${NEW}:${OLD}`, `${OLD}:${NEW}`];
  const readers = [both, both, both, turned, turned, turned, NEW, OLD].map((keys) => start(READER, keys));
  const writer = start(WRITER, both);
  const ends = [...readers, writer].map(ended);
  await Promise.all([...readers, writer].map((child) => once(child.stdout as NodeJS.ReadableStream, "data")));
  const progress: number[] = [];
  const started = performance.now();
  for (const ms of trial.kills) {
    const child = start(RESEALER, NEW);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill("SIGKILL");
    await once(child, "close");
    progress.push(
      under().reduce((sum, { role, records, values }) => sum + (role === "signs" ? records + values : 0), 0),
    );
  }
  const last = await ended(start(RESEALER, NEW));
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  writeFileSync(stop, "");
  const counts = (await Promise.all(ends)) as (Reads | string)[];
  const after = openCache({ store, keys: NEW });
  const { keys } = keyStatus(after);
  // That the values are the right ones the readers have seen.
  const bad = verify(after).counts;
  store.close();
  if (typeof last === "string") throw new Error(last);
  return {
    ...{ entries, progress, keys, bad, seconds },
    readers: counts.slice(0, -1),
    writer: counts.at(-1) as Reads | string,
    last: last as unknown as Outcome["last"],
  };
}

/** What a process told last, or why it failed. */
async function ended(child: ChildProcess): Promise<object | string> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return code === 0 && err === "" ? JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") : `exit code ${code}: ${err}`;
}
