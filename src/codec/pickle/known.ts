/**
 * The classes and functions that a pickle may name: one list, and what stands here for each. Nothing of Python runs, and
 * nothing of a program but what it put in itself. What is not in the list is refused where it is named.
 */
import { DecodeError } from "../../errors.ts";
import { Held } from "./held.ts";
import type { Keyer } from "./value/key.ts";
import type { PickledInstance } from "./value/py-object.ts";

/** What making an instance may lean on. */
export interface Making {
  readonly keyer: Keyer;
  /** How deep the arguments are. */
  readonly height: number;
}

/** A class or function that a pickle may name. */
export interface Known {
  readonly module: string;
  readonly name: string;
  /** What it gives for arguments; refuses any that Python does not write. `new`: the class alone, not initialised. */
  instance(args: readonly unknown[], via: PickledInstance["via"], making: Making): Held;
  /** An attribute, as Python's `getattr` asks for it: members of an enum. */
  attribute?(name: string): unknown;
}

/** Known things by the name of a pickle. */
export type KnownNames = ReadonlyMap<string, Known>;

/** How a module and a name are looked up together; neither can have a line end. */
export function nameOf(module: string, name: string): string {
  return `${module}\n${name}`;
}

/** A refusal of arguments. */
export function badArguments(of: string): never {
  throw new DecodeError(`${of} with arguments that Python does not write`);
}

/** What a program's or a class's own code makes; its errors are refusals. */
export function made<T>(of: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DecodeError(`${of} that cannot be made: ${why}`, { cause: error });
  }
}

/** An instance that may still be given a state. */
export class Pending {
  /** `undefined` until there is one. */
  state: unknown = undefined;

  /** An instance of which `make` is told the state. `flat`: one object, however deep its state is. */
  static held(make: (state: unknown) => unknown, flat = false): Held {
    return new Held("instance", new Pending(), (held) => {
      if (flat) held.height = 1;
      return make((held.value as Pending).state);
    });
  }
}
