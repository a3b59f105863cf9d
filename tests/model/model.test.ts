/** Whatever a program does, over however many processes and edits, on whatever is left of its store: no wrong answer. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageFolder, removeFolder } from "./package.ts";
import { type Outcome, programs, runProgram, SERVED_AND_REFUSED } from "./program.ts";

let home: string;
beforeAll(() => {
  home = packageFolder();
});
afterAll(() => removeFolder(home), 60_000);

test("random programs of calls, edits, restarts, evictions, damages and forgeries never get a wrong answer", {
  timeout: 120_000,
}, async () => {
  const total: Outcome = { calls: 0, hits: 0, refused: 0, wrong: [] };
  let id = 0;
  await fc.assert(
    fc.asyncProperty(programs(4, 60), async (epochs) => {
      const outcome = await runProgram(home, epochs, String(id++));
      expect(outcome.wrong).toEqual([]);
      for (const name of ["calls", "hits", "refused"] as const) total[name] += outcome[name];
    }),
    { numRuns: 4, endOnFailure: true, examples: [[SERVED_AND_REFUSED]] },
  );
  // It was a cache that was tested: it served, and it had to refuse.
  expect(total.hits).toBeGreaterThan(11);
  expect(total.refused).toBeGreaterThan(0);
});
