/** Layers: where a call is stored, from where it is served, and what is copied. */
import { describe, expect, test } from "vitest";
import { push } from "../../src/caches/push.ts";
import { readOnly } from "../../src/caches/read-only.ts";
import { stack } from "../../src/caches/stack.ts";
import { fleche } from "../../src/fleche.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { down, faultyStore, traceWarnings } from "../engine/kit.ts";
import { counted, countedLater, files, KEY, opened, openedLater } from "./kit.ts";

const recordsOf = (store: ReturnType<typeof memoryStore>): number => [...store.records.list()].length;
const valuesOf = (store: ReturnType<typeof memoryStore>): number => [...store.blobs.list()].length;

describe.each([
  ["memory", memoryStore],
  ["files", files],
])("a stack on %s", (_, make) => {
  test("stores in the first layer only", () => {
    const [near, far] = [make(), make()];
    const { fn } = counted(stack([opened(near), opened(far)]));
    fn(3);
    expect([recordsOf(near), recordsOf(far)]).toEqual([1, 0]);
  });
  test("serves from a further layer and copies the hit forward: result and record, once", () => {
    const [near, far] = [make(), make()];
    const farCalls = counted(opened(far));
    farCalls.fn(3);
    const { fn, runs } = counted(stack([opened(near), opened(far)]));
    expect(fn(3)).toBe(9.5);
    expect(runs()).toBe(0);
    expect([recordsOf(near), valuesOf(near)]).toEqual([1, 1]);
    far.records.delete(fn.digest(3));
    expect([fn(3), runs()]).toEqual([9.5, 0]);
  });
  test("copies to all layers above the one that served", () => {
    const stores = [make(), make(), make()];
    counted(opened(stores[2])).fn(3);
    counted(stack(stores.map((store) => opened(store)))).fn(3);
    expect(stores.map(recordsOf)).toEqual([1, 1, 1]);
  });
  test("looking is not a hit: contains, explain and loadRecord copy nothing", () => {
    const [near, far] = [make(), make()];
    counted(opened(far)).fn(3);
    const both = stack([opened(near), opened(far)]);
    const { fn } = counted(both);
    expect(fn.contains(3)).toBe(true);
    expect(fn.explain(3).outcome).toBe("hit");
    expect(both.loadRecord(fn.digest(3)).name).toBe("square");
    expect(recordsOf(near)).toBe(0);
    expect(fn.load(3)).toBe(9.5);
    expect(recordsOf(near)).toBe(1);
  });
  test("evict forgets in every layer", () => {
    const [near, far] = [make(), make()];
    const { fn } = counted(opened(far));
    fn(3);
    const both = counted(stack([opened(near), opened(far)]));
    both.fn(3);
    expect(both.fn.evict(3)).toBe(true);
    expect([recordsOf(near), recordsOf(far)]).toEqual([0, 0]);
    expect(both.fn.evict(3)).toBe(false);
  });
  test("lists every call and value once", () => {
    const [near, far] = [make(), make()];
    const [a, b] = [counted(opened(near)), counted(opened(far))];
    for (const x of [1, 2, 3]) a.fn(x);
    for (const x of [2, 3, 4]) b.fn(x);
    const both = stack([opened(near), opened(far)]);
    expect([...both.listRecords()].sort()).toEqual([1, 2, 3, 4].map((x) => a.fn.digest(x)).sort());
    const values = [...both.list()].map(String);
    expect(new Set(values).size).toBe(values.length);
    expect(values.length).toBe(8);
  });
  test("push copies the first layer to the second, with arguments", () => {
    const [near, far] = [make(), make()];
    const both = stack([opened(near), opened(far)]);
    const { fn } = counted(both);
    for (const x of [1, 2]) fn(x);
    expect(push(both)).toMatchObject({ transferred: 2, kept: 0 });
    expect(push(both)).toMatchObject({ transferred: 0, kept: 2 });
    expect([recordsOf(far), valuesOf(far)]).toEqual([2, 4]);
  });
});

test("a stack of values alone loads from any layer", () => {
  const [near, far] = [opened(), opened()];
  const digest = far.save([1, 2, 3]);
  const both = stack([near, far]);
  expect([both.contains(digest), both.load(digest)]).toEqual([true, [1, 2, 3]]);
  expect(near.contains(digest)).toBe(false);
  expect(both.save({ a: 1 }).equals(near.save({ a: 1 }))).toBe(true);
  expect(() => both.load("0".repeat(64))).toThrow(expect.objectContaining({ reason: "absent" }));
});

test("a read-only layer in front is passed over when storing", () => {
  const [shared, local] = [memoryStore(), memoryStore()];
  const { fn } = counted(stack([readOnly(opened(shared)), opened(local)]));
  fn(3);
  expect([recordsOf(shared), recordsOf(local)]).toEqual([0, 1]);
});

test("a stack with nothing that can be written stores nothing and says so by hand", () => {
  const both = stack([readOnly(opened()), readOnly(opened())]);
  const { fn, runs } = counted(both);
  expect([fn(3), fn(3), runs()]).toEqual([9.5, 9.5, 2]);
  expect(() => both.save(1)).toThrow(/read-only/);
  expect(() => fn.evict(3)).toThrow(/read-only/);
});

test("layers with other codecs and keys: what is copied is encoded and sealed anew", () => {
  const near = memoryStore();
  const far = opened(memoryStore(), { keys: KEY, codec: "json" });
  counted(far).fn(3);
  const signed = () => opened(near, { keys: "ff".repeat(16) + KEY });
  counted(stack([signed(), far])).fn(3);
  const alone = counted(signed());
  expect([alone.fn(3), alone.runs()]).toEqual([9.5, 0]);
});

test("what nobody signed is served, and not copied to where it would be signed", () => {
  const near = memoryStore();
  const far = opened();
  counted(far).fn(3);
  const { fn, runs } = counted(stack([opened(near, { keys: KEY }), far]));
  expect([fn(3), runs(), recordsOf(near)]).toEqual([9.5, 0, 0]);
});

test("a refused entry in a nearer layer is passed over with a warning", () => {
  const warnings = traceWarnings();
  const [near, far] = [memoryStore(), opened(memoryStore(), { keys: KEY })];
  counted(opened(near)).fn(3);
  counted(far).fn(3);
  const { fn, runs } = counted(stack([opened(near, { keys: KEY }), far]));
  expect([fn(3), runs()]).toEqual([9.5, 0]);
  expect(warnings.join()).toMatch(/Invalid signature.*unsigned/);
});

test("posture strict: a refused entry ends the search", () => {
  traceWarnings();
  const [near, far] = [memoryStore(), opened(memoryStore(), { keys: KEY, posture: "strict" })];
  counted(opened(near)).fn(3);
  counted(far).fn(3);
  const { fn } = counted(stack([opened(near, { keys: KEY, posture: "strict" }), far]));
  expect(() => fn(3)).toThrow(expect.objectContaining({ reason: "unsigned" }));
});

describe("a layer that fails never fails the call", () => {
  test("reading: the next layer serves", () => {
    const warnings = traceWarnings();
    const broken = opened(
      faultyStore((operation) => {
        if (operation.endsWith("get")) throw down();
      }),
    );
    const far = opened();
    counted(far).fn(3);
    const { fn, runs } = counted(stack([broken, far]));
    expect([fn(3), runs()]).toEqual([9.5, 0]);
    expect(warnings.length).toBeGreaterThan(0);
  });
  test("copying: the hit is served", () => {
    const warnings = traceWarnings();
    const full = opened(
      faultyStore((operation) => {
        if (operation.endsWith("put")) throw down();
      }),
    );
    const far = opened();
    counted(far).fn(3);
    const { fn, runs } = counted(stack([full, far]));
    expect([fn(3), runs()]).toEqual([9.5, 0]);
    expect(warnings.join()).toMatch(/could not be copied/);
  });
  test("everything down: the call runs", () => {
    traceWarnings();
    const dead = () =>
      opened(
        faultyStore(() => {
          throw down();
        }),
      );
    const { fn, runs } = counted(stack([dead(), dead()]));
    expect([fn(3), runs()]).toEqual([9.5, 1]);
  });
  test("evicting: the other layers forget, and the failure is told", () => {
    const broken = opened(
      faultyStore((operation) => {
        if (operation.endsWith("delete")) throw down();
      }),
    );
    const far = memoryStore();
    counted(opened(far)).fn(3);
    const { fn } = counted(stack([broken, opened(far)]));
    expect(() => fn.evict(3)).toThrow("on fire");
    expect(recordsOf(far)).toBe(0);
  });
});

test("one layer that answers later makes the stack asynchronous", async () => {
  const far = memoryStore();
  await countedLater(openedLater(far)).fn(3);
  const near = memoryStore();
  const both = stack([opened(near), openedLater(far)]);
  expect(() => counted(both as never).fn(3)).toThrow(/async: true/);
  const { fn, runs } = countedLater(both);
  expect([await fn(3), runs(), recordsOf(near)]).toEqual([9.5, 0, 1]);
  const keys: string[] = [];
  for await (const key of both.listRecords()) keys.push(key);
  expect(keys).toEqual([fn.digest(3)]);
  await both.close();
});

test("calls through a layer and through the stack share one run", async () => {
  const near = openedLater();
  const [direct, stacked] = [near, stack([near, openedLater()])].map((cache) => countedLater(cache)) as [
    ReturnType<typeof countedLater>,
    ReturnType<typeof countedLater>,
  ];
  expect(await Promise.all([direct.fn(3), stacked.fn(3)])).toEqual([9.5, 9.5]);
  expect(direct.runs() + stacked.runs()).toBe(1);
});

test("a value is copied forward as it was stored, whatever the caller does to it", async () => {
  const [near, far] = [memoryStore(), memoryStore()];
  const list = (cache: Parameters<typeof countedLater>[0]) =>
    fleche(async (x: number) => [x], { cache, name: "list", version: 1 });
  await list(opened(far))(3);
  const got = await list(stack([openedLater(near), opened(far)]))(3);
  got.push(4);
  expect(await list(opened(near)).load(3)).toEqual([3]);
});

test("stacks of stacks copy through", () => {
  const stores = [memoryStore(), memoryStore(), memoryStore()];
  const [a, b, c] = stores.map((store) => opened(store)) as [
    ReturnType<typeof opened>,
    ReturnType<typeof opened>,
    ReturnType<typeof opened>,
  ];
  counted(c).fn(3);
  counted(stack([a, stack([b, c])])).fn(3);
  expect(stores.map(recordsOf)).toEqual([1, 1, 1]);
});

test("layers that do not agree are a TypeError", () => {
  expect(() => stack([])).toThrow(/at least one/);
  expect(() => stack([opened(), opened(memoryStore(), { numbers: "python" })])).toThrow(/same numbers/);
  expect(() => stack([opened(), opened(memoryStore(), { posture: "strict" })])).toThrow(/same posture/);
  expect(() => stack([{} as never])).toThrow(/a cache is expected/);
  expect(() => stack(opened() as never)).toThrow(/an array/);
  expect(() => push(stack([opened()]))).toThrow(/no layer 1/);
  expect(() => push(opened() as never)).toThrow(/a stack is expected/);
});
