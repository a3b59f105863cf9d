/** Calls in Python's files: records of both sides, queries, upkeep, and entries that both languages share. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fleche } from "../../src/fleche.ts";
import {
  type Cache,
  DecodeError,
  digest,
  gc,
  limited,
  memoryStore,
  openCache,
  readOnly,
  runtime,
  stack,
  stats,
  transfer,
  verify,
} from "../../src/index.ts";
import { dict, PyObject, PyOrderedDict, pickleStore, pythonClass, readPickle, writePickle } from "../../src/pickle.ts";
import { MAX_RECORD_BYTES } from "../../src/record/format.ts";
import { KIND } from "../../src/seal/header.ts";
import { formatCall, parseCall } from "../../src/vault/pickle/call-pickle.ts";
import {
  bytes,
  folder,
  HAS_PYTHON,
  KEY,
  named,
  namesIn,
  pickle,
  python,
  readEntry,
  reasonOf,
  seenByPython,
  signed,
  text,
  writeEntry,
} from "./kit.ts";

const PYTHON_KEY = "aa".repeat(32);
const [ADD] = (
  JSON.parse(readFileSync(join(import.meta.dirname, "python-calls.json"), "utf8")) as {
    records: [{ file_name: string; file_hex: string }];
  }
).records;

interface Both {
  readonly cache: Cache;
  readonly values: string;
  readonly calls: string;
}

function open(secretKey: string | null = KEY, root: string = folder()): Both {
  const cache = openCache({ store: pickleStore({ root }), keys: secretKey });
  return { cache, values: join(root, "values"), calls: join(root, "calls") };
}

/** The functions of the reference, with their values in Python's store. */
function addIn(cache: Cache, runs: unknown[] = []) {
  return fleche(
    (a: number, b: number) => {
      runs.push([a, b]);
      return a + b;
    },
    { cache, name: "add", module: "__main__", identity: "version" },
  );
}

describe("a call that Python wrote", () => {
  function withAdd(keys: string | null = PYTHON_KEY) {
    const both = open(keys);
    writeEntry(both.calls, ADD.file_name, Buffer.from(ADD.file_hex, "hex"));
    return both;
  }

  test("is found under the lookup key of the same call here, and its result is served once it is there", () => {
    const { cache } = withAdd();
    const runs: unknown[] = [];
    const add = addIn(cache, runs);
    expect(add.digest(2, 3)).toBe(ADD.file_name);
    // The result is not in the value store: the function runs.
    expect(add(2, 3)).toBe(5);
    expect(add(2, 3)).toBe(5);
    expect(runs).toEqual([[2, 3]]);
  });

  test("is served without a run where its values are there", () => {
    const { cache } = withAdd();
    cache.save(5);
    const runs: unknown[] = [];
    expect(addIn(cache, runs)(2, 3)).toBe(5);
    expect(runs).toEqual([]);
  });

  test("is a record, is listed, and is found by searching", () => {
    const { cache } = withAdd();
    const record = cache.loadRecord(ADD.file_name);
    expect(record).toEqual({
      name: "add",
      module: "__main__",
      version: null,
      codeDigest: null,
      identity: "version",
      arguments: [
        ["a", digest(2)],
        ["b", digest(3)],
      ],
      rest: null,
      result: digest(5),
      async: false,
      startedMs: 0,
      durationMs: 0,
      parent: null,
      parts: [],
      tags: [],
      metadata: {},
    });
    expect([...cache.listRecords()]).toEqual([ADD.file_name]);
    cache.save(5);
    expect(cache.query({ name: "add" }).results()).toEqual([5]);
    expect(cache.query({ name: "other" }).count()).toBe(0);
    expect(verify(cache, { contents: true }).ok).toBe(true);
  });

  test("is refused under another key of either kind", () => {
    const other = "0".repeat(64);
    const { cache, calls } = withAdd();
    writeEntry(calls, other, readEntry(calls, ADD.file_name));
    expect(reasonOf(() => cache.loadRecord(other))).toBe("content-mismatch");
    expect(verify(cache).counts).toEqual({ absent: 1, "content-mismatch": 1 });
    expect(reasonOf(() => withAdd(KEY).cache.loadRecord(ADD.file_name))).toBe("bad-signature");
    expect(withAdd(null).cache.loadRecord(ADD.file_name).name).toBe("add");
  });
});

describe("calls of both sides", () => {
  test.skipIf(!HAS_PYTHON)("Python reads the records that are written here, under the keys that it computes", () => {
    const { cache, calls, values } = open();
    addIn(cache)(2, 3);
    const scaled = fleche((x: number) => x * 0.5, { cache, name: "scaled", metadata: [runtime()] });
    scaled(7);
    const seen = seenByPython(calls, KEY);
    expect(Object.keys(seen).sort()).toEqual([ADD.file_name, scaled.digest(7)].sort());
    for (const [name, found] of Object.entries(seen)) {
      expect(found.key).toBe(name);
      expect(found.fields).toEqual(["name", "arguments", "result", "metadata", "module", "version", "code_digest"]);
      expect(found.call).toContain("'walltime': ");
    }
    for (const [name, found] of Object.entries(seenByPython(values, KEY))) expect(found.whole).toBe(name);
  });

  test.skipIf(!HAS_PYTHON)("a record of Python with times, tags and a code digest keeps what a record can hold", () => {
    const { cache, calls } = open();
    const metadata =
      "{'runtime': {'timestart': 1700000000.5, 'timestop': 1700000002.5, 'walltime': 2.0}, 'tags': {'project': 'x', 'n': (1, 2)}, 'odd': {'set': {1}, 'ok': None}, 'none': 5}";
    const call = (more: string) =>
      `{'name': 'f', 'arguments': {'x': [1, 2], 'y': 0.5}, 'result': 'r', 'metadata': ${metadata}, ${more}}`;
    const key = python(["call", calls, KEY], call("'module': 'm', 'version': '1', 'code_digest': 'c'"));
    const record = cache.loadRecord(key);
    expect(record).toMatchObject({
      identity: "python",
      module: "m",
      version: "1",
      codeDigest: digest("c"),
      startedMs: 1_700_000_000_500,
      durationMs: 2000,
      metadata: {
        runtime: { timestart: 1_700_000_000.5, walltime: 2 },
        tags: { project: "x", n: [1, 2] },
        odd: { ok: null },
      },
    });
    expect(Object.keys(record.metadata)).toEqual(["runtime", "tags", "odd"]);
    // It can be copied to a cache of envelopes, and is believed there.
    const other = openCache({ store: memoryStore(), secretKey: KEY, numbers: "python" });
    python(["write", join(calls, "..", "values"), "1", "plain", KEY], "'r'");
    expect(transfer(cache, other).transferred).toBe(1);
    expect(other.loadRecord(key)).toEqual(record);
    const unfinished = python(
      ["call", calls, KEY],
      call("'module': 'm', 'version': 2, 'code_digest': None").replace("'result': 'r'", "'result': None"),
    );
    expect(reasonOf(() => cache.loadRecord(unfinished))).toBe("decode-failed");
  });

  test.skipIf(!HAS_PYTHON)("a function here is served from what Python stored", () => {
    const { cache, calls, values } = open();
    python(["write", values, "1", "plain", KEY], "{'energy': [1.5, 2.5]}");
    python(
      ["call", calls, KEY],
      "{'name': 'simulate', 'arguments': {'temperature': 300, 'steps': 100}, 'result': {'energy': [1.5, 2.5]}, 'metadata': {}, 'module': 'model', 'version': '1.0', 'code_digest': None}",
    );
    const simulate = fleche((_temperature: number, _steps = 100): unknown => expect.fail("it ran"), {
      cache,
      name: "simulate",
      module: "model",
      version: "1.0",
      params: ["temperature", "steps"],
      defaults: { steps: 100 },
    });
    expect(simulate(300)).toEqual({ energy: [1.5, 2.5] });
  });

  test("everything that a record of ours says comes back, though Python has no field for it", () => {
    const { cache } = open();
    const outer = fleche(
      (x: number, ...rest: number[]) => {
        expect(rest).toEqual([2, 3]);
        return addIn(cache)(x, 1);
      },
      { cache, name: "outer", identity: "source", metadata: [runtime()] },
    );
    outer(1, 2, 3);
    const envelopes = openCache({ store: memoryStore(), secretKey: KEY, numbers: "python" });
    const record = cache.loadRecord(outer.digest(1, 2, 3));
    expect(record).toMatchObject({
      identity: "source",
      rest: "rest",
      metadata: { runtime: { cpuMs: expect.any(Number) } },
    });
    expect(record.codeDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(record.parts.length).toBeGreaterThan(0);
    const inner = cache.loadRecord(addIn(cache).digest(1, 1));
    expect(inner.parent).toBe(outer.digest(1, 2, 3));
    // As in any other cache: copied there and back, the records are the same.
    expect(transfer(cache, envelopes).transferred).toBe(2);
    expect(envelopes.loadRecord(outer.digest(1, 2, 3))).toEqual(record);
    const back = open();
    expect(transfer(envelopes, back.cache).transferred).toBe(2);
    expect(back.cache.loadRecord(outer.digest(1, 2, 3))).toEqual(record);
  });

  test("what a program changed around our text counts, and our text does not", () => {
    const { cache, calls } = open();
    addIn(cache)(2, 3);
    const ours = readEntry(calls, ADD.file_name).toString("latin1");
    expect(ours).toContain("fleche_ts");
    // As a Python program would that ran the call again: another result, the metadata left as they were.
    const [before, after] = [digest(5), digest(6)];
    const at = ours.indexOf(before);
    const changed = `${ours.slice(0, at)}${after}${ours.slice(at + 64)}`.slice(0, -64);
    writeEntry(calls, ADD.file_name, signed(Buffer.from(changed, "latin1")));
    const record = cache.loadRecord(ADD.file_name);
    expect(record).toMatchObject({ result: after, parts: [], startedMs: expect.any(Number) });
    expect(Object.keys(record.metadata)).toEqual(["runtime"]);
  });
});

describe("upkeep", () => {
  function used() {
    const both = open();
    const shape = fleche((n: number) => ({ n, list: [n, [n]] }), { cache: both.cache, name: "shape", version: 1 });
    for (const n of [1, 2, 3]) shape(n);
    return { ...both, shape };
  }

  test("gc removes what no call names, parts of values among it, and keeps parts that are named", () => {
    const { cache, shape, values } = used();
    expect(verify(cache, { contents: true })).toMatchObject({ ok: true });
    const before = namesIn(values).length;
    expect(gc(cache, { grace: 0 }).removed).toBe(0);
    // As young as they are, they stay.
    shape.evict(2);
    expect(gc(cache)).toMatchObject({ removed: 0, young: 4 });
    expect(gc(cache, { grace: 0 }).removed).toBe(4);
    expect(namesIn(values).length).toBe(before - 4);
    expect(shape.load(1)).toEqual({ n: 1, list: [1, [1]] });
    expect(stats(cache)).toMatchObject({ records: { count: 2 } });
  });

  test("verify tells of parts that are gone, of damage and of what is not signed", () => {
    const { cache, values, calls, shape } = used();
    rmSync(join(values, digest([1])));
    writeEntry(values, digest([2]), readEntry(values, digest([3])));
    writeEntry(calls, shape.digest(3), readEntry(calls, shape.digest(3)).subarray(0, -64));
    expect(verify(cache).counts).toEqual({ absent: 1, "wrong-entry": 1, unsigned: 1 });
    expect(() => gc(cache)).toThrow(/cannot be verified/);
    expect(shape(1)).toEqual({ n: 1, list: [1, [1]] });
    expect(verify(cache).counts).toEqual({ "wrong-entry": 1, unsigned: 1 });
  });

  test("limits, read-only views and stacks hold as elsewhere", () => {
    const { cache, shape } = used();
    expect(readOnly(cache).query({ name: "shape" }).count()).toBe(3);
    const fresh = openCache({ store: memoryStore(), secretKey: KEY, numbers: "python" });
    const both = stack([fresh, cache]);
    expect(shape.with({ cache: both })(1)).toEqual({ n: 1, list: [1, [1]] });
    expect(shape.with({ cache: fresh }).load(1)).toEqual({ n: 1, list: [1, [1]] });
    const few = limited(cache, { maxCount: 2 });
    shape.with({ cache: few })(4);
    expect(cache.query({ name: "shape" }).count()).toBe(2);
    expect(cache.lineage(digest({ n: 4, list: [4, [4]] }))).toBeDefined();
  });
});

describe("calls that somebody put there", () => {
  const CALL = bytes(text("fleche.call"), text("DigestedCall"), [0x93, 0x29, 0x81]);
  const HOSTILE: readonly (readonly [string, Buffer])[] = [
    ["a value", pickle([0x4b, 1])],
    ["a call without attributes", pickle(CALL)],
    ["a call whose attributes are a list", pickle(CALL, "]b")],
    ["a call without a name", pickle(CALL, "}", text("name"), "Nsb")],
    ["a function", pickle(text("posix"), text("system"), [0x93], text("x"), [0x85], "R")],
    [
      "a wrapper of values",
      pickle(text("fleche.storage.destructuring"), text("DigestedDict"), [0x93, 0x29, 0x81], "}", text("items"), "}sb"),
    ],
  ];

  test.each(HOSTILE)("%s is refused", (_, hostile) => {
    const { cache, calls } = open();
    const add = addIn(cache);
    for (const file of [signed(hostile), signed(named(hostile, ADD.file_name, { kind: KIND.record }))]) {
      writeEntry(calls, ADD.file_name, file);
      expect(reasonOf(() => cache.loadRecord(ADD.file_name))).toBe("decode-failed");
      expect(add(2, 3)).toBe(5);
    }
  });

  /** Attributes of a call, whole but for what is said. */
  const fields = (state: string | Buffer = "", made: string | Buffer = CALL): Buffer => pickle(made, state);

  test.each<[string, Uint8Array, RegExp]>([
    ["a number", pickle([0x4b, 1]), /not a call of Python/],
    ["None", pickle("N"), /not a call of Python/],
    [
      "a Digest",
      pickle(text("fleche.digest"), text("Digest"), [0x93], text(ADD.file_name), [0x85, 0x81]),
      /not a call of Python/,
    ],
    ["a call without attributes", fields(), /without its attributes/],
    ["a call whose attributes are None", fields("Nb"), /without its attributes|state/],
    ["a call whose attributes are a number", fields(bytes([0x4b, 1], "b")), /without its attributes|state/],
    [
      "a call that is made from arguments",
      fields("}b", bytes(text("fleche.call"), text("DigestedCall"), [0x93], text("x"), [0x85, 0x81])),
      /without its attributes/,
    ],
    [
      "a call that is called",
      fields("}b", bytes(text("fleche.call"), text("DigestedCall"), [0x93, 0x29], "R")),
      /without its attributes/,
    ],
    ["more than a record may be", Buffer.alloc(2 * MAX_RECORD_BYTES + 1), /call of Python: \d+ bytes/],
  ])("%s is told as none", (_, hostile, message) => {
    expect(() => parseCall(hostile)).toThrow(DecodeError);
    expect(() => parseCall(hostile)).toThrow(message);
  });

  test("a call whose fields are not what Python gives them is told as none", () => {
    const globals = ["fleche.call DigestedCall", "fleche.digest Digest"].map((named) => {
      const [module = "", name = ""] = named.split(" ");
      return pythonClass({ module, name });
    });
    const call = readPickle(Buffer.from(ADD.file_hex, "hex").subarray(0, -64), { globals }) as PyObject;
    const state = call.state as Record<string, unknown>;
    const changed = (fields: object) =>
      writePickle(new PyObject(call.module, call.name, { via: "new", args: [], state: { ...state, ...fields } }), {
        globals,
      });
    expect(parseCall(changed({}))).toMatchObject({ name: "add" });
    for (const fields of [
      { name: null },
      { name: 5 },
      { module: 5 },
      { version: [1] },
      { arguments: [state.result] },
      { arguments: "" },
      { arguments: 5 },
      { arguments: null },
      { arguments: new PyOrderedDict([["a", state.result]]) },
      { arguments: dict([[1, state.result]]) },
      { metadata: "ab" },
      { metadata: dict([[1, {}]]) },
    ]) {
      expect(() => parseCall(changed(fields)), JSON.stringify(fields)).toThrow(DecodeError);
    }
  });

  test("row 45, 48: a value among the calls, a call among the values, a call of another, are refused", () => {
    const { cache, calls, values } = open();
    const add = addIn(cache);
    add(2, 3);
    add(2, 4);
    const value = digest(5);
    const [record, other] = [readEntry(calls, add.digest(2, 3)), readEntry(calls, add.digest(2, 4))];
    writeEntry(calls, add.digest(2, 3), readEntry(values, value));
    expect(reasonOf(() => cache.loadRecord(add.digest(2, 3)))).toBe("wrong-kind");
    writeEntry(values, value, record);
    expect(reasonOf(() => cache.load(value))).toBe("wrong-kind");
    writeEntry(calls, add.digest(2, 3), other);
    expect(reasonOf(() => cache.loadRecord(add.digest(2, 3)))).toBe("wrong-entry");
    expect(add(2, 3)).toBe(5);
  });
});

test("a record that a dict of Python's cannot hold as it is, or that takes our place in it, is not written", () => {
  const record = parseCall(Buffer.from(ADD.file_hex, "hex").subarray(0, -64));
  expect(parseCall(formatCall(record))).toEqual(record);
  const [first] = record.arguments as [[string, string]];
  const named = (...names: string[]) => ({ ...record, arguments: names.map((name) => [name, first[1]] as const) });
  for (const wrong of [named("1", "0"), named("a", "a"), named("a", "0")]) {
    expect(() => formatCall(wrong)).toThrow(/have no order in a dict/);
  }
  expect(() => formatCall({ ...record, metadata: { fleche_ts: {} } })).toThrow(/"fleche_ts" is taken/);
});

describe("options", () => {
  test("a store of Python's files has its own codec and names, and looks at contents", () => {
    const store = () => pickleStore({ root: folder() });
    expect(() => openCache({ store: store(), codec: "json" })).toThrow(/codec must be left out/);
    expect(() => openCache({ store: store(), numbers: "exact" })).toThrow(/numbers must be "python"/);
    expect(() => openCache({ store: store(), checkContent: "never" })).toThrow(/checkContent must be/);
    expect(() => openCache({ store: store(), numbers: "python", checkContent: "always" })).not.toThrow();
  });

  test("directories are given by a root or both, and are two", () => {
    expect(() => pickleStore({})).toThrow(/give root, or both/);
    expect(() => pickleStore({ values: folder() })).toThrow(/give root, or both/);
    const one = folder();
    expect(() => pickleStore({ values: one, calls: one })).toThrow(/cannot lie in one directory/);
    expect(() => pickleStore({ root: "" })).toThrow(/root must be the path/);
    expect(() => pickleStore({ root: one, remainingDepth: -1 })).toThrow(/remainingDepth must be/);
    expect(() => pickleStore({ root: one, durability: "never" as never })).toThrow(/durability must be/);
    expect(() => pickleStore({ root: one, depth: 1 } as never)).toThrow(/unknown option/);
  });
});
