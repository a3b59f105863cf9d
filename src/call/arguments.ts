/**
 * The digests of a call's arguments, all of them in one synchronous step before the body runs, which may change them.
 * Stores nothing: an argument that has a digest but no encoding is keyed all the same.
 */
import { digestHex, type InnerDigestOptions } from "../digest/digest.ts";
import { childHasher } from "../digest/hash.ts";
import { Tuple } from "../digest/shapes.ts";
import type { Argument, Binding } from "./binding.ts";
import { SURPLUS } from "./naming.ts";

/** How argument values are digested; what they are called in errors is decided here. */
export type ArgumentDigestOptions = Omit<InnerDigestOptions, "at">;

/** An argument under its digest. */
export interface DigestedArgument extends Argument {
  readonly digest: string;
}

/**
 * The arguments of a call with their digests, in the order in which they enter the lookup key. Throws a `DigestError`
 * for a part that cannot be named exactly, with its path as the function's author would write it: `x.rows[3].socket`,
 * `this.socket`; `args[1].socket` for an argument without a name.
 */
export function digestArguments(binding: Binding, options: ArgumentDigestOptions = {}): readonly DigestedArgument[] {
  return binding.arguments.map((argument) => {
    const { name, value, position } = argument;
    const rest = name === binding.rest && value instanceof Tuple;
    const digest = rest ? digestRest(argument, value.items, options) : digestOne(value, shown(name, position), options);
    return { name, value, position, digest };
  });
}

/** The pairs that enter a lookup key and a record. */
export function pairsOf(args: readonly DigestedArgument[]): [name: string, digest: string][] {
  return args.map(({ name, digest }) => [name, digest]);
}

/** The tuple's own digest, item by item, so that each item is named in errors by where it was passed. */
function digestRest({ name, position }: Argument, items: readonly unknown[], options: ArgumentDigestOptions): string {
  const hasher = childHasher("tuple", items.length);
  const named = name !== SURPLUS && !name.startsWith("#");
  for (const [i, item] of items.entries()) {
    hasher.add(digestOne(item, named ? `${name}[${i}]` : `args[${position + i}]`, options));
  }
  return hasher.end();
}

function digestOne(value: unknown, at: string, options: ArgumentDigestOptions): string {
  // A scalar is digested without a word, so it needs no place; spreading the options would take as long as its digest.
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? digestHex(value, options)
    : digestHex(value, { ...options, at });
}

function shown(name: string, position: number): string {
  return name.startsWith("#") ? `args[${position}]` : name;
}
