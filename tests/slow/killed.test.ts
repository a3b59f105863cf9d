import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killWriters } from "../store/killed-writers.ts";

/** How many writers are killed. */
const KILLS = Number(process.env.FLECHE_TEST_KILLS ?? 400);

test(`of ${KILLS} writers killed in the middle none leaves a torn entry`, async () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-killed-"));
  try {
    expect(await killWriters(root, KILLS)).toMatchObject({ torn: 0, litter: 0, kills: KILLS });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 600_000);
