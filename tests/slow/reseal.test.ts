import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertNothingLost } from "../upkeep/reseal-assert.ts";
import { resealBesideReaders } from "../upkeep/reseal-crowd.ts";

/** How many entries are signed again. */
const ENTRIES = Number(process.env.FLECHE_TEST_ENTRIES ?? 100_000);

test.each(["file", "sqlite"] as const)(
  `${ENTRIES} entries are signed again beside eight readers, killed twice, on %s`,
  async (kind) => {
    const root = mkdtempSync(join(tmpdir(), "fleche-reseal-"));
    try {
      // A call is a record and a result; one in fifty has a part beside it.
      const calls = Math.ceil(ENTRIES / 2.02);
      const outcome = await resealBesideReaders({ kind, root, calls, kills: [300, 3000] });
      expect(outcome.entries).toBeGreaterThanOrEqual(ENTRIES - 2);
      assertNothingLost(outcome);
      const { progress, last, seconds, readers } = outcome;
      console.log(
        JSON.stringify({ kind, entries: outcome.entries, progress, resealed: last.resealed, seconds, readers }),
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  1_800_000,
);
