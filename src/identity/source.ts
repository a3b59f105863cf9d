/**
 * The source of one function: what it is compared by, and what it names. Everything here follows from the text that V8
 * keeps of it, so it is read once for each function.
 */
import { hashText } from "../digest/hash.ts";
import { type FreeNames, freeNamesOf } from "./free-names.ts";
import { once } from "./once.ts";
import { tokenize } from "./tokens.ts";

/** The source of a function or class. */
export interface Source {
  readonly text: string;
  /** Has no source that can be read: built in, bound, a proxy. */
  readonly native: boolean;
  readonly isClass: boolean;
  /** A plain function in sloppy code: the same text means something else than in a module. */
  readonly sloppy: boolean;
  /** Whether strict and sloppy code could be told apart by running it, and the function itself does not show which it is. */
  readonly strictnessHidden: boolean;
  /** Digest of what it is compared by. */
  readonly digest: string;
  readonly free: FreeNames;
}

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/**
 * Reads the source of a function, whatever its own `toString` says. Its tokens and names are looked for when they are asked
 * for: most functions that are met are only asked whose they are.
 */
export function readSource(fn: object): Source {
  const text = Function.prototype.toString.call(fn);
  const native = NATIVE.test(text);
  const isClass = !native && /^class\b/.test(text);
  // A plain function has a prototype that can be replaced; arrows, methods and async functions do not.
  const plain =
    Object.getOwnPropertyDescriptor(fn, "prototype")?.writable === true &&
    Object.getPrototypeOf(fn) === Function.prototype;
  const read = once(() => {
    const tokenized = tokenize(native ? "" : text);
    return { digest: hashText("str", tokenized.text), free: once(() => freeNamesOf(native ? "" : text, tokenized)) };
  });
  return {
    text,
    native,
    isClass,
    // V8 gives the old `caller` to plain sloppy functions only.
    sloppy: Object.hasOwn(fn, "caller") && !native,
    get strictnessHidden() {
      return !native && !isClass && !plain && this.free.strictness;
    },
    get digest() {
      return read().digest;
    },
    get free() {
      return read().free();
    },
  };
}
