/**
 * Bytes → value: a machine for pickle's opcodes that knows no code. A pickle is a program; here it can only build data,
 * and instances of the classes in a closed list. Nothing is allocated by a declared length, what is put into something is
 * closed first, and the program must end with exactly one value.
 */
import { isDeepStrictEqual } from "node:util";
import { DecodeError, FlecheError } from "../../errors.ts";
import { DictUnderWay } from "./dict-under-way.ts";
import { assertOpen, closed, deepen, Held, heightOf, heldTuple, Inner, partsOf, settled, taken } from "./held.ts";
import { asciiOf, decimalInteger, Input } from "./input.ts";
import { type Known, type KnownNames, nameOf, type Pending } from "./known.ts";
import { readLiteral } from "./literal.ts";
import { Memo } from "./memo.ts";
import { NEWEST_PROTOCOL, OP } from "./opcode.ts";
import { Things } from "./things.ts";
import { Keyer } from "./value/key.ts";
import { PyFloat } from "./value/numbers.ts";
import type { PickledInstance } from "./value/py-object.ts";
import { PyFrozenSet, PySet } from "./value/sets.ts";

/** How a reader differs from another. */
export interface Reading {
  readonly names: KnownNames;
  /** Whether integral floats stay apart from integers. */
  readonly exactFloats: boolean;
  /** How many values may be made, an object counting for {@link OBJECT}. */
  readonly maxValues: number;
}

/** What an object counts for, against a number or a reference on the stack: about what it takes of memory. */
const OBJECT = 8;

/** Python 2's names of modules, which protocols 0 to 2 write. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
]);

/** The value of a pickle; throws `DecodeError`. */
export function readValue(bytes: Uint8Array, reading: Reading): unknown {
  try {
    return new Reader(bytes, reading).run();
  } catch (error) {
    if (error instanceof FlecheError) throw error;
    // What a value is too large for, or a class of ours refuses.
    throw new DecodeError(error instanceof Error ? error.message : "the pickle", { cause: error });
  }
}

class Reader {
  readonly #input: Input;
  readonly #reading: Reading;
  readonly #keyer = new Keyer();
  readonly #memo = new Memo();
  readonly #things = new Things();
  readonly #stack = this.#things.stack;
  #frameEnd = Infinity;
  #count = 0;

  constructor(bytes: Uint8Array, reading: Reading) {
    this.#input = new Input(bytes);
    this.#reading = reading;
  }

  run(): unknown {
    const input = this.#input;
    const { maxValues } = this.#reading;
    for (;;) {
      if (++this.#count > maxValues) throw new DecodeError(`more than ${maxValues} values`);
      const opcode = input.byte();
      if (opcode === OP.STOP) return this.#stop();
      this.#step(opcode);
      if (input.at >= this.#frameEnd) {
        if (input.at > this.#frameEnd) throw new DecodeError("an opcode that goes beyond its frame");
        this.#frameEnd = Infinity;
      }
    }
  }

  #stop(): unknown {
    const { at, length } = this.#input;
    if (at !== length) throw new DecodeError(`${length - at} bytes behind the value`);
    if (this.#things.hasMark() || this.#stack.length !== 1) throw new DecodeError("no single value at the end");
    return settled(this.#stack[0]);
  }

  // The opcodes of everyday pickles first: the rest is a call further.
  #step(opcode: number): void {
    const stack = this.#stack;
    const input = this.#input;
    switch (opcode) {
      case OP.BINGET:
        stack.push(this.#memo.get(input.byte()));
        return;
      case OP.MEMOIZE:
        this.#memo.add(this.#things.top());
        return;
      case OP.SHORT_BINUNICODE:
        stack.push(input.text(input.byte()));
        return;
      case OP.BININT1:
        stack.push(input.byte());
        return;
      case OP.BINFLOAT:
        this.#float(input.double());
        return;
      case OP.MARK:
        this.#things.setMark();
        return;
      case OP.EMPTY_DICT:
        this.#object(this.#newDict());
        return;
      case OP.SETITEMS:
        this.#setItems(this.#things.mark());
        return;
      case OP.SETITEM:
        this.#setItems(stack.length - 2);
        return;
      case OP.EMPTY_LIST:
        this.#object(new Held("list", []));
        return;
      case OP.APPENDS:
        this.#add(this.#things.mark(), "list");
        return;
      case OP.APPEND:
        this.#add(stack.length - 1, "list");
        return;
      case OP.LONG_BINGET:
        stack.push(this.#memo.get(input.uint32()));
        return;
      case OP.BININT:
        stack.push(input.int32());
        return;
      case OP.BININT2:
        stack.push(input.uint16());
        return;
      case OP.NONE:
        stack.push(null);
        return;
      case OP.NEWTRUE:
        stack.push(true);
        return;
      case OP.NEWFALSE:
        stack.push(false);
        return;
      case OP.TUPLE1:
      case OP.TUPLE2:
      case OP.TUPLE3:
        this.#tuple(stack.length - (opcode - OP.TUPLE1 + 1));
        return;
      case OP.TUPLE:
        this.#tuple(this.#things.mark());
        return;
      case OP.EMPTY_TUPLE:
        this.#object(heldTuple([]));
        return;
      default:
        if (!this.#literal(opcode) && !this.#instance(opcode)) this.#machine(opcode);
    }
  }

  #literal(opcode: number): boolean {
    const literal = readLiteral(opcode, this.#input);
    if (literal === undefined) return false;
    if (typeof literal === "number" && (opcode === OP.FLOAT || opcode === OP.BINFLOAT)) this.#float(literal);
    else if (literal instanceof Held) this.#object(literal);
    else this.#stack.push(literal);
    return true;
  }

  /** Sets, the containers of protocol 0, and what names a class. */
  #instance(opcode: number): boolean {
    switch (opcode) {
      case OP.EMPTY_SET: {
        const members: unknown[] = [];
        this.#object(new Held("set", members, () => new PySet(members, this.#keyer)));
        return true;
      }
      case OP.ADDITEMS:
        this.#add(this.#things.mark(), "set");
        return true;
      case OP.FROZENSET: {
        const items = this.#stack.splice(this.#things.mark());
        const set = new Held("value", undefined);
        set.value = new PyFrozenSet(
          items.map((item) => taken(item, set)),
          this.#keyer,
        );
        this.#object(set);
        return true;
      }
      case OP.LIST:
        this.#add(this.#things.insertBelow(this.#things.mark(), new Held("list", [])), "list");
        return true;
      case OP.DICT:
        this.#setItems(this.#things.insertBelow(this.#things.mark(), this.#newDict()));
        return true;
      case OP.GLOBAL:
        this.#global(asciiOf(this.#input.line()), asciiOf(this.#input.line()));
        return true;
      case OP.STACK_GLOBAL: {
        const [name, module] = [this.#things.pop(), this.#things.pop()];
        if (typeof module !== "string" || typeof name !== "string") throw new DecodeError("a class without a name");
        this.#global(module, name);
        return true;
      }
      case OP.REDUCE: {
        const [args, callable] = [this.#things.pop(), this.#things.pop()];
        this.#make(callable, args, "call");
        return true;
      }
      case OP.NEWOBJ: {
        const [args, callable] = [this.#things.pop(), this.#things.pop()];
        this.#make(callable, args, "new");
        return true;
      }
      case OP.NEWOBJ_EX: {
        const [named, args, callable] = [settled(this.#things.pop()), this.#things.pop(), this.#things.pop()];
        if (!isDeepStrictEqual(named, {})) refuse("an instance made from arguments with names");
        this.#make(callable, args, "new");
        return true;
      }
      case OP.INST: {
        const [module, name] = [asciiOf(this.#input.line()), asciiOf(this.#input.line())];
        const args = heldTuple(this.#stack.splice(this.#things.mark()));
        this.#global(module, name);
        this.#make(this.#things.pop(), args, "call");
        return true;
      }
      case OP.OBJ: {
        const [callable, ...args] = this.#stack.splice(this.#things.mark());
        this.#make(callable, heldTuple(args), "call");
        return true;
      }
      case OP.BUILD:
        this.#build();
        return true;
      default:
        return false;
    }
  }

  /** The memo, the stack, and what is refused. */
  #machine(opcode: number): void {
    const stack = this.#stack;
    const input = this.#input;
    switch (opcode) {
      case OP.PROTO:
        if (input.at !== 1 || input.byte() > NEWEST_PROTOCOL) throw new DecodeError("a protocol that is not known");
        return;
      case OP.FRAME: {
        const length = input.length8();
        if (this.#frameEnd !== Infinity) throw new DecodeError("a frame within a frame");
        if (length > input.length - input.at) throw new DecodeError("a frame that is cut");
        this.#frameEnd = input.at + length;
        return;
      }
      case OP.POP:
        // At a mark it is the mark that goes.
        if (this.#things.hasMark() && this.#things.floor() === stack.length) this.#things.mark();
        else this.#things.pop();
        return;
      case OP.POP_MARK:
        stack.length = this.#things.mark();
        return;
      case OP.DUP:
        stack.push(this.#things.top());
        return;
      case OP.GET:
        stack.push(this.#memo.get(this.#index()));
        return;
      case OP.PUT:
        this.#memo.put(this.#index(), this.#things.top());
        return;
      case OP.BINPUT:
        this.#memo.put(input.byte(), this.#things.top());
        return;
      case OP.LONG_BINPUT:
        this.#memo.put(input.uint32(), this.#things.top());
        return;
      case OP.EXT1:
      case OP.EXT2:
      case OP.EXT4:
        throw new DecodeError("an extension code, which stands for a class that no pickle names");
      case OP.PERSID:
      case OP.BINPERSID:
        throw new DecodeError("a persistent id, which stands for something outside the pickle");
      case OP.NEXT_BUFFER:
      case OP.READONLY_BUFFER:
        throw new DecodeError("a buffer outside the pickle");
      default:
        throw new DecodeError(`no opcode: 0x${opcode.toString(16).padStart(2, "0")}`);
    }
  }

  #float(value: number): void {
    const integral = this.#reading.exactFloats && Number.isSafeInteger(value) && !Object.is(value, -0);
    if (integral) this.#object(new Held("value", new PyFloat(value)));
    else this.#stack.push(value);
  }

  /** A memo's index in decimal digits. */
  #index(): number {
    const index = Number(decimalInteger(this.#input.line()));
    return index >= 0 && index < 2 ** 32 ? index : refuse("no index of the memo");
  }

  #object(item: unknown): void {
    this.#count += OBJECT;
    this.#stack.push(item);
  }

  #newDict(): Held {
    const dict = new DictUnderWay(this.#keyer);
    return new Held("dict", dict, () => dict.end());
  }

  #add(from: number, kind: "list" | "set"): void {
    const stack = this.#stack;
    const held = this.#things.below(from);
    if (held.kind !== kind) refuse(`elements of something that is no ${kind}`);
    const items = held.value as unknown[];
    for (let i = from; i < stack.length; i++) {
      const value = taken(stack[i], held);
      // Looked at each time: an element may be the list or set itself.
      assertOpen(held);
      items.push(value);
    }
    stack.length = from;
  }

  #setItems(from: number): void {
    const stack = this.#stack;
    const held = this.#things.below(from);
    if (held.kind !== "dict") refuse("entries of something that is no dict");
    if ((stack.length - from) % 2 !== 0) refuse("a key without a value");
    const dict = held.value as DictUnderWay;
    for (let i = from; i < stack.length; i += 2) {
      const [key, value] = [taken(stack[i], held), taken(stack[i + 1], held)];
      assertOpen(held);
      dict.set(key, value);
    }
    stack.length = from;
  }

  #tuple(from: number): void {
    this.#object(heldTuple(this.#things.take(from)));
  }

  #global(module: string, name: string): void {
    const known = this.#reading.names.get(nameOf(RENAMED.get(module) ?? module, name));
    if (known === undefined) {
      const shown = `${module}.${name}`.slice(0, 100);
      throw new DecodeError(
        `the class or function ${JSON.stringify(shown)}, which is not among those that are allowed`,
      );
    }
    this.#object(new Held("value", new Inner(known)));
  }

  #make(callable: unknown, args: unknown, via: PickledInstance["via"]): void {
    const found = closed(callable);
    const known = found instanceof Inner ? (found.value as Partial<Known>) : undefined;
    if (known?.instance === undefined) throw new DecodeError("a call of something that is no class");
    this.#object((known as Known).instance(partsOf(closed(args)), via, { keyer: this.#keyer, height: heightOf(args) }));
  }

  #build(): void {
    const state = this.#things.pop();
    const instance = this.#things.top();
    if (!(instance instanceof Held) || instance.kind !== "instance") refuse("a state for something that has none");
    const value = closed(state);
    assertOpen(instance);
    const pending = instance.value as Pending;
    if (pending.state !== undefined) refuse("a second state");
    deepen(instance, heightOf(state));
    pending.state = value;
  }
}

function refuse(problem: string): never {
  throw new DecodeError(problem);
}
