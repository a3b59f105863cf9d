/**
 * The code that comes with an instance: a function may call the methods of its receiver or of an argument, and what the
 * instance says of itself when it is digested is its data. So the classes of instances count as parts of the function.
 */
import { types } from "node:util";
import type { Argument } from "../call/binding.ts";
import { hashChildren } from "../digest/hash.ts";
import { DIGEST_METHOD, registrationOf } from "../digest/registry.ts";
import { type Identity, identify, type Seen } from "../identity/identity.ts";
import { originalOf } from "./original.ts";

/** Adds to what was seen of a function the classes of the instances that it is called with. */
export type InstanceCode = (seen: Seen, args: readonly Argument[], nowMs: number, force: boolean) => Seen;

/** Looks at each class as seldom as at the function itself. Throws an `Error` for one that cannot be seen. */
export function instanceCode(recheckMs: number | undefined): InstanceCode {
  const identities = new WeakMap<object, Identity>();
  const identityOf = (maker: object): Identity => {
    let identity = identities.get(maker);
    if (identity === undefined) {
      identity = identify(maker, { unwrap: originalOf, recheckMs });
      identities.set(maker, identity);
    }
    return identity;
  };
  return (seen, args, nowMs, force) => {
    const parts: [path: string, digest: string][] = [];
    for (const { name, value } of args) {
      const maker = classOf(value);
      if (maker === undefined) continue;
      const code = identityOf(maker).current(nowMs, force);
      if ("unseen" in code) throw new Error(`the class of ${name} cannot be seen: ${code.unseen}`);
      parts.push([`class of ${name}`, code.codeDigest]);
    }
    if (parts.length === 0) return seen;
    const codeDigest = hashChildren("tuple", [seen.codeDigest, ...parts.map(([, digest]) => digest)]);
    return { ...seen, codeDigest, parts: [...seen.parts, ...parts] };
  };
}

/** The class of an instance that says itself how it is digested; no other instance gets here. */
function classOf(value: unknown): object | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || (registrationOf(prototype) === undefined && !(DIGEST_METHOD in prototype)))
    return undefined;
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof maker === "function" ? maker : undefined;
}
