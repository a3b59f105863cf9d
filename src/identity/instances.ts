/**
 * Captured instances of classes that are not registered: of a user's class by class and fields, of Node's and a
 * package's by the name of the class alone, reported as left out. What holds state that nobody can read is refused.
 */
import { types } from "node:util";
import type { DigestChild } from "../digest/digest.ts";
import { hashDict } from "../digest/hash.ts";
import { originText } from "./foreign.ts";
import { formOf, isNamedSymbol, keyDigest } from "./keys.ts";
import { surroundings } from "./surroundings.ts";
import { tagged, text } from "./tagged.ts";
import type { Trace } from "./trace.ts";
import { unseen } from "./unseen.ts";

/** The digest of an object that has no exact name of its own. */
export function instanceDigest(value: object, path: string, child: DigestChild, trace: Trace): string {
  if (types.isProxy(value)) unseen(`"${path}" is a proxy`);
  const builtin = surroundings().builtinObject(value);
  if (builtin !== undefined) return tagged("builtin", text(builtin));
  if (types.isModuleNamespaceObject(value)) {
    const members = Object.keys(value).map((name): [string, string] => [
      text(name),
      child(Reflect.get(value, name), name),
    ]);
    return tagged("namespace", hashDict(members));
  }
  const lineage = classesOf(value);
  const [nearest] = lineage;
  if (nearest === undefined) return derivedDigest(value, child, path);
  const origins = lineage.map((maker) => originOf(maker, trace));
  const className = nearest.name || "a class without a name";
  switch (origins[0]) {
    case "builtin":
      return builtinDigest(value, nearest.name, path, child);
    case "user":
      break;
    default: {
      const [read] = origins[0] === "node" ? readDigest(value, nearest.name, path, child) : [];
      if (read !== undefined) {
        assertBare(value, path);
        return read;
      }
      trace.leaveOut(path, `an instance of ${className}`);
      const from = origins[0] === "node" ? text("node") : originText(nearest, path, trace);
      return tagged("instance", from, text(className));
    }
  }
  const foreign = origins.some((origin) => origin === "node" || origin === "package");
  const builtins = lineage.filter((_, i) => origins[i] === "builtin").map(({ name }) => name);
  const nodes = lineage.filter((_, i) => origins[i] === "node").map(({ name }) => name);
  return tagged(
    "user instance",
    trace.functionDigest(nearest, `${path}.constructor`),
    slotDigest(value, path, builtins, child),
    ...nodes.flatMap((name) => readDigest(value, name, path, child)),
    hashDict(fieldsOf(value, path, foreign, child, trace)),
    ...privateDigests(value, lineage, child, trace),
  );
}

type Maker = (new (...args: never[]) => object) & { readonly name: string };

/** The classes of an object, from its own upwards to, but not including, `Object`. */
function classesOf(value: object): Maker[] {
  const classes: Maker[] = [];
  for (
    let at: object | null = Object.getPrototypeOf(value);
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const maker: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof maker === "function" && maker.prototype === at) classes.push(maker as Maker);
    else if (classes.length === 0) return [];
  }
  return classes;
}

function originOf(maker: Maker, trace: Trace): "user" | "node" | "package" | "builtin" {
  return trace.sourceOf(maker).native ? "builtin" : trace.origin(maker).kind;
}

/** An object made by `Object.create`: what it inherits from, and its own fields. */
function derivedDigest(value: object, child: DigestChild, path: string): string {
  if (hasSlot(value) || holdsMore(value)) unseen(`"${path}" has hidden state`);
  const parent: object | null = Object.getPrototypeOf(value);
  const properties = propertiesDigest(value, child, path);
  return parent === Object.prototype ? properties : tagged("derived", child(parent, "__proto__"), properties);
}

/** What an object holds though its class is not among those that it inherits from: its prototype was exchanged. */
function holdsMore(value: object): boolean {
  const isBuiltin = types.isMap(value) || types.isSet(value) || types.isDate(value) || types.isNativeError(value);
  if (isBuiltin || Array.isArray(value) || intlOptions(value) !== undefined) return true;
  return (surroundings().inspector?.privateFields(value) ?? []).length > 0;
}

/** The properties of an object that has no class, each with its flags. */
function propertiesDigest(value: object, child: DigestChild, path: string): string {
  const properties = Reflect.ownKeys(value).map((key): [string, string] => {
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    const held = "value" in property ? [property.value] : [property.get, property.set];
    return [keyDigest(key, path), tagged("property", text(formOf(property)), ...held.map((part) => child(part, key)))];
  });
  return tagged("properties", hashDict(properties));
}

/** Instances of the language's own classes that `digest` does not know. */
function builtinDigest(value: object, name: string, path: string, child: DigestChild): string {
  assertBare(value, path);
  const options = Object.hasOwn(Intl, name) ? intlOptions(value) : undefined;
  if (options !== undefined) return tagged("Intl", text(name), child(options, "resolvedOptions()"));
  return unseen(`"${path}" is a ${name}, whose content cannot be read`);
}

/** What an object of `Intl` was made with, whatever its prototype is now; `undefined` for anything else. */
function intlOptions(value: object): object | undefined {
  for (const name of Object.getOwnPropertyNames(Intl)) {
    const maker: unknown = Object.getOwnPropertyDescriptor(Intl, name)?.value;
    const prototype = typeof maker === "function" ? (maker.prototype as object | undefined) : undefined;
    const read: unknown = prototype && Object.getOwnPropertyDescriptor(prototype, "resolvedOptions")?.value;
    if (typeof read !== "function") continue;
    try {
      return { ...(read.call(value) as object) };
    } catch {
      // Not an object of this class.
    }
  }
  return undefined;
}

/** Refuses properties that a program has put on an object that counts by what its class holds. */
function assertBare(value: object, path: string): void {
  for (const key of Reflect.ownKeys(value)) {
    // State of Node's own classes; and a stack, which says where and not what.
    if ((typeof key === "symbol" && Symbol.keyFor(key) === undefined) || key === "stack") continue;
    unseen(`"${path}.${String(key)}" is a property of its own on an object of a built-in class`);
  }
}

/** Classes of Node's whose instances are data. */
const READABLE: Readonly<Record<string, (value: object) => unknown>> = {
  URLSearchParams: (value) => String(value),
  Headers: (value) => [...(value as Headers)],
  TextDecoder(value) {
    const { encoding, fatal, ignoreBOM } = value as InstanceType<typeof TextDecoder>;
    return [encoding, fatal, ignoreBOM];
  },
  DOMException(value) {
    const { name, message } = value as DOMException;
    return [name, message];
  },
};

const UNREADABLE: readonly string[] = ["Blob", "File", "FormData"];

/** What an object of one of these classes holds; nothing for classes whose instances are more than data. */
function readDigest(value: object, name: string, path: string, child: DigestChild): string[] {
  if (UNREADABLE.includes(name)) unseen(`"${path}" is a ${name}, whose content cannot be read at once`);
  const read = Object.hasOwn(READABLE, name) ? READABLE[name] : undefined;
  return read === undefined ? [] : [tagged("value of", text(name), child(read(value), "value"))];
}

/** What an instance of a subclass of Map, Array and the like holds besides its fields. */
function slotDigest(value: object, path: string, builtins: readonly string[], child: DigestChild): string {
  if (Array.isArray(value)) return tagged("no slot");
  if (types.isMap(value)) return child([...Map.prototype.entries.call(value)], { shown: "entries()" });
  if (types.isSet(value)) return child([...Set.prototype.values.call(value)], { shown: "values()" });
  if (types.isDate(value)) return child(Date.prototype.getTime.call(value), { shown: "getTime()" });
  // Its fields are all there is, but for the stack, which says where and not what.
  if (types.isNativeError(value)) return tagged("no slot");
  const options = builtins.length > 0 ? intlOptions(value) : undefined;
  if (options !== undefined) return child(options, "resolvedOptions()");
  const href = hrefOf(value);
  if (href !== undefined) return tagged("URL", text(href));
  // Of the classes that are left only one has instances without a state of its own.
  if (hasSlot(value) || builtins.some((name) => name !== "Iterator")) unseen(`"${path}" has hidden state`);
  return tagged("no slot");
}

const readHref = Object.getOwnPropertyDescriptor(URL.prototype, "href")?.get;

function hrefOf(value: object): string | undefined {
  try {
    return readHref?.call(value) as string;
  } catch {
    return undefined;
  }
}

function hasSlot(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value) ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isExternal(value) ||
    types.isArgumentsObject(value) ||
    ArrayBuffer.isView(value) ||
    (typeof WeakRef === "function" && value instanceof WeakRef)
  );
}

function fieldsOf(value: object, path: string, foreign: boolean, child: DigestChild, trace: Trace): [string, string][] {
  const fields: [string, string][] = [];
  for (const key of Reflect.ownKeys(value)) {
    if (key === "stack" && types.isNativeError(value)) continue;
    const shown = `${path}.${String(key)}`;
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    if (typeof key === "symbol" && !isNamedSymbol(key)) {
      // State that a class of Node's or a package's keeps under a symbol of its own.
      if (!foreign) unseen(`"${shown}" is kept under a symbol of its own`);
      trace.leaveOut(shown, "state of the class that it extends");
      continue;
    }
    if (!("value" in property)) unseen(`"${shown}" is behind a getter`);
    fields.push([
      keyDigest(key, path),
      tagged(property.enumerable === true ? "field" : "hidden field", child(property.value, key)),
    ]);
  }
  return fields;
}

function privateDigests(value: object, lineage: readonly Maker[], child: DigestChild, trace: Trace): string[] {
  // The inspector is asked only where a class of the user's can have private fields.
  if (!lineage.some((maker) => trace.sourceOf(maker).text.includes("#"))) return [];
  const fields = surroundings().inspector?.privateFields(value) ?? [];
  return fields.flatMap(([name, field]) => [text(name), child(field, { shown: name })]);
}
