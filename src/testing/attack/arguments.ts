/**
 * Attacks by whoever supplies arguments: values that look alike, that run code when they are looked at, that change while
 * they are named or used. Different ones never share an entry; what cannot be named runs uncached, and one warning says so.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { types } from "node:util";
import { openCache } from "../../cache.ts";
import { fleche } from "../../fleche.ts";
import type { Store } from "../../store/store.ts";
import { gathered } from "../runner.ts";
import type { AttackSequence } from "./case.ts";
import { KEYS } from "./scene.ts";
import { watch } from "./witness.ts";

/** A cached function that gives the number of its run: two calls that share an entry give the same. */
function numbered(store: Store, body: (...args: never[]) => unknown = () => undefined) {
  const cache = openCache({ store, keys: KEYS.first });
  let runs = 0;
  const call = fleche(
    async (...args: unknown[]): Promise<number> => {
      runs++;
      await Reflect.apply(body, undefined, args);
      return runs;
    },
    { name: "numbered", version: 1, cache },
  );
  return { call, cache, runs: () => runs };
}

class Strange {}

function strangeNamed(name: string): object {
  const made = { [name]: class {} }[name] as new () => object;
  return new made();
}

function matched(text: string): unknown {
  return /a/.exec(text);
}

function tagged(...parts: [strings: TemplateStringsArray, ...rest: unknown[]]): unknown {
  return parts[0];
}

function boundTo(x: number): unknown {
  return function add(this: number, y: number) {
    return this + y;
  }.bind(x);
}

/** Named apart, or not at all. */
const PAIRS: readonly (readonly [title: string, one: () => unknown, other: () => unknown])[] = [
  ["an error named list, and a list", () => Object.assign(new Error("1"), { name: "list" }), () => ["1"]],
  ["an instance of a class named strange, and a text", () => new Strange(), () => "strange"],
  ["instances of two classes of one name", () => strangeNamed("Point"), () => strangeNamed("Point")],
  ["an instance of a class named Map, and a Map", () => strangeNamed("Map"), () => new Map()],
  ["a hole, and undefined", () => Object.assign(new Array(3), { 0: 1, 2: 2 }), () => [1, undefined, 2]],
  ["1 and a text", () => 1, () => "1"],
  ["1 and a bigint", () => 1, () => 1n],
  ["−0 and 0", () => -0, () => 0],
  ["NaN and null", () => Number.NaN, () => null],
  [
    "two Maps in different order",
    () =>
      new Map([
        [1, 1],
        [2, 2],
      ] as [number, number][]),
    () =>
      new Map([
        [2, 2],
        [1, 1],
      ] as [number, number][]),
  ],
  ["match results of other index", () => matched("a"), () => matched("xa")],
  ["template strings of other raw", () => tagged`\u0061`, () => tagged`a`],
  ["Math, and an object", () => Math, () => ({})],
  ["a Uint8ClampedArray, and a Uint8Array", () => new Uint8ClampedArray([1]), () => new Uint8Array([1])],
  ["a Buffer, and a Uint8Array", () => Buffer.of(1), () => new Uint8Array([1])],
  ["JSON.parse, and Date.parse", () => JSON.parse, () => Date.parse],
  ["two bound functions", () => boundTo(1), () => boundTo(2)],
  ["a null prototype, and an object", () => Object.create(null) as unknown, () => ({})],
  ["a key of __proto__, and none", () => JSON.parse('{"__proto__":{"x":1}}') as unknown, () => ({})],
  [
    "an object whose toJSON gives another's data, and the other",
    () => ({ toJSON: () => ({ a: 1 }) }),
    () => ({ a: 1 }),
  ],
  ["two lists that are one text when joined", () => ["a','b"], () => ["a", "b"]],
  ["symbols of one name", () => Symbol.for("a"), () => "a"],
  ["a lone surrogate, and what UTF-8 makes of it", () => "\ud800", () => "\ufffd"],
  ["keys of Symbol.for and of text", () => ({ [Symbol.for("a")]: 1 }), () => ({ a: 1 })],
  ["boxed and plain", () => Object("a") as unknown, () => "a"],
  ["a date, and its number", () => new Date(5), () => 5],
];

/** What must not be named: each would run code, hide something, or has no name that is the same tomorrow. */
const REFUSED: readonly (readonly [title: string, make: (seen: () => void) => unknown])[] = [
  [
    "a proxy that throws",
    (seen) => {
      const trap = (): never => {
        seen();
        throw new Error("a trap");
      };
      return new Proxy(
        {},
        { get: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, has: trap },
      );
    },
  ],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  [
    "a getter with a side effect",
    (seen) => ({
      get x() {
        seen();
        return 1;
      },
    }),
  ],
  [
    "toJSON on an instance of a class",
    (seen) =>
      new (class {
        toJSON = () => seen();
      })(),
  ],
  [
    "a cyclic graph",
    () => {
      const cycle: unknown[] = [];
      cycle.push({ cycle });
      return cycle;
    },
  ],
  [
    "a million levels",
    () => {
      let value: unknown = 1;
      for (let i = 0; i < 1_000_000; i++) value = [value];
      return value;
    },
  ],
  ["a symbol of nobody's", () => ({ [Symbol("mine")]: 1 })],
  ["an iterator", () => [1, 2][Symbol.iterator]()],
  ["a promise", () => Promise.resolve(1)],
  ["a WeakMap", () => new WeakMap()],
];

const ARGUMENT_CASES: readonly AttackSequence[] = [
  ...PAIRS.map(
    ([title, one, other]): AttackSequence => ({
      row: 111,
      title: `${title}: no shared entry`,
      async run(store) {
        const { call } = numbered(store);
        const seen = await watch(async () => {
          const first = await call(one());
          const second = await call(other());
          strictEqual(first === second, false, "the result of one was served to the other");
          return [await call(other()), await call(one())];
        });
        if (seen.error !== undefined) throw seen.error;
        const [again, before] = seen.result as [number, number];
        ok(again !== before, "the result of one was served to the other");
      },
    }),
  ),
  ...REFUSED.map(
    ([title, make]): AttackSequence => ({
      row: 111,
      title: `${title}: every call runs, nothing of it is run, one warning`,
      async run(store) {
        const { call, runs } = numbered(store);
        let touched = 0;
        const argument = make(() => touched++);
        const { error, warnings } = await watch(async () => {
          deepStrictEqual([await call(argument), await call(argument)], [1, 2]);
        });
        if (error !== undefined) throw error;
        deepStrictEqual([runs(), touched], [2, 0]);
        strictEqual(warnings.length, 1, warnings.join("\n"));
        ok(/uncached/.test(warnings[0] as string) && (warnings[0] as string).length < 1000, warnings[0]);
      },
    }),
  ),
];

/** An instance that says how it is named, and does something else besides. */
class Meddler {
  readonly #act: () => void;

  constructor(act: () => void) {
    this.#act = act;
  }

  [Symbol.for("fleche.digest")](): unknown {
    this.#act();
    return { name: "meddler", value: 1 };
  }
}

const QUIET = new Meddler(() => {});

const CHANGES: readonly AttackSequence[] = [
  {
    row: 112,
    title: "an argument that the function changes is stored under what it was, as it was",
    async run(store) {
      const cache = openCache({ store, keys: KEYS.first });
      let runs = 0;
      const grow = fleche(
        async (list: number[]): Promise<number> => {
          list.push(2);
          await undefined;
          list.push(3);
          return ++runs;
        },
        { name: "grow", version: 1, cache },
      );
      deepStrictEqual([await grow([1]), await grow([1]), await grow([1, 2]), await grow([1, 2, 3])], [1, 1, 2, 3]);
      const named = (await cache.loadRecord(grow.digest([1]))).arguments;
      deepStrictEqual(await cache.load(named[0]?.[1] ?? ""), [1]);
    },
  },
  {
    row: 112,
    title:
      "an argument that others change while it is looked up or the function runs is stored under what the body saw",
    async run(store) {
      const cache = openCache({ store, keys: KEYS.first });
      const seen: number[][] = [];
      const look = fleche(async (list: number[]) => seen.push([...list]), { name: "look", version: 1, cache });
      const list = [1];
      const first = look(list);
      list.push(2);
      strictEqual(await first, 1);
      const [saw] = seen as [number[]];
      const named = (await cache.loadRecord(look.digest(saw))).arguments;
      deepStrictEqual(await cache.load(named[0]?.[1] ?? ""), saw);
      deepStrictEqual([await look(saw), await look(saw.length === 1 ? [1, 2] : [1])], [1, 2]);
    },
  },
  {
    row: 112,
    title: "an argument that changes while another one is named is never stored under what it was not",
    async run(store) {
      const { call } = numbered(store);
      const list = [1];
      let isFirst = true;
      const meddler = new Meddler(() => {
        if (isFirst) list.push(2);
        isFirst = false;
      });
      const { error, result } = await watch(async () => {
        // Its body sees [1, 2], whichever it was named by.
        const meddled = await call(list, meddler);
        return [meddled, await call([1], QUIET), await call([1, 2], QUIET)];
      });
      if (error !== undefined) throw error;
      const [meddled, before, after] = result as number[];
      ok(before !== meddled, "the result for [1, 2] is served for [1]");
      strictEqual(after, meddled, "the result for [1, 2] is not served for [1, 2]");
    },
  },
  {
    row: 112,
    title: "an argument that changes each time that it is named runs uncached, and is told of once",
    async run(store) {
      const { call, cache } = numbered(store);
      const list: number[] = [];
      const meddler = new Meddler(() => list.push(list.length));
      const { error, warnings } = await watch(async () => {
        deepStrictEqual([await call(list, meddler), await call(list, meddler)], [1, 2]);
      });
      if (error !== undefined) throw error;
      deepStrictEqual(await gathered(cache.listRecords()), []);
      strictEqual(warnings.length, 1, warnings.join("\n"));
    },
  },
];

/** Results that have no name, whatever code they would run: the caller gets them as they are. */
const RESULTS: readonly AttackSequence[] = REFUSED.map(
  ([title, make]): AttackSequence => ({
    row: 111,
    title: `as a result, ${title}: the caller gets it, nothing of it is run, one warning`,
    async run(store) {
      const cache = openCache({ store, keys: KEYS.first });
      let touched = 0;
      const made = make(() => touched++);
      // In a list: what an async function returns is asked for its `then`.
      const give = fleche(async () => [made], { name: "give", version: 1, cache });
      // What returns a promise is asynchronous.
      const canPlain = store.sync && !types.isPromise(made);
      const plain = canPlain ? fleche(() => made, { name: "plain", version: 1, cache }) : undefined;
      const { error, warnings } = await watch(async () => {
        for (let i = 0; i < 2; i++) strictEqual((await give())[0] === made, true);
        if (plain !== undefined) for (let i = 0; i < 2; i++) strictEqual(plain() === made, true);
      });
      if (error !== undefined) throw error;
      strictEqual(touched, 0);
      strictEqual(warnings.length, plain === undefined ? 1 : 2, warnings.join("\n"));
      deepStrictEqual(await gathered(cache.listRecords()), []);
    },
  }),
);

export const ARGUMENTS: readonly AttackSequence[] = [...ARGUMENT_CASES, ...RESULTS, ...CHANGES];
