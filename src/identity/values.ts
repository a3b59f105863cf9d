/** The digest of a captured value: as of any value, with functions and instances named as this folder names them. */
import { types } from "node:util";
import { digestHex } from "../digest/digest.ts";
import { hashChildren } from "../digest/hash.ts";
import { DIGEST_METHOD, registrationOf } from "../digest/registry.ts";
import { tagged, within } from "./tagged.ts";
import type { Trace } from "./trace.ts";

/** The digest of a value found at a path. Throws a `DigestError` where it has none. */
export function valueDigest(value: unknown, path: string, trace: Trace): string {
  const digest = plainDigest(value, path, trace);
  const classes = namedClasses(value, trace);
  if (classes.size === 0) return digest;
  return tagged(
    "instances",
    digest,
    ...[...classes].map((maker) => trace.functionDigest(maker, within(path, "constructor"))),
  );
}

/**
 * The classes whose instances say themselves how they are digested. Their digest names what an instance holds, but here
 * the function may also call its methods.
 */
function namedClasses(value: unknown, { unwrap, sourceOf, origin }: Trace): Set<object> {
  const classes = new Set<object>();
  const met = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const object = waiting.pop();
    if (
      typeof object !== "object" ||
      object === null ||
      met.has(object) ||
      types.isProxy(object) ||
      ArrayBuffer.isView(object)
    )
      continue;
    met.add(object);
    const prototype: object | null = Object.getPrototypeOf(object);
    const maker: unknown =
      prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (prototype !== null && (registrationOf(prototype) !== undefined || DIGEST_METHOD in prototype)) {
      if (typeof maker === "function") classes.add(unwrap(maker));
    } else if (typeof maker !== "function" || sourceOf(maker).native || origin(maker).kind === "user") {
      if (types.isMap(object)) waiting.push(...Map.prototype.keys.call(object), ...Map.prototype.values.call(object));
      if (types.isSet(object)) waiting.push(...Set.prototype.values.call(object));
      waiting.push(...fieldsOf(object));
    }
  }
  return classes;
}

/** The objects in an object's fields. It has a digest, so no getter is among them. */
function fieldsOf(object: object): unknown[] {
  if (types.isModuleNamespaceObject(object)) return [];
  if (Array.isArray(object)) return object.filter((element) => typeof element === "object");
  return Object.values(Object.getOwnPropertyDescriptors(object)).map(({ value }) => value as unknown);
}

function plainDigest(value: unknown, path: string, trace: Trace): string {
  return digestHex(value, {
    at: path,
    // Inside a value a Digest would count as what it names, but the function holds the Digest.
    refuseReferences: true,
    functionDigest: (fn) => hashChildren("function", [trace.functionDigest(fn, path)]),
    otherDigest: (object, child) => hashChildren("object", [trace.instanceDigest(object, path, child)]),
  });
}
