/**
 * The Python classes that stand in a pickle for what lies elsewhere: a `Digest` for a value of another file, a `Digested…`
 * for a container that holds such. Only their shapes are here; what is stored where is decided in `split.ts`.
 */
import { Dict, Tuple } from "../../digest/shapes.ts";
import { DecodeError } from "../../errors.ts";
import { PyOrderedDict } from "../pickle/value/ordered-dict.ts";
import { PyObject } from "../pickle/value/py-object.ts";

/** Module and name of the class of markers. */
export const DIGEST_CLASS = { module: "fleche.digest", name: "Digest" } as const;

/** The module of the wrappers; a pickle that names it nowhere has none. */
export const WRAPPER_MODULE = "fleche.storage.destructuring";

const LIST_WRAPPER = "DigestedIterable";
/** The second is what later versions of the library call the first. */
const DICT_WRAPPERS: readonly string[] = ["DigestedDict", "DigestedMapping"];

/** Every class that a pickle of this library may name beside those of values. */
export const WRAPPER_CLASSES: readonly { readonly module: string; readonly name: string }[] = [
  DIGEST_CLASS,
  ...[LIST_WRAPPER, ...DICT_WRAPPERS].map((name) => ({ module: WRAPPER_MODULE, name })),
];

/** A container of which at least one part lies in another file. */
export type Container = readonly unknown[] | Tuple | Dict | PyOrderedDict | Readonly<Record<string, unknown>>;

/** What stands for the value of this digest. */
export function markerOf(hex: string): PyObject {
  return new PyObject(DIGEST_CLASS.module, DIGEST_CLASS.name, { via: "new", args: [hex], state: undefined });
}

const HEX = /^[0-9a-f]{64}$/;

/** The digest that a marker stands for; `undefined` for what is no marker. */
export function digestOf(value: unknown): string | undefined {
  if (!(value instanceof PyObject) || value.module !== DIGEST_CLASS.module || value.name !== DIGEST_CLASS.name) {
    return undefined;
  }
  const [hex, ...more] = value.args;
  if (
    value.via === "new" &&
    more.length === 0 &&
    value.state === undefined &&
    typeof hex === "string" &&
    HEX.test(hex)
  ) {
    return hex;
  }
  throw new DecodeError("a Digest of Python that is none");
}

/** A container with markers, as Python's class for it. */
export function wrapperOf(items: Container): PyObject {
  const name = isSequence(items) ? LIST_WRAPPER : (DICT_WRAPPERS[0] as string);
  return new PyObject(WRAPPER_MODULE, name, { via: "new", args: [], state: { items } });
}

/** The container in a wrapper; `undefined` for what is no wrapper. */
export function itemsOf(value: unknown): Container | undefined {
  if (!(value instanceof PyObject) || value.module !== WRAPPER_MODULE) return undefined;
  const { name, via, args, state } = value;
  const fields = typeof state === "object" && state !== null ? Object.entries(state) : [];
  const [field] = fields;
  if (via !== "new" || args.length !== 0 || fields.length !== 1 || field?.[0] !== "items") return refuse(name);
  const items: unknown = field[1];
  if (name === LIST_WRAPPER) return isSequence(items) ? items : refuse(name);
  return isMapping(items) ? items : refuse(name);
}

function isSequence(value: unknown): value is readonly unknown[] | Tuple {
  return Array.isArray(value) || (typeof value === "object" && value !== null && Tuple.is(value));
}

function isMapping(value: unknown): value is Dict | PyOrderedDict | Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Dict.is(value) || value instanceof PyOrderedDict || Object.getPrototypeOf(value) === Object.prototype;
}

/** The parts of a container that can be markers: elements, or keys and values. */
export function* slotsOf(items: Container): Iterable<unknown> {
  if (isSequence(items)) yield* items;
  else for (const pair of entriesOf(items)) yield* pair;
}

/** The pairs of a mapping. */
export function entriesOf(
  items: Dict | PyOrderedDict | Readonly<Record<string, unknown>>,
): readonly (readonly [key: unknown, value: unknown])[] {
  return Dict.is(items) || items instanceof PyOrderedDict
    ? (items.entries as readonly (readonly [unknown, unknown])[])
    : Object.entries(items);
}

function refuse(name: string): never {
  throw new DecodeError(`a ${name} of Python without the container it must have`);
}
