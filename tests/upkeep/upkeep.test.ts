/** Upkeep but gc: verify, prune, stats, transfer, redigest, and what they are made of. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { readOnly } from "../../src/caches/read-only.ts";
import { stack } from "../../src/caches/stack.ts";
import { ConfigError, StoreError } from "../../src/errors.ts";
import { fleche } from "../../src/fleche.ts";
import { runSync } from "../../src/flow.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { SyncStore } from "../../src/store/store.ts";
import { callsOf } from "../../src/upkeep/calls-of.ts";
import { digestSet } from "../../src/upkeep/digest-set.ts";
import { prune } from "../../src/upkeep/prune.ts";
import { redigest } from "../../src/upkeep/redigest.ts";
import { stats } from "../../src/upkeep/stats.ts";
import { type VerifyProgress, verify } from "../../src/upkeep/verify.ts";
import { counted, countedLater, files, KEY, opened, openedLater } from "../caches/kit.ts";

const recordsOf = (store: SyncStore): number => [...store.records.list()].length;
const valuesOf = (store: SyncStore): number => [...store.blobs.list()].length;
const damage = (shelf: SyncStore["blobs"] | SyncStore["records"], name: string): void => {
  const bytes = shelf.get(name) as Uint8Array;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  shelf.put(name, bytes, {} as never);
};

describe("verify", () => {
  test("knows its options", () => {
    expect(() => verify(opened(), { content: true } as never)).toThrow(/contents/);
  });
  test.each([
    ["memory", memoryStore],
    ["files", files],
  ])("finds nothing wrong in a sound cache, on %s", (_, make) => {
    const cache = opened(make(), { keys: KEY });
    const { fn } = counted(cache);
    for (const x of [1, 2]) fn(x);
    const found = verify(cache, { contents: true });
    expect(found).toMatchObject({ ok: true, counts: {}, bad: [] });
    expect(found.steps.map(({ step, done, bad }) => [step, done, bad])).toEqual([
      ["records", 2, 0],
      ["values", 4, 0],
      ["parts", 0, 0],
      ["contents", 4, 0],
    ]);
  });
  test("names each bad entry with its reason, in its step", () => {
    const store = memoryStore();
    const cache = opened(store, { keys: KEY });
    const { fn } = counted(cache);
    for (const x of [1, 2, 3, 4]) fn(x);
    const result = (x: number): string => cache.loadRecord(fn.digest(x)).result;
    const [one, two, three] = [1, 2, 3].map(result) as [string, string, string];
    damage(store.blobs, one);
    store.blobs.delete(two);
    damage(store.records, fn.digest(4));
    counted(opened(store, { keys: "abcd".repeat(16) })).fn(9);
    const found = verify(cache);
    expect(found.ok).toBe(false);
    expect(found.counts).toEqual({ "body-mismatch": 2, "unknown-key": 3, absent: 1 });
    expect(found.bad).toContainEqual({ kind: "value", entry: two, reason: "absent", namedBy: fn.digest(2) });
    expect(found.bad).toContainEqual(expect.objectContaining({ kind: "value", entry: one, reason: "body-mismatch" }));
    expect(found.bad.find(({ reason }) => reason === "unknown-key")?.keyId).toMatch(/^k1:/);
    expect(found.bad.some(({ entry }) => entry === three)).toBe(false);
    expect(verify(cache, { most: 1 }).bad.length).toBe(1);
  });
  test("contents: a value stored under another's digest is found, whoever signed it", () => {
    const store = memoryStore();
    const cache = opened(store, { keys: KEY });
    const victim = cache.save("right");
    cache.evict(victim);
    const inner = memoryStore();
    const forged = forge(inner, String(victim), "wrong");
    store.blobs.put(String(victim), forged);
    expect(verify(cache).ok).toBe(true);
    expect(verify(cache, { contents: true }).bad).toEqual([
      expect.objectContaining({ entry: String(victim), reason: "content-mismatch" }),
    ]);
  });
  test("a part that is missing is told with what names it", () => {
    const store = memoryStore();
    const cache = opened(store);
    const digest = String(cache.save({ big: Buffer.alloc(100_000, 7), n: 1 }));
    const part = [...store.blobs.list()].find((name) => name !== digest) as string;
    store.blobs.delete(part);
    expect(verify(cache).bad).toEqual([{ kind: "value", entry: part, reason: "absent", namedBy: digest }]);
  });
  test("reports progress at the end of every step", () => {
    const cache = opened();
    counted(cache).fn(3);
    const seen: VerifyProgress[] = [];
    const { steps } = verify(cache, { onProgress: (progress) => void seen.push(progress) });
    expect(seen).toEqual(steps);
    expect(seen.every(({ finished, durationMs }) => finished && durationMs >= 0)).toBe(true);
  });
  test("a result in another layer of a stack is there", async () => {
    const [near, far] = [opened(), opened()];
    const { fn } = counted(near);
    fn(3);
    const { result } = near.loadRecord(fn.digest(3));
    far.save(9.5);
    near.evict(result);
    expect(verify(near).ok).toBe(false);
    expect(verify(stack([near, far])).ok).toBe(true);
    const later = openedLater();
    await countedLater(later).fn(3);
    expect((await verify(later, { contents: true })).ok).toBe(true);
  });
});

/** The entry that a trusted writer makes of a wrong value: sealed in order, under a name that is not its own. */
function forge(store: SyncStore, digest: string, value: unknown, more = { keys: KEY as string | null }): Uint8Array {
  const cache = opened(store, more);
  const calls = callsOf("test", cache);
  runSync(calls.saveValue(calls.encode(digest, value)));
  return store.blobs.get(digest) as Uint8Array;
}

describe("prune", () => {
  test("by count: the least recently used go, with what only they named", () => {
    const store = memoryStore();
    const cache = opened(store);
    const { fn } = counted(cache);
    for (let x = 0; x < 10; x++) {
      fn(x);
      store.records.noteUse?.(fn.digest(x), Date.now() - 1000 * (10 - x));
    }
    store.records.noteUse?.(fn.digest(0), Date.now());
    const dry = prune(cache, { maxCount: 3, dryRun: true });
    expect(recordsOf(store)).toBe(10);
    expect(prune(cache, { maxCount: 3 })).toEqual(dry);
    expect(dry).toMatchObject({ removedRecords: 7, records: 3 });
    expect([recordsOf(store), valuesOf(store)]).toEqual([3, 6]);
    expect([0, 8, 9].map((x) => fn.contains(x))).toEqual([true, true, true]);
  });
  test("by bytes: what is left is within, and counted as stats do", () => {
    const store = files();
    const cache = opened(store);
    const { fn } = counted(cache);
    for (let x = 0; x < 10; x++) fn(x);
    const { bytes } = prune(cache, { maxBytes: 4000 });
    const { records, values } = stats(cache);
    expect(records.bytes + values.bytes).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(4000);
    expect(records.count).toBeGreaterThan(1);
  });
  test("by age", () => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
    try {
      const cache = opened();
      const { fn } = counted(cache);
      fn(1);
      vi.setSystemTime(1_700_000_000_000 + 3_600_000);
      fn(2);
      expect(prune(cache, { maxAge: "30m" })).toMatchObject({ removedRecords: 1, removedValues: 2, records: 1 });
      expect([fn.contains(1), fn.contains(2)]).toEqual([false, true]);
    } finally {
      vi.useRealTimers();
    }
  });
  test("shared values stay while a call names them", () => {
    const store = memoryStore();
    const cache = opened(store);
    const pick = fleche((list: number[], i: number) => list[i] ?? -1, { cache, name: "pick", version: 1 });
    for (const i of [0, 1, 2]) pick([7, 8, 9], i);
    prune(cache, { maxCount: 1 });
    const [key] = store.records.list();
    const { arguments: named } = cache.loadRecord(key as string);
    expect(named.map(([, digest]) => cache.contains(digest))).toEqual([true, true]);
  });
  test("refuses while records cannot be verified", () => {
    const store = memoryStore();
    counted(opened(store, { keys: "abcd".repeat(16) })).fn(3);
    const ours = opened(store, { keys: KEY });
    expect(() => prune(ours, { maxCount: 1 })).toThrow(ConfigError);
    expect(prune(ours, { maxCount: 0, unverified: true })).toMatchObject({ removedRecords: 0 });
    expect(recordsOf(store)).toBe(1);
  });
  test("stops at a record that cannot be read, whatever it was told: others may name the same values", () => {
    let broken = "";
    const inner = memoryStore();
    const store: SyncStore = {
      ...inner,
      records: {
        ...inner.records,
        get(name, admit) {
          if (name === broken) throw new StoreError("the disk is on fire", "io-error");
          return inner.records.get(name, admit);
        },
      },
    };
    const cache = opened(store, { keys: KEY });
    const [one, two] = ["one", "two"].map((name) => counted(cache, name).fn);
    for (const fn of [one, two]) fn?.(3);
    broken = one?.digest(3) ?? "";
    expect(() => prune(cache, { maxCount: 0, unverified: true })).toThrow(StoreError);
    expect([recordsOf(inner), valuesOf(inner)]).toEqual([2, 2]);
    broken = "";
    expect([one?.load(3), two?.load(3)]).toEqual([9.5, 9.5]);
  });
  test("needs a limit, options that it knows, and a cache that can be written", () => {
    expect(() => prune(opened(), {})).toThrow(/give a limit/);
    expect(() => prune(opened(), { maxCount: 1, dryrun: true } as never)).toThrow(/dryRun/);
    expect(() => prune(readOnly(opened()), { maxCount: 1 })).toThrow(/read-only/);
  });
});

test("stats: entries and bytes from headers, hits and time saved", async () => {
  const store = memoryStore();
  const cache = opened(store, { keys: KEY });
  const slow = fleche(
    (x: number) => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return x + 0.5;
    },
    { cache, name: "slow", version: 1 },
  );
  slow(1);
  slow(1);
  slow(1);
  store.blobs.put("0".repeat(64), new Uint8Array(10));
  const found = stats(cache);
  expect(found).toMatchObject({ hits: 2, misses: { absent: 1 }, records: { count: 1, refused: 0 } });
  expect(found.values).toMatchObject({ count: 2, refused: 1 });
  expect(found.savedMs).toBeGreaterThan(9);
  const sizes = [...store.blobs.list()].map((name) => store.blobs.get(name)?.length ?? 0);
  expect(found.values.bytes).toBe(sizes.reduce((sum, size) => sum + size, -10));
  const later = openedLater();
  await countedLater(later).fn(1);
  expect((await stats(later)).records.count).toBe(1);
});

describe("redigest", () => {
  test("a call copied is a hit in the other scheme, parents and rest arguments included", () => {
    const from = opened();
    const to = opened(memoryStore(), { numbers: "python" });
    let runs = 0;
    const make = (cache: typeof from) => {
      const add = (...xs: number[]): number => {
        runs++;
        return xs.reduce((sum, x) => sum + x, 0.25);
      };
      const inner = fleche(add, { cache, name: "inner", version: 1 });
      return { inner, outer: fleche((x: number) => inner(x, x, 0.5), { cache, name: "outer", version: 1 }) };
    };
    const old = make(from);
    expect(old.outer(1.5)).toBe(3.75);
    expect(redigest(from, to)).toEqual({ copied: 2, refused: {} });
    const now = make(to);
    expect([now.outer(1.5), now.inner(1.5, 1.5, 0.5), runs]).toEqual([3.75, 3.75, 1]);
    expect(to.loadRecord(now.inner.digest(1.5, 1.5, 0.5)).parent).toBe(now.outer.digest(1.5));
    expect(now.outer.digest(1.5)).not.toBe(old.outer.digest(1.5));
  });
  test("a call whose arguments are not stored stays behind", () => {
    const from = opened();
    const { fn } = counted(from);
    fn.with({ storeArguments: false })(7);
    const to = opened(memoryStore(), { numbers: "python" });
    expect(redigest(from, to)).toEqual({ copied: 0, refused: { absent: 1 } });
    expect(() => redigest(from, opened())).toThrow(/use transfer/);
    expect(() => redigest(from, readOnly(to))).toThrow(/read-only/);
  });
});

test("a set of digests holds what was added, as a plain Set does", () => {
  const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
  fc.assert(
    fc.property(fc.array(hex, { maxLength: 3000 }), fc.array(hex), (added, others) => {
      const [set, plain] = [digestSet(), new Set<string>()];
      for (const digest of [...added, ...added.slice(0, 10), "0".repeat(64)]) {
        expect(set.add(digest)).toBe(!plain.has(digest));
        plain.add(digest);
      }
      expect(set.size).toBe(plain.size);
      for (const digest of [...added, ...others]) expect(set.has(digest)).toBe(plain.has(digest));
    }),
    { numRuns: 20 },
  );
});
