/**
 * Classes that say how their instances are named and stored. Registered names are what a cache holds, so a class may be
 * renamed or moved; a second registration of a name is refused, since it would give one name to two things.
 */
import { invalidArgument } from "../errors.ts";
import { builtinName } from "./builtin.ts";
import { FORM_NAMES } from "./form.ts";

/** How a class is digested and stored. */
export interface ClassRegistration<T extends object = object, P = unknown> {
  /** Names the class in digests and in stored values, for ever; not `null-prototype`, `symbol-method`, or one of Python's classes. */
  readonly name: string;
  /** What the instance is made of, as plain data or other digestible values. Equal instances give equal values. */
  encode(instance: T): P;
  /** The instance again. What it throws makes the entry a miss (`decode-failed`). */
  decode(value: P): T;
}

/** The method by which a class without registration says how its instances are digested, as arguments only. */
export const DIGEST_METHOD: unique symbol = Symbol.for("fleche.digest") as never;

/** A class that can be registered: anything with a prototype. */
export type Registrable<T extends object> = abstract new (...args: never[]) => T;

const RESERVED: readonly string[] = ["null-prototype", "symbol-method", ...FORM_NAMES];

// The registry is the one thing here that lives as long as the process: a class has one meaning in it.
const byPrototype = new Map<object, ClassRegistration>();
const byName = new Map<string, ClassRegistration>();

/**
 * Makes a class digestible and storable: its instances come back as instances. Subclasses need their own registration.
 * Throws a `TypeError` for a name or a class that is registered already.
 *
 * @example
 * ```ts
 * import { digest, register } from "fleche";
 * class Point { constructor(readonly x: number, readonly y: number) {} }
 * register(Point, { name: "geometry.Point", encode: (p) => [p.x, p.y], decode: ([x, y]) => new Point(x!, y!) });
 * digest(new Point(1, 2)) === digest(new Point(1, 2)); // true
 * ```
 */
export function register<T extends object, P>(target: Registrable<T>, registration: ClassRegistration<T, P>): void {
  const { name } = registration;
  if (typeof target !== "function" || typeof target.prototype !== "object" || target.prototype === null) {
    throw invalidArgument("register: the first argument is the class whose instances are to be stored");
  }
  if (typeof name !== "string" || name === "") throw invalidArgument("register: name must be a text that is not empty");
  if (typeof registration.encode !== "function" || typeof registration.decode !== "function") {
    throw invalidArgument("register: encode and decode must be functions");
  }
  if (RESERVED.includes(name)) throw invalidArgument(`register: the name "${name}" is reserved`);
  if (builtinName(target.prototype) !== undefined) throw invalidArgument(`register: ${target.name} is built in`);
  if (byName.has(name)) throw invalidArgument(`register: the name "${name}" is registered already`);
  if (byPrototype.has(target.prototype)) throw invalidArgument(`register: class ${target.name} is registered already`);
  const entry = Object.freeze({ ...registration, name }) as unknown as ClassRegistration;
  byPrototype.set(target.prototype, entry);
  byName.set(name, entry);
}

/** The registration of the class whose prototype this is. */
export function registrationOf(prototype: object): ClassRegistration | undefined {
  return byPrototype.get(prototype);
}

/** The registration of this name, for reading a stored instance. */
export function registrationNamed(name: string): ClassRegistration | undefined {
  return byName.get(name);
}

/** Whether any class is registered: if not, no code but ours runs while a value is read. */
export function anyRegistered(): boolean {
  return byName.size > 0;
}
