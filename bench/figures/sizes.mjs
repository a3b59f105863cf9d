// @ts-check
// Hits and misses by the size of the value, and what SHA-256 of its bytes takes alone. Small values are objects, those
// from 256 KiB on a Float64Array.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fleche } from "../../dist/index.js";
import { compare } from "../harness.mjs";
import { openSubject } from "../subject.mjs";

const KIB = 1024;
/** @type {readonly (readonly [label: string, bytes: number])[]} */
const SIZES = [
  ["200 B", 200],
  ["4 KiB", 4 * KIB],
  ["256 KiB", 256 * KIB],
  ["16 MiB", 16 * KIB * KIB],
  ["64 MiB", 64 * KIB * KIB],
];

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function sizes({ directory }) {
  const groups = [];
  for (const [label, bytes] of SIZES) {
    const large = bytes >= KIB * KIB;
    const rounds = large ? 9 : 25;
    const folder = join(directory, "sizes", label);
    const sample = Buffer.alloc(bytes, 7);
    /** @type {import("../harness.mjs").Candidate} */
    const sha = { name: "floor: SHA-256 alone", call: () => createHash("sha256").update(sample).digest() };
    const hits = [sha];
    const misses = [sha];
    for (const kind of /** @type {const} */ (["memory", "file", "sqlite"])) {
      const cache = openSubject(kind, join(folder, kind));
      const make = fleche((/** @type {number} */ i, /** @type {number} */ size) => makeValue(i, size), {
        cache,
        name: "make",
        version: 1,
      });
      const later = fleche(async (/** @type {number} */ i, /** @type {number} */ size) => makeValue(i, size), {
        cache,
        name: "later",
        version: 1,
      });
      make(0, bytes);
      await later(0, bytes);
      hits.push({ name: `fleche: ${kind}`, call: () => make(0, bytes) });
      hits.push({ name: `fleche: ${kind}, async`, async: true, call: () => later(0, bytes) });
      // A few of these fill a disk: those of 16 MiB and more write few.
      if (kind !== "memory" || !large) misses.push({ name: `fleche: ${kind}`, call: (i) => make(i + 1, bytes) });
      if (bytes < 64 * KIB * KIB || kind === "memory") continue;
      const digest = cache.save(makeValue(0, bytes));
      const other = openSubject(kind, join(folder, kind), { secretKey: "ab".repeat(32) });
      hits.push({ name: `fleche: ${kind}, refused (another key)`, call: () => refused(other, digest) });
    }
    groups.push({
      group: `hit, ${label}`,
      timings: await compare(hits, { rounds }),
      reference: "floor: SHA-256 alone",
    });
    const few = large ? { rounds: 4, roundMs: 1, warmMs: 1 } : { rounds: 15 };
    groups.push({ group: `miss, ${label}`, timings: await compare(misses, few), reference: "floor: SHA-256 alone" });
  }
  return groups;
}

/** A value of about this size, another one for each i. @param {number} i @param {number} bytes */
function makeValue(i, bytes) {
  if (bytes >= 256 * KIB) return new Float64Array(bytes / 8).fill(i + 0.5);
  const points = Array.from({ length: bytes / 40 }, (_, at) => ({ x: at, y: i + at / 3 }));
  return { i, points };
}

/** @param {ReturnType<typeof openSubject>} cache @param {import("../../dist/index.js").Digest} digest */
function refused(cache, digest) {
  try {
    cache.load(digest);
  } catch {
    return;
  }
  throw new Error("it was served");
}
