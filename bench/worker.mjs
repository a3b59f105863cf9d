// @ts-check
// One of the processes of figures/processes.mjs: four reads, then a write, every other one over what is there. A value says
// of itself in 128 places which write made it, so that half of one and half of another is noticed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fleche } from "../dist/index.js";
import { openSubject } from "./subject.mjs";

const KEYS = 100;
const WARM_SECONDS = 5;
const [subject = "", directory = "", who = "", seconds = "1"] = process.argv.slice(2);
let written = 0;

function makeValue(/** @type {string | number} */ x) {
  return { x, marks: new Array(128).fill(`${who} ${written++}`) };
}

/** @typedef {{ read(x: number): unknown, writeNew(x: string): unknown, overwrite(x: number): unknown }} Access */

/** @type {Record<string, () => Promise<Access>>} */
const SUBJECTS = {
  sqlite: () => ours("sqlite"),
  file: () => ours("file"),
  async keyv() {
    const { Keyv } = await import("keyv");
    const { KeyvSqlite } = await import("@keyv/sqlite");
    const keyv = new Keyv({
      store: new KeyvSqlite({ uri: `sqlite://${join(directory, "keyv.db")}`, busyTimeout: 60_000 }),
    });
    keyv.on("error", failed);
    const write = (/** @type {string | number} */ x) => keyv.set(String(x), makeValue(x));
    return { read: async (x) => (await keyv.get(String(x))) ?? write(x), writeNew: write, overwrite: write };
  },
  async control() {
    const path = (/** @type {string | number} */ x) => join(directory, `${x}.json`);
    const write = (/** @type {string | number} */ x) => writeFileSync(path(x), JSON.stringify(makeValue(x)));
    const read = (/** @type {number} */ x) => {
      try {
        return JSON.parse(readFileSync(path(x), "utf8"));
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return write(x);
        torn++;
      }
    };
    return { read, writeNew: write, overwrite: write };
  },
};

/** @param {"sqlite" | "file"} kind @returns {Promise<Access>} */
async function ours(kind) {
  const make = fleche(makeValue, { cache: openSubject(kind, directory), name: "make", version: 1 });
  return { read: make, writeNew: make, overwrite: make.rerun };
}

let calls = 0;
let errors = 0;
let torn = 0;
let firstError = "";

function failed(/** @type {unknown} */ error) {
  errors++;
  firstError ||= String(error).slice(0, 200);
}

// What our calls do not throw, as nothing of the cache's may reach a caller, they say here.
console.warn = failed;
const access = await (SUBJECTS[subject] ?? (() => Promise.reject(new Error(`no subject ${subject}`))))();
// Compiling is over when it counts: a process of its own gets a quarter of a processor here.
const from = performance.now() + WARM_SECONDS * 1000;
const until = from + Number(seconds) * 1000;
for (let i = 0, warm = false; performance.now() < until; i++) {
  if (!warm && performance.now() >= from) {
    warm = true;
    calls = 0;
  }
  const x = Math.floor(Math.random() * KEYS);
  try {
    const write = i % 5 === 4;
    const value = await (!write ? access.read(x) : i % 10 === 4 ? access.writeNew(`${who} ${i}`) : access.overwrite(x));
    calls++;
    if (!write && value && value !== true && !isWhole(value, x)) torn++;
  } catch (error) {
    failed(error);
  }
}
process.send?.({ calls, errors, torn, error: firstError }, () => process.exit());

/** @param {unknown} value @param {number} x */
function isWhole(value, x) {
  const { x: of, marks } = /** @type {{ x: unknown, marks: string[] }} */ (value);
  return of === x && marks.length === 128 && marks.every((mark) => mark === marks[0]);
}
