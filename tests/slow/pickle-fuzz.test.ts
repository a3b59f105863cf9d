import { expect, test } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { DecodeError } from "../../src/errors.ts";
import { readPickle, writePickle } from "../../src/pickle.ts";
import { MUTATIONS, mutatedPickles } from "../codec/pickle/mutations.ts";

test(`${MUTATIONS} altered pickles and random opcodes give a value or our error, nothing else`, () => {
  const seed = Number(process.env.FLECHE_TEST_SEED ?? Date.now() >>> 0);
  console.info(`seed ${seed}`);
  const before = process.memoryUsage().heapUsed;
  let [came, longest] = [0, 0];
  let i = 0;
  for (const body of mutatedPickles(seed, MUTATIONS)) {
    const start = performance.now();
    try {
      const value = readPickle(body);
      came++;
      if (i++ % 10 === 0) {
        expect(digest(value, { numbers: "python" })).toMatch(/^[0-9a-f]{64}$/);
        expect(digest(readPickle(writePickle(value)), { numbers: "python" })).toBe(
          digest(value, { numbers: "python" }),
        );
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw new Error(body.toString("hex"), { cause: error });
    }
    longest = Math.max(longest, performance.now() - start);
  }
  console.info(`${came} gave a value; the longest took ${longest.toFixed(1)} ms`);
  expect(came).toBeGreaterThan(0);
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(1 << 30);
}, 1_200_000);
