/**
 * What hangs on a function or class of the user's: own properties, members, private static fields, a superclass.
 */
import { hashDict } from "../digest/hash.ts";
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
  const members = ownMembers(fn, STANDARD, source, trace, at);
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (typeof prototype === "object" && prototype !== null) {
    for (const [name, digest] of ownMembers(prototype, ["constructor"], source, trace, (name) =>
      at(`prototype.${name}`),
    ))
      members.push([name, tagged("prototype", digest)]);
    addPrototypeOf(prototype, at("prototype.__proto__"), trace);
  }
  if (source.isClass && source.text.includes("#")) {
    const inspector = surroundings().inspector;
    for (const [name, value] of inspector?.privateFields(fn) ?? [])
      trace.add(at(name), tagged("value", trace.valueDigest(value, at(name))));
  }
  if (members.length > 0) trace.add(at("members"), tagged("members", hashDict(members)));
  const parent: unknown = Object.getPrototypeOf(fn);
  if (typeof parent === "function" && !surroundings().isFunctionPrototype(parent))
    trace.add(at("extends"), trace.functionDigest(parent, at("extends")));
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

function ownMembers(
  owner: object,
  standard: readonly PropertyKey[],
  source: Source,
  trace: Trace,
  at: (name: string) => string,
): [string, string][] {
  const members: [string, string][] = [];
  for (const key of Reflect.ownKeys(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
    // A static field may be called like a standard property; then it is enumerable.
    if (standard.includes(key) && !property.enumerable) continue;
    const digests = [property.value, property.get, property.set].map((value) =>
      memberDigest(value, source, trace, at(String(key))),
    );
    members.push([text(String(key)), tagged("member", text("value" in property ? "value" : "accessor"), ...digests)]);
  }
  return members;
}

/** A method that is written in the class counts by its text, since the class's source names what it captures. */
function memberDigest(value: unknown, owner: Source, trace: Trace, path: string): string {
  if (typeof value !== "function") return trace.valueDigest(value, path);
  const method = trace.unwrap(value);
  const source = trace.sourceOf(method);
  if (owner.isClass && !source.native && owner.text.includes(source.text)) return tagged("method", source.digest);
  return trace.functionDigest(method, path);
}
