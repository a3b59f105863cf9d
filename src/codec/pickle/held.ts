/**
 * What lies on the stack of a reader in place of an object: the object with how deep it is, or what it is still made of.
 * Whatever is put into something else is closed first, and takes no more after that; so nothing can come to contain
 * itself, and how deep a value is is known as it grows.
 */
import { Tuple } from "../../digest/shapes.ts";
import { MAX_DEPTH } from "../../digest/walk.ts";
import { DecodeError } from "../../errors.ts";

/** What may still be done with it: lists, dicts and sets take parts, instances a state. */
export type HeldKind = "value" | "list" | "dict" | "set" | "instance";

/** An object on the stack, or one that is being made. */
export class Held {
  readonly kind: HeldKind;
  /** The object; before it is closed, what it is made of. */
  value: unknown;
  /** How many objects lie within each other here, this one included. */
  height = 1;
  open: boolean;
  /** Makes the object when it is closed. */
  readonly finish: ((held: Held) => unknown) | undefined;

  constructor(kind: HeldKind, value: unknown, finish?: (held: Held) => unknown) {
    this.kind = kind;
    this.value = value;
    this.finish = finish;
    this.open = kind !== "value";
  }
}

/** What pickles need and no value may be: a class, a function, a dtype, or arguments with one of these among them. */
export class Inner {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** What a thing on the stack is, inner or not; it takes no more from here on. */
export function closed(item: unknown): unknown {
  if (!(item instanceof Held)) return item;
  if (item.open) {
    item.open = false;
    if (item.finish !== undefined) item.value = item.finish(item);
  }
  return item.value;
}

/** The value of a thing on the stack, which is closed by that. */
export function settled(item: unknown): unknown {
  if (!(item instanceof Held)) return item;
  const value = item.open ? closed(item) : item.value;
  if (value instanceof Inner) throw new DecodeError("a class or a function where a value is expected");
  return value;
}

/** The value of a thing that is put into another. */
export function taken(item: unknown, into: Held): unknown {
  if (!(item instanceof Held)) return item;
  const value = settled(item);
  deepen(into, item.height);
  return value;
}

/** Something of this height lies in it. */
export function deepen(held: Held, height: number): void {
  if (height < held.height) return;
  if (height >= MAX_DEPTH) throw new DecodeError(`more than ${MAX_DEPTH} levels deep`);
  held.height = height + 1;
}

/** How deep a thing on the stack is; 0 for what is no object. */
export function heightOf(item: unknown): number {
  return item instanceof Held ? item.height : 0;
}

/** Refuses what was closed: a value that another contains would change under it, or come to contain itself. */
export function assertOpen(held: Held): void {
  if (!held.open) throw new DecodeError("an object that is changed after it was used, or that contains itself");
}

/** A tuple of these; arguments where one of them is inner. */
export function heldTuple(items: readonly unknown[]): Held {
  const tuple = new Held("value", undefined);
  let inner = false;
  const parts = items.map((item) => {
    const part = closed(item);
    deepen(tuple, heightOf(item));
    inner ||= part instanceof Inner;
    return part;
  });
  tuple.value = inner ? new Inner(parts) : new Tuple(parts);
  return tuple;
}

/** The parts of a tuple, as arguments or a state. */
export function partsOf(value: unknown): readonly unknown[] {
  if (value instanceof Inner && Array.isArray(value.value)) return value.value;
  if (typeof value === "object" && value !== null && Tuple.is(value)) return value.items;
  throw new DecodeError("arguments that are no tuple");
}
