/**
 * A call's turn among processes, read from its events. Other processes are played: by caches that share a store and its locks,
 * each under a name of its own, or by somebody who takes and gives back locks between two looks. The clock is played, too.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import {
  type Cache,
  filtered,
  fleche,
  type HeldLock,
  type LockEvent,
  limited,
  memoryStore,
  openCache,
  pool,
  readOnly,
  refreshing,
  type SyncHeldLock,
  type SyncStore,
  type SyncTakenLock,
  stack,
} from "fleche";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { gate, laterStore, settle, traceCalls, traceWarnings } from "./kit.ts";

interface Holder {
  readonly process: string;
  readonly id: string;
  readonly inherited: boolean;
  waits: readonly string[];
}

/** A store in memory with locks; `as` is the store as a process sees it. */
function lockedStore() {
  const store = memoryStore();
  const locks = new Map<string, Holder>();
  let made = 0;
  const counts = { taken: 0, asked: 0 };
  const take = (process: string, name: string, inherited = false): Holder => {
    const holder = { process, id: `${process}${made++}`, inherited, waits: [] };
    locks.set(name, holder);
    return holder;
  };
  const as = (process: string): SyncStore => ({
    ...store,
    lock(name) {
      counts.asked++;
      const other = locks.get(name);
      if (other !== undefined) {
        const { id, inherited } = other;
        const ours = other.process === process;
        return { held: false, id, inherited, ours, holder: `process ${other.process}`, waits: () => other.waits };
      }
      counts.taken++;
      const holder = take(process, name);
      return {
        held: true,
        id: holder.id,
        inherited: false,
        noteWaits(ids) {
          holder.waits = ids;
        },
        release() {
          if (locks.get(name) === holder) locks.delete(name);
        },
      };
    },
  });
  return { store, locks, take, as, counts };
}

const open = (store: SyncStore, options: { lockWaitMs?: number } = {}): Cache =>
  openCache({ store, keys: null, ...options });

/** What happens to locks, a line for each event. */
function traceLocks(): string[] {
  const lines: string[] = [];
  const events = channel("fleche:lock") as Channel<unknown, LockEvent>;
  const heard = (message: unknown): void => {
    const { step, name, holder, waitedMs, problem } = message as LockEvent;
    const waited = waitedMs === undefined ? undefined : `after ${waitedMs} ms`;
    lines.push([name, step, holder, waited, problem].filter((part) => part !== undefined).join(" "));
  };
  events.subscribe(heard);
  onTestFinished(() => {
    events.unsubscribe(heard);
  });
  return lines;
}

/** While a synchronous call sleeps, the clock goes on and others act. */
function whileAsleep(act: (sleeps: number) => void): number[] {
  const sleeps: number[] = [];
  const spy = vi.spyOn(Atomics, "wait").mockImplementation((_array, _index, _value, ms) => {
    vi.advanceTimersByTime(ms as number);
    sleeps.push(ms as number);
    act(sleeps.length);
    return "timed-out";
  });
  onTestFinished(() => spy.mockRestore());
  return sleeps;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

/** Wakes whoever sleeps, as often as needed. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await settle();
    await vi.advanceTimersByTimeAsync(ms / 20);
  }
  await settle();
}

describe("a call that nobody else makes", () => {
  test("takes its lock after the miss and gives it back when all is stored; a hit takes none", () => {
    const { as, locks, counts } = lockedStore();
    const [calls, events] = [traceCalls(), traceLocks()];
    const cache = open(as("A"));
    const f = fleche((x: number) => x + locks.size, { name: "f", version: 1, cache });
    expect(f(1)).toBe(2);
    expect(locks.size).toBe(0);
    expect(calls.take()).toEqual(["f#1 miss absent", "f#1 run", "f#1 stored"]);
    expect(events.splice(0)).toEqual(["f acquire", "f release"]);
    expect(f(1)).toBe(2);
    expect(counts.asked).toBe(1);
    expect(events).toEqual([]);
  });

  test("gives its lock back where it throws, rejects or is not stored", async () => {
    traceWarnings();
    const { as, locks } = lockedStore();
    const cache = open(as("A"));
    const error = new Error("no");
    const thrower = fleche(
      () => {
        throw error;
      },
      { name: "thrower", version: 1, cache },
    );
    expect(thrower).toThrow(error);
    const rejecter = fleche(async () => Promise.reject(error), { name: "rejecter", version: 1, cache });
    await expect(rejecter()).rejects.toBe(error);
    fleche(() => new WeakMap(), { name: "unstorable", version: 1, cache })();
    expect(locks.size).toBe(0);
  });

  test("holds a lock for each call inside it", () => {
    const { as, locks } = lockedStore();
    const cache = open(as("A"));
    let most = 0;
    const sum: (n: number) => number = fleche(
      (n: number): number => {
        most = Math.max(most, locks.size);
        return n === 0 ? 0 : n + sum(n - 1);
      },
      { name: "sum", version: 1, cache },
    );
    expect(sum(5)).toBe(15);
    expect(most).toBe(6);
    expect(locks.size).toBe(0);
  });

  test("takes no lock with lockWaitMs: 0, nor on a store that has none", () => {
    const { as, counts, store } = lockedStore();
    const events = traceLocks();
    for (const cache of [open(as("A"), { lockWaitMs: 0 }), open(store)]) {
      fleche((x: number) => x, { name: `f${events.length}`, version: 1, cache })(1);
    }
    expect(counts.asked).toBe(0);
    expect(events).toEqual([]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "10m", null])("lockWaitMs cannot be %s", (lockWaitMs) => {
    expect(() => open(memoryStore(), { lockWaitMs: lockWaitMs as number })).toThrow(/lockWaitMs must be a number/);
  });
});

describe("a synchronous call that another process makes", () => {
  test("waits and is served what that one stored, in proportion to how long that took", () => {
    const { store, locks, take, as } = lockedStore();
    const [calls, events] = [traceCalls(), traceLocks()];
    const runs = vi.fn((x: number) => x * 2);
    const f = fleche(runs, { name: "f", version: 1, cache: open(as("A")) });
    take("B", f.digest(1));
    const sleeps = whileAsleep((i) => {
      if (i !== 20) return;
      // The other process stores it, then gives its lock back.
      f.with({ cache: open(store) })(1);
      locks.clear();
      calls.take();
    });
    expect(f(1)).toBe(2);
    expect(runs).toHaveBeenCalledTimes(1);
    expect(calls).toEqual([]);
    const total = sleeps.reduce((all, ms) => all + ms);
    expect(events).toEqual(["f wait process B", expect.stringMatching(/^f served after [\d.]+ ms$/), "f release"]);
    expect(Number.parseFloat(events[1]?.split(" ")[3] ?? "")).toBeCloseTo(total, 3);
    expect(sleeps).toHaveLength(20);
    for (const [i, ms] of sleeps.entries()) {
      const before = sleeps.slice(0, i).reduce((all, each) => all + each, 0);
      expect(ms).toBeLessThanOrEqual(Math.max(1, before / 8));
    }
    expect(f.with({}).contains(1)).toBe(true);
  });

  test("is counted as the miss that it was, and as no hit", () => {
    const { store, locks, take, as } = lockedStore();
    const cache = open(as("A"));
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache });
    take("B", f.digest(1));
    whileAsleep(() => {
      f.with({ cache: open(store) })(1);
      locks.clear();
    });
    f(1);
    expect(cache.stats()).toEqual({ hits: 0, unverified: 0, misses: { absent: 1 } });
  });

  test("runs after lockWaitMs, which is said; it does not take the lock away", () => {
    const { locks, take, as } = lockedStore();
    const [events, warnings] = [traceLocks(), traceWarnings()];
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache: open(as("A"), { lockWaitMs: 30_000 }) });
    const holder = take("B", f.digest(1));
    const sleeps = whileAsleep(() => {});
    expect(f(1)).toBe(2);
    expect(sleeps.reduce((all, ms) => all + ms)).toBeCloseTo(30_000, 3);
    expect(Math.max(...sleeps)).toBe(100);
    expect(events[0]).toBe("f wait process B");
    expect(events[1]).toMatch(/^f timeout process B after 30000(\.\d+)? ms$/);
    expect(events).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^fleche: f has waited 10 s for process B, which runs the same call; .*30 s \(lockWaitMs\)$/,
      ),
      expect.stringMatching(/^fleche: f has waited 30 s \(lockWaitMs\) for process B and runs, too$/),
    ]);
    expect(locks.get(f.digest(1))).toBe(holder);
    expect(f.contains(1)).toBe(true);
  });

  test("does not wait longer because a clock is set back or forward", () => {
    traceWarnings();
    const { take, as } = lockedStore();
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache: open(as("A"), { lockWaitMs: 5_000 }) });
    take("B", f.digest(1));
    const sleeps = whileAsleep(() => {});
    let looks = 0;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => (looks++ % 2 === 0 ? 0 : 4e12));
    onTestFinished(() => clock.mockRestore());
    expect(f(1)).toBe(2);
    expect(sleeps.reduce((all, ms) => all + ms)).toBeCloseTo(5_000, 3);
  });

  test("runs at once where the run that it waited for left nothing, whoever has the lock then", () => {
    const { locks, take, as } = lockedStore();
    const events = traceLocks();
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache: open(as("A")) });
    take("B", f.digest(1));
    const sleeps = whileAsleep((i) => {
      if (i === 3) locks.clear();
      if (i === 3) take("C", f.digest(1));
    });
    expect(f(1)).toBe(2);
    expect(sleeps).toHaveLength(3);
    expect(events[1]).toMatch(/^f unlocked after [\d.]+ ms the run that it waited for left no result$/);
  });

  test("waits on where the holder died and another has taken over", () => {
    const { store, locks, take, as } = lockedStore();
    const runs = vi.fn((x: number) => x * 2);
    const f = fleche(runs, { name: "f", version: 1, cache: open(as("A")) });
    take("B", f.digest(1));
    const sleeps = whileAsleep((i) => {
      if (i === 3) take("C", f.digest(1), true);
      if (i < 6) return;
      f.with({ cache: open(store) })(1);
      locks.clear();
    });
    expect(f(1)).toBe(2);
    expect(sleeps).toHaveLength(6);
    expect(runs).toHaveBeenCalledTimes(1);
  });

  test("does not wait for, nor hold up, a call whose last run here left no result", () => {
    traceWarnings();
    const { as, take, counts, locks } = lockedStore();
    let fails = true;
    const f = fleche((x: number) => (fails ? new WeakMap() : x), { name: "f", version: 1, cache: open(as("A")) });
    f(1);
    expect(counts.asked).toBe(1);
    take("B", f.digest(1));
    const sleeps = whileAsleep(() => {});
    f(1);
    expect(sleeps).toEqual([]);
    expect(counts.asked).toBe(1);
    fails = false;
    expect(f(1)).toBe(1);
    f.evict(1);
    locks.clear();
    f(1);
    expect(counts.asked).toBe(2);
  });

  test("takes the lock that becomes free, looks again, and runs", () => {
    const { locks, take, as } = lockedStore();
    const events = traceLocks();
    const f = fleche((x: number) => x + locks.size, { name: "f", version: 1, cache: open(as("A")) });
    take("B", f.digest(1));
    whileAsleep(() => locks.clear());
    expect(f(1)).toBe(2);
    expect(events).toEqual(["f wait process B", "f acquire after 1 ms", "f release"]);
  });

  test("finds with the lock in hand what was stored between its look and the lock", () => {
    const { store, as } = lockedStore();
    const runs = vi.fn((x: number) => x * 2);
    const other = fleche(runs, { name: "f", version: 1, cache: open(store) });
    const late = as("A");
    const cache = open({
      ...late,
      lock(name) {
        other(1);
        return (late.lock as NonNullable<SyncStore["lock"]>)(name);
      },
    });
    const events = traceLocks();
    expect(other.with({ cache })(1)).toBe(2);
    expect(runs).toHaveBeenCalledTimes(1);
    expect(events).toEqual(["f served", "f release"]);
  });

  test("does not wait for a lock that its own thread holds: nobody could give it back", async () => {
    const { as } = lockedStore();
    const events = traceLocks();
    const there = gate<number>();
    const [one, two] = [open(as("A")), open(as("A"))];
    const f = fleche((): Promise<number> => there.opened, { name: "f", version: 1, cache: one });
    const first = f();
    const sleeps = whileAsleep(() => {});
    const second = f.with({ cache: two })();
    expect(sleeps).toEqual([]);
    expect(events).toEqual(["f acquire", "f unlocked it would wait for itself"]);
    there.open(5);
    expect([await first, await second]).toEqual([5, 5]);
  });

  test("does not wait for a lock of its own thread that could not be given back", () => {
    const { take, as } = lockedStore();
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache: open(as("A")) });
    take("A", f.digest(1));
    const sleeps = whileAsleep(() => {});
    expect(f(1)).toBe(2);
    expect(sleeps).toEqual([]);
  });

  test("whose inputs change while it waits gives the lock of its old name back", () => {
    const { locks, take, as } = lockedStore();
    let factor = 1;
    const f = fleche((x: number) => x * factor, { name: "f", captures: () => ({ factor }), cache: open(as("A")) });
    const key = f.digest(2);
    take("B", key);
    whileAsleep(() => {
      factor = 10;
      locks.clear();
    });
    expect(f(2)).toBe(20);
    expect(f.digest(2)).not.toBe(key);
    expect(locks.size).toBe(0);
    expect(f.contains(2)).toBe(true);
  });

  test("is not held up by a rerun, which takes the lock only where it is free", () => {
    const { locks, take, as } = lockedStore();
    const f = fleche((x: number) => x + locks.size, { name: "f", version: 1, cache: open(as("A")) });
    expect(f.rerun(1)).toBe(2);
    take("B", f.digest(1));
    const sleeps = whileAsleep(() => {});
    expect(f.rerun(1)).toBe(2);
    expect(sleeps).toEqual([]);
    expect(locks.size).toBe(1);
  });
});

describe("an asynchronous call that another process makes", () => {
  const twoProcesses = (later = false) => {
    const shared = lockedStore();
    const openAs = (process: string) => {
      const store = shared.as(process);
      if (!later) return open(store);
      const lock = async (name: string) => store.lock?.(name) as SyncHeldLock | SyncTakenLock;
      return openCache({ store: { ...laterStore(store), lock }, keys: null });
    };
    return { ...shared, one: openAs("A"), two: openAs("B") };
  };

  test.each([false, true])(
    "waits without stopping the thread, and is served (store answers later: %s)",
    async (later) => {
      const { one, two } = twoProcesses(later);
      const events = traceLocks();
      const there = gate<{ rows: number[] }>();
      const runs = vi.fn(async (_x: number) => there.opened);
      const f = fleche(runs, { name: "f", version: 1, cache: one, async: true });
      const g = f.with({ cache: two });
      const first = f(1);
      await pass(0);
      const others = Array.from({ length: 100 }, () => g(1));
      await pass(4000);
      expect(runs).toHaveBeenCalledTimes(1);
      const made = { rows: [1] };
      there.open(made);
      expect(await first).toBe(made);
      await pass(200);
      const served = await Promise.all(others);
      for (const value of served) expect(value).toEqual(made);
      expect(new Set(served).size).toBe(100);
      expect(runs).toHaveBeenCalledTimes(1);
      expect(events.filter((line) => line === "f wait process A")).toHaveLength(1);
    },
  );

  test("is looked for by one of the calls of a process, however many wait", async () => {
    const { one, two, counts } = twoProcesses();
    const there = gate<number>();
    const f = fleche(async (_x: number) => there.opened, { name: "f", version: 1, cache: one });
    const first = f(1);
    const others = Array.from({ length: 100 }, () => f.with({ cache: two })(1));
    await pass(1000);
    expect(counts.asked).toBeLessThan(100);
    there.open(1);
    await pass(200);
    expect(await Promise.all([first, ...others])).toEqual(Array.from({ length: 101 }, () => 1));
  });

  test("runs, once in this process, where the other one fails", async () => {
    const { one, two } = twoProcesses();
    const gates = [gate<number>(), gate<number>()];
    const error = new Error("no");
    let runs = 0;
    const f = fleche(async () => gates[runs++]?.opened, { name: "f", version: 1, cache: one });
    const first = f().catch((reason: unknown) => reason);
    const others = Array.from({ length: 3 }, () => f.with({ cache: two })());
    await pass(500);
    gates[0]?.fail(error);
    expect(await first).toBe(error);
    await pass(200);
    expect(runs).toBe(2);
    gates[1]?.open(7);
    expect(await Promise.all(others)).toEqual([7, 7, 7]);
  });

  test.each([
    ["", 0],
    [", also where telling that fails at first", 3],
  ])("of two processes whose calls wait for each other, one runs, and both end soon%s", async (_, failures) => {
    const { as, locks } = lockedStore();
    const failing = (process: string): SyncStore => {
      const store = as(process);
      let left = failures;
      return {
        ...store,
        lock(name) {
          const attempt = (store.lock as NonNullable<SyncStore["lock"]>)(name);
          if (!attempt.held) return attempt;
          const noteWaits = (ids: readonly string[]): void => {
            if (ids.length > 0 && left-- > 0) throw new Error("not now");
            attempt.noteWaits(ids);
          };
          return { ...attempt, noteWaits };
        },
      };
    };
    const [one, two] = [open(failing("A")), open(failing("B"))];
    const events = traceLocks();
    const ready = gate();
    // Each starts its own call, and then wants that of the other.
    const make = (cache: typeof one) => {
      const x: (deep: boolean) => Promise<string> = fleche(
        async (deep: boolean) => {
          await ready.opened;
          return deep ? `x(${await y(false)})` : "x";
        },
        { name: "x", version: 1, cache, ignore: ["deep"] },
      );
      const y: (deep: boolean) => Promise<string> = fleche(
        async (deep: boolean) => {
          await ready.opened;
          return deep ? `y(${await x(false)})` : "y";
        },
        { name: "y", version: 1, cache, ignore: ["deep"] },
      );
      return { x, y };
    };
    const ends = [make(one).x(true), make(two).y(true)];
    await settle();
    expect(locks.size).toBe(2);
    ready.open();
    await pass(2000);
    const values = await Promise.all(ends);
    // One ran the other's call itself, the other was served.
    expect(values.filter((value) => value === "x(y)" || value === "y(x)")).toHaveLength(1);
    expect(events.filter((line) => line.includes("two processes wait for each other"))).toHaveLength(1);
    expect(locks.size).toBe(0);
  });

  test("an equal call inside a call ends", async () => {
    const { one, locks } = twoProcesses();
    const f: (depth: number) => Promise<number> = fleche(
      async (depth: number): Promise<number> => (depth === 0 ? 0 : 1 + (await f(depth - 1))),
      { name: "f", version: 1, cache: one, ignore: ["depth"] },
    );
    expect(await f(3)).toBe(3);
    expect(locks.size).toBe(0);
  });

  test("what is refreshed in the background is refreshed by one process", async () => {
    const { as, locks } = lockedStore();
    let runs = 0;
    const there = [gate(), gate(), gate()];
    const options = { name: "f", version: 1, maxAge: 100, staleWhileRevalidate: 1e6 };
    const inOne = fleche(
      async () => {
        const run = ++runs;
        await there[run - 1]?.opened;
        return run;
      },
      { ...options, cache: open(as("A")) },
    );
    const inTwo = inOne.with({ cache: open(as("B")) });
    there[0]?.open();
    expect(await inOne()).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(await Promise.all([inOne(), inTwo(), inTwo()])).toEqual([1, 1, 1]);
    await settle();
    expect(runs).toBe(2);
    there[1]?.open();
    await settle();
    expect(await inTwo()).toBe(2);
    expect(runs).toBe(2);
    expect(locks.size).toBe(0);
  });

  test("is not refreshed again by who gets the lock right after the refresh", async () => {
    const { store, as } = lockedStore();
    let runs = 0;
    const options = { name: "f", version: 1, maxAge: 100, staleWhileRevalidate: 1e6 };
    const f = fleche(async () => ++runs, { ...options, cache: open(store) });
    const elsewhere = fleche(() => ++runs, { name: "f", version: 1, cache: open(store) });
    expect(await f()).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    const late = as("A");
    const cache = open({
      ...late,
      lock(name) {
        // Another process has refreshed it since it was found stale.
        elsewhere.rerun();
        return (late.lock as NonNullable<SyncStore["lock"]>)(name);
      },
    });
    expect(await f.with({ cache })()).toBe(1);
    await settle();
    expect(runs).toBe(2);
  });
});

describe("trouble with locks is never the caller's", () => {
  test("a lock that cannot be taken: the call runs and is stored, with one warning", async () => {
    const warnings = traceWarnings();
    const events = traceLocks();
    const cache = open({
      ...memoryStore(),
      lock() {
        throw new Error("no locks here");
      },
    });
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache });
    expect([f(1), f(2), f(1)]).toEqual([2, 4, 2]);
    expect(f.contains(2)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^fleche: a call of f ran without a lock, .*no locks here$/)]);
    expect(events).toEqual(["f unlocked no locks here", "f unlocked no locks here"]);
    const later = fleche(async (x: number) => x * 2, { name: "later", version: 1, cache });
    expect(await later(1)).toBe(2);
  });

  test("a lock that cannot be given back: the value is returned and stored, with one warning", () => {
    const warnings = traceWarnings();
    const { as } = lockedStore();
    const cache = open({
      ...as("A"),
      lock: (name) => ({
        ...((as("A").lock as NonNullable<SyncStore["lock"]>)(name) as HeldLock),
        noteWaits() {},
        release() {
          throw new Error("stuck");
        },
      }),
    });
    const f = fleche((x: number) => x * 2, { name: "f", version: 1, cache });
    expect(f(1)).toBe(2);
    expect(f(1)).toBe(2);
    expect(warnings).toEqual([expect.stringMatching(/lock of a call of f could not be given back, .*stuck$/)]);
  });

  test("waits that cannot be told or read are no reason to fail", async () => {
    const { as, take, locks } = lockedStore();
    const base = as("A");
    const broken = (): never => {
      throw new Error("cannot");
    };
    const cache = open({
      ...base,
      lock(name) {
        const attempt = (base.lock as NonNullable<SyncStore["lock"]>)(name);
        return attempt.held ? { ...attempt, noteWaits: broken } : { ...attempt, waits: broken };
      },
    });
    const inner = fleche(async () => 1, { name: "inner", version: 1, cache });
    const outer = fleche(async () => 1 + (await inner()), { name: "outer", version: 1, cache });
    take("B", inner.digest());
    const call = outer();
    await pass(1000);
    locks.delete(inner.digest());
    await pass(200);
    expect(await call).toBe(2);
  });
});

describe("the kinds of caches", () => {
  const counted = () => {
    const shared = lockedStore();
    return { ...shared, cache: open(shared.as("A")) };
  };
  const call = (cache: Cache): unknown => fleche((x: number) => x * 2, { name: "f", version: 1, cache })(1);

  test("lock where a call is stored", () => {
    const near = counted();
    const far = counted();
    call(stack([readOnly(near.cache), far.cache]));
    expect([near.counts.taken, far.counts.taken]).toEqual([0, 1]);
    const [left, right] = [counted(), counted()];
    call(pool([left.cache, right.cache], { choose: () => right.cache }));
    expect([left.counts.taken, right.counts.taken]).toEqual([0, 1]);
    for (const wrap of [
      (cache: Cache) => limited(cache, { maxCount: 5 }),
      (cache: Cache) => refreshing(cache, { when: () => false }),
      (cache: Cache) => filtered(cache, () => true),
    ]) {
      const { cache, counts } = counted();
      call(wrap(cache));
      expect(counts.taken).toBe(1);
    }
  });

  test("take no lock where a call is not stored: nobody would be served", () => {
    traceWarnings();
    for (const wrap of [
      readOnly,
      (cache: Cache) => filtered(cache, () => false),
      (cache: Cache) => pool([cache], { choose: () => open(memoryStore()) }),
    ]) {
      const { cache, counts } = counted();
      expect(call(wrap(cache))).toBe(2);
      expect(counts.asked).toBe(0);
    }
  });
});
