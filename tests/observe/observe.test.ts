import { spawnSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { digest } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import type { StoreEvent } from "../../src/observe/channels.ts";
import { REASONS, reasonClass } from "../../src/observe/reason.ts";
import { startReporter } from "../../src/observe/reporter.ts";
import { startTally } from "../../src/observe/tally.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";
import { watchedStore } from "../vault/storages.ts";

const K1 = "0123456789abcdef".repeat(4);
const K2 = "fedcba9876543210".repeat(4);

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the reasons", () => {
  test("are a closed list, each of one class, and only absence is told to nobody", () => {
    expect(REASONS).toHaveLength(23);
    expect(REASONS.filter((reason) => reasonClass(reason) === "absence")).toEqual(["absent", "expired"]);
    expect(REASONS.filter((reason) => reasonClass(reason) === "damage")).toEqual([
      "decompress-failed",
      "decode-failed",
      "content-mismatch",
    ]);
    expect(REASONS.filter((reason) => reasonClass(reason) === "store")).toEqual(["io-error"]);
  });
});

describe("the reporter", () => {
  const started = (): { lines: string[]; clock: { now: number }; warn: (kind: string, text: string) => void } => {
    const lines: string[] = [];
    const clock = { now: 1_000_000 };
    const reporter = startReporter({ print: (line) => lines.push(line), now: () => clock.now });
    return { lines, clock, warn: reporter.warn };
  };

  test("prints one line of a kind a minute, and says then how many it kept back", () => {
    const { lines, clock, warn: tell } = started();
    for (let i = 0; i < 5; i++) tell("a", `first ${i}`);
    tell("b", "other");
    clock.now += 59_999;
    tell("a", "still quiet");
    clock.now += 1;
    tell("a", "again");
    clock.now += 60_000;
    tell("a", "and again");
    expect(lines).toEqual([
      "fleche: first 0",
      "fleche: other",
      "fleche: again (and 5 more of this kind since)",
      "fleche: and again",
    ]);
  });

  test("is not silenced by a clock that is set back or jumps ahead", () => {
    const { lines, clock, warn: tell } = started();
    tell("a", "one");
    clock.now -= 10 * 365 * 86_400_000;
    tell("a", "two");
    clock.now += 30_000;
    tell("a", "quiet");
    clock.now += 20 * 365 * 86_400_000;
    tell("a", "three");
    clock.now = Number.NaN;
    tell("a", "four");
    tell("a", "five");
    expect(lines.slice(0, 3)).toEqual(["fleche: one", "fleche: two", "fleche: three (and 1 more of this kind since)"]);
  });

  test("of a million bad reads in ten minutes prints ten lines, and the counts are exact", () => {
    const { lines, clock, warn: tell } = started();
    for (let i = 0; i < 1_000_000; i++) {
      clock.now = 1_000_000 + Math.floor(i * 0.6);
      tell("bad-signature", "refused");
    }
    expect(lines).toHaveLength(10);
    const held = lines.slice(1).map((line) => Number(/and (\d+) more/.exec(line)?.[1]));
    expect(held.every((count) => count === 99_999)).toBe(true);
  });
});

test("a storage counts every bad read and prints one line for each reason", () => {
  vi.useFakeTimers({ now: 5_000_000 });
  const store = watchedStore();
  const saved = valueStorage({ store, secretKey: K2 }).save("x");
  const bare = valueStorage({ store, keys: null }).save("y");
  const storage = valueStorage({ store, secretKey: K1 });
  for (let i = 0; i < 3000; i++) {
    expect(() => storage.load(i % 3 === 0 ? bare : saved)).toThrow();
  }
  expect(() => storage.load("0".repeat(64))).toThrow();
  expect(storage.stats()).toEqual({
    hits: 0,
    unverified: 0,
    misses: { unsigned: 1000, "unknown-key": 2000, absent: 1 },
  });
  expect(warn.mock.calls.map(([line]) => String(line).match(/\((unsigned|unknown-key), entry/)?.[1])).toEqual([
    "unsigned",
    "unknown-key",
  ]);
  vi.advanceTimersByTime(60_000);
  expect(() => storage.load(saved)).toThrow();
  expect(warn.mock.lastCall?.[0]).toContain("(and 1999 more of this kind since)");
});

test("counts are handed out as copies", () => {
  const tally = startTally();
  tally.hit(true);
  const before = tally.stats();
  tally.hit(false);
  tally.miss("absent");
  tally.miss("absent");
  expect(before).toEqual({ hits: 1, unverified: 0, misses: {} });
  expect(tally.stats()).toEqual({ hits: 2, unverified: 1, misses: { absent: 2 } });
});

describe("the channel fleche:store", () => {
  const listen = (): { trace: string[]; events: StoreEvent[]; end: () => void } => {
    const trace: string[] = [];
    const events: StoreEvent[] = [];
    const hear = (message: unknown): void => {
      const event = message as StoreEvent;
      events.push(event);
      trace.push(
        [event.operation, event.outcome, event.reason ?? "", event.unverified === true ? "unverified" : ""]
          .filter(Boolean)
          .join(" "),
      );
    };
    subscribe("fleche:store", hear);
    return { trace, events, end: () => unsubscribe("fleche:store", hear) };
  };

  test("tells the life of an entry in order", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    const { trace, end } = listen();
    const saved = storage.save("x");
    storage.save("x");
    storage.save(D(digest("nothing is told of a reference")));
    storage.load(saved);
    storage.contains(saved);
    store.alter(String(saved), (bytes) => bytes.subarray(0, 165));
    expect(() => storage.load(saved)).toThrow();
    expect(storage.contains(saved)).toBe(false);
    storage.save("x");
    storage.evict(saved);
    storage.evict(saved);
    expect(() => storage.load(saved)).toThrow();
    store.down = true;
    expect(() => storage.load(saved)).toThrow();
    store.down = false;
    const reader = valueStorage({ store, keys: null });
    storage.save("y");
    reader.load(digest("y"));
    end();
    storage.save("nobody listens");
    expect(trace).toEqual([
      "save stored",
      "save kept",
      "load hit",
      "load miss truncated",
      "contains miss truncated",
      "save repaired truncated",
      "evict removed",
      "load miss absent",
      "load miss io-error",
      "save stored",
      "load hit unverified",
    ]);
  });

  test("carries texts and booleans only: nothing of ours, nothing that a listener could change", () => {
    const store = watchedStore();
    const storage = valueStorage({ store, secretKey: K1 });
    const { events, end } = listen();
    const saved = storage.save({ secret: "value" });
    storage.load(saved);
    expect(() => valueStorage({ store, secretKey: K2 }).load(saved)).toThrow();
    end();
    for (const event of events) {
      for (const field of Object.values(event)) expect(["string", "boolean", "undefined"]).toContain(typeof field);
      expect(JSON.stringify(event)).not.toMatch(/secret|0123456789abcdef01/);
    }
    expect(events.at(-1)).toMatchObject({
      entry: String(saved),
      reason: "unknown-key",
      keyId: expect.stringMatching(/^k1:/),
    });
  });
});

test("NODE_DEBUG=fleche shows every line, kept back or not, and no key", () => {
  const script = `
    import { memoryStore, valueStorage } from ${JSON.stringify(join(import.meta.dirname, "../../dist/index.js"))};
    const store = memoryStore();
    const saved = valueStorage({ store, secretKey: "${K2}" }).save("x");
    const storage = valueStorage({ store, secretKey: "${K1}" });
    for (let i = 0; i < 3; i++) try { storage.load(saved); } catch {}
  `;
  const run = (debug: string): string =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { ...process.env, NODE_DEBUG: debug },
    }).stderr;
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const quiet = run("");
  expect(count(quiet, /Invalid signature/g)).toBe(1);
  const loud = run("fleche");
  expect(count(loud, /^FLECHE \d+: unknown-key: Invalid signature/gm)).toBe(3);
  expect(loud).not.toContain("01234567");
  expect(loud).not.toContain("fedcba98");
});
