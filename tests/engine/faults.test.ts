/** A cache in trouble: entries that are refused, stores that fail. The function's result is always right. */
import { hash } from "node:crypto";
import { type Cache, type FlecheOptions, fleche, memoryStore, openCache, type Store, type SyncStore } from "fleche";
import { describe, expect, test } from "vitest";
import { down, faultyStore, laterStore, traceCalls, traceWarnings } from "./kit.ts";

const KEY = hash("sha256", "one key", "hex");
const OTHER_KEY = hash("sha256", "another key", "hex");
const FLAG = 40;

/** A function whose every run is seen, under a name that stays. */
function counted(cache: FlecheOptions["cache"], more: FlecheOptions = {}) {
  const runs: number[] = [];
  const f = fleche(
    (x: number) => {
      runs.push(x);
      return { double: x * 2 };
    },
    { name: "double", version: 1, ...(cache === undefined ? {} : { cache }), ...more },
  );
  return { f, runs };
}

/** Changes an entry in place. */
function alter(shelf: SyncStore["blobs"] | SyncStore["records"], name: string, change: (bytes: Buffer) => Uint8Array) {
  const bytes = Buffer.from(shelf.get(name) as Uint8Array);
  (shelf as SyncStore["blobs"]).put(name, change(bytes));
}

const flipped =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] as number) ^ 1;
    return bytes;
  };

describe("an entry that is refused", () => {
  const damages: [what: string, change: (bytes: Buffer) => Uint8Array, reason: string][] = [
    ["a changed header", flipped(FLAG), "bad-signature"],
    ["a changed tag", flipped(130), "bad-signature"],
    ["a changed body", flipped(-1), "body-mismatch"],
    ["a cut end", (bytes) => bytes.subarray(0, -1), "truncated"],
    ["something behind it", (bytes) => Buffer.concat([bytes, Buffer.from("x")]), "trailing-bytes"],
    ["other text", () => Buffer.from("hello"), "not-an-envelope"],
    ["nothing", () => Buffer.alloc(0), "truncated"],
  ];

  for (const which of ["record", "value"] as const) {
    test.each(damages)(`as a ${which} with %s: the call runs, says so and repairs it`, (_, change, reason) => {
      const store = memoryStore();
      const warnings = traceWarnings();
      const lines = traceCalls();
      const { f, runs } = counted(openCache({ store, secretKey: KEY }));
      f(1);
      const key = f.digest(1);
      const result = openCache({ store, secretKey: KEY }).loadRecord(key).result;
      alter(which === "record" ? store.records : store.blobs, which === "record" ? key : result, change);
      lines.take();
      expect(f.contains(1)).toBe(
        which === "value" &&
          reason !== "bad-signature" &&
          reason !== "not-an-envelope" &&
          reason !== "truncated" &&
          reason !== "trailing-bytes",
      );
      expect(f(1)).toEqual({ double: 2 });
      expect(f(1)).toEqual({ double: 2 });
      expect(runs).toEqual([1, 1]);
      expect(lines).toEqual([`double#1 miss ${reason}`, "double#1 run", "double#1 stored", "double#1 hit"]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^fleche: Invalid signature for cache entry\. Potential tampering or key mismatch\./);
      expect(warnings[0]).toContain(reason);
    });
  }

  test("as it was sealed by another key, or none, is a miss; by an older key of the ring a hit", () => {
    traceWarnings();
    const lines = traceCalls();
    const store = memoryStore();
    counted(openCache({ store, keys: null })).f(1);
    counted(openCache({ store, secretKey: OTHER_KEY })).f(1);
    counted(openCache({ store, secretKey: KEY })).f(1);
    counted(openCache({ store, secretKey: `${OTHER_KEY}:${KEY}` })).f(1);
    counted(openCache({ store, secretKey: KEY, namespace: "elsewhere" })).f(1);
    expect(lines.filter((line) => / (miss|hit)/.test(line))).toEqual([
      "double#1 miss absent",
      "double#1 miss unsigned",
      "double#1 miss unknown-key",
      "double#1 hit",
      "double#1 miss bad-signature",
    ]);
  });

  test("as another call's record was copied over it is a miss", () => {
    traceWarnings();
    const lines = traceCalls();
    const store = memoryStore();
    const cache = openCache({ store, secretKey: KEY });
    const { f } = counted(cache);
    f(1);
    f(2);
    lines.take();
    store.records.put(f.digest(1), store.records.get(f.digest(2)) as Uint8Array, {} as never);
    const [one, two] = [1, 2].map((x) => cache.loadRecord.bind(cache, f.digest(x)));
    expect(one).toThrow(expect.objectContaining({ reason: "wrong-entry" }));
    store.blobs.put(two?.().result as string, store.blobs.get(String(cache.save({ double: 2 }))) as Uint8Array);
    expect([f(1), f(2)]).toEqual([{ double: 2 }, { double: 4 }]);
    expect(lines.filter((line) => line.includes("miss"))).toEqual([
      "double#1 miss wrong-entry",
      "double#2 miss wrong-entry",
    ]);
  });

  test("throws with posture strict, and so do the helpers; the function is not run", () => {
    traceWarnings();
    for (const which of ["records", "blobs"] as const) {
      const store = memoryStore();
      const cache = openCache({ store, secretKey: KEY, posture: "strict" });
      const { f, runs } = counted(cache);
      f(1);
      const name = which === "records" ? f.digest(1) : cache.loadRecord(f.digest(1)).result;
      alter(store[which], name, flipped(FLAG));
      const refused = expect.objectContaining({ name: "SignatureError", reason: "bad-signature" });
      expect(() => f(1)).toThrow(refused);
      expect(() => f.load(1)).toThrow(refused);
      expect(() => f.contains(1)).toThrow(refused);
      expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: "bad-signature" });
      expect(runs).toEqual([1]);
      // Running again is asked for by name, and so is forgetting.
      expect(f.rerun(1)).toEqual({ double: 2 });
      expect(f(1)).toEqual({ double: 2 });
      expect(f.evict(1)).toBe(true);
      expect(f(1)).toEqual({ double: 2 });
    }
  });

  test("with posture strict rejects where the function answers with promises", async () => {
    traceWarnings();
    const store = memoryStore();
    const cache = openCache({ store: laterStore(store), secretKey: KEY, posture: "strict" });
    const f = fleche(async (x: number) => x, { name: "f", cache });
    await f(1);
    alter(store.records, f.digest(1), flipped(FLAG));
    await expect(f(1)).rejects.toMatchObject({ reason: "bad-signature" });
    await expect(f.contains(1)).rejects.toMatchObject({ reason: "bad-signature" });
  });

  test("with posture strict is a miss like any other where the store is in trouble", () => {
    const warnings = traceWarnings();
    const failing = faultyStore(() => {
      throw down();
    });
    const { f } = counted(openCache({ store: failing, secretKey: KEY, posture: "strict" }));
    expect(f(1)).toEqual({ double: 2 });
    expect(warnings).toEqual([expect.stringContaining("on fire")]);
  });
});

describe("a store that fails", () => {
  /** A call and one inside it, from nothing, then again: what they give, and what they say. */
  function twice(store: Store, memory: SyncStore): string[] {
    const warnings = traceWarnings();
    const cache = openCache({ store, secretKey: KEY }) as Cache;
    const inner = fleche((x: number) => ({ next: x + 1 }), { name: "inner", cache });
    const outer = fleche((row: number[]) => row.map((x) => inner(x)), { name: "outer", cache });
    for (let i = 0; i < 2; i++) expect(outer([1, 2])).toEqual([{ next: 2 }, { next: 3 }]);
    // Whatever was left behind is whole: a healthy store serves it or not, but never anything else.
    const healthy = openCache({ store: memory, secretKey: KEY });
    const [again, within] = [outer.with({ cache: healthy }), inner.with({ cache: healthy })];
    expect(again([1, 2])).toEqual([{ next: 2 }, { next: 3 }]);
    expect([within(1), within(2)]).toEqual([{ next: 2 }, { next: 3 }]);
    return warnings;
  }

  test("at its n-th operation, for every n: the result is right, one warning, nothing half-written is served", () => {
    let operations = 0;
    const counting = memoryStore();
    twice(
      faultyStore(() => void operations++, counting),
      counting,
    );
    expect(operations).toBeGreaterThan(15);
    for (let n = 1; n <= operations; n++) {
      let i = 0;
      const memory = memoryStore();
      const store = faultyStore(() => {
        if (++i === n) throw down();
      }, memory);
      const warnings = twice(store, memory);
      // None where it failed while it looked whether a value is there already: then it is written all the same.
      expect(warnings.filter((line) => line.includes("on fire")).length).toBeLessThanOrEqual(1);
    }
  });

  test("from its n-th operation on, for every n", () => {
    for (let n = 1; n <= 30; n++) {
      let i = 0;
      const memory = memoryStore();
      const store = faultyStore(() => {
        if (++i >= n) throw down();
      }, memory);
      const warnings = twice(store, memory);
      expect(warnings.length, warnings.join()).toBeLessThanOrEqual(1);
    }
  });

  test.each(["get", "put", "has", "delete", "list", "find"])("whenever it is asked to %s: calls go on", (operation) => {
    traceWarnings();
    for (const shelf of ["blobs", "records"]) {
      const memory = memoryStore();
      const store = faultyStore((asked) => {
        if (asked === `${shelf}.${operation}`) throw down();
      }, memory);
      twice(store, memory);
    }
  });

  test.each([new Error("no"), new TypeError("no"), "a text", undefined, null])(
    "by throwing %s: calls go on",
    (problem) => {
      traceWarnings();
      const store = faultyStore(() => {
        throw problem;
      });
      const { f, runs } = counted(openCache({ store, keys: null }));
      expect([f(1), f(1)]).toEqual([{ double: 2 }, { double: 2 }]);
      expect(runs).toEqual([1, 1]);
    },
  );

  test("does not hide the function's own error", () => {
    traceWarnings();
    const error = new Error("mine");
    const store = faultyStore(() => {
      throw down();
    });
    const f = fleche(
      (): number => {
        throw error;
      },
      { name: "f", version: 1, cache: openCache({ store, keys: null }) },
    );
    expect(f).toThrow(error);
  });

  test("is told of by helpers, which are about the store: trouble is no absence", () => {
    traceWarnings();
    let broken = false;
    const store = faultyStore(() => {
      if (broken) throw down();
    });
    const { f } = counted(openCache({ store, keys: null }));
    f(1);
    broken = true;
    const failure = expect.objectContaining({ name: "StoreError", reason: "io-error" });
    expect(() => f.load(1)).toThrow(failure);
    expect(() => f.contains(1)).toThrow(failure);
    expect(() => f.evict(1)).toThrow(failure);
    expect(f.explain(1)).toMatchObject({ outcome: "miss", reason: "io-error" });
    expect(f.rerun(1)).toEqual({ double: 2 });
  });

  test("later, at its n-th operation, for every n: the same holds", async () => {
    const run = async (before: () => void, memory: SyncStore): Promise<string[]> => {
      const warnings = traceWarnings();
      const cache = openCache({ store: laterStore(memory, before), secretKey: KEY });
      const inner = fleche(async (x: number) => ({ next: x + 1 }), { name: "inner", cache });
      const outer = fleche(async (row: number[]) => Promise.all([...row, 1].map((x) => inner(x))), {
        name: "outer",
        cache,
      });
      const expected = [{ next: 2 }, { next: 3 }, { next: 2 }];
      expect(await Promise.all([outer([1, 2]), outer([1, 2])])).toEqual([expected, expected]);
      expect(await outer([1, 2])).toEqual(expected);
      const healthy = openCache({ store: laterStore(memory), secretKey: KEY });
      expect(await outer.with({ cache: healthy })([1, 2])).toEqual(expected);
      return warnings;
    };
    let operations = 0;
    await run(() => void operations++, memoryStore());
    expect(operations).toBeGreaterThan(15);
    for (let n = 1; n <= operations; n++) {
      let i = 0;
      const warnings = await run(() => {
        if (++i === n) throw down();
      }, memoryStore());
      expect(warnings.length).toBeLessThanOrEqual(1);
    }
    for (let n = 1; n <= operations; n++) {
      let i = 0;
      const warnings = await run(() => {
        if (++i >= n) throw down();
      }, memoryStore());
      expect(warnings.length, warnings.join()).toBeLessThanOrEqual(1);
    }
  });

  test("by answering at once where it says that it answers later: calls go on", async () => {
    const memory = memoryStore();
    const prompt = { ...memory, sync: false };
    const g = fleche(async (x: number) => x, { name: "g", cache: openCache({ store: prompt, keys: null }) });
    expect([await g(1), await g(1)]).toEqual([1, 1]);
  });

  test("by handing out what it was given, or anything else: no wrong answer", () => {
    traceWarnings();
    for (const answer of ["text", 5, {}, [], Buffer.alloc(0), Buffer.alloc(500, 1)]) {
      const memory = memoryStore();
      const get = (() => answer) as unknown as SyncStore["blobs"]["get"];
      for (const shelf of ["blobs", "records"] as const) {
        const store = { ...memory, [shelf]: { ...memory[shelf], get } };
        const { f } = counted(openCache({ store, keys: null }));
        expect([f(1), f(1)]).toEqual([{ double: 2 }, { double: 2 }]);
      }
    }
  });
});
