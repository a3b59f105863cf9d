/**
 * Attacks on calls: their records moved, forged and aged, and a clock that lies. A call gives its right result in each of
 * them, from the store or from a run of its own; what was refused is told once, and counted. Arguments are in `arguments.ts`.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type AsyncCache, type Cache, openCache } from "../../cache.ts";
import { SignatureError } from "../../errors.ts";
import { type Fleche, fleche } from "../../fleche.ts";
import type { Reason } from "../../observe/reason.ts";
import { KIND } from "../../seal/header.ts";
import type { Contents } from "../../seal/seal.ts";
import type { Store } from "../../store/store.ts";
import type { FlecheOptions } from "../../wrap-options.ts";
import { thrownBy } from "../runner.ts";
import { indexOf } from "../samples.ts";
import type { AttackSequence } from "./case.ts";
import { BODY_START, KEYS, type SavedEntry, sealedAs } from "./scene.ts";
import { watch } from "./witness.ts";

const KEY_LIST = `${KEYS.first}:${KEYS.second}`;

/** A cached function, and how often it ran. */
interface Counted {
  readonly call: Fleche<(...args: unknown[]) => Promise<unknown>>;
  readonly runs: () => number;
  readonly cache: Cache | AsyncCache;
}

/** A function of this name in a cache over this store. */
function countedCall(store: Store, options: FlecheOptions = {}, posture: "on" | "strict" = "on"): Counted {
  const cache = openCache({ store, keys: KEY_LIST, posture });
  let runs = 0;
  const body = async (...args: unknown[]): Promise<unknown> => {
    runs++;
    return { args: args.length, first: typeof args[0] === "number" ? args[0] : null };
  };
  return { call: fleche(body, { name: "measure", version: 1, cache, ...options }), runs: () => runs, cache };
}

/** What the body gives for one number. */
const resultOf = (x: number): unknown => ({ args: 1, first: x });

/** The record of a call, as it lies there. */
async function recordOf(store: Store, name: string): Promise<SavedEntry> {
  const bytes = Buffer.from((await store.records.get(name)) as Uint8Array);
  return { name, value: undefined, bytes, body: bytes.subarray(BODY_START) };
}

/** Puts bytes under the record's name of `measure(1)`: the call runs, says why, and is served afterwards. */
async function assertRefused(store: Store, bytes: Uint8Array, reason: Reason, options?: FlecheOptions): Promise<void> {
  const { call, runs, cache } = countedCall(store, options);
  const name = call.digest(1);
  await store.records.put(name, new Uint8Array(bytes), indexOf());
  const strict = countedCall(store, options, "strict");
  const { error } = await watch(() => strict.call(1));
  ok(error instanceof Error, "posture strict served it, or ran");
  strictEqual(Reflect.get(error, "reason"), reason);
  strictEqual(Reflect.get(error, "entry"), name);
  match(String(Reflect.get(error, "keyId")), /^k1:[0-9a-f]{16}$/);
  strictEqual(strict.runs(), 0, "posture strict ran the function");
  const { result, warnings } = await watch(() => call(1));
  deepStrictEqual(result, resultOf(1));
  strictEqual(warnings.length, 1, warnings.join("\n"));
  ok(warnings[0]?.includes(reason), warnings[0]);
  deepStrictEqual(cache.stats().misses, { [reason]: 1 });
  deepStrictEqual([await call(1), runs()], [resultOf(1), 1], "it was not stored again");
}

/** The record of `measure(1)` after some change to its fields, soundly signed for `name`. */
async function forgedRecord(
  store: Store,
  change: (fields: Record<string, unknown>) => unknown,
  contents: Partial<Contents> = {},
  of = 1,
): Promise<Buffer> {
  const { call } = countedCall(store);
  await call(of);
  const record = await recordOf(store, call.digest(of));
  const fields: unknown = change(JSON.parse(record.body.toString("utf8")) as Record<string, unknown>);
  const body = Buffer.from(typeof fields === "string" ? fields : JSON.stringify(fields));
  return sealedAs({ ...record, name: call.digest(1) }, { kind: KIND.record, codec: 1, body, ...contents });
}

const MOVED: readonly AttackSequence[] = [
  {
    row: 48,
    title: "the record of one call under the key of another is refused",
    reasons: ["wrong-entry"],
    async run(store) {
      const { call } = countedCall(store);
      await call(2);
      await assertRefused(store, (await recordOf(store, call.digest(2))).bytes, "wrong-entry");
    },
  },
  {
    row: 48,
    title: "the record of one call, signed by a trusted key for the key of another, is refused by its content",
    reasons: ["content-mismatch"],
    run: async (store) => assertRefused(store, await forgedRecord(store, (same) => same, {}, 2), "content-mismatch"),
  },
  ...(
    [
      ["another function's name", { name: "another" }],
      ["another version", { version: 2 }],
      ["the version as a text", { version: "1" }],
      ["another module", { module: "elsewhere" }],
      ["another argument", { arguments: [["args", "0".repeat(64)]] }],
      ["no arguments", { arguments: [], rest: null }],
    ] as const
  ).map(
    ([title, change]): AttackSequence => ({
      row: 48,
      title: `a record that was signed with ${title} in it is refused by its content`,
      reasons: ["content-mismatch"],
      async run(store) {
        const bytes = await forgedRecord(store, (fields) => ({ ...fields, ...change }));
        await assertRefused(store, bytes, "content-mismatch");
      },
    }),
  ),
  ...(
    [
      ["is no JSON", () => "{"],
      ["is a list", () => []],
      ["lacks its result", ({ result: _, ...fields }: Record<string, unknown>) => fields],
      ["has a path for a result", (fields: object) => ({ ...fields, result: "../../etc/passwd" })],
      ["is of a form to come", (fields: object) => ({ ...fields, v: 2 })],
      ["is 1,000 levels deep", (fields: object) => `${JSON.stringify(fields).slice(0, -1)},"x":${deep(1000)}}`],
      ["is a million levels deep", (fields: object) => `${JSON.stringify(fields).slice(0, -1)},"x":${deep(1e6)}}`],
    ] as const
  ).map(
    ([title, change]): AttackSequence => ({
      row: 48,
      title: `a signed record that ${title} is refused`,
      reasons: ["decode-failed"],
      run: async (store) =>
        assertRefused(store, await forgedRecord(store, change as (fields: object) => unknown), "decode-failed"),
    }),
  ),
  {
    row: 63,
    title: "a signed record in a codec that records do not have is refused",
    reasons: ["codec-not-allowed"],
    run: async (store) =>
      assertRefused(store, await forgedRecord(store, (same) => same, { codec: 3 }), "codec-not-allowed"),
  },
  {
    row: 45,
    title: "a value under the key of a call is refused",
    reasons: ["wrong-kind"],
    async run(store) {
      const bytes = await forgedRecord(store, (same) => same, { kind: KIND.value });
      await assertRefused(store, bytes, "wrong-kind");
    },
  },
  {
    row: 47,
    title: "the result of one version of a function is not served to another, also where its record was renamed",
    reasons: ["wrong-entry"],
    async run(store) {
      const [one, two] = [countedCall(store), countedCall(store, { version: 2 })];
      await one.call(1);
      await two.call(1);
      deepStrictEqual([one.runs(), two.runs()], [1, 1]);
      const { bytes } = await recordOf(store, one.call.digest(1));
      await assertRefused(store, bytes, "wrong-entry", { version: 2 });
    },
  },
  {
    row: 49,
    title: "a result that a trusted key signed under the digest of another is refused where content is always checked",
    reasons: ["content-mismatch"],
    async run(store) {
      const { call, cache } = countedCall(store);
      await call(1);
      await call(2);
      const names = await Promise.all([1, 2].map(async (x) => (await cache.loadRecord(call.digest(x))).result));
      const [a, b] = names as [string, string];
      const bytes = Buffer.from((await store.blobs.get(b)) as Uint8Array);
      await store.blobs.put(a, sealedAs({ name: a, value: 0, bytes, body: bytes.subarray(BODY_START) }, {}));
      const checking = openCache({ store, keys: KEY_LIST, checkContent: "always" });
      const { result } = await watch(() => call.with({ cache: checking })(1));
      deepStrictEqual(result, resultOf(1));
      deepStrictEqual(checking.stats().misses, { "content-mismatch": 1 });
    },
  },
];

function deep(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

/** Does something while the clock shows another time. */
async function atTime<T>(nowMs: () => number, act: () => Promise<T>): Promise<T> {
  const real = Date.now;
  Date.now = nowMs;
  try {
    return await act();
  } finally {
    Date.now = real;
  }
}

const YEARS = 10 * 365 * 24 * 3_600_000;

const TIMES: readonly AttackSequence[] = [
  {
    row: 121,
    title: "a result that is older than it may be is not served, and said to nobody",
    reasons: ["expired"],
    async run(store) {
      const { call, runs, cache } = countedCall(store, { maxAge: "1m" });
      const old = await forgedRecord(store, (fields) => ({ ...fields, startedMs: Date.now() - 61_000, durationMs: 0 }));
      await store.records.put(call.digest(1), new Uint8Array(old), indexOf());
      const { result, warnings } = await watch(() => call(1));
      deepStrictEqual([result, runs(), warnings], [resultOf(1), 1, []]);
      deepStrictEqual(cache.stats().misses, { expired: 1 });
      deepStrictEqual([await call(1), runs()], [resultOf(1), 1]);
    },
  },
  ...(
    [
      ["put back ten years", () => Date.now() - YEARS],
      ["put forward ten years", () => Date.now() + YEARS],
      ["of no time at all", () => Number.NaN],
      ["at the beginning of time", () => 0],
      ["before the beginning of time", () => -1e15],
      ["beyond all dates", () => 1e300],
    ] as const
  ).map(
    ([title, at]): AttackSequence => ({
      row: 114,
      title: `with a clock ${title}, calls give their results, before and after`,
      async run(store) {
        const now = at();
        const before = countedCall(store, { maxAge: "1h" });
        deepStrictEqual(await before.call(1), resultOf(1));
        await watch(async () => {
          await atTime(
            () => now,
            async () => {
              const meanwhile = countedCall(store, { maxAge: "1h" });
              for (const x of [1, 2, 2]) deepStrictEqual(await meanwhile.call(x), resultOf(x));
            },
          );
          const after = countedCall(store, { maxAge: "1h" });
          for (const x of [1, 2, 1, 2]) deepStrictEqual(await after.call(x), resultOf(x));
          ok(after.runs() <= 2, "what was made just now is not served");
        });
      },
    }),
  ),
  {
    row: 114,
    title: "a result that is dated in the future counts as new, and is told of once",
    async run(store) {
      const { call, runs } = countedCall(store, { maxAge: "1m" });
      const dated = await forgedRecord(store, (fields) => ({ ...fields, startedMs: Date.now() + YEARS }));
      await store.records.put(call.digest(1), new Uint8Array(dated), indexOf());
      const { warnings } = await watch(async () => {
        for (let i = 0; i < 3; i++) deepStrictEqual(await call(1), resultOf(1));
      });
      strictEqual(runs(), 0);
      strictEqual(warnings.length, 1, warnings.join("\n"));
      match(warnings[0] as string, /dated in the future/);
    },
  },
  {
    row: 118,
    title: "two kinds of refusals print two lines, a minute later two more, and are counted exactly",
    async run(store) {
      const start = Date.now();
      let now = start;
      await atTime(
        () => now,
        async () => {
          const { call, cache } = countedCall(store);
          const [one, two] = [call.digest(1), call.digest(2)];
          const { warnings } = await watch(async () => {
            for (const minute of [0, 1]) {
              now = start + minute * 60_001;
              for (let i = 0; i < 200; i++) {
                await store.records.put(one, Buffer.from("not ours, and long enough"), indexOf());
                await store.records.put(two, new Uint8Array(), indexOf());
                await call(1);
                await call(2);
              }
            }
          });
          strictEqual(warnings.length, 4, warnings.join("\n"));
          ok(
            warnings.slice(2).every((line) => line.includes("and 199 more of this kind")),
            warnings.join("\n"),
          );
          deepStrictEqual(cache.stats().misses, { "not-an-envelope": 400, truncated: 400 });
        },
      );
    },
  },
  {
    row: 56,
    title: "a call under a key that nobody configured is refused, and its key is named",
    reasons: ["unknown-key"],
    async run(store) {
      const { call } = countedCall(store);
      await call(1);
      const cache = openCache({ store, keys: KEYS.stranger, posture: "strict" });
      const error = (await watch(() => thrownBy(() => call.with({ cache })(1)))).result;
      ok(error instanceof SignatureError, String(error));
      strictEqual(error.reason, "unknown-key");
      match(error.keyId ?? "", /^k1:/);
    },
  },
];

export const CALLS: readonly AttackSequence[] = [...MOVED, ...TIMES];
