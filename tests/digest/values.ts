/**
 * Values for properties: one of every kind, an arbitrary of them nested, and a comparison that is written without the
 * library, so that digests and codecs are judged by something else than themselves.
 */
import { types } from "node:util";
import fc from "fast-check";
import { formOf } from "../../src/digest/form.ts";
import { register } from "../../src/digest/registry.ts";
import { Dict, dict, Tuple, tuple } from "../../src/digest/shapes.ts";

/** A registered class. */
export class Point {
  readonly x: unknown;
  readonly y: unknown;
  constructor(x: unknown, y: unknown) {
    this.x = x;
    this.y = y;
  }
}
register(Point, { name: "test.Point", encode: ({ x, y }) => [x, y], decode: ([x, y]) => new Point(x, y) });

/** A registered class that has the fields of {@link Point}. */
export class Vector {
  readonly x: unknown;
  readonly y: unknown;
  constructor(x: unknown, y: unknown) {
    this.x = x;
    this.y = y;
  }
}
register(Vector, { name: "test.Vector", encode: ({ x, y }) => [x, y], decode: ([x, y]) => new Vector(x, y) });

/** A registered class whose state is private. */
export class Secret {
  readonly #held: unknown;
  constructor(held: unknown) {
    this.#held = held;
  }
  get held(): unknown {
    return this.#held;
  }
}
register(Secret, { name: "test.Secret", encode: ({ held }) => held, decode: (held) => new Secret(held) });

/** A resizable buffer, which the types of ES2023 do not know how to make. */
export function resizable(bytes: Uint8Array, maxByteLength: number): ArrayBuffer {
  const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  const buffer = new Resizable(bytes.length, { maxByteLength });
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value as ArrayBuffer);
}

function growth(buffer: ArrayBuffer): number | undefined {
  const { resizable: grows, maxByteLength } = buffer as { resizable?: boolean; maxByteLength?: number };
  return grows === true ? maxByteLength : undefined;
}

/** Whether two values are the same by the table in the documents: same kinds, same parts, keys of objects in any order. */
export function alike(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a)) return alikeLists(a, b as unknown[]);
  if (ArrayBuffer.isView(a)) return bytesOf(a).equals(bytesOf(b as ArrayBufferView));
  if (types.isArrayBuffer(a)) {
    return bytesOf(a).equals(bytesOf(b as ArrayBuffer)) && growth(a) === growth(b as ArrayBuffer);
  }
  if (a instanceof Map) return alikeLists([...a].flat(1), [...(b as Map<unknown, unknown>)].flat(1));
  if (a instanceof Set) return alikeLists([...a], [...(b as Set<unknown>)]);
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof URL) return a.href === (b as URL).href;
  if (a instanceof RegExp) {
    const other = b as RegExp;
    return a.source === other.source && a.flags === other.flags && Object.is(a.lastIndex, other.lastIndex);
  }
  if (a instanceof Tuple) return alikeLists([...a], [...(b as Tuple)]);
  if (a instanceof Dict) return alikeEntries(a.entries, (b as Dict).entries);
  const form = formOf(a, Object.getPrototypeOf(a) as object);
  if (form !== undefined) return form.is(b) && alikeLists(form.parts(a), form.parts(b));
  if (a instanceof Secret) return alike(a.held, (b as Secret).held);
  if (types.isNativeError(a)) return alikeErrors(a, b as Error);
  return alikeFields(a, b);
}

function alikeLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (Object.hasOwn(a, i) !== Object.hasOwn(b, i) || !alike(a[i], b[i])) return false;
  }
  return true;
}

type Entries = readonly (readonly [unknown, unknown])[];

function alikeEntries(a: Entries, b: Entries): boolean {
  return a.length === b.length && a.every(([key, value]) => b.some(([k, v]) => alike(k, key) && alike(v, value)));
}

function alikeFields(a: object, b: object): boolean {
  const shown = (object: object): PropertyKey[] =>
    // Not the stack: looking at it makes V8 write it.
    Reflect.ownKeys(object).filter(
      (key) => key !== "stack" && Object.getOwnPropertyDescriptor(object, key)?.enumerable === true,
    );
  const keys = shown(a);
  if (keys.length !== shown(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && alike(Reflect.get(a, key), Reflect.get(b, key)));
}

function alikeErrors(a: Error, b: Error): boolean {
  const own = (error: Error, key: string): unknown[] => (Object.hasOwn(error, key) ? [Reflect.get(error, key)] : []);
  return (
    alike(a.name, b.name) &&
    alike(a.message, b.message) &&
    alikeLists(own(a, "cause"), own(b, "cause")) &&
    alikeLists(own(a, "errors"), own(b, "errors")) &&
    alikeFields(a, b)
  );
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    "",
    "1",
    "$fleche",
    "__proto__",
    "constructor",
    "length",
    "toJSON",
    "hasOwnProperty",
    "\ud800",
    "é\udfff",
  ),
);
const symbol = fc.constantFrom("", "a", "fleche.digest", "ü").map((name) => Symbol.for(name));

/** Primitive values of every type. */
export const scalar: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 5e-324, -(2 ** 53)),
  fc.bigInt(),
  fc.bigInt({ min: -5n, max: 5n }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  symbol,
);

const TYPED = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** Buffers and views, most of them in the middle of a larger buffer. */
export const binary: fc.Arbitrary<unknown> = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(3), fc.nat(13))
  .map(([bytes, before, which]): unknown => {
    const home = new Uint8Array(bytes.length + before * 8 + 5);
    home.set(bytes, before * 8);
    const View = TYPED[which];
    if (View !== undefined) {
      return new View(home.buffer, before * 8, Math.floor(bytes.length / View.BYTES_PER_ELEMENT));
    }
    if (which === 11) return Buffer.from(home.buffer, before * 8, bytes.length);
    if (which === 12) return new DataView(home.buffer, before, bytes.length);
    return before === 0 ? bytes.slice().buffer : resizable(bytes, bytes.length + before);
  });

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom("http://a.example/b?c#d", "data:x", "file:///etc/ä").map((href) => new URL(href)),
  fc
    .tuple(fc.constantFrom("a", "[/]", "(?:)", "(a+)+$", "\\n"), fc.constantFrom("", "g", "dgimsuy"), fc.nat(3))
    .map(([source, flags, lastIndex]) => Object.assign(new RegExp(source, flags), { lastIndex })),
);

/** An object of these entries, `__proto__` included. */
export function objectOf(entries: Iterable<readonly [PropertyKey, unknown]>, prototype: object | null): object {
  return defineAll(Object.create(prototype) as object, entries);
}

function defineAll<T extends object>(object: T, entries: Iterable<readonly [PropertyKey, unknown]>): T {
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/** Values of every kind that has a digest and can be stored, nested; with shared parts. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const part = tie("value");
  const few = { maxLength: 4 } as const;
  const fields = fc.array(fc.tuple(fc.oneof(text, symbol), part), few);
  const parts = fc.array(part, few);
  const pairs = fc.array(fc.tuple(part, part), few);
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      { arbitrary: scalar, weight: 5 },
      binary,
      leaf,
      { arbitrary: parts, weight: 3 },
      { arbitrary: fields.map((entries) => objectOf(entries, Object.prototype)), weight: 4 },
      fields.map((entries) => objectOf(entries, null)),
      // A list with holes, perhaps at its end.
      fc.tuple(parts, fc.nat(9)).map(([list, hole]) => {
        const holey = [...list];
        delete holey[hole % (holey.length + 1)];
        holey.length += hole % 3;
        return holey;
      }),
      pairs.map((entries) => new Map(entries)),
      parts.map((members) => new Set(members)),
      parts.map((items) => tuple(...items)),
      fc.array(fc.tuple(fc.oneof(fc.integer(), fc.constant(null), fc.boolean(), text), part), few).map((entries) => {
        const distinct = new Map(entries.map(([key, value]) => [`${typeof key}${String(key)}`, [key, value] as const]));
        return dict(distinct.values());
      }),
      fc.tuple(fc.nat(ERRORS.length), part, fields, fc.nat(15)).map(([which, cause, extra, has]): unknown => {
        const options = (has & 1) === 0 ? undefined : { cause };
        const Class = ERRORS[which];
        const error = Class === undefined ? new AggregateError([cause], "m", options) : new Class("m", options);
        if ((has & 2) !== 0) Reflect.deleteProperty(error, "message");
        if ((has & 4) !== 0) Object.defineProperty(error, "name", { value: cause, configurable: true, writable: true });
        return defineAll(error, extra);
      }),
      fc.tuple(part, part).map(([x, y]) => new Point(x, y)),
      part.map((held) => new Secret(held)),
      // The same object at several places.
      part.map((shared) => [shared, { again: shared }, new Map([[shared, shared]])]),
    ),
  };
}).value;

/** Values from so small a pool that equal ones and nearly equal ones are common. */
export const closeValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const part = tie("value");
  const two = { maxLength: 2 } as const;
  const atom = fc.constantFrom<unknown>(0, -0, 1, 1n, "1", "", "a", true, null, undefined, Number.NaN, Symbol.for("a"));
  const key = fc.constantFrom<PropertyKey>("a", "1", "", "__proto__", "name", Symbol.for("a"));
  const fields = fc.array(fc.tuple(key, part), two);
  return {
    value: fc.oneof(
      { maxDepth: 2, depthSize: "small" },
      { arbitrary: atom, weight: 3 },
      fc.array(part, two),
      fc.array(part, two).map((list) => Object.assign(new Array(2), list)),
      fc.array(part, two).map((items) => tuple(...items)),
      fc.array(part, two).map((members) => new Set(members)),
      fc.array(fc.tuple(part, part), two).map((entries) => new Map(entries)),
      fields.map((entries) => objectOf(entries, Object.prototype)),
      fields.map((entries) => objectOf(entries, null)),
      fields.map((entries) => defineAll(new Error(), entries)),
      fc.array(part, two).map((causes) => new TypeError("a", causes.length === 0 ? undefined : { cause: causes[0] })),
      fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
      fc.constantFrom("", "a").map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("", "a").map((bytes) => Uint8Array.from(Buffer.from(bytes))),
      fc.constantFrom("", "a").map((bytes) => Uint8ClampedArray.from(Buffer.from(bytes))),
      fc.constantFrom("", "a").map((bytes) => new DataView(Uint8Array.from(Buffer.from(bytes)).buffer)),
      fc.constantFrom(0, 1).map((size) => new ArrayBuffer(size)),
      fc.tuple(part, part).map(([x, y]) => new Point(x, y)),
      fc.tuple(part, part).map(([x, y]) => new Vector(x, y)),
      part.map((held) => new Secret(held)),
    ),
  };
}).value;

/** A value of every kind of the table, by what it is called; made anew each time. */
export const EVERY_KIND: readonly (readonly [name: string, make: () => unknown])[] = [
  ["a text", () => "text"],
  ["an empty text", () => ""],
  ["a lone surrogate", () => "a\ud800b"],
  ["a long text", () => "é".repeat(10_000)],
  ["zero", () => 0],
  ["negative zero", () => -0],
  ["an integer", () => -42],
  ["the largest safe integer", () => Number.MAX_SAFE_INTEGER],
  ["an unsafe integer", () => 2 ** 53],
  ["a fraction", () => 0.1],
  ["the smallest double", () => 5e-324],
  ["infinity", () => Number.POSITIVE_INFINITY],
  ["minus infinity", () => Number.NEGATIVE_INFINITY],
  ["NaN", () => Number.NaN],
  ["a small bigint", () => 7n],
  ["a large bigint", () => -(2n ** 200n)],
  ["true", () => true],
  ["false", () => false],
  ["null", () => null],
  ["undefined", () => undefined],
  ["a symbol", () => Symbol.for("a")],
  ["an array", () => [1, [2, "three"], null]],
  ["an empty array", () => []],
  ["an array with holes", () => Object.assign(new Array(5), { 1: "one", 3: undefined })],
  ["only holes", () => new Array(4)],
  ["a plain object", () => ({ b: 1, a: { c: [] } })],
  ["an object with keys like indices", () => ({ 10: "a", 9: "b", "-1": "c", "": "d" })],
  ["an object with __proto__ as key", () => JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":2}}')],
  ["an object with symbol keys", () => ({ [Symbol.for("k")]: 1, k: 2 })],
  ["an object that looks like a record", () => ({ $fleche: ["URL", "http://a.example/"] })],
  ["an object with undefined in it", () => ({ a: undefined })],
  ["a null-prototype object", () => objectOf([["a", 1]], null)],
  ["a null-prototype object with a symbol key", () => objectOf([[Symbol.for("a"), 1]], null)],
  ["a Buffer", () => Buffer.from("bytes")],
  ["an empty Buffer", () => Buffer.alloc(0)],
  ...TYPED.map(
    (View) => [`a ${View.name}`, () => new View(new Uint8Array(48).map((_, i) => 255 - i * 5).buffer, 8, 3)] as const,
  ),
  ["an empty typed array", () => new Float64Array(0)],
  [
    "a Map",
    () =>
      new Map<unknown, unknown>([
        ["b", 1],
        ["a", new Map([[{ x: 1 }, [2]]])],
      ]),
  ],
  [
    "a Map with NaN and 0 as keys",
    () =>
      new Map([
        [Number.NaN, 1],
        [0, 2],
      ]),
  ],
  [
    "a Map with symbols and URLs as keys",
    () =>
      new Map<unknown, number>([
        [Symbol.for("k"), 1],
        [new URL("data:x"), 2],
      ]),
  ],
  ["a Set", () => new Set<unknown>([3, 1, "x", [1]])],
  ["a Date", () => new Date(1_700_000_000_123)],
  ["an invalid Date", () => new Date(Number.NaN)],
  ["a regular expression", () => Object.assign(/a[/]\n(b)/dgimsuy, { lastIndex: 7 })],
  ["an empty regular expression", () => new RegExp("")],
  ["a URL", () => new URL("https://user:pw@example.org:8443/päth?q=1#h")],
  ["an ArrayBuffer", () => Uint8Array.of(1, 2, 3).buffer],
  ["a resizable ArrayBuffer", () => resizable(Uint8Array.of(1, 2), 10)],
  ["a DataView", () => new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2)],
  ["an error", () => new Error("message")],
  ["an error without a message", () => new Error()],
  [
    "an error with code, cause and symbol",
    () => Object.assign(new RangeError("m", { cause: new TypeError("inner") }), { code: "E", [Symbol.for("s")]: [1] }),
  ],
  ["an error whose cause is undefined", () => new Error("m", { cause: undefined })],
  ["an aggregate error", () => new AggregateError([new Error("a"), 2], "both")],
  ["an error with a name of its own", () => Object.assign(new Error("m"), { name: "Renamed" })],
  ["an error whose name cannot be made a text", () => Object.assign(new Error("m"), { name: Object.create(null) })],
  ...ERRORS.map((Class) => [`a ${Class.name}`, () => new Class("m")] as const),
  ["a tuple", () => tuple("a", tuple(1), [2])],
  ["an empty tuple", () => tuple()],
  [
    "a dict",
    () =>
      dict([
        [1, "a"],
        ["b", 2],
        [null, tuple()],
      ]),
  ],
  ["an instance of a registered class", () => new Point(1, new Point("a", undefined))],
  ["an instance with private state", () => new Secret(new Map([[1, new Date(0)]]))],
  ...(typeof Reflect.get(globalThis, "Float16Array") === "function"
    ? [
        [
          "a Float16Array",
          () => new (Reflect.get(globalThis, "Float16Array") as new (from: number[]) => object)([1, 0.5]),
        ] as const,
      ]
    : []),
];
