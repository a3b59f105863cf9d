/** Revived functions are functions like any other: they have the digests that they had, and can be cached again. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openCache } from "../../src/cache.ts";
import { closureCodec } from "../../src/closure-file.ts";
import { digestHex } from "../../src/digest/digest.ts";
import { register } from "../../src/digest/registry.ts";
import { fleche } from "../../src/fleche.ts";
import { identify } from "../../src/identity/identity.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";

const secretKey = "0123456789abcdef".repeat(4);
const naming = { ...closureCodec.naming };

/** Through a storage that computes the digest again. */
function revived<T>(value: T): T {
  const store = memoryStore();
  const storage = valueStorage({ store, codec: closureCodec, secretKey, checkContent: "always" });
  const digest = storage.save(value);
  const again = storage.load(digest) as T;
  expect(String(storage.save(again))).toBe(String(digest));
  expect(digestHex(again, naming)).toBe(String(digest));
  return again;
}

describe("a function that was revived", () => {
  const factor = 3;
  const helper = (x: number): number => x * factor;
  const triple = (x: number): number => helper(x);

  test("has the identity that it had, and so the same calls", () => {
    const again = revived(triple);
    expect(again).not.toBe(triple);
    expect(identify(again).current(0)).toEqual(identify(triple).current(0));
    const cache = openCache({ store: memoryStore(), keys: null });
    const [before, after] = [fleche(triple, { cache }), fleche(again, { cache })];
    expect(before(14)).toBe(42);
    expect(after.contains(14)).toBe(true);
    expect(after.digest(14)).toBe(before.digest(14));
  });

  test("keeps its source, name and length", () => {
    const again = revived(triple);
    expect(String(again)).toBe(String(triple));
    expect([again.name, again.length]).toEqual(["triple", 1]);
  });

  test("shares nothing with the one that was saved", () => {
    let count = 0;
    const counter = { next: () => ++count, now: () => count };
    const again = revived(counter);
    expect([again.next(), again.next(), again.now(), counter.now()]).toEqual([2 - 1, 2, 2, 0]);
  });

  test("is another one at each load", () => {
    const storage = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });
    let count = 0;
    const digest = storage.save(() => ++count);
    const [first, second] = [storage.load(digest), storage.load(digest)] as (() => number)[];
    expect([first?.(), first?.(), second?.()]).toEqual([1, 2, 1]);
  });
});

test("values are told apart by what their functions capture", () => {
  const of = (n: number) => ({ f: () => n });
  const storage = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });
  expect(String(storage.save(of(1)))).not.toBe(String(storage.save(of(2))));
  expect(String(storage.save(of(1)))).toBe(String(storage.save(of(1))));
});

describe("objects that are more than data are told apart", () => {
  class A {
    x = 1;
  }
  class B {
    x = 1;
  }
  const accessor = (n: number) => ({
    get a(): number {
      return n;
    },
  });
  const values: readonly unknown[] = [
    new A(),
    new B(),
    Object.assign(new A(), { x: 2 }),
    Object.assign(new A(), { y: 1 }),
    { x: 1 },
    accessor(1),
    accessor(2),
    { a: 1 },
    Object.defineProperty({}, "a", { value: 1 }),
    Object.defineProperty({}, "a", { value: 2 }),
    { [Symbol.iterator]: 1 },
    { [Symbol.asyncIterator]: 1 },
    { [Symbol.for("iterator")]: 1 },
    A,
    B,
  ];

  test("by their digests", () => {
    const digests = values.map((value) => digestHex(value, naming));
    expect(new Set(digests).size).toBe(values.length);
    expect(digestHex(new A(), naming)).toBe(digests[0]);
  });

  test("and come back as what they were", () => {
    for (const value of values) revived(value);
  });
});

test("data without functions has the digest that it has everywhere", () => {
  const storage = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });
  const value = { a: [1, 2n, "x"], m: new Map([[1, new Set([2])]]), d: new Date(3), e: new TypeError("no") };
  expect(String(storage.save(value))).toBe(digestHex(value));
  expect(storage.load(digestHex(value))).toEqual(value);
});

test("instances of registered classes go by their registration, with functions in what they encode", () => {
  class Job {
    run: () => number;
    constructor(run: () => number) {
      this.run = run;
    }
  }
  register(Job, { name: "closure-test.Job", encode: (job) => ({ run: job.run }), decode: ({ run }) => new Job(run) });
  const n = 5;
  const again = revived(new Job(() => n));
  expect(again).toBeInstanceOf(Job);
  expect(again.run()).toBe(5);
});

test("cached functions may return functions where the cache names the codec", () => {
  const store = memoryStore();
  const cache = openCache({ store, codec: closureCodec, secretKey });
  let runs = 0;
  class Scale {
    by: number;
    constructor(by: number) {
      this.by = by;
    }
    of(x: number): number {
      return x * this.by;
    }
  }
  const count = { get: () => runs };
  const make = fleche(
    (by: number) => {
      runs++;
      return { scale: new Scale(by), twice: (x: number) => x * by * 2 };
    },
    { cache, name: "make", captures: () => ({ Scale }), identity: "source" },
  );
  make(3);
  const again = make(3);
  expect(count.get()).toBe(1);
  expect([again.scale.of(2), again.twice(2)]).toEqual([6, 12]);
});

/** What `fixtures/make-form-1.mjs` saved. */
interface Fixture {
  even(n: number): boolean;
  long: Iterable<string> & { show(): string; half: number };
  counters: [Counter, Counter];
  accessor: { total: number };
  builtins: unknown[];
  bound(): Counter;
  table: Map<string, number>;
  method: unknown;
  data: unknown;
}
interface Counter {
  next(): number;
  now(): number;
}

test("a body of form 1 is read for ever", () => {
  const body = new Uint8Array(readFileSync(new URL("./fixtures/form-1.bin", import.meta.url)));
  const value = closureCodec.decode(body, { entry: "0".repeat(64) }) as Fixture;
  expect([value.even(4), value.even(5), value.even.name]).toEqual([true, false, "even"]);
  expect([value.long.show(), value.long.half, ...value.long, value.long.constructor.name]).toEqual([
    "42km",
    21,
    "42km",
    "Long",
  ]);
  const superclass = Object.getPrototypeOf(value.long.constructor) as { made: number; prototype: { show: unknown } };
  expect(superclass.made).toBe(0);
  const [first, second] = value.counters;
  expect([first.next(), first.next(), first.now(), second.now()]).toEqual([4, 5, 5, 3]);
  value.accessor.total = 7;
  expect(value.accessor.total).toBe(7);
  expect(value.builtins).toEqual([Math.max, process.getBuiltinModule("node:path").join, Array.prototype.map]);
  expect([value.bound.name, value.bound().now()]).toEqual(["bound counter", 3]);
  expect(value.table).toBeInstanceOf(Map);
  expect([value.table.get("a"), value.table.constructor.name]).toEqual([1, "Table"]);
  expect(value.method).toBe(superclass.prototype.show);
  expect(value.data).toEqual({ when: new Date(0), map: new Map([[1, Symbol.for("s")]]) });
});
