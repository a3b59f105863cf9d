/** Instances of Python classes that have no class here: what a pickle says of them, and nothing else. */
import { Tuple } from "../../../digest/shapes.ts";
import { invalidArgument } from "../../../errors.ts";
import { definePython } from "./python-class.ts";

/** How an instance comes to be when Python reads a pickle. */
export interface PickledInstance {
  /** `new`: made without being initialised; `call`: the class is called with the arguments. */
  readonly via: "new" | "call";
  /** The arguments of that. */
  readonly args: readonly unknown[];
  /** What is then set: for most classes an object of attributes; `undefined` where nothing is. */
  readonly state: unknown;
}

/**
 * An instance of a Python class that was allowed by name (`pythonClass({ module, name })`). It holds what the pickle
 * holds; no code of the class exists here.
 */
export class PyObject {
  readonly #module: string;
  readonly #name: string;
  readonly #pickled: PickledInstance;

  constructor(module: string, name: string, pickled: PickledInstance) {
    if (typeof module !== "string" || typeof name !== "string") {
      throw invalidArgument("PyObject: module and name must be texts");
    }
    const { via, args, state } = pickled;
    if ((via !== "new" && via !== "call") || !Array.isArray(args)) {
      throw invalidArgument('PyObject: via must be "new" or "call", and args an array');
    }
    this.#module = module;
    this.#name = name;
    this.#pickled = Object.freeze({ via, args: Object.freeze([...args]), state });
    Object.freeze(this);
  }

  /** Python's module, as in `class.__module__`. */
  get module(): string {
    return this.#module;
  }

  /** Python's name, as in `class.__qualname__`. */
  get name(): string {
    return this.#name;
  }

  get via(): "new" | "call" {
    return this.#pickled.via;
  }

  get args(): readonly unknown[] {
    return this.#pickled.args;
  }

  /** For most classes an object of attributes; `undefined` where the pickle says none. */
  get state(): unknown {
    return this.#pickled.state;
  }

  static {
    definePython(PyObject, {
      key: (self, keyer) => keyer.identityOf(self),
      name: "python.object",
      as: "object",
      is: (value) => #pickled in value,
      parts: ({ module, name, via, args, state }) => [module, name, via, new Tuple(args), state],
      make: ([module, name, via, args, state]) =>
        new PyObject(module as string, name as string, { via, args: (args as Tuple).items, state } as PickledInstance),
    });
  }
}

/** A member of a Python enum, made by `pythonEnum`: one object for each member. */
export class PyEnumMember {
  readonly #of: string;
  readonly #name: string;
  readonly #value: unknown;

  /** `of` is module and qualified name of the enum, joined by a colon. */
  constructor(of: string, name: string, value: unknown) {
    if (typeof of !== "string" || typeof name !== "string") {
      throw invalidArgument("PyEnumMember: the enum and the member have texts as names");
    }
    this.#of = of;
    this.#name = name;
    this.#value = value;
    Object.freeze(this);
  }

  /** The enum: `module:Name`. */
  get of(): string {
    return this.#of;
  }

  /** The member's name. */
  get name(): string {
    return this.#name;
  }

  /** The member's value. */
  get value(): unknown {
    return this.#value;
  }

  static {
    definePython(PyEnumMember, {
      key: (self, keyer) => keyer.ofParts("enum", [self.#of, self.#name]),
      name: "python.enum",
      as: "object",
      is: (value) => #of in value,
      parts: (member) => [member.#of, member.#name, member.#value],
      make: ([of, name, value]) => new PyEnumMember(of as string, name as string, value),
    });
  }
}
