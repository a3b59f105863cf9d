/**
 * Puts a value together again from the pickles of its parts. Trusts no shape: what is no part where one must be, and a
 * marker where none may be, is refused.
 */
import { Dict, dict, Tuple } from "../../digest/shapes.ts";
import { DecodeError } from "../../errors.ts";
import { type Key, Keyer } from "../pickle/value/key.ts";
import { PyOrderedDict } from "../pickle/value/ordered-dict.ts";
import { PyObject } from "../pickle/value/py-object.ts";
import { type Container, digestOf, entriesOf, itemsOf, slotsOf } from "./markers.ts";

/** How many parts may lie within each other. */
const MAX_DEPTH = 1000;

/** What a pickle holds that was read with the classes of wrappers: the value of the part of a digest is `load`'s to give. */
export function mend(read: unknown, load: (digest: string) => unknown, depth = 0): unknown {
  const items = itemsOf(read);
  if (items === undefined) return read;
  if (depth === MAX_DEPTH) throw new DecodeError(`more than ${MAX_DEPTH} parts lie within each other`);
  const whole = (slot: unknown): unknown => {
    const digest = digestOf(slot);
    if (digest !== undefined) return mend(load(digest), load, depth + 1);
    assertPlain(slot, 0);
    return slot;
  };
  return rebuilt(items, whole);
}

function rebuilt(items: Container, whole: (slot: unknown) => unknown): unknown {
  if (Array.isArray(items)) return items.map(whole);
  if (Tuple.is(items)) return new Tuple(items.items.map(whole));
  const mapping = items as Exclude<Container, readonly unknown[] | Tuple>;
  const entries = entriesOf(mapping).map(([key, value]) => [whole(key), whole(value)] as const);
  if (mapping instanceof PyOrderedDict) return new PyOrderedDict(entries);
  const keyer = new Keyer();
  const keys = new Set<Key>();
  for (const [key] of entries) {
    const hashed = keyer.of(key);
    if (hashed === undefined) throw new DecodeError("a dict with a key that Python cannot hash");
    if (keys.has(hashed)) throw new DecodeError("a dict with two keys that are equal");
    keys.add(hashed);
  }
  return dict(entries);
}

/** The digests that a pickle names, each once. */
export function partsIn(read: unknown): string[] {
  const items = itemsOf(read);
  if (items === undefined) return [];
  const digests = new Set<string>();
  for (const slot of slotsOf(items)) {
    const digest = digestOf(slot);
    if (digest !== undefined) digests.add(digest);
  }
  return [...digests];
}

/** Markers and wrappers stand at the top alone: deeper ones Python does not look for either. */
function assertPlain(value: unknown, depth: number): void {
  if (value instanceof PyObject) throw new DecodeError("a marker of Python where none may be");
  if (typeof value !== "object" || value === null) return;
  if (depth === MAX_DEPTH) throw new DecodeError(`more than ${MAX_DEPTH} levels`);
  const isContainer =
    Array.isArray(value) ||
    Tuple.is(value) ||
    Dict.is(value) ||
    value instanceof PyOrderedDict ||
    Object.getPrototypeOf(value) === Object.prototype;
  if (isContainer) for (const slot of slotsOf(value as Container)) assertPlain(slot, depth + 1);
}
