import { test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { tryMutations } from "../../src/testing/attack/sequences.ts";

test("no signed entry of a million random mutations is served, and none is decoded", async () => {
  for (let seed = 1; seed <= 10; seed++) await tryMutations(memoryStore(), 100_000, seed);
}, 600_000);
