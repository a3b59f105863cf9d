/**
 * What hangs on a function or class of the user's: own properties, members, private static fields, a superclass.
 */
import { types } from "node:util";
import { hashDict } from "../digest/hash.ts";
import { formOf, keyDigest } from "./keys.ts";
import { variableOf } from "./scope.ts";
import type { Source } from "./source.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text } from "./tagged.ts";
import type { Trace } from "./trace.ts";

/** Whether nothing hangs on a function but what each function has. */
export function isBare(fn: object): boolean {
  const { isFunctionPrototype } = surroundings();
  const parent: object | null = Object.getPrototypeOf(fn);
  if (parent === null || !isFunctionPrototype(parent) || !Reflect.ownKeys(fn).every((key) => STANDARD.includes(key)))
    return false;
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (typeof prototype !== "object" || prototype === null) return true;
  const above: object | null = Object.getPrototypeOf(prototype);
  if (above !== Object.prototype && !(above !== null && isFunctionPrototype(above))) return false;
  return Reflect.ownKeys(prototype).every((key) => key === "constructor");
}

/** Own properties of a function, static and other members of a class, the superclass. */
export function addHangers(fn: object, source: Source, trace: Trace, at: (name: string) => string): void {
  const members = ownMembers(fn, fn, trace, at);
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (typeof prototype === "object" && prototype !== null) {
    for (const [name, digest] of ownMembers(prototype, fn, trace, (name) => at(`prototype.${name}`)))
      members.push([name, tagged("prototype", digest)]);
    addPrototypeOf(prototype, at("prototype.__proto__"), trace);
  }
  if (source.isClass && source.text.includes("#")) {
    const inspector = surroundings().inspector;
    for (const [name, value] of inspector?.privateFields(fn) ?? [])
      trace.add(at(name), tagged("value", trace.valueDigest(value, at(name))));
  }
  if (members.length > 0) trace.add(at("members"), tagged("members", hashDict(members)));
  const parent: object | null = Object.getPrototypeOf(fn);
  if (parent === null) trace.add(at("extends"), tagged("nothing"));
  else if (!surroundings().isFunctionPrototype(parent)) {
    const inherited = typeof parent === "function" ? trace.functionDigest(parent, at("extends")) : undefined;
    trace.add(at("extends"), inherited ?? tagged("value", trace.valueDigest(parent, at("extends"))));
  }
}

const STANDARD: readonly PropertyKey[] = ["length", "name", "prototype", "arguments", "caller"];

/** What the prototype of a function's instances inherits from, where that is not the function's own superclass. */
function addPrototypeOf(prototype: object, path: string, trace: Trace): void {
  const parent: object | null = Object.getPrototypeOf(prototype);
  if (parent === null || parent === Object.prototype) return;
  const maker: unknown = Object.getOwnPropertyDescriptor(parent, "constructor")?.value;
  if (typeof maker === "function" && maker.prototype === parent) trace.add(path, trace.functionDigest(maker, path));
  else if (!surroundings().isFunctionPrototype(parent))
    trace.add(path, tagged("value", trace.valueDigest(parent, path)));
}

/** The members of a function or class, or of its prototype. */
export function ownMembers(
  owner: object,
  fn: object,
  trace: Trace,
  at: (name: string) => string,
  keys: readonly PropertyKey[] = Reflect.ownKeys(owner),
): [string, string][] {
  const members: [string, string][] = [];
  for (const key of keys as readonly (string | symbol)[]) {
    const property = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
    if (isStandard(key, property, owner, fn)) continue;
    const digests = [property.value, property.get, property.set].map((value) =>
      memberDigest(value, fn, trace, at(String(key))),
    );
    members.push([keyDigest(key, at("members")), tagged("member", text(formOf(property)), ...digests)]);
  }
  return members;
}

/** What every function has, with what it has by itself; name and length count where the function was met. */
function isStandard(key: PropertyKey, { value, enumerable }: PropertyDescriptor, owner: object, fn: object): boolean {
  // A static field may be called like a standard property; then it is enumerable.
  if (enumerable === true) return false;
  if (owner !== fn) return key === "constructor" && value === fn;
  switch (key) {
    case "name":
      return typeof value === "string";
    case "length":
      return typeof value === "number";
    case "prototype":
      return typeof value === "object" && value !== null;
    default:
      return key === "arguments" || key === "caller";
  }
}

/** A method that is written in the class counts by its text, since the class's source names what it captures. */
function memberDigest(value: unknown, owner: object, trace: Trace, path: string): string {
  if (typeof value !== "function" || types.isProxy(value)) return trace.valueDigest(value, path);
  const method = trace.unwrap(value);
  return trace.wrapped(value) === undefined && isWrittenIn(owner, method, trace)
    ? tagged("method", trace.sourceOf(method).digest)
    : trace.functionDigest(value, path);
}

/** Whether a function is a method of the class's own source, and not one of the same text that captured something else. */
function isWrittenIn(owner: object, method: object, trace: Trace): boolean {
  const [whole, part] = [trace.sourceOf(owner), trace.sourceOf(method)];
  if (!whole.isClass || part.native || !whole.text.includes(part.text)) return false;
  // A static field may hold a function that an expression made: only methods are made with the class.
  if (!part.free.isMethod || !isBare(method)) return false;
  const names = [...part.free.names.keys()];
  if (names.length === 0) return true;
  const [around, within] = [trace.look(owner)?.scopes ?? [], trace.look(method)?.scopes ?? []];
  return names.every((name) => {
    const [one, other] = [variableOf(around, name), variableOf(within, name)];
    if (one.kind !== other.kind) return false;
    return one.kind !== "value" || Object.is(one.value, (other as typeof one).value);
  });
}
