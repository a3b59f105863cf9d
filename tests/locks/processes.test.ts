/** One run for all processes, seen with real ones. Sleeping is done where the other process has to be under way. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { crowd, heard, killedCrowd, program, runsIn, type Shared, saidBy } from "./crowd.ts";

/** An empty store of this kind, and a log beside it. */
function shared(kind: Shared["kind"]): Shared {
  const home = mkdtempSync(join(tmpdir(), "fleche-locks-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { kind, path: join(home, "cache"), log: join(home, "log") };
}

/** Runs for so long and says so. */
const SLOW = `
const slow = fleche((x) => { logged("slow"); say("running"); block(options.ms); return options.fails ? new WeakMap() : x * 2; },
  { cache, name: "slow", version: 1 });
const value = slow(21);
say({ value, steps, longestWaitMs });
`;

const ended = async (child: ReturnType<typeof program>) => {
  const { lines, errors } = await saidBy(child);
  return { ...(lines.at(-1) as { value: unknown; steps: Record<string, number>; longestWaitMs: number }), errors };
};

/** Somebody who runs the slow call, and then somebody who waits for it. */
async function holderAndWaiter(shared: Shared, holding: object, waiting: object) {
  const holder = program(SLOW, { ...shared, ...holding });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await heard(holder, "running");
  const waiter = program(SLOW, { ...shared, ...waiting, tell: true });
  onTestFinished(() => void waiter.kill("SIGKILL"));
  const end = ended(waiter);
  await heard(waiter, "waiting");
  return { holder, end };
}

describe.each(["file", "sqlite"] as const)("on one %s store", (kind) => {
  test("a process whose call another one runs waits, and is served", async () => {
    const store = shared(kind);
    const { end } = await holderAndWaiter(store, { ms: 1500 }, { ms: 0 });
    expect(await end).toMatchObject({ value: 42, steps: { wait: 1, served: 1 }, errors: "" });
    expect(runsIn(store.log)).toEqual(new Map([["slow", 1]]));
  }, 60_000);

  test("where that one is killed, the other takes over", async () => {
    const store = shared(kind);
    const { holder, end } = await holderAndWaiter(store, { ms: 600_000 }, { ms: 0 });
    holder.kill("SIGKILL");
    expect(await end).toMatchObject({ value: 42, steps: { wait: 1, takeover: 1, release: 1 }, errors: "" });
    expect(runsIn(store.log)).toEqual(new Map([["slow", 2]]));
  }, 60_000);

  test("where that one is stopped, the other runs after lockWaitMs and says so", async () => {
    const store = shared(kind);
    const { holder, end } = await holderAndWaiter(store, { ms: 600_000 }, { ms: 0, lockWaitMs: 1_000 });
    holder.kill("SIGSTOP");
    const { value, steps, longestWaitMs, errors } = await end;
    expect([value, steps]).toEqual([42, { wait: 1, timeout: 1 }]);
    expect(longestWaitMs).toBeGreaterThanOrEqual(1_000);
    expect(errors).toMatch(/^fleche: slow has waited 1 s \(lockWaitMs\) for process \d+ on host \S+ and runs, too\n$/);
  }, 60_000);

  test("where that one leaves no result, the other runs itself", async () => {
    const store = shared(kind);
    const { end } = await holderAndWaiter(store, { ms: 1500, fails: true }, { ms: 0 });
    expect(await end).toMatchObject({ value: 42, steps: { wait: 1 }, errors: "" });
    expect(runsIn(store.log)).toEqual(new Map([["slow", 2]]));
  }, 60_000);

  test.each([
    // Each is in its own call when it wants that of the other; or has it under way while it stops its thread.
    ["calls inside calls", "const own = () => { say('running'); meet(); return options.own + '(' + theirs() + ')'; };"],
    [
      "calls beside calls",
      "const own = async () => { say('running'); await sleep(1); meet(); theirs(); await sleep(1); return options.own; };",
    ],
  ])(
    "two processes that wait for each other both end: %s",
    async (_, own) => {
      const text = `
      import { existsSync } from "node:fs";
      const meet = () => { while (!existsSync(options.meeting)) block(5); };
      const theirs = fleche(() => options.other, { cache, name: options.other, version: 1 });
      ${own}
      const value = await fleche(own, { cache, name: options.own, version: 1 })();
      say({ value, steps });
    `;
      const store = { ...shared(kind), meeting: "" };
      store.meeting = join(store.log, "..", "meeting");
      const children = [
        program(text, { ...store, own: "x", other: "y" }),
        program(text, { ...store, own: "y", other: "x" }),
      ];
      for (const child of children) onTestFinished(() => void child.kill("SIGKILL"));
      const ends = children.map(ended);
      await Promise.all(children.map((child) => heard(child, "running")));
      writeFileSync(store.meeting, "");
      const outcomes = await Promise.all(ends);
      expect(outcomes.map(({ errors }) => errors)).toEqual(["", ""]);
      expect(outcomes.map(({ value }) => String(value)[0])).toEqual(["x", "y"]);
      expect(outcomes.map(({ steps }) => steps.unlocked ?? 0).reduce((a, b) => a + b)).toBe(1);
    },
    60_000,
  );

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
    const load = { ...shared(kind), calls: 300, distinct: 1_000, bodyMs: 20, lockWaitMs: 60_000 };
    const left = await killedCrowd(load, 4, 12, 100);
    expect(left.map(({ made }) => made)).toEqual([300, 300, 300, 300]);
    for (const { steps } of left) expect(steps.timeout ?? 0).toBe(0);
  }, 120_000);
});
