/**
 * What kind of value an object is, told by internal slots and exact prototypes, never by `instanceof` or by name, and
 * without running any code of the object. Digests and codecs both ask here, so they accept the same things.
 */
import { types } from "node:util";
import { builtinName, DTYPES, ERROR_CLASSES, type ErrorClassName, type TypedArrayName } from "./builtin.ts";
import { type Form, formOf } from "./form.ts";
import { Digest } from "./reference.ts";
import { type ClassRegistration, DIGEST_METHOD, registrationOf } from "./registry.ts";
import { Dict, Tuple } from "./shapes.ts";
import { bufferOf, isReadable, typedArrayTag } from "./view.ts";

/** An object with the kind that decides its digest and its encoding. */
export type Kinded =
  | { readonly kind: "dict" | "null-prototype"; readonly value: object }
  | { readonly kind: "list"; readonly value: readonly unknown[] }
  | { readonly kind: "bytes"; readonly value: Buffer }
  | { readonly kind: "ndarray"; readonly value: ArrayBufferView; readonly className: TypedArrayName }
  | { readonly kind: "DataView" | "Uint8ClampedArray"; readonly value: ArrayBufferView }
  | { readonly kind: "ArrayBuffer"; readonly value: ArrayBuffer }
  | { readonly kind: "Map"; readonly value: ReadonlyMap<unknown, unknown> }
  | { readonly kind: "Set"; readonly value: ReadonlySet<unknown> }
  | { readonly kind: "Date"; readonly value: Date }
  | { readonly kind: "RegExp"; readonly value: RegExp }
  | { readonly kind: "URL"; readonly value: URL }
  | { readonly kind: "Error"; readonly value: Error; readonly className: ErrorClassName }
  | { readonly kind: "tuple"; readonly value: Tuple }
  | { readonly kind: "pairs"; readonly value: Dict }
  | { readonly kind: "python"; readonly value: object; readonly form: Form }
  | { readonly kind: "digest"; readonly value: Digest }
  | { readonly kind: "registered"; readonly value: object; readonly registration: ClassRegistration }
  | { readonly kind: "method"; readonly value: object; readonly method: () => unknown }
  | { readonly kind: "unknown"; readonly value: object; readonly problem: string };

/** The kind of an object; `unknown`, with the reason in words, for what has no exact name. Functions are not asked. */
export function kindOf(value: object): Kinded {
  // A proxy first: everything below would run its traps.
  if (types.isProxy(value)) return unknown(value, "a proxy, which may answer differently each time");
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) {
    const slot = slotName(value);
    return slot === undefined ? { kind: "null-prototype", value } : unknown(value, `${slot} without its prototype`);
  }
  const name = builtinName(prototype);
  if (name !== undefined) return builtin(value, name);
  if (types.isProxy(prototype)) return unknown(value, "an object whose prototype is a proxy");
  return classInstance(value, prototype);
}

/** An object whose prototype is that of a built-in class; it must have that class's slot and no other. */
function builtin(value: object, name: string): Kinded {
  switch (name) {
    case "Object": {
      const slot = slotName(value);
      return slot === undefined ? { kind: "dict", value } : unknown(value, `${slot} with another's prototype`);
    }
    case "Array":
      if (Array.isArray(value)) return { kind: "list", value };
      break;
    case "Map":
      if (types.isMap(value)) return { kind: "Map", value };
      break;
    case "Set":
      if (types.isSet(value)) return { kind: "Set", value };
      break;
    case "Date":
      if (types.isDate(value)) return { kind: "Date", value };
      break;
    case "RegExp":
      if (types.isRegExp(value)) return { kind: "RegExp", value };
      break;
    case "URL":
      if (isUrl(value)) return { kind: "URL", value };
      break;
    case "ArrayBuffer":
      if (types.isArrayBuffer(value)) return { kind: "ArrayBuffer", value };
      break;
    case "Buffer":
      if (types.isUint8Array(value)) return ownMemory(value, { kind: "bytes", value: value as Buffer });
      break;
    case "DataView":
      if (types.isDataView(value)) return ownMemory(value, { kind: "DataView", value });
      break;
    case "Uint8ClampedArray":
      if (types.isUint8ClampedArray(value)) return ownMemory(value, { kind: "Uint8ClampedArray", value });
      break;
    default:
      if (name in DTYPES) {
        // The slot's own name: what `Object.prototype.toString` would ask for.
        if (typedArrayTag(value) === name) {
          const array = value as ArrayBufferView;
          return ownMemory(array, { kind: "ndarray", value: array, className: name as TypedArrayName });
        }
      } else if (name in ERROR_CLASSES && types.isNativeError(value)) {
        return { kind: "Error", value, className: name as ErrorClassName };
      }
  }
  return unknown(value, `not made by ${name}, whose prototype it has`);
}

/** An object of some class: ours, a registered one, or one that says how it is digested. */
function classInstance(value: object, prototype: object): Kinded {
  if (Digest.hexOf(value) !== undefined) return { kind: "digest", value: value as Digest };
  // Of a subclass the instance would come back as less than it was.
  if (Tuple.is(value) && prototype === Tuple.prototype) return { kind: "tuple", value };
  if (Dict.is(value) && prototype === Dict.prototype) return { kind: "pairs", value };
  const form = formOf(value, prototype);
  if (form !== undefined) return { kind: "python", value, form };
  const registration = registrationOf(prototype);
  if (registration !== undefined) return { kind: "registered", value, registration };
  const method = inheritedMethod(prototype);
  if (method !== undefined) return { kind: "method", value, method };
  const className = nameOf(Object.getOwnPropertyDescriptor(prototype, "constructor")?.value);
  const called = className === "" ? "of a class" : `of class ${className}`;
  const slot = slotName(value);
  const what = slot === undefined ? `an instance ${called}` : `${slot} ${called}`;
  return unknown(value, `${what}, which is not registered; register(Class, { name, encode, decode }) makes it known`);
}

/** The name of a class for people, read without running a getter; the empty text where it has none. */
function nameOf(maker: unknown): string {
  if (typeof maker !== "function" || types.isProxy(maker)) return "";
  const name: unknown = Object.getOwnPropertyDescriptor(maker, "name")?.value;
  return typeof name === "string" ? name : "";
}

/** The digest method of a class, found without running a getter. */
function inheritedMethod(prototype: object): (() => unknown) | undefined {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    if (types.isProxy(at)) return undefined;
    const found: unknown = Object.getOwnPropertyDescriptor(at, DIGEST_METHOD)?.value;
    if (typeof found === "function") return found as () => unknown;
  }
  return undefined;
}

/**
 * What to call an object by its internal slot, of all that Node can name; a plain object has none of them. Called one by one,
 * as calls from a table of them took four times as long, and this is asked of every object.
 */
function slotName(value: object): string | undefined {
  switch (true) {
    case Array.isArray(value):
      return "an array";
    case types.isArgumentsObject(value):
      return "an arguments object";
    case types.isBoxedPrimitive(value):
      return "a boxed primitive";
    case types.isNativeError(value):
      return "an error";
    case types.isRegExp(value):
      return "a regular expression";
    case types.isDate(value):
      return "a date";
    case types.isMap(value):
      return "a Map";
    case types.isSet(value):
      return "a Set";
    case types.isPromise(value):
      return "a promise";
    case types.isWeakMap(value):
      return "a WeakMap";
    case types.isWeakSet(value):
      return "a WeakSet";
    case types.isMapIterator(value):
    case types.isSetIterator(value):
      return "an iterator";
    case types.isGeneratorObject(value):
      return "a generator";
    case types.isAnyArrayBuffer(value):
      return "an array buffer";
    case ArrayBuffer.isView(value):
      return "a view of an array buffer";
    case types.isModuleNamespaceObject(value):
      return "a module namespace";
    case types.isExternal(value):
      return "a native handle";
    default:
      return undefined;
  }
}

const urlHref = Object.getOwnPropertyDescriptor(URL.prototype, "href")?.get as (this: object) => string;

function isUrl(value: object): value is URL {
  try {
    urlHref.call(value);
    return true;
  } catch {
    // No URL inside: an object made with URL's prototype.
    return false;
  }
}

/** Memory shared with another thread can change while it is read; memory that was moved elsewhere cannot be read. */
function ownMemory(view: ArrayBufferView, kinded: Kinded): Kinded {
  if (types.isSharedArrayBuffer(bufferOf(view))) return unknown(view, "a view of shared memory");
  return isReadable(view) ? kinded : unknown(view, "a view of memory that was moved elsewhere or taken away");
}

function unknown(value: object, problem: string): Kinded {
  return { kind: "unknown", value, problem };
}
