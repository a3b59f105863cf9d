/** One run for all processes, at full size: 16 processes, 1,000 calls each, on one store of each kind; and with kills. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { crowd, killedCrowd, runsIn, type Shared } from "../locks/crowd.ts";

function shared(kind: Shared["kind"]): Shared {
  const home = mkdtempSync(join(tmpdir(), "fleche-locks-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { kind, path: join(home, "cache"), log: join(home, "log") };
}

/** How much later than it wanted a process of many on two processors is woken. */
const SLACK_MS = 5_000;

describe.each(["file", "sqlite"] as const)("on one %s store", (kind) => {
  test("16 processes make 1,000 equal and unequal calls each: each distinct call runs once", async () => {
    const load = { ...shared(kind), calls: 1_000, distinct: 600, bodyMs: 10 };
    const members = await crowd(load, 16);
    const runs = runsIn(load.log);
    const sum = (step: string): number => members.reduce((all, { steps }) => all + (steps[step] ?? 0), 0);
    console.log(
      `${kind}: ${runs.size} distinct calls, ${[...runs.values()].reduce((a, b) => a + b)} runs, ${sum("wait")} waits`,
    );
    expect(members.map(({ made }) => made)).toEqual(Array.from({ length: 16 }, () => 1_000));
    expect([...runs].filter(([, count]) => count !== 1)).toEqual([]);
    expect(runs.size).toBeGreaterThan(1_100);
    expect(sum("wait")).toBeGreaterThan(16);
    expect(sum("timeout")).toBe(0);
  }, 600_000);

  test("with 100 random kills: never a wrong answer, no wait longer than lockWaitMs", async () => {
    const load = { ...shared(kind), calls: 1_000, distinct: 600, bodyMs: 10, lockWaitMs: 20_000 };
    const ended = await killedCrowd(load, 16, 100, 1_500);
    const runs = [...runsIn(load.log).values()];
    const longest = Math.max(...ended.map(({ longestWaitMs }) => longestWaitMs));
    const twice = runs.filter((count) => count > 1).length;
    console.log(`${kind}: ${twice} of ${runs.length} calls ran again, longest wait ${longest.toFixed()} ms`);
    expect(ended).toHaveLength(16);
    expect(longest).toBeLessThan(load.lockWaitMs + SLACK_MS);
  }, 600_000);
});
