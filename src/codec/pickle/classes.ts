/** Classes that a program allows a pickle to name: what their instances are here, and how they are written. */
import { DecodeError, invalidArgument } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { deepen, Inner } from "./held.ts";
import { badArguments, type Known, made, nameOf, Pending } from "./known.ts";
import { Keyer } from "./value/key.ts";
import { type PickledInstance, PyEnumMember, PyObject } from "./value/py-object.ts";

/** A class that a pickle may name. Made by {@link pythonClass} and {@link pythonEnum}, or by hand. */
export interface PickleGlobal {
  /** Python's `class.__module__`. */
  readonly module: string;
  /** Python's `class.__qualname__`. */
  readonly name: string;
  /** What an instance is here. What it throws makes a `DecodeError`. */
  read(pickled: PickledInstance): unknown;
  /** Prototype of the objects that {@link PickleGlobal.write} is asked about. */
  readonly prototype: object;
  /** How Python makes this object; `undefined` for one that is not of this class. */
  write(instance: object): PickledInstance | undefined;
  /** The member of this name, of an enum. */
  member?(name: string): unknown;
}

/** What {@link pythonClass} is told. */
export interface PythonClassOptions<T extends object, S = unknown> {
  /** Python's `class.__module__`. */
  readonly module: string;
  /** Python's `class.__qualname__`. */
  readonly name: string;
  /** The class whose instances they are here. Without it they are {@link PyObject}s. */
  readonly class?: abstract new (
    ...args: never[]
  ) => T;
  /** What Python is to set on a new instance: of a dataclass an object of its fields. Needed with `class`. */
  readonly encode?: (instance: T) => S;
  /** The instance of that. Needed with `class`. */
  readonly decode?: (state: S) => T;
}

/**
 * Allows a pickle to name a Python class, such as a dataclass. Its code is not here and never runs.
 *
 * @example
 * ```ts
 * import { pythonClass, readPickle, writePickle } from "fleche/pickle";
 * class Point { constructor(readonly x: number, readonly y: number) {} }
 * const globals = [
 *   pythonClass({
 *     module: "geometry",
 *     name: "Point",
 *     class: Point,
 *     encode: ({ x, y }) => ({ x, y }),
 *     decode: ({ x, y }: { x: number; y: number }) => new Point(x, y),
 *   }),
 * ];
 * readPickle(writePickle(new Point(1, 2), { globals }), { globals }); // new Point(1, 2)
 * ```
 */
export function pythonClass<T extends object, S = unknown>(options: PythonClassOptions<T, S>): PickleGlobal {
  assertOptions("pythonClass", options, ["module", "name", "class", "encode", "decode"]);
  const { module, name, class: target, encode, decode } = options;
  assertName("pythonClass", module, name);
  if (target === undefined) {
    if (encode !== undefined || decode !== undefined)
      throw invalidArgument("pythonClass: encode and decode need class");
    return {
      module,
      name,
      prototype: PyObject.prototype,
      read: (pickled) => new PyObject(module, name, pickled),
      write(instance) {
        const object = instance as PyObject;
        return object.module === module && object.name === name ? object : undefined;
      },
    };
  }
  if (typeof target !== "function" || typeof encode !== "function" || typeof decode !== "function") {
    throw invalidArgument("pythonClass: class, encode and decode go together");
  }
  const prototype = target.prototype as object;
  return {
    module,
    name,
    prototype,
    read({ args, state }) {
      if (args.length > 0) throw new DecodeError(`${module}.${name} made from arguments, which its class here is not`);
      const instance = decode((state === undefined ? {} : state) as S);
      if (Object(instance) === instance && Object.getPrototypeOf(instance) === prototype) return instance;
      throw new DecodeError(`decode of ${module}.${name} returned something that is no instance of its class`);
    },
    write: (instance) => ({ via: "new", args: [], state: encode(instance as T) }),
  };
}

/** An enum: a {@link PickleGlobal} with its members. */
export interface PythonEnum<M> extends PickleGlobal {
  /** By their names; each is one object in all that is read. */
  readonly members: { readonly [Name in keyof M]: PyEnumMember };
}

/**
 * Allows a pickle to name the members of a Python enum.
 *
 * @example
 * ```ts
 * import { pythonEnum, readPickle, writePickle } from "fleche/pickle";
 * const Color = pythonEnum({ module: "paint", name: "Color", members: { RED: 1, GREEN: 2 } });
 * const globals = [Color];
 * readPickle(writePickle(Color.members.RED, { globals }), { globals }) === Color.members.RED; // true
 * ```
 */
export function pythonEnum<M extends object>(options: {
  readonly module: string;
  readonly name: string;
  /** The values by the names of the members. */
  readonly members: M;
}): PythonEnum<M> {
  assertOptions("pythonEnum", options, ["module", "name", "members"]);
  const { module, name } = options;
  assertName("pythonEnum", module, name);
  const members = new Map<string, PyEnumMember>();
  const all: Record<string, PyEnumMember> = {};
  for (const [of, value] of Object.entries(options.members)) {
    const member = new PyEnumMember(`${module}:${name}`, of, value);
    members.set(of, member);
    Object.defineProperty(all, of, { value: member, enumerable: true });
  }
  return {
    module,
    name,
    members: Object.freeze(all) as PythonEnum<M>["members"],
    prototype: PyEnumMember.prototype,
    read({ args, state }) {
      if (args.length !== 1 || state !== undefined) badArguments(`${module}.${name}`);
      const keyer = new Keyer();
      const key = keyer.of(args[0]);
      const found = [...members.values()].find(({ value }) => key !== undefined && keyer.of(value) === key);
      return found ?? badArguments(`the enum ${module}.${name}`);
    },
    write: (instance) =>
      [...members.values()].includes(instance as PyEnumMember)
        ? { via: "call", args: [(instance as PyEnumMember).value], state: undefined }
        : undefined,
    member: (of) => members.get(of) ?? badArguments(`the enum ${module}.${name}`),
  };
}

function assertName(where: string, module: string, name: string): void {
  for (const [what, text] of [
    ["module", module],
    ["name", name],
  ]) {
    if (typeof text !== "string" || text === "" || text.includes("\n")) {
      throw invalidArgument(`${where}: ${what} must be Python's name, a text of one line`);
    }
  }
}

/** What a reader looks up: these classes beside the given ones. A `TypeError` for a name that is taken. */
export function withClasses(known: ReadonlyMap<string, Known>, globals: readonly PickleGlobal[]): Map<string, Known> {
  const names = new Map(known);
  for (const global of globals) {
    const { module, name } = global;
    assertName("globals", module, name);
    if (names.has(nameOf(module, name))) throw invalidArgument(`globals: ${module}.${name} is there already`);
    names.set(nameOf(module, name), asKnown(global));
  }
  return names;
}

function asKnown(global: PickleGlobal): Known {
  const { module, name } = global;
  const known: Known = {
    module,
    name,
    instance(args, via, { height }) {
      if (args.some((part) => part instanceof Inner)) badArguments(`${module}.${name}`);
      const held = Pending.held((state) => {
        if (state instanceof Inner) badArguments(`${module}.${name}`);
        return made(`an instance of ${module}.${name}`, () => global.read({ via, args, state }));
      });
      deepen(held, height);
      return held;
    },
  };
  return global.member === undefined ? known : { ...known, attribute: (of) => global.member?.(of) };
}
