/**
 * The code that comes with an instance: a function may call the methods of its receiver, or of an instance anywhere in its
 * arguments, and what the instance says of itself when it is digested is its data. So the classes of instances count as
 * parts of the function.
 */
import { hashChildren } from "../digest/hash.ts";
import { DigestError } from "../errors.ts";
import { type Identity, identify, type Seen } from "../identity/identity.ts";
import { keptApart, wrappedBy } from "./original.ts";

/** Adds to what was seen of a function the classes of the instances that it is called with. */
export type InstanceCode = (seen: Seen, instances: readonly object[], nowMs: number, force: boolean) => Seen;

/** Looks at each class as seldom as at the function itself. Throws a `DigestError` for one that cannot be seen. */
export function instanceCode(recheckMs: number | undefined): InstanceCode {
  const identities = new WeakMap<object, Identity>();
  const identityOf = (maker: object): Identity => {
    let identity = identities.get(maker);
    if (identity === undefined) {
      identity = identify(maker, { unwrap: wrappedBy, apart: keptApart, recheckMs });
      identities.set(maker, identity);
    }
    return identity;
  };
  return (seen, instances, nowMs, force) => {
    if (instances.length === 0) return seen;
    const classes = new Set<object>();
    for (const instance of instances) {
      const maker = classOf(instance);
      if (maker !== undefined) classes.add(maker);
    }
    if (classes.size === 0) return seen;
    const parts: [path: string, digest: string][] = [];
    for (const maker of classes) {
      const identity = identityOf(maker);
      const code = identity.current(nowMs, force);
      if ("unseen" in code) throw new DigestError("", `the class ${identity.name} cannot be seen: ${code.unseen}`);
      parts.push([`class ${identity.name}`, code.codeDigest]);
    }
    // In the order of their digests: where an instance was met first says nothing.
    parts.sort(([, a], [, b]) => (a < b ? -1 : 1));
    const codeDigest = hashChildren("tuple", [seen.codeDigest, ...parts.map(([, digest]) => digest)]);
    return { ...seen, codeDigest, parts: [...seen.parts, ...parts] };
  };
}

function classOf(instance: object): object | undefined {
  const prototype: object | null = Object.getPrototypeOf(instance);
  const maker: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof maker === "function" ? maker : undefined;
}
