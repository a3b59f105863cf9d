import { setMaxListeners } from "node:events";
import * as namespace from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { digest, digestHex } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import { register } from "../../src/digest/registry.ts";
import { Dict, dict, Tuple, tuple } from "../../src/digest/shapes.ts";
import { MAX_HOLES } from "../../src/digest/walk.ts";
import { DigestError } from "../../src/errors.ts";
import { resizable } from "./values.ts";

/** The path and the problem of the refusal; fails where the value has a digest. */
function refusal(value: unknown): { path: string; message: string } {
  let hex: string;
  try {
    hex = digest(value);
  } catch (error) {
    if (!(error instanceof DigestError)) throw error;
    expect(error.code).toBe("undigestible");
    return { path: error.path, message: error.message };
  }
  throw new Error(`has the digest ${hex}`);
}

class Plain {
  readonly a = 1;
}
class Child extends Map {}

const detached = (make: (buffer: ArrayBuffer) => object): object => {
  const buffer = new ArrayBuffer(8);
  const made = make(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return made;
};

function args(..._: unknown[]): unknown {
  return arguments;
}

function template(strings: TemplateStringsArray, ..._: unknown[]): TemplateStringsArray {
  return strings;
}

describe("what has no exact name is refused", () => {
  test.each<[string, () => unknown]>([
    ["a function", () => () => 1],
    ["a class", () => Plain],
    ["a symbol of its own", () => Symbol("mine")],
    ["a well-known symbol", () => Symbol.iterator],
    ["an instance of a class", () => new Plain()],
    ["a subclass of a built-in", () => new Child()],
    ["a subclass of Array", () => new (class extends Array {})()],
    ["a subclass of Error", () => new (class extends Error {})()],
    ["a subclass of Buffer's class", () => Object.setPrototypeOf(Buffer.from("a"), class extends Buffer {}.prototype)],
    ["an object that only has a built-in's prototype", () => Object.create(Map.prototype)],
    ["an array that has another's prototype", () => Object.setPrototypeOf([1], Object.prototype)],
    ["an array without a prototype", () => Object.setPrototypeOf([1], null)],
    ["a Map that has Object's prototype", () => Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)],
    ["a Date that has Map's prototype", () => Object.setPrototypeOf(new Date(), Map.prototype)],
    ["an error that has Object's prototype", () => Object.setPrototypeOf(new Error(), Object.prototype)],
    ["an error's prototype", () => Object.create(Error.prototype)],
    ["a typed array that has another's prototype", () => Object.setPrototypeOf(Int8Array.of(1), Uint8Array.prototype)],
    ["a URL's prototype", () => Object.create(URL.prototype)],
    ["an object with an inherited field", () => Object.create({ a: 1 })],
    ["a boxed number", () => Object(1)],
    ["a boxed text", () => Object("a")],
    ["a boxed bigint", () => Object(1n)],
    ["a boxed symbol", () => Object(Symbol.for("a"))],
    ["arguments", () => args(1, 2)],
    ["a namespace", () => namespace],
    ["the global object", () => globalThis],
    ["shared memory", () => new SharedArrayBuffer(4)],
    ["a view of shared memory", () => new Uint8Array(new SharedArrayBuffer(4))],
    ["a Buffer of shared memory", () => Buffer.from(new SharedArrayBuffer(4))],
    ["a DataView of shared memory", () => new DataView(new SharedArrayBuffer(4))],
    ["a promise", () => Promise.resolve(1)],
    ["a generator", () => (function* () {})()],
    ["an array iterator", () => [1][Symbol.iterator]()],
    ["a Map iterator", () => new Map().keys()],
    ["a Map iterator dressed as an object", () => Object.setPrototypeOf(new Map().keys(), Object.prototype)],
    ["a promise dressed as an object", () => Object.setPrototypeOf(Promise.resolve(), Object.prototype)],
    ["a WeakMap", () => new WeakMap()],
    ["a WeakSet", () => new WeakSet()],
    ["a WeakRef", () => new WeakRef({})],
    ["a stream", () => new Readable()],
    [
      "an event target",
      () => {
        const target = new EventTarget();
        setMaxListeners(3, target);
        return target;
      },
    ],
    ["URLSearchParams", () => new URLSearchParams("a=1")],
    ["a proxy of an object", () => new Proxy({}, {})],
    ["a proxy of a function", () => new Proxy(() => 1, {})],
    ["a proxy of an array", () => new Proxy([], {})],
    [
      "a revoked proxy",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    ["an ArrayBuffer that was moved", () => detached((buffer) => buffer)],
    ["a view of memory that was moved", () => detached((buffer) => new Uint8Array(buffer))],
    ["a Buffer of memory that was moved", () => detached((buffer) => Buffer.from(buffer))],
    ["a DataView of memory that was moved", () => detached((buffer) => new DataView(buffer))],
    [
      "a DataView of memory that was taken away",
      () => {
        const buffer = resizable(new Uint8Array(8), 8);
        const view = new DataView(buffer, 4, 4);
        (buffer as ArrayBuffer & { resize(length: number): void }).resize(2);
        return view;
      },
    ],
    ["a subclass of Tuple", () => new (class extends Tuple {})([1])],
    ["a subclass of Dict", () => new (class extends Dict {})([[1, 2]])],
    ["an object that only has Tuple's prototype", () => Object.create(Tuple.prototype)],
  ])("%s", (_, make) => {
    expect(refusal(make()).path).toBe("");
    expect(refusal({ rows: [0, make()] }).path).toBe("rows[1]");
  });

  test.each<[string, () => object, string]>([
    ["a match result", () => /a(?<b>.)/.exec("xab") as object, "groups"],
    ["a match result with few fields", () => "a".match(/a/) as object, "groups"],
    ["a template's strings", () => template`a${1}b`, "raw"],
    ["Math", () => Math, "abs"],
    ["JSON", () => JSON, "parse"],
    ["an accessor", () => Object.defineProperty({}, "a", { get: () => 1, enumerable: true }), "a"],
    ["a hidden property", () => Object.defineProperty({}, "a", { value: 1 }), "a"],
    [
      "a hidden property under a symbol",
      () => Object.defineProperty({}, Symbol.for("a"), { value: 1 }),
      '[Symbol.for("a")]',
    ],
    ["a symbol of its own as key", () => ({ [Symbol("mine")]: 1 }), ""],
    ["an accessor among elements", () => Object.defineProperty([1, 2], 1, { get: () => 1, enumerable: true }), "[1]"],
    ["a hidden element", () => Object.defineProperty([1, 2], 0, { value: 1, enumerable: false }), "[0]"],
    ["an extra field of an array", () => Object.assign([1], { extra: 1 }), "extra"],
    ["a symbol on an array", () => Object.assign([1], { [Symbol.for("s")]: 1 }), '[Symbol.for("s")]'],
    ["a negative index", () => Object.assign([1], { "-1": 1 }), '["-1"]'],
    ["an index too large", () => Object.assign([1], { 4294967295: 1 }), '["4294967295"]'],
    ["an extra field of a sparse array", () => Object.assign(new Array(9), { 3: 1, extra: 1 }), "extra"],
    ["an extra field of a large array", () => Object.assign(new Array(1000).fill(0), { extra: 1 }), "extra"],
    ["a hidden field of a large array", () => Object.defineProperty(new Array(1000).fill(0), "x", { value: 1 }), "x"],
    [
      "an index too large on a large array",
      () => Object.assign(new Array(1000).fill(0), { 4294967295: 1 }),
      '["4294967295"]',
    ],
    ["an extra field of a typed array", () => Object.assign(new Int16Array(3), { extra: 1 }), "extra"],
    ["an extra field of a large typed array", () => Object.assign(new Int16Array(999), { extra: 1 }), "extra"],
    ["an extra field of a Buffer", () => Object.assign(Buffer.alloc(3), { extra: 1 }), "extra"],
    ["an extra field of a large Buffer", () => Object.assign(Buffer.alloc(5000), { extra: 1 }), "extra"],
    ["an extra field of a Uint8ClampedArray", () => Object.assign(new Uint8ClampedArray(3), { extra: 1 }), "extra"],
    ["an extra field of a Map", () => Object.assign(new Map(), { extra: 1 }), "extra"],
    ["a size that a Map pretends to have", () => Object.defineProperty(new Map(), "size", { value: 9 }), "size"],
    ["an extra field of a Set", () => Object.assign(new Set(), { extra: 1 }), "extra"],
    ["an extra field of a Date", () => Object.assign(new Date(0), { extra: 1 }), "extra"],
    ["an extra field of a URL", () => Object.assign(new URL("data:"), { extra: 1 }), "extra"],
    ["an extra field of an ArrayBuffer", () => Object.assign(new ArrayBuffer(1), { extra: 1 }), "extra"],
    ["an extra field of a DataView", () => Object.assign(new DataView(new ArrayBuffer(1)), { extra: 1 }), "extra"],
    ["an extra field of a regular expression", () => Object.assign(/a/, { extra: 1 }), "extra"],
    ["a lastIndex that is no number", () => Object.assign(/a/, { lastIndex: "0" }), "lastIndex"],
    ["a hidden field of an error", () => Object.defineProperty(new Error(), "code", { value: 1 }), "code"],
    [
      "an accessor of an error",
      () => Object.defineProperty(new Error(), "code", { get: () => 1, enumerable: true }),
      "code",
    ],
    [
      "a message that is an accessor",
      () => Object.defineProperty(new Error(), "message", { get: () => "m" }),
      "message",
    ],
    ["a symbol of its own on an error", () => Object.assign(new Error(), { [Symbol("mine")]: 1 }), ""],
    [
      "a function deep inside",
      () => ({ rows: [{ "two words": new Map([["k", [() => 1]]]) }] }),
      'rows[0]["two words"].<value 0>[0]',
    ],
    [
      "a key of a Map",
      () =>
        new Map<unknown, number>([
          [1, 1],
          [() => 1, 2],
        ]),
      "<key 1>",
    ],
    ["a member of a Set", () => new Set([1, [Symbol()]]), "<member 1>[0]"],
    ["an item of a tuple", () => tuple(1, () => 1), "[1]"],
    [
      "a key of a dict",
      () =>
        dict([
          [1, 1],
          [[() => 1], 2],
        ]),
      "<key 1>[0]",
    ],
    [
      "two equal keys of a dict",
      () =>
        dict([
          [[1], 1],
          [[1], 2],
        ]),
      "",
    ],
    ["the cause of an error", () => new Error("m", { cause: { a: () => 1 } }), "cause.a"],
    ["one of several errors", () => new AggregateError([1, () => 1]), "errors[1]"],
    [
      "a value under __proto__",
      () => JSON.parse('{"__proto__":{"x":1}}', (k, v) => (k === "x" ? Symbol() : v)),
      "__proto__.x",
    ],
    ["a value under a symbol", () => ({ [Symbol.for("s t")]: [() => 1] }), '[Symbol.for("s t")][0]'],
    ["a value under the empty key", () => ({ "": () => 1 }), '[""]'],
    ["a value under a key with quotes", () => ({ 'a"\n': () => 1 }), '["a\\"\\n"]'],
  ])("%s, with the path to it", (_, make, path) => {
    expect(refusal(make()).path).toBe(path);
    expect(refusal([make()]).path).toBe(`[0]${path === "" || path.startsWith("[") ? path : `.${path}`}`);
  });

  test("and the path begins with what the value itself is called", () => {
    const value = [{ rows: [1, { socket: () => 1 }] }];
    expect(() => digestHex(value, { at: "args" })).toThrow(/args\[0\]\.rows\[1\]\.socket: a function/);
  });

  test("a path of a thousand steps is shown by its two ends", () => {
    let value: unknown = () => 1;
    for (let i = 0; i < 900; i++) value = { [`k${i}`]: value };
    const { path } = refusal(value);
    expect(path.length).toBeLessThan(300);
    expect(path).toMatch(/^k899\.k898.*… \(880 more\) ….*k0$/);
  });

  test("a key of a million characters is shown shortened", () => {
    expect(refusal({ ["x".repeat(1e6)]: () => 1 }).message.length).toBeLessThan(200);
  });

  test("a Digest is refused where it must be stored, with its path", () => {
    expect(() => digestHex({ a: [D(digest(1))] }, { refuseReferences: true })).toThrow(/ a\[0\]: a Digest/);
    expect(digestHex(D(digest(1)), { refuseReferences: true })).toBe(digest(1));
  });
});

test("no code of the value is run: no getter, no trap, no iterator, no toJSON, no name of a class", () => {
  const ran: string[] = [];
  const tell =
    (what: string): (() => unknown) =>
    () => {
      ran.push(what);
      return undefined;
    };
  const traps = new Proxy({}, { get: (_, trap) => tell(`trap ${String(trap)}`) });
  const spy = new Proxy(function spied() {}, traps);
  class Named {
    static get name(): string {
      tell("static name")();
      return "x";
    }
    static [Symbol.hasInstance](): boolean {
      tell("hasInstance")();
      return true;
    }
    get [Symbol.toStringTag](): string {
      tell("toStringTag")();
      return "x";
    }
  }
  const accessor = (target: object, key: PropertyKey): object =>
    Object.defineProperty(target, key, { get: tell(`getter ${String(key)}`), enumerable: true, configurable: true });
  const hostile: unknown[] = [
    new Proxy({}, traps),
    new Proxy([], traps),
    spy,
    Object.create(new Proxy({}, traps)),
    Object.create(Object.create(new Proxy({}, traps))),
    Object.create(Object.defineProperty({}, "constructor", { value: spy })),
    Object.create(accessor({}, "constructor")),
    Object.create(accessor({}, Symbol.for("fleche.digest"))),
    new Named(),
    accessor({}, "a"),
    accessor([], "0"),
    accessor(new Array(1000).fill(1), "500"),
    accessor(new Error(), "message"),
    accessor(new Error(), "cause"),
    accessor(/a/, "source"),
    accessor(new Date(), "getTime"),
    accessor(new URL("data:"), "href"),
    accessor(new Map(), "size"),
    accessor(new Set(), Symbol.iterator),
    accessor(new Uint8Array(1000), "buffer"),
    accessor(new Uint8Array(1000), Symbol.toStringTag),
    accessor(new ArrayBuffer(1), "byteLength"),
    Object.assign(new Array(1000).fill(1), { constructor: Named }),
    Object.assign(new Array(1000).fill(1), { [Symbol.for("nodejs.util.inspect.custom")]: tell("inspect") }),
    { toJSON: tell("toJSON") },
    { [Symbol.for("fleche.digest")]: tell("own method") },
    Object.assign([], { [Symbol.iterator]: tell("iterator") }),
  ];
  for (const value of hostile) {
    refusal(value);
    refusal([new Map([[1, value]])]);
  }
  expect(ran).toEqual([]);
});

test("what a class's own code takes away while its holder is read is refused, not stumbled over", () => {
  class Greedy {
    holder: Record<string, unknown> = {};
  }
  register(Greedy, {
    name: "test/Greedy",
    encode: (greedy: Greedy) => {
      Reflect.deleteProperty(greedy.holder, "z");
      return 1;
    },
    decode: () => new Greedy(),
  });
  const greedy = new Greedy();
  greedy.holder = { greedy, z: 1 };
  expect(refusal(greedy.holder)).toMatchObject({ path: "z", message: expect.stringContaining("went away") });
});

test("an error's own stack is not read, also where it is an accessor", () => {
  let read = 0;
  const error = Object.defineProperty(new Error("m"), "stack", { get: () => read++ });
  expect(digest(error)).toBe(digest(new Error("m")));
  expect(read).toBe(0);
});

describe("cycles", () => {
  test.each<[string, () => unknown, string]>([
    [
      "through an object",
      () => {
        const a: Record<string, unknown> = {};
        a.self = a;
        return a;
      },
      "self",
    ],
    [
      "through an array",
      () => {
        const a: unknown[] = [1];
        a.push(a);
        return a;
      },
      "[1]",
    ],
    [
      "through a Map's key",
      () => {
        const a = new Map();
        a.set(a, 1);
        return a;
      },
      "<key 0>",
    ],
    [
      "through a Map's value",
      () => {
        const a = new Map();
        a.set(1, [a]);
        return a;
      },
      "<value 0>[0]",
    ],
    [
      "through a Set",
      () => {
        const a = new Set();
        a.add({ a });
        return a;
      },
      "<member 0>.a",
    ],
    [
      "through an error's cause",
      () => {
        const a = new Error();
        a.cause = { a };
        return a;
      },
      "cause.a",
    ],
    [
      "through a longer way",
      () => {
        const a: unknown[] = [];
        a.push({ b: new Map([[0, tuple(a)]]) });
        return a;
      },
      "[0].b.<value 0>[0]",
    ],
  ])("%s are refused", (_, make, path) => {
    const { path: found, message } = refusal(make());
    expect(found).toBe(path);
    expect(message).toContain("cycle");
  });
});

/** A value of this many levels. */
type Nest = (inner: unknown, level: number) => unknown;
const NESTS: readonly (readonly [string, Nest])[] = [
  ["objects", (inner) => ({ a: inner })],
  ["arrays", (inner) => [inner]],
  ["Maps", (inner) => new Map([[1, inner]])],
  ["keys of Maps", (inner) => new Map([[inner, 1]])],
  ["Sets", (inner) => new Set([inner])],
  ["tuples", (inner) => tuple(inner)],
  ["dicts", (inner) => dict([[1, inner]])],
  ["errors", (inner) => new Error("m", { cause: inner })],
  ["null-prototype objects", (inner) => Object.assign(Object.create(null), { inner })],
];

function nested(levels: number, nest: Nest, core: unknown = 0): unknown {
  let value = core;
  for (let i = 0; i < levels; i++) value = nest(value, i);
  return value;
}

test("a proxy of a function is refused also where functions have digests", () => {
  const functionDigest = (): string => "0".repeat(64);
  const fn = (): number => 1;
  expect(digestHex([fn], { functionDigest })).toMatch(/^[0-9a-f]{64}$/);
  expect(() => digestHex([new Proxy(fn, {})], { functionDigest })).toThrow(DigestError);
});

describe("depth", () => {
  const mixed: Nest = (inner, level) => (NESTS[level % NESTS.length] as (typeof NESTS)[number])[1](inner, level);

  test.each([...NESTS, ["all of them in turn", mixed] as const])(
    "of 1,000 is accepted and 1,001 refused: %s",
    (_, nest) => {
      expect(digest(nested(1000, nest))).toMatch(/^[0-9a-f]{64}$/);
      expect(refusal(nested(1001, nest)).message).toContain("more than 1000 levels deep");
    },
  );

  test("of 900 is refused, too, with our error, where the stack has no room for it", () => {
    const value = nested(900, (inner) => [inner]);
    const outcomes = new Set<string>();
    const attempt = (): void => {
      try {
        outcomes.add(/^[0-9a-f]{64}$/.test(digest(value)) ? "digested" : "something else");
      } catch (error) {
        // Where not even a call of `digest` fits, the overflow is the caller's own.
        outcomes.add(error instanceof DigestError ? error.message.replace(/^.*: |\[0\]/g, "").slice(-80) : "overflow");
      }
    };
    // Down to the end of the stack, and back by some frames at a time until there is room.
    const descend = (depth: number): void => {
      try {
        descend(depth + 1);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      if (depth % 40 === 0 && !outcomes.has("digested")) attempt();
    };
    descend(0);
    expect(outcomes).toContain("digested");
    expect([...outcomes].join()).toContain("more levels deep than the call stack has room for");
  });

  test("of a million is refused without an overflow", () => {
    expect(refusal(nested(1e6, (inner) => [inner])).path.length).toBeLessThan(300);
    expect(refusal(nested(1e6, (inner) => ({ a: inner }))).path.length).toBeLessThan(300);
  });

  test.each(NESTS)("does not depend on which of two places a shared part is met at first: %s", (_, nest) => {
    // Alone the part has 500 levels; it lies at the top and under 499, 500 or 501 others.
    for (const [above, accepted] of [
      [498, true],
      [499, true],
      [500, false],
      [501, false],
    ] as const) {
      const part = nested(500, nest);
      const deep = nested(above, nest, part);
      const outcomes = [{ part, deep }, { deep, part }, [part, deep], [deep, part], new Map([[deep, part]])].map(
        (value) => {
          try {
            digest(value);
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(DigestError);
            return false;
          }
        },
      );
      expect([above, outcomes]).toEqual([above, outcomes.map(() => accepted)]);
    }
  });

  test("counts what encode of a registered class returns, and parts met again through other shared parts", () => {
    const core = nested(990, (inner) => [inner]);
    const once = [core];
    // The levels of a part that was met before count for what contains it, also when that is met again.
    expect(refusal([core, once, nested(12, (inner) => [inner], once)]).message).toContain("levels deep");
    const twice = [once, [[once]]];
    expect(digest(nested(5, (inner) => [inner], twice))).toMatch(/^[0-9a-f]/);
    expect(refusal(nested(8, (inner) => [inner], twice)).message).toContain("levels deep");
    expect(refusal(nested(8, (inner) => [inner], [[[once]], once])).message).toContain("levels deep");
  });
});

describe("size", () => {
  test("thirty doublings of shared parts cost what their thirty nodes cost", () => {
    for (const double of [
      (part: unknown) => [part, part],
      (part: unknown) => ({ a: part, b: part }),
      (part: unknown) => new Map([[part, part]]),
      (part: unknown) => tuple(part, part, part),
      (part: unknown) => new AggregateError([part], "m", { cause: part }),
    ]) {
      expect(digest(nested(30, double))).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test("arrays of a million elements have digests, told apart at both ends", () => {
    const list = Array.from({ length: 1e6 }, (_, i) => i);
    const hex = digest(list);
    list[999_999] = 0;
    expect(digest(list)).not.toBe(hex);
  });

  test("lists of every length around the border between joining and streaming are hashed alike", () => {
    // Replaced by their digests, children enter by another way and must give the same.
    for (const length of [0, 1, 39, 40, 41, 127, 128, 129, 255, 256, 257, 384, 512, 1000]) {
      const list = Array.from({ length }, (_, i) => `${i}`);
      expect(digest(list)).toBe(digest(list.map((text) => D(digest(text)))));
    }
  });

  test("holes are counted over all arrays of a value, and too many are refused", () => {
    expect(digest(new Array(MAX_HOLES))).toMatch(/^[0-9a-f]{64}$/);
    expect(refusal({ a: new Array(MAX_HOLES + 1) })).toMatchObject({ path: "a" });
    expect(refusal([new Array(MAX_HOLES - 5), { b: new Array(6) }])).toMatchObject({ path: "[1].b" });
    expect(digest([new Array(MAX_HOLES - 5), new Array(5)])).toMatch(/^[0-9a-f]{64}$/);
  });

  test("an array of 2^32 − 1 holes is refused without going through them", () => {
    expect(refusal(new Array(2 ** 32 - 1)).message).toContain("holes");
    const sparse: unknown[] = [];
    sparse[2 ** 32 - 2] = 1;
    expect(refusal(sparse).message).toContain("holes");
  });
});
