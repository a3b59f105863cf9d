/** One run for all processes, seen with real ones. Sleeping is done where the other process has to be under way. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { crowd, killedCrowd, runsIn, type Shared } from "./crowd.ts";

/** An empty store of this kind, and a log beside it. */
function shared(kind: Shared["kind"]): Shared {
  const home = mkdtempSync(join(tmpdir(), "fleche-locks-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { kind, path: join(home, "cache"), log: join(home, "log") };
}

describe.each(["file", "sqlite"] as const)("on one %s store", (kind) => {
  test("six processes that make equal and unequal calls run each distinct call once", async () => {
    const load = { ...shared(kind), calls: 120, distinct: 60, bodyMs: 20 };
    const members = await crowd(load, 6);
    expect(members.map(({ made }) => made)).toEqual(Array.from({ length: 6 }, () => 120));
    const runs = runsIn(load.log);
    expect([...runs].filter(([, count]) => count !== 1)).toEqual([]);
    expect(runs.size).toBeGreaterThan(100);
    // Else nobody ever met another: the test would show nothing.
    expect(members.some(({ steps }) => (steps.wait ?? 0) > 0)).toBe(true);
    expect(members.some(({ steps }) => (steps.timeout ?? 0) + (steps.unlocked ?? 0) > 0)).toBe(false);
  }, 120_000);

  test("processes killed at any moment: every answer is right, and nobody waits for the dead", async () => {
    const load = { ...shared(kind), calls: 100, distinct: 60, bodyMs: 20, lockWaitMs: 60_000 };
    const { ended, killed } = await killedCrowd(load, 4, 12, 600);
    expect(ended).toHaveLength(4);
    expect(killed).toBeGreaterThan(3);
    for (const { steps } of ended) expect(steps.timeout ?? 0).toBe(0);
  }, 120_000);
});
