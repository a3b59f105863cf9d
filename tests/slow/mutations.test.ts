/**
 * A million random mutations, of entries and of call records, signed and unsigned: the right value or a miss. The seed is
 * printed; `FLECHE_TEST_SEED` gives it again. A mutation that is served wrongly is told in hex, to be kept as a fixture
 * in tests/attack/fixtures.
 */
import { test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { tryCallMutations, tryMutations } from "../../src/testing/attack/mutations.ts";

const seed = Number(process.env.FLECHE_TEST_SEED ?? Date.now() % 2 ** 31);
const MILLION = Number(process.env.FLECHE_TEST_MUTATIONS ?? 1_000_000);
const PATIENCE = 1_200_000;

console.info(`seed ${seed}`);

// In ten parts: the generator makes each from a seed of its own.
const parts = Array.from({ length: 10 }, (_, i) => [seed + i, Math.ceil(MILLION / 10)] as const);

test(
  `no signed entry of ${MILLION} random mutations is served, and none is decoded`,
  async () => {
    for (const [part, count] of parts) await tryMutations(memoryStore(), count, part);
  },
  PATIENCE,
);

test(
  `without keys, no entry of ${MILLION} random mutations gives another value`,
  async () => {
    for (const [part, count] of parts) await tryMutations(memoryStore(), count, part, { keys: null });
  },
  PATIENCE,
);

test(
  `no call gives another result for ${MILLION / 10} random mutations of its record or its value`,
  async () => {
    for (const [part, count] of parts) await tryCallMutations(memoryStore(), Math.ceil(count / 10), part);
  },
  PATIENCE,
);
