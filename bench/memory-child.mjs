// @ts-check
// One job of figures/memory.mjs in a process of its own; prints the most memory that it held, in KiB.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fleche } from "../dist/index.js";
import { openSubject } from "./subject.mjs";

const [job = "", folder = "", run = "0"] = process.argv.slice(2);
const [kind, what] = job.split(" ");
mkdirSync(folder, { recursive: true });
if (what !== undefined) {
  const cache = openSubject(kind === "file" ? "file" : "sqlite", join(folder, `${kind}`));
  const make = fleche((/** @type {number} */ i) => new Float64Array(1 << 23).fill(i + 0.5), {
    cache,
    name: "make",
    version: 1,
  });
  // A hit is of what the miss of the same round has stored.
  if (make.contains(Number(run)) !== (what === "hit")) throw new Error(`not a ${what}`);
  if (make(Number(run))[5] !== Number(run) + 0.5) throw new Error("another value");
} else if (job === "read") {
  const path = join(folder, "raw");
  // Written by the bare process of the same round.
  if (readFileSync(path).length !== 1 << 26) throw new Error("another file");
} else {
  // In pieces, so that this process never holds it.
  for (let i = 0; i < 64; i++)
    writeFileSync(join(folder, "raw"), Buffer.alloc(1 << 20, i), { flag: i === 0 ? "w" : "a" });
}
process.stdout.write(String(peakKib()));

/** Linux says it of this program alone; `maxRSS` begins with what the process held that started it. */
function peakKib() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
