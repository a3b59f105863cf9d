// @ts-check
// Digests: ours beside the same rule in Python, beside ohash and object-hash (which also serialise), and where the value is
// bytes, beside SHA-256 of those bytes alone.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { digest as flecheDigest } from "../../dist/index.js";
import { compare } from "../harness.mjs";
import { startPython } from "../python.mjs";
import { argumentsOf, CALLS } from "../subject.mjs";

/** @param {import("../run.mjs").Context} context @returns {Promise<import("../run.mjs").Group[]>} */
export async function digest({ directory, notes }) {
  const { hash } = await import("ohash");
  // @ts-expect-error it has no types
  const { default: objectHash } = await import("object-hash");
  const scalars = Array.from({ length: CALLS }, (_, i) => argumentsOf(i));
  const keys = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i * 1.5]));
  // Eight values each: 10,000 in all, and as many keys.
  const nodes = Array.from({ length: 1250 }, (_, i) => ({ id: i, name: `node ${i}`, weight: i / 7, tags: ["a", "b"] }));
  const floats = Array.from({ length: 1e6 }, (_, i) => i / 3);
  const typed = Float64Array.from(floats);
  const buffer = Buffer.alloc(1 << 26);
  const typedBytes = Buffer.from(typed.buffer);
  const sha = (/** @type {Uint8Array} */ bytes) => () => createHash("sha256").update(bytes).digest("hex");
  /** @type {readonly { label: string, value?: unknown, task?: string, bytes?: Uint8Array, peers: boolean }[]} */
  const cases = [
    { label: "100-key object", value: keys, task: "100 keys", peers: true },
    { label: "10,000-node JSON", value: nodes, task: "10,000 nodes", peers: true },
    { label: "10^6 numbers in an array", value: floats, bytes: typedBytes, peers: false },
    { label: "10^6 numbers in a Float64Array", value: typed, bytes: typedBytes, peers: false },
    { label: "64 MiB Buffer", value: buffer, task: "64 MiB", bytes: buffer, peers: false },
  ];
  const groups = [];
  const python = await startPython(
    ["3 scalars", "100 keys", "10,000 nodes", "64 MiB"].map((task) => [`digest of ${task}`, task]),
    join(directory, "digest"),
  );
  notes(python.versions);
  const inPython = (/** @type {string | undefined} */ task) =>
    python.candidates.filter(({ name }) => name === task).map((found) => ({ ...found, name: PYTHON }));
  const each = (/** @type {(value: unknown) => unknown} */ one) => (/** @type {number} */ i) => {
    for (const value of scalars[i % CALLS] ?? []) one(value);
  };
  groups.push({
    group: "digest, 3 scalars",
    timings: await compare([
      { name: "fleche", call: each((value) => flecheDigest(value)) },
      { name: "ohash", call: each(hash) },
      { name: "object-hash", call: each((value) => objectHash(/** @type {never} */ (value), { algorithm: "sha256" })) },
      ...inPython("3 scalars"),
    ]),
    reference: PYTHON,
  });
  for (const { label, value, task, bytes, peers } of cases) {
    const candidates = [
      ...(bytes === undefined ? [] : [{ name: SHA, call: sha(bytes) }]),
      { name: "fleche", call: () => flecheDigest(value) },
      ...(peers ? [{ name: "ohash", call: () => hash(value) }] : []),
      ...(peers
        ? [{ name: "object-hash", call: () => objectHash(/** @type {never} */ (value), { algorithm: "sha256" }) }]
        : []),
      ...inPython(task),
    ];
    const timings = await compare(candidates, { rounds: label.includes("10^6") || bytes ? 9 : 25 });
    groups.push({ group: `digest, ${label}`, timings, reference: bytes === undefined ? PYTHON : SHA });
  }
  python.close();
  return groups;
}

const PYTHON = "the same rule in Python";
const SHA = "floor: SHA-256 alone";
