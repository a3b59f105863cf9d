/**
 * The signature of a function: the names that its arguments have in keys, records and options, and whether the receiver
 * is an input. Read from the source in `source.ts`; what a call passes is bound to it in `binding.ts`.
 */

/** One declared parameter. */
export interface Parameter {
  /** Its name; `#i`, counted from 0, where it has none (destructured, or the source is not to be seen). */
  readonly name: string;
  /** Whether it takes all arguments from here on. */
  readonly rest: boolean;
  /** Whether the source declares a default; what it is does not matter, and is part of the code. */
  readonly optional: boolean;
}

/** What of the function's form matters to its calls. */
export interface Signature {
  /** `opaque`: native, bound or a proxy (or of a form that is not understood), so that no names can be seen. */
  readonly form: "arrow" | "function" | "class" | "opaque";
  readonly parameters: readonly Parameter[];
  /**
   * Whether the receiver is an input: `always` where a non-arrow function's source uses `this` or `super` (or evaluates
   * text), also where only a function nested in it does; `given`: only where a call has one, for opaque functions.
   */
  readonly receiver: "always" | "given" | "never";
}

/** A function can be given any `length`; beyond this, arguments count as surplus. */
const MOST_OPAQUE = 255;

/** A signature without names. */
export function opaque(length: number): Signature {
  const count = Math.max(0, Math.min(length, MOST_OPAQUE));
  const parameters = Array.from({ length: count }, (_, i) => ({ name: `#${i}`, rest: false, optional: false }));
  return { form: "opaque", parameters, receiver: "given" };
}
