/** The model test at length: more programs, more processes, more steps. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageFolder, removeFolder } from "../model/package.ts";
import { programs, runProgram } from "../model/program.ts";

let home: string;
beforeAll(() => {
  home = packageFolder();
});
// Thousands of files.
afterAll(() => removeFolder(home), 300_000);

test("long random programs never get a wrong answer", { timeout: 1_200_000 }, async () => {
  let id = 0;
  await fc.assert(
    fc.asyncProperty(programs(8, 300), async (epochs) => {
      expect((await runProgram(home, epochs, String(id++))).wrong).toEqual([]);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});
