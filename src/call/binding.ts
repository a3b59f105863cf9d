/**
 * Binds what a call passes to the names in the signature: the ordered pairs that its key is made of and its record
 * keeps. Looks at positions only, never into a value. What the pairs' digests are is decided in `arguments.ts`.
 */
import { isDigest } from "../digest/reference.ts";
import { Tuple } from "../digest/shapes.ts";
import { type Naming, type NamingOptions, naming, RECEIVER, SURPLUS } from "./naming.ts";
import type { Signature } from "./signature.ts";

/** One named input of a call. */
export interface Argument {
  readonly name: string;
  /** A `Tuple` for rest and surplus arguments. */
  readonly value: unknown;
  /** Where it, or the first of a tuple, stands among the arguments passed; -1 for the receiver. */
  readonly position: number;
}

/** A call's inputs by name. */
export interface Binding {
  /** In the order in which they enter the key: receiver, parameters, surplus. */
  readonly arguments: readonly Argument[];
  /** Name of the pair that holds the rest or surplus arguments, where there is one. */
  readonly rest: string | null;
  /** Names in `require` that this call leaves to their defaults: it is to run uncached, with a warning. */
  readonly missing: readonly string[];
  /**
   * Positions of the arguments passed that are Digests. The body is given the values that they stand for; binding those
   * instead gives the same digests, and the values to store.
   */
  readonly references: readonly number[];
}

/** Binds one call: its receiver, and its arguments as a rest parameter gives them. */
export type Binder = (receiver: unknown, args: readonly unknown[]) => Binding;

/**
 * A function that binds calls. Throws a `TypeError` for options that do not fit the signature; `of` names the function
 * in its text.
 *
 * Different calls get different pairs, unless `ignore` or `defaults` say otherwise: what is not passed has no pair, so
 * f(1), f(1, undefined) and f(1, 2) are three calls.
 *
 * @example
 * ```ts
 * const bind = binder(signatureOf(simulate), { ignore: ["verbose"] }, "simulate");
 * bind(undefined, [300, 1e6]).arguments; // [{ name: "temperature", value: 300, … }, { name: "steps", value: 1e6, … }]
 * ```
 */
export function binder(signature: Signature, options: NamingOptions = {}, of = "the function"): Binder {
  const names = naming(signature, options, of);
  return (receiver, args) => bind(names, receiver, args);
}

function bind(
  { parameters, receiver: takes, ignoreSurplus }: Naming,
  receiver: unknown,
  args: readonly unknown[],
): Binding {
  const bound: Argument[] = [];
  let rest: string | null = null;
  const missing: string[] = [];
  if (takes === "always" || (takes === "given" && receiver !== undefined)) {
    bound.push({ name: RECEIVER, value: receiver, position: -1 });
  }
  for (const [position, parameter] of parameters.entries()) {
    const { name, filler } = parameter;
    const passed = position < args.length;
    if (parameter.required && (parameter.rest ? !passed : args[position] === undefined)) missing.push(name);
    if (parameter.ignored || !(passed || filler !== undefined)) continue;
    if (parameter.rest) {
      rest = name;
      bound.push({ name, value: new Tuple(passed ? args.slice(position) : (filler?.value as unknown[])), position });
    } else {
      bound.push({ name, value: passed ? args[position] : filler?.value, position });
    }
  }
  const declared = parameters.length;
  if (args.length > declared && !ignoreSurplus && parameters[declared - 1]?.rest !== true) {
    rest = SURPLUS;
    bound.push({ name: SURPLUS, value: new Tuple(args.slice(declared)), position: declared });
  }
  return { arguments: bound, rest, missing, references: referencesAmong(args) };
}

function referencesAmong(args: readonly unknown[]): number[] {
  const positions: number[] = [];
  for (let i = 0; i < args.length; i++) {
    if (isDigest(args[i])) positions.push(i);
  }
  return positions;
}
