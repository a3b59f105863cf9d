/**
 * Tree → value. V8's reader accepts more than our writer writes, so its result is walked as strictly as a value that
 * goes in: known kinds only, no extra properties, bounded depth and length, records with exactly their fields.
 */
import { types } from "node:util";
import { ERROR_CLASSES } from "../../digest/builtin.ts";
import { digestHex } from "../../digest/digest.ts";
import { MAY_BE_HIDDEN } from "../../digest/error-fields.ts";
import { formNamed } from "../../digest/form.ts";
import { kindOf } from "../../digest/kind.ts";
import { assertOnlyIndices } from "../../digest/only-indices.ts";
import { assertOnly, type Field } from "../../digest/own-fields.ts";
import { registrationNamed, registrationOf } from "../../digest/registry.ts";
import { Dict, isPropertyKey, Tuple } from "../../digest/shapes.ts";
import { DecodeError } from "../../errors.ts";
import { RECORD_KEY, type RecordName } from "./record.ts";
import { makeTree, makeTrees, type Tree } from "./tree.ts";

/** Finds a part by its digest: what V8 read from its body, new each time, and how long that body was. */
export type PartReader = (digest: string) => { readonly raw: unknown; readonly size: number };

/** The value of a tree that was read from `size` bytes; throws `DecodeError`. */
export function readTree(raw: unknown, size: number, readPart: PartReader): unknown {
  // A marker that is met twice stands for one object.
  const resolved = new Map<object, unknown>();
  return makeTree(raw, {
    size,
    object: (value, tree) => readObject(value, tree),
    symbol: (_, tree) => tree.refuse("a symbol outside a record"),
    resolve(object, tree) {
      const digest = markedPart(object);
      if (digest === undefined) return object;
      if (!resolved.has(object)) {
        const part = readPart(digest);
        // A part that is a marker itself is read as a record, and refused as one: no marker leads to another.
        tree.size = Math.max(tree.size, part.size);
        resolved.set(object, part.raw);
      }
      return resolved.get(object);
    },
    error: refusal,
  });
}

/** Readers of records that another codec adds: each is given the fields, and refuses them where they are not right. */
export type MoreReaders = ReadonlyMap<string, (fields: Fields, tree: Tree) => unknown>;

/** The values of several trees in one walk, with the records that another codec adds. */
export function readTrees<T>(size: number, more: MoreReaders, work: (tree: Tree) => T): T {
  const object = (value: object, tree: Tree): unknown => readObject(value, tree, more);
  const symbol = (_: symbol, tree: Tree): never => tree.refuse("a symbol outside a record");
  return makeTrees({ size, object, symbol, error: refusal }, work);
}

function refusal(path: string, problem: string): DecodeError {
  return new DecodeError(path === "" ? problem : `${path}: ${problem}`);
}

/** The digest that a marker names; `undefined` for anything but a marker. */
function markedPart(object: object): string | undefined {
  if (!Object.hasOwn(object, RECORD_KEY)) return undefined;
  const held: unknown = Object.getOwnPropertyDescriptor(object, RECORD_KEY)?.value;
  if (!Array.isArray(held) || held.length !== 2 || held[0] !== "part") return undefined;
  const digest: unknown = held[1];
  return Buffer.isBuffer(digest) && digest.length === 32 ? digest.toString("hex") : undefined;
}

function readObject(object: object, tree: Tree, more?: MoreReaders): unknown {
  // Fresh from V8, which gives its reader's plain objects this prototype and nothing else: asking for the kind, slot by slot,
  // took a third of the time of decoding.
  if (Object.getPrototypeOf(object) === Object.prototype) return readPlain(object, tree, more);
  const kinded = kindOf(object);
  switch (kinded.kind) {
    case "dict":
      // Of another realm than ours.
      return readPlain(object, tree, more);
    case "list":
      return readList(kinded.value as unknown[], tree);
    case "Map":
      return readMap(kinded.value, tree);
    case "Set":
      return readSet(kinded.value, tree);
    case "ArrayBuffer":
      if ((object as { resizable?: boolean }).resizable === true) tree.refuse("a resizable buffer outside a record");
      return object;
    case "bytes":
    case "ndarray":
    case "DataView":
    case "Uint8ClampedArray":
    case "Date":
      return object;
    default:
      // V8's own errors, regular expressions, boxed values and the like: our writer makes none.
      return tree.refuse(`a ${kinded.kind} that is no record`);
  }
}

function readPlain(object: object, tree: Tree, more: MoreReaders | undefined): unknown {
  return Object.hasOwn(object, RECORD_KEY)
    ? readRecord(object, tree, more)
    : readDict(object as Record<string, unknown>, tree);
}

/** Objects fresh from V8 are ours: they hold data only, and changed parts are put in their place. */
function readDict(object: Record<string, unknown>, tree: Tree): unknown {
  for (const key of Object.keys(object)) {
    const part = object[key];
    const made = tree.child(part, key);
    if (!Object.is(made, part)) define(object, key, made);
  }
  return object;
}

function readList(list: unknown[], tree: Tree): unknown {
  const { size } = tree;
  const { length } = list;
  let present = length;
  // An element takes a byte at least, so what is longer has holes; they are counted before they are gone through.
  if (length > size) present = Object.keys(list).filter((key) => String(Number(key) >>> 0) === key).length;
  if (present < length) tree.holes(length - present);
  present = length;
  for (let i = 0; i < length; i++) {
    const part = list[i];
    if (part === undefined && !Object.hasOwn(list, i)) {
      if (length <= size) tree.holes(1);
      present--;
      continue;
    }
    const made = tree.child(part, i);
    if (!Object.is(made, part)) list[i] = made;
  }
  assertOnlyIndices(list, length, present, tree.refuse);
  return list;
}

function readMap(map: ReadonlyMap<unknown, unknown>, tree: Tree): unknown {
  const made = new Map<unknown, unknown>();
  let i = 0;
  for (const [key, value] of map) {
    made.set(tree.child(key, { shown: `<key ${i}>` }), tree.child(value, { shown: `<value ${i}>` }));
    i++;
  }
  if (made.size !== map.size) tree.refuse("a Map with a key twice");
  return made;
}

function readSet(set: ReadonlySet<unknown>, tree: Tree): unknown {
  const made = new Set<unknown>();
  let i = 0;
  for (const member of set) made.add(tree.child(member, { shown: `<member ${i++}>` }));
  if (made.size !== set.size) tree.refuse("a Set with a member twice");
  return made;
}

function define(object: object, key: PropertyKey, value: unknown, enumerable = true): void {
  // Defined, not assigned: the key may be `__proto__`.
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}

function readRecord(object: object, tree: Tree, more: MoreReaders | undefined): unknown {
  assertOnly(object, [RECORD_KEY], tree.refuse);
  const held: unknown = Object.getOwnPropertyDescriptor(object, RECORD_KEY)?.value;
  // A field takes a byte at least; a longer array has holes only, and going through them could take for ever.
  if (!Array.isArray(held) || held.length > tree.size) return tree.refuse("a record that holds no array of fields");
  const [name, ...fields] = held as unknown[];
  const own = typeof name === "string" && Object.hasOwn(READERS, name) ? READERS[name as RecordName] : undefined;
  const read = own ?? more?.get(name as string);
  if (read === undefined) return tree.refuse(`an unknown record ${typeof name === "string" ? name.slice(0, 40) : ""}`);
  return read(new Fields(name as string, fields, tree), tree);
}

/** The fields of a record, taken one by one; each is checked as it is taken. */
export class Fields {
  readonly #name: string;
  readonly #fields: readonly unknown[];
  readonly #tree: Tree;
  #next = 0;

  constructor(name: string, fields: readonly unknown[], tree: Tree) {
    this.#name = name;
    this.#fields = fields;
    this.#tree = tree;
  }

  text(): string {
    const field = this.#fields[this.#next++];
    return typeof field === "string" ? field : this.#wrong("text");
  }

  number(): number {
    const field = this.#fields[this.#next++];
    return typeof field === "number" ? field : this.#wrong("number");
  }

  bytes(): Buffer {
    const field = this.#fields[this.#next++];
    return Buffer.isBuffer(field) ? field : this.#wrong("bytes");
  }

  array(): readonly unknown[] {
    const field = this.#fields[this.#next++];
    return Array.isArray(field) ? field : this.#wrong("array");
  }

  /** Where there is none, {@link Fields.end} tells. */
  value(): unknown {
    return this.#tree.child(this.#fields[this.#next], { shown: `<${this.#name} field ${this.#next++}>` });
  }

  /** All that are left. */
  values(): unknown[] {
    const values: unknown[] = [];
    for (; this.#next < this.#fields.length; this.#next++) {
      values.push(this.#tree.child(this.#fields[this.#next], { shown: `<${this.#name} field ${this.#next}>` }));
    }
    return values;
  }

  /** Nothing may be left. */
  end(): void {
    if (this.#next !== this.#fields.length)
      this.#tree.refuse(`a ${this.#name} record of ${this.#fields.length} fields`);
  }

  #wrong(expected: string): never {
    return this.#tree.refuse(`a ${this.#name} record whose field ${this.#next} is no ${expected}`);
  }
}

const READERS: { readonly [Name in RecordName]: (fields: Fields, tree: Tree) => unknown } = {
  dict: (fields, tree) => readFields({}, fields.values(), tree),
  "null-prototype": (fields, tree) => readFields(Object.create(null) as object, fields.values(), tree),
  tuple: (fields) => new Tuple(fields.values()),
  pairs(fields, tree) {
    const entries = inPairs(fields.values(), tree);
    const keys = new Set(entries.map(([key]) => keyDigest(key)));
    if (keys.size < entries.length) tree.refuse("a dict with two keys that are equal");
    return made(() => new Dict(entries), "a dict", tree);
  },
  Error: readError,
  RegExp(fields, tree) {
    const [source, flags, lastIndex] = [fields.text(), fields.text(), fields.number()];
    fields.end();
    // Compiled, never run.
    const expression = made(() => new RegExp(source, flags), "a regular expression", tree);
    expression.lastIndex = lastIndex;
    return expression;
  },
  URL(fields, tree) {
    const href = fields.text();
    fields.end();
    const url = made(() => new URL(href), "a URL", tree);
    return url.href === href ? url : tree.refuse("a URL that is not in normal form");
  },
  Symbol(fields) {
    const key = fields.text();
    fields.end();
    return Symbol.for(key);
  },
  ArrayBuffer(fields, tree) {
    const [bytes, maxByteLength] = [fields.bytes(), fields.number()];
    fields.end();
    const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    const buffer = made(() => new Resizable(bytes.length, { maxByteLength }), "a resizable buffer", tree);
    new Uint8Array(buffer).set(bytes);
    return buffer;
  },
  Float16Array(fields, tree) {
    const bytes = fields.bytes();
    fields.end();
    const Float16Array = Reflect.get(globalThis, "Float16Array") as (new (buffer: ArrayBuffer) => object) | undefined;
    if (Float16Array === undefined) return tree.refuse("a Float16Array, which this version of Node does not have");
    return made(() => new Float16Array(Uint8Array.prototype.slice.call(bytes).buffer as ArrayBuffer), "float16", tree);
  },
  python(fields, tree) {
    const name = fields.text();
    const form = formNamed(name);
    if (form === undefined)
      return tree.refuse(`a Python ${JSON.stringify(name.slice(0, 40))}; import "fleche/pickle" first`);
    const parts = fields.values();
    return made(() => form.make(parts), `a Python ${name}`, tree);
  },
  part: (_, tree) => tree.refuse("a part record that names no digest, or that is a part itself"),
  object(fields, tree) {
    const [name, encoded] = [fields.text(), fields.value()];
    fields.end();
    const registration = registrationNamed(name);
    if (registration === undefined)
      return tree.refuse(`class ${JSON.stringify(name.slice(0, 80))}, which is not registered in this program`);
    const instance = made(() => registration.decode(encoded), `an instance of ${name}`, tree);
    const prototype: unknown =
      Object(instance) === instance && !types.isProxy(instance) && Object.getPrototypeOf(instance);
    // Of what has no prototype there is no registration.
    if (registrationOf(prototype as object) !== registration) {
      return tree.refuse(`decode of ${name} returned something that is no instance of its class`);
    }
    return instance;
  },
};

function readError(fields: Fields, tree: Tree): unknown {
  const [className, hidden, visible] = [fields.text(), fields.array(), fields.array()];
  fields.end();
  if (!Object.hasOwn(ERROR_CLASSES, className)) return tree.refuse("an error of an unknown class");
  const target = ERROR_CLASSES[className as keyof typeof ERROR_CLASSES];
  // An error without a message of its own, whatever its class asks of its constructor.
  const error = Reflect.construct(Error, [], target) as Error;
  // Before the fields: V8 writes the text of a stack when it is first touched, and makes text of the name for it.
  define(error, "stack", "", false);
  for (const [key, value] of asFields(hidden, tree)) {
    if (!MAY_BE_HIDDEN.includes(key)) tree.refuse("an error with a hidden field of another name");
    define(error, key, value, false);
  }
  for (const [key, value] of asFields(visible, tree)) define(error, key, value);
  // Where it was thrown is not stored; without this it would tell of our own lines. A program may have put anything
  // into name and message; only texts are shown, since making text of something else could run code.
  const shown = (part: unknown, otherwise: string): string => (typeof part === "string" ? part : otherwise);
  define(error, "stack", `${shown(error.name, className)}: ${shown(error.message, "")}`, false);
  return error;
}

function asFields(trees: readonly unknown[], tree: Tree): Field[] {
  const fields: Field[] = [];
  for (let i = 0; i < trees.length; i += 2) {
    const key = tree.any(trees[i]);
    if (!isPropertyKey(key) || i + 1 >= trees.length) tree.refuse("a list of fields without a key or a value");
    fields.push([key, tree.child(trees[i + 1], key)]);
  }
  return fields;
}

function readFields(target: object, values: readonly unknown[], tree: Tree): object {
  for (const [key, value] of inPairs(values, tree)) {
    if (!isPropertyKey(key) || Object.hasOwn(target, key))
      return tree.refuse("a record with a wrong key, or a key twice");
    define(target, key, value);
  }
  return target;
}

function inPairs(values: readonly unknown[], tree: Tree): [unknown, unknown][] {
  if (values.length % 2 !== 0) tree.refuse("a record with a key and no value");
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}

/** What tells keys apart; a key without a digest (it holds a function) is like no other. */
function keyDigest(key: unknown): unknown {
  try {
    return digestHex(key);
  } catch {
    return {};
  }
}

function made<T>(make: () => T, what: string, tree: Tree): T {
  try {
    return make();
  } catch (error) {
    return tree.refuse(`${what} that cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}
