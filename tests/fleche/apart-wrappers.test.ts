/** Cached functions that do different things though they wrap one function; functions that share what they change. */
import { closureCodec, fleche, memoryStore, methodOf, openCache, register, valueStorage } from "fleche";
import { expect, test } from "vitest";
import { traceWarnings } from "../engine/kit.ts";

const cache = openCache({ store: memoryStore(), keys: null });
const keyOf = (held: unknown): string => fleche(() => held, { cache, name: "f" }).digest();
const keyWith = (argument: unknown): string => fleche((x: unknown) => x, { cache, name: "f" }).digest(argument);
const scaled = fleche(
  function scaled(this: { readonly k: number }, x: number) {
    return this.k * x;
  },
  { cache },
);
const double = (x: number): number => 2 * x;

test.each<[what: string, make: (x: never) => object, one: unknown, other: unknown]>([
  ["fixed receivers", (k: number) => scaled.on({ k }), 1, 2],
  ["a fixed receiver and none", (k: number) => (k === 0 ? scaled : scaled.on({ k })), 0, 1],
  ["a receiver that is undefined", (k: number) => (k === 0 ? scaled : scaled.on(undefined as never)), 0, 1],
  ["properties", (unit: string) => Object.assign(fleche(double, { cache }), { unit }), "m", "km"],
  ["getters", (x) => Object.defineProperty(fleche(double, { cache }), "unit", { get: () => x }), 1, 2],
  ["names", (value) => Object.defineProperty(fleche(double, { cache }), "name", { value }), "a", "b"],
  ["calls that are bound", (x: number) => scaled.on({ k: 1 }).bind(x), 1, 2],
])("differ: %s of cached functions", (_, make, one, other) => {
  expect(keyOf(make(one as never))).not.toBe(keyOf(make(other as never)));
  expect(keyWith(make(one as never))).not.toBe(keyWith(make(other as never)));
});

test("a cached function with nothing more counts as what it wraps", () => {
  expect(keyOf(fleche(double, { cache }))).toBe(keyOf(double));
  expect(keyWith(fleche(double, { cache }))).toBe(keyWith(double));
  expect(keyOf(scaled.on({ k: 1 }))).toBe(keyOf(scaled.on({ k: 1 })));
});

test("methodOf: two instances that hold different things", () => {
  const make = (k: number) => ({ k, scaled });
  expect(keyOf(methodOf(make(1), "scaled"))).not.toBe(keyOf(methodOf(make(2), "scaled")));
});

test("a receiver that holds the cached function is named once", () => {
  const owner: Record<string, unknown> = { k: 1 };
  const fixed = scaled.on(owner as never);
  Object.assign(fixed, { itself: fixed });
  expect(keyOf(fixed)).toMatch(/^[0-9a-f]{64}$/);
});

test("a cached function with another prototype is not guessed at", () => {
  const odd = Object.setPrototypeOf(fleche(double, { cache }), { z: 1 }) as object;
  expect(() => keyOf(odd)).toThrow("a cached function with another prototype");
});

test("a fixed receiver is not lost when a value is saved: it is refused", () => {
  const secretKey = "0123456789abcdef".repeat(4);
  const values = valueStorage({ store: memoryStore(), codec: closureCodec, secretKey });
  expect(() => values.save(scaled.on({ k: 1 }))).toThrow("would not come back as what it is");
});

const pair = () => {
  let n = 0;
  return [() => ++n, () => n] as const;
};

test("what changes what its argument's functions capture is not stored, so that sharing is no matter", () => {
  const warnings = traceWarnings();
  const run = fleche((a: () => number, b: () => number) => [a(), b()], { cache, name: "run" });
  const [up, now] = pair();
  const [other] = pair();
  expect(run(up, now)).toEqual([1, 1]);
  expect(run(pair()[0], pair()[1])).toEqual([1, 0]);
  expect(run(other, pair()[1])).toEqual([1, 0]);
  expect(run(up, now)).toEqual([2, 2]);
  expect(warnings).toEqual([
    "fleche: run is not cached: what the argument's function up captures changed while it ran".replace(
      " up ",
      " without a name ",
    ),
  ]);
});

test("a function that leaves alone what it captures is stored", () => {
  let runs = 0;
  const run = fleche(
    (a: () => number, b: () => number) => {
      count();
      return a() + b();
    },
    { cache, name: "sum", captures: () => ({ count: null }) },
  );
  const count = (): number => ++runs;
  const [, now] = pair();
  expect([run(now, now), run(now, now)]).toEqual([0, 0]);
  expect(runs).toBe(1);
});

test("a function among the arguments that can be named no more afterwards: nothing is stored", () => {
  let held: unknown = 1;
  const spoil = (): number => {
    held = new WeakMap();
    return held === undefined ? 0 : 1;
  };
  const run = fleche((f: () => number) => f(), { cache, name: "spoiled" });
  expect(run(spoil)).toBe(1);
  held = 1;
  expect(run.contains(spoil)).toBe(false);
});

test("an instance whose methods change what its class captures: nothing is stored", () => {
  let n = 0;
  class Ticket {
    next(): number {
      return ++n;
    }
  }
  register(Ticket, { name: "apart-wrappers/Ticket", encode: () => null, decode: () => new Ticket() });
  const run = fleche((ticket: Ticket) => ticket.next(), { cache, name: "ticket" });
  expect(run(new Ticket())).toBe(1);
  n = 0;
  expect(run.contains(new Ticket())).toBe(false);
});
