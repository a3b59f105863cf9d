/**
 * Value → bytes, protocol 4, as Python's own pickler writes them: what is one object here is written once, equal texts
 * too. Every object is looked at as closely as for a digest; what would come back as something else is refused.
 */

import { utf8 } from "../../digest/hash.ts";
import { kindOf } from "../../digest/kind.ts";
import { assertOnlyIndices } from "../../digest/only-indices.ts";
import { elementOf, fieldsOf, HOLE } from "../../digest/own-fields.ts";
import type { Step } from "../../digest/path.ts";
import { bytesOf, typedLength } from "../../digest/view.ts";
import { startWalk, type Walk, walkThrough } from "../../digest/walk.ts";
import { EncodeError } from "../../errors.ts";
import type { PickleGlobal } from "./classes.ts";
import { writeLong, writeNumber } from "./number-out.ts";
import { OP, WRITTEN_PROTOCOL } from "./opcode.ts";
import { BATCH, Output } from "./output.ts";
import { type Part, type Reduction, reductionBy, reductionOf } from "./reduction.ts";
import { Keyer } from "./value/key.ts";
import type { PickledInstance } from "./value/py-object.ts";

/** How a writer differs from another. */
export interface Writing {
  readonly globals: readonly PickleGlobal[];
  readonly preamble?: Buffer | undefined;
  /** Refuses `PyFloat`, where the reader would give a plain number for it. */
  readonly refuseFloats?: boolean;
}

/** The pickle of a value; throws `EncodeError` with the path to what cannot be brought back. */
export function writeValue(value: unknown, writing: Writing): Buffer {
  return new Writer(writing).run(value);
}

class Writer {
  readonly #writing: Writing;
  readonly #out = new Output();
  /** What was made of objects: their number in the memo. */
  readonly #walk: Walk<number> = startWalk("", (path, problem) => new EncodeError(path, problem));
  readonly #keyer = new Keyer();
  readonly #texts = new Map<string, number>();
  readonly #modules = new Map<string, number>();
  readonly #globals = new Map<string, number>();
  /** Dtypes, of which numpy has one each. */
  readonly #shared = new Map<string, number>();
  #memo = 0;
  /** Whether the object that was asked for last was written, and not only met again. */
  #written = false;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  run(value: unknown): Buffer {
    const out = this.#out;
    out.op1(OP.PROTO, WRITTEN_PROTOCOL);
    if (this.#writing.preamble !== undefined) {
      out.opBytes(OP.SHORT_BINUNICODE, OP.BINUNICODE, OP.BINUNICODE8, this.#writing.preamble);
      out.op(OP.POP);
    }
    out.startFraming();
    walkThrough(this.#walk, () => this.#any(value));
    out.op(OP.STOP);
    return out.end();
  }

  #any(value: unknown): void {
    const out = this.#out;
    if (typeof value === "object" && value !== null) {
      this.#object(value);
      return;
    }
    out.boundary();
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") writeNumber(out, value);
    else if (typeof value === "boolean") out.op(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (typeof value === "bigint") this.#bigint(value);
    else if (value === null) out.op(OP.NONE);
    else
      this.#walk.refuse(
        `${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}, which Python does not have`,
      );
  }

  // Few frames a level, since values may be deep and the caller may have used much of the stack.
  #child(value: unknown, step: Step): void {
    this.#walk.enter(step);
    if (typeof value === "object" && value !== null) this.#object(value);
    else this.#any(value);
    this.#walk.leave();
  }

  #bigint(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
      this.#walk.refuse("a bigint within the safe integers, which would come back as a number");
    }
    writeLong(this.#out, value);
  }

  /** A text, and one that is equal to it: once. */
  #text(text: string): void {
    const index = this.#texts.get(text);
    if (index !== undefined) this.#get(index);
    else {
      this.#texts.set(text, this.#memo);
      this.#freshText(text);
    }
  }

  #freshText(text: string): void {
    this.#out.opBytes(OP.SHORT_BINUNICODE, OP.BINUNICODE, OP.BINUNICODE8, utf8(text));
    this.#memoize();
  }

  #freshBytes(bytes: Uint8Array): number {
    this.#out.opBytes(OP.SHORT_BINBYTES, OP.BINBYTES, OP.BINBYTES8, bytes);
    return this.#memoize();
  }

  #memoize(): number {
    this.#out.op(OP.MEMOIZE);
    return this.#memo++;
  }

  #get(index: number): void {
    if (index < 0x100) this.#out.op1(OP.BINGET, index);
    else this.#out.op4(OP.LONG_BINGET, index);
  }

  #object(value: object): void {
    this.#out.boundary();
    this.#written = false;
    const index = this.#walk.object(value, writeObject, this);
    // Met again: what was written of it is fetched. Empty tuples and floats are in no memo, and as short again.
    if (this.#written) return;
    if (index === NOT_KEPT) this.write(value);
    else this.#get(index);
    this.#written = true;
  }

  /** Called once for each object; its number in the memo. */
  write(value: object): number {
    const index = this.#kind(value);
    this.#written = true;
    return index;
  }

  #kind(value: object): number {
    const { refuse } = this.#walk;
    const kinded = kindOf(value);
    switch (kinded.kind) {
      case "dict":
        return this.#dict(fieldsOf(value, refuse));
      case "pairs":
        this.#assertKeys(kinded.value.entries);
        return this.#dict(kinded.value.entries);
      case "list":
        return this.#list(kinded.value);
      case "tuple":
        return this.#tuple(kinded.value.items);
      case "bytes":
        this.#assertElements(kinded.value);
        return this.#freshBytes(bytesOf(kinded.value));
      case "ndarray":
        this.#assertElements(kinded.value);
        return this.#reduction(reductionOf(kinded) as Reduction);
      case "python": {
        if (kinded.form.as === "set") return this.#set(kinded.form.parts(value));
        if (kinded.form.name === "builtins.frozenset") return this.#frozenSet(kinded.form.parts(value));
        if (kinded.form.name === "builtins.float") return this.#float(Number(value));
        const reduction = reductionOf(kinded);
        return reduction === undefined
          ? this.#instance(value, "an instance of a Python class")
          : this.#reduction(reduction);
      }
      case "digest":
        return this.#instance(value, "a Digest, which stands for a value stored elsewhere; load what it names");
      case "registered":
      case "method":
        return this.#instance(value, "an instance of a class that pickles do not know");
      case "unknown":
        return this.#instance(value, kinded.problem);
      default:
        return refuse(`a ${kinded.kind}, which Python does not have${HINTS[kinded.kind] ?? ""}`);
    }
  }

  #assertElements(array: ArrayBufferView): void {
    assertOnlyIndices(array, typedLength(array), typedLength(array), this.#walk.refuse);
  }

  #float(value: number): number {
    if (this.#writing.refuseFloats === true) {
      this.#walk.refuse('a PyFloat, which would come back as a number; floats: "exact" keeps it');
    }
    this.#out.opDouble(OP.BINFLOAT, value);
    return NOT_KEPT;
  }

  /** What Python would take for one key, or could not hash. */
  #assertKeys(entries: readonly (readonly [key: unknown, value: unknown])[]): void {
    const keys = new Set<unknown>();
    for (const [key] of entries) {
      const hashed = this.#keyer.of(key);
      const step = { shown: `<key ${keys.size}>` };
      if (hashed === undefined) this.#walk.refuse("a key that Python cannot hash", step);
      if (keys.has(hashed)) this.#walk.refuse("a key that is equal to another one in Python", step);
      keys.add(hashed);
    }
  }

  #dict(entries: readonly (readonly [key: unknown, value: unknown])[]): number {
    this.#out.op(OP.EMPTY_DICT);
    const index = this.#memoize();
    this.#entries(entries);
    return index;
  }

  #entries(entries: readonly (readonly [key: unknown, value: unknown])[]): void {
    const out = this.#out;
    for (let i = 0; i < entries.length; i++) {
      const [key, value] = entries[i] as readonly [unknown, unknown];
      out.beforePart(i, entries.length);
      if (typeof key === "string") {
        out.boundary();
        this.#text(key);
        this.#child(value, key);
      } else {
        this.#child(key, { shown: `<key ${i}>` });
        this.#child(value, { shown: `<value ${i}>` });
      }
      out.afterPart(i, entries.length, OP.SETITEM, OP.SETITEMS);
    }
  }

  #list(list: readonly unknown[]): number {
    const { refuse } = this.#walk;
    const { length } = list;
    this.#out.op(OP.EMPTY_LIST);
    const index = this.#memoize();
    for (let i = 0; i < length; i++) {
      const element = elementOf(list, i, refuse);
      if (element === HOLE) refuse("a hole, which Python does not have", i);
      this.#out.beforePart(i, length);
      this.#child(element, i);
      this.#out.afterPart(i, length, OP.APPEND, OP.APPENDS);
    }
    assertOnlyIndices(list, length, length, refuse);
    return index;
  }

  #set(members: readonly unknown[]): number {
    const out = this.#out;
    out.op(OP.EMPTY_SET);
    const index = this.#memoize();
    for (let start = 0; start < members.length; start += BATCH) {
      out.op(OP.MARK);
      this.#members(members.slice(start, start + BATCH), start);
      out.op(OP.ADDITEMS);
    }
    return index;
  }

  #frozenSet(members: readonly unknown[]): number {
    this.#out.op(OP.MARK);
    this.#members(members, 0);
    this.#out.op(OP.FROZENSET);
    return this.#memoize();
  }

  #members(members: readonly unknown[], start: number): void {
    for (let i = 0; i < members.length; i++) this.#child(members[i], { shown: `<member ${start + i}>` });
  }

  #tuple(items: readonly unknown[]): number {
    const out = this.#out;
    if (items.length === 0) {
      out.op(OP.EMPTY_TUPLE);
      return NOT_KEPT;
    }
    if (items.length > 3) out.op(OP.MARK);
    for (let i = 0; i < items.length; i++) this.#child(items[i], i);
    out.op(TUPLES[items.length] ?? OP.TUPLE);
    return this.#memoize();
  }

  /** An object of a class that the program put in. */
  #instance(value: object, otherwise: string): number {
    const prototype: unknown = Object.getPrototypeOf(value);
    for (const global of this.#writing.globals) {
      const pickled = global.prototype === prototype ? this.#pickled(global, value) : undefined;
      if (pickled !== undefined) return this.#reduction(reductionBy(global, pickled));
    }
    return this.#walk.refuse(`${otherwise}; globals: [pythonClass({ … })] makes classes known to pickles`);
  }

  /** What a program's own code says of an instance; its failure is a refusal like any other. */
  #pickled(global: PickleGlobal, value: object): PickledInstance | undefined {
    try {
      return global.write(value);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.#walk.refuse(`encode of ${global.module}.${global.name} threw ${why}`);
    }
  }

  #reduction({ module, name, via, args, state, entries }: Reduction): number {
    const out = this.#out;
    this.#global(module, name);
    this.#parts(args);
    out.op(via === "new" ? OP.NEWOBJ : OP.REDUCE);
    const index = this.#memoize();
    if (entries !== undefined) this.#entries(entries);
    if (state !== undefined) {
      this.#part(state, "<state>");
      out.op(OP.BUILD);
    }
    return index;
  }

  /** A class or function by its name: once, and the name of its module once. */
  #global(module: string, name: string): void {
    const index = this.#globals.get(`${module}\n${name}`);
    this.#out.boundary();
    if (index !== undefined) {
      this.#get(index);
      return;
    }
    const known = this.#modules.get(module);
    if (known !== undefined) this.#get(known);
    else {
      this.#modules.set(module, this.#memo);
      this.#freshText(module);
    }
    this.#out.boundary();
    this.#freshText(name);
    this.#out.op(OP.STACK_GLOBAL);
    this.#globals.set(`${module}\n${name}`, this.#memoize());
  }

  #parts(parts: readonly Part[]): void {
    const out = this.#out;
    out.boundary();
    if (parts.length === 0) {
      out.op(OP.EMPTY_TUPLE);
      return;
    }
    if (parts.length > 3) out.op(OP.MARK);
    parts.forEach((part, i) => {
      this.#part(part, `<argument ${i}>`);
    });
    out.op(TUPLES[parts.length] ?? OP.TUPLE);
    this.#memoize();
  }

  #part(part: Part, shown: string): void {
    const out = this.#out;
    if (part.is === "value") this.#child(part.value, { shown });
    else if (part.is === "global") this.#global(part.module, part.name);
    else if (part.is === "tuple") this.#parts(part.parts);
    else if (part.is === "shared") {
      const index = this.#shared.get(part.key);
      if (index !== undefined) this.#get(index);
      else this.#shared.set(part.key, this.#reduction(part.reduction));
    } else {
      out.boundary();
      if (part.is === "float") out.opDouble(OP.BINFLOAT, part.value);
      else if (typeof part.value === "string") this.#freshText(part.value);
      else this.#freshBytes(part.value);
    }
  }
}

/** Stands for an object that is in no memo: an empty tuple, a float. */
const NOT_KEPT = -1;

/** Opcodes of short tuples, by their length. */
const TUPLES: readonly (number | undefined)[] = [OP.EMPTY_TUPLE, OP.TUPLE1, OP.TUPLE2, OP.TUPLE3];

/** What to do about kinds that Python lacks. */
const HINTS: { readonly [kind: string]: string } = {
  Map: "; dict(entries) makes a dict",
  Set: "; PySet is Python's set",
  Date: "; PyDateTime.from(date) is Python's datetime",
  "null-prototype": "; a plain object is a dict",
};

function writeObject(value: object, writer: Writer): number {
  return writer.write(value);
}
