/**
 * Bytes → value: a machine for pickle's opcodes that knows no code. A pickle is a program; here it can only build data,
 * and instances of the classes in a closed list. Nothing is allocated by a declared length, what is put into something is
 * closed first, and the program must end with exactly one value.
 */
import { DecodeError, FlecheError } from "../../errors.ts";
import { DictUnderWay } from "./dict-under-way.ts";
import { assertOpen, closed, deepen, Held, heightOf, heldTuple, Inner, partsOf, taken, valueOf } from "./held.ts";
import { asciiOf, decimalInteger, Input } from "./input.ts";
import { type Known, type KnownNames, nameOf, type Pending } from "./known.ts";
import { floatLine, quotedLine, unicodeLine } from "./lines.ts";
import { Memo } from "./memo.ts";
import { NEWEST_PROTOCOL, OP } from "./opcode.ts";
import { PyByteArray } from "./value/byte-array.ts";
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
  readonly #stack: unknown[] = [];
  /** How high the stack was at each mark. */
  readonly #marks: number[] = [];
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
    if (this.#frameEnd !== Infinity && this.#frameEnd !== at) throw new DecodeError("a frame that is cut");
    if (this.#marks.length > 0 || this.#stack.length !== 1) throw new DecodeError("no single value at the end");
    return valueOf(this.#stack[0]);
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
        this.#memo.add(this.#top());
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
        this.#marks.push(stack.length);
        return;
      case OP.EMPTY_DICT: {
        const dict = new DictUnderWay(this.#keyer);
        this.#object(new Held("dict", dict, () => dict.end()));
        return;
      }
      case OP.SETITEMS:
        this.#setItems(this.#mark());
        return;
      case OP.SETITEM:
        this.#setItems(stack.length - 2);
        return;
      case OP.EMPTY_LIST:
        this.#object(new Held("list", []));
        return;
      case OP.APPENDS:
        this.#append(this.#mark());
        return;
      case OP.APPEND:
        this.#append(stack.length - 1);
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
        this.#tuple(stack.length - 1);
        return;
      case OP.TUPLE2:
        this.#tuple(stack.length - 2);
        return;
      case OP.TUPLE3:
        this.#tuple(stack.length - 3);
        return;
      case OP.TUPLE:
        this.#tuple(this.#mark());
        return;
      case OP.EMPTY_TUPLE:
        this.#object(heldTuple([]));
        return;
      default:
        if (!this.#scalar(opcode) && !this.#instance(opcode)) this.#machine(opcode);
    }
  }

  /** What stands for itself: numbers, texts, bytes. */
  #scalar(opcode: number): boolean {
    const stack = this.#stack;
    const input = this.#input;
    switch (opcode) {
      case OP.LONG1:
        stack.push(input.integer(input.byte()));
        return true;
      case OP.LONG4:
        stack.push(input.integer(this.#length(input.int32())));
        return true;
      case OP.INT: {
        const line = input.line();
        stack.push(line === "00" ? false : line === "01" ? true : decimalInteger(line));
        return true;
      }
      case OP.LONG:
        stack.push(decimalInteger(input.line().replace(/L$/, "")));
        return true;
      case OP.FLOAT:
        this.#float(floatLine(input.line()));
        return true;
      case OP.BINUNICODE:
        stack.push(input.text(input.uint32()));
        return true;
      case OP.BINUNICODE8:
        stack.push(input.text(input.length8()));
        return true;
      case OP.UNICODE:
        stack.push(unicodeLine(input.line()));
        return true;
      case OP.STRING:
        stack.push(quotedLine(input.line()));
        return true;
      case OP.BINSTRING:
        stack.push(input.ascii(this.#length(input.int32())));
        return true;
      case OP.SHORT_BINSTRING:
        stack.push(input.ascii(input.byte()));
        return true;
      case OP.SHORT_BINBYTES:
        this.#object(new Held("value", input.bytes(input.byte())));
        return true;
      case OP.BINBYTES:
        this.#object(new Held("value", input.bytes(input.uint32())));
        return true;
      case OP.BINBYTES8:
        this.#object(new Held("value", input.bytes(input.length8())));
        return true;
      case OP.BYTEARRAY8:
        this.#object(new Held("value", new PyByteArray(input.bytes(input.length8()))));
        return true;
      default:
        return false;
    }
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
        this.#addItems(this.#mark());
        return true;
      case OP.FROZENSET: {
        const items = this.#stack.splice(this.#mark());
        const set = new Held("value", undefined);
        set.value = new PyFrozenSet(
          items.map((item) => taken(item, set)),
          this.#keyer,
        );
        this.#object(set);
        return true;
      }
      case OP.LIST: {
        const from = this.#mark();
        this.#stack.splice(from, 0, new Held("list", []));
        this.#append(from + 1);
        this.#object(this.#pop());
        return true;
      }
      case OP.DICT: {
        const from = this.#mark();
        const dict = new DictUnderWay(this.#keyer);
        this.#stack.splice(from, 0, new Held("dict", dict, () => dict.end()));
        this.#setItems(from + 1);
        this.#object(this.#pop());
        return true;
      }
      case OP.GLOBAL:
        this.#global(asciiOf(this.#input.line()), asciiOf(this.#input.line()));
        return true;
      case OP.STACK_GLOBAL: {
        const [name, module] = [this.#pop(), this.#pop()];
        if (typeof module !== "string" || typeof name !== "string") throw new DecodeError("a class without a name");
        this.#global(module, name);
        return true;
      }
      case OP.REDUCE: {
        const [args, callable] = [this.#pop(), this.#pop()];
        this.#make(callable, args, "call");
        return true;
      }
      case OP.NEWOBJ: {
        const [args, callable] = [this.#pop(), this.#pop()];
        this.#make(callable, args, "new");
        return true;
      }
      case OP.NEWOBJ_EX: {
        const [named, args, callable] = [valueOf(this.#pop()), this.#pop(), this.#pop()];
        if (typeof named !== "object" || named === null || Object.keys(named).length > 0 || Array.isArray(named)) {
          throw new DecodeError("an instance made from arguments with names");
        }
        this.#make(callable, args, "new");
        return true;
      }
      case OP.INST: {
        const [module, name] = [asciiOf(this.#input.line()), asciiOf(this.#input.line())];
        const args = heldTuple(this.#stack.splice(this.#mark()));
        this.#global(module, name);
        this.#make(this.#pop(), args, "call");
        return true;
      }
      case OP.OBJ: {
        const [callable, ...args] = this.#stack.splice(this.#mark());
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
        if (this.#marks.at(-1) === stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case OP.POP_MARK:
        stack.length = this.#mark();
        return;
      case OP.DUP:
        stack.push(this.#top());
        return;
      case OP.GET:
        stack.push(this.#memo.get(this.#index()));
        return;
      case OP.PUT:
        this.#memo.put(this.#index(), this.#top());
        return;
      case OP.BINPUT:
        this.#memo.put(input.byte(), this.#top());
        return;
      case OP.LONG_BINPUT:
        this.#memo.put(input.uint32(), this.#top());
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

  #length(length: number): number {
    return length >= 0 ? length : refuse("a negative length");
  }

  /** A memo's index in decimal digits. */
  #index(): number {
    const index = decimalInteger(this.#input.line());
    return typeof index === "number" && index >= 0 && index < 2 ** 32 ? index : refuse("no index of the memo");
  }

  #object(item: unknown): void {
    this.#count += OBJECT;
    this.#stack.push(item);
  }

  /** The lowest place that may be taken from: what lies below a mark is out of reach. */
  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): unknown {
    const stack = this.#stack;
    return stack.length > this.#floor() ? stack[stack.length - 1] : empty();
  }

  #pop(): unknown {
    return this.#stack.length > this.#floor() ? this.#stack.pop() : empty();
  }

  /** Where the values since the last mark begin; the mark goes. */
  #mark(): number {
    return this.#marks.pop() ?? refuse("no mark where one is needed");
  }

  /** The container below the values from here on, which must take more. */
  #below(from: number): Held {
    if (from <= this.#floor()) return empty();
    const held = this.#stack[from - 1];
    return held instanceof Held ? held : refuse("parts of something that has none");
  }

  #append(from: number): void {
    const stack = this.#stack;
    const list = this.#below(from);
    if (list.kind !== "list") refuse("elements of something that is no list");
    const items = list.value as unknown[];
    for (let i = from; i < stack.length; i++) {
      const value = taken(stack[i], list);
      // Looked at each time: an element may be the list itself.
      assertOpen(list);
      items.push(value);
    }
    stack.length = from;
  }

  #setItems(from: number): void {
    const stack = this.#stack;
    const held = this.#below(from);
    if (held.kind !== "dict") refuse("entries of something that is no dict");
    if ((stack.length - from) % 2 !== 0) refuse("a key without a value");
    assertOpen(held);
    const dict = dictOf(held);
    for (let i = from; i < stack.length; i += 2) {
      const [key, value] = [taken(stack[i], held), taken(stack[i + 1], held)];
      assertOpen(held);
      dict.set(key, value);
    }
    stack.length = from;
  }

  #addItems(from: number): void {
    const stack = this.#stack;
    const set = this.#below(from);
    if (set.kind !== "set") refuse("members of something that is no set");
    assertOpen(set);
    for (let i = from; i < stack.length; i++) (set.value as unknown[]).push(taken(stack[i], set));
    assertOpen(set);
    stack.length = from;
  }

  #tuple(from: number): void {
    if (from < this.#floor()) empty();
    this.#object(heldTuple(this.#stack.splice(from)));
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
    if (known?.instance === undefined) return refuse("a call of something that is no class");
    this.#object((known as Known).instance(partsOf(closed(args)), via, { keyer: this.#keyer, height: heightOf(args) }));
  }

  #build(): void {
    const state = this.#pop();
    const instance = this.#top();
    if (!(instance instanceof Held) || instance.kind !== "instance") refuse("a state for something that has none");
    const value = closed(state);
    assertOpen(instance);
    const pending = instance.value as Pending;
    if (pending.state !== undefined) refuse("a second state");
    deepen(instance, heightOf(state));
    pending.state = value;
  }
}

function dictOf(held: Held): DictUnderWay {
  return held.value instanceof DictUnderWay ? held.value : refuse("entries of something that takes none");
}

function empty(): never {
  return refuse("nothing on the stack where a value is needed");
}

function refuse(problem: string): never {
  throw new DecodeError(problem);
}
