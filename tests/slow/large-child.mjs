// @ts-check
// Saves and loads a typed array of so many MiB and prints by how much the peak of memory was above the idle process, as
// a multiple of the array's size: kind of store, MiB, root.
import { readFileSync } from "node:fs";
import { fileStore, memoryStore, valueStorage } from "../../dist/index.js";

const [, , kind = "file", mebibytes = "200", root = ""] = process.argv;
const size = Number(mebibytes) * 2 ** 20;

/** The most memory that the process ever had, in bytes. */
function peak() {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return line === null ? process.resourceUsage().maxRSS * 1024 : Number(line[1]) * 1024;
}

const store = kind === "file" ? fileStore({ root }) : memoryStore();
const storage = valueStorage({ store, secretKey: "0123456789abcdef".repeat(4) });
storage.load(storage.save({ warm: new Float64Array(10) }));
const idle = process.memoryUsage().rss;

/** @type {Float64Array | undefined} */
let value = new Float64Array(size / 8);
for (let i = 0; i < value.length; i += 97) value[i] = i;
const probe = value.length - 1 - ((value.length - 1) % 97);
const saved = storage.save(value);
const afterSave = peak();
// Whoever loads is seldom who saved; but the peak counts with the first array still there.
const loaded = storage.load(saved);
if (!(loaded instanceof Float64Array) || loaded.length !== value.length || loaded[probe] !== probe) {
  throw new Error("something else came back");
}
value = undefined;
const times = (/** @type {number} */ bytes) => Number(((bytes - idle) / size).toFixed(2));
process.stdout.write(JSON.stringify({ save: times(afterSave), both: times(peak()) }));
