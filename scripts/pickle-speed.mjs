// @ts-check
// How long reading a pickle of 10^5 dictionaries takes, against v8.deserialize of the same value. Both in one process,
// in turns (A B A B …), so that neither gains by what the machine does meanwhile. Needs dist (npm run build).
// Usage: node scripts/pickle-speed.mjs [dictionaries]
import { deserialize, serialize } from "node:v8";
import { readPickle, writePickle } from "../dist/pickle.js";

const count = Number(process.argv[2] ?? 100_000);
const rows = Array.from({ length: count }, (_, i) => ({
  id: i,
  name: `row ${i}`,
  energy: i / 7,
  tags: ["a", "b"],
  done: i % 3 === 0,
}));
/** @type {Record<string, unknown>} */
const shapes = { "5 fields": rows, "1 field": rows.map(({ id }) => ({ id })) };

for (const [shape, value] of Object.entries(shapes)) {
  const pickle = writePickle(value);
  const v8 = serialize(value);
  /** @type {number[]} */
  const ours = [];
  /** @type {number[]} */
  const theirs = [];
  for (let round = 0; round < 12; round++) {
    ours.push(timed(() => readPickle(pickle)));
    theirs.push(timed(() => deserialize(v8)));
  }
  const [a, b] = [median(ours.slice(2)), median(theirs.slice(2))];
  console.log(
    `${count} dicts of ${shape}: pickle ${a.toFixed(1)} ms (${pickle.length} bytes), ` +
      `v8 ${b.toFixed(1)} ms (${v8.length} bytes), ratio ${(a / b).toFixed(2)}`,
  );
}

/** @param {() => unknown} act */
function timed(act) {
  const start = performance.now();
  act();
  return performance.now() - start;
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
