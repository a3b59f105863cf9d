/**
 * The selection of one function's calls: `fn.query({ temperature: 300 }, { tags: ["night"] })`. Argument names are
 * checked against the signature, as a misspelt one would find nothing without a word.
 */
import { type Naming, RECEIVER, SURPLUS } from "../call/naming.ts";
import { Tuple } from "../digest/shapes.ts";
import { DigestError, invalidArgument } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { didYouMean } from "../observe/suggest.ts";
import { assertOptions } from "../options.ts";
import { plainObject, SELECTION_FIELDS, type Selection } from "./selection.ts";

/** Arguments to search for: values by name, or the first ones by position; a hole in the array matches every value. */
export type PartialArguments = Readonly<Record<string, unknown>> | readonly unknown[];

/** What else the calls of a function must match. */
export interface FunctionQueryOptions extends Omit<Selection, "name" | "arguments"> {
  /** `any` (default): whichever code or version ran. `current`: only calls that the function as it is now could hit. */
  readonly code?: "any" | "current";
}

/** What is known of a wrapped function. */
export interface QueriedFunction {
  readonly identity: Pick<Identity, "name" | "mode" | "version" | "module" | "current">;
  readonly naming: Naming;
}

const OPTIONS: readonly (keyof FunctionQueryOptions)[] = [
  "code",
  ...SELECTION_FIELDS.filter((field) => field !== "name" && field !== "arguments"),
];

/**
 * The selection. The function counts by its name, where a version is given by its module too, as that is in the key.
 * Throws a `TypeError` for names that the function does not have, a `DigestError` for `code: "current"` of a function
 * that cannot be named.
 */
export function selectionOf(
  fn: QueriedFunction,
  args: PartialArguments = {},
  options: FunctionQueryOptions = {},
): Selection {
  assertOptions("query", options, OPTIONS);
  const { code = "any", ...rest } = options;
  if (code !== "any" && code !== "current") throw invalidArgument('query: code must be "any" or "current"');
  const { name, mode } = fn.identity;
  const named = Array.isArray(args) ? byPosition(fn, args) : byName(fn, args as Readonly<Record<string, unknown>>);
  return {
    name,
    ...(mode === "version" ? { module: fn.identity.module() } : {}),
    ...(code === "current" ? currentCode(fn) : {}),
    ...rest,
    ...(Object.keys(named).length === 0 ? {} : { arguments: named }),
  };
}

function currentCode({ identity }: QueriedFunction): Selection {
  const { mode, version, name } = identity;
  if (mode === "version") return { identity: mode, version };
  const seen = identity.current(Date.now(), true);
  if ("unseen" in seen) throw new DigestError("", `${name} runs uncached: ${seen.unseen}`);
  return { identity: mode, codeDigest: seen.codeDigest };
}

function byName(fn: QueriedFunction, args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { parameters, receiver, ignoreSurplus } = fn.naming;
  const rest = new Set(parameters.filter((parameter) => parameter.rest).map((parameter) => parameter.name));
  const known = parameters.filter((parameter) => !parameter.ignored).map((parameter) => parameter.name);
  if (receiver !== "never") known.push(RECEIVER);
  if (rest.size === 0 && !ignoreSurplus) {
    known.push(SURPLUS);
    rest.add(SURPLUS);
  }
  const pairs = Object.entries(plainObject("the arguments", args)).map(([name, value]): [string, unknown] => {
    if (!known.includes(name)) throw unknownArgument(fn, name, known);
    return [name, rest.has(name) && Array.isArray(value) ? new Tuple(value) : value];
  });
  return Object.fromEntries(pairs);
}

function byPosition({ identity, naming }: QueriedFunction, args: readonly unknown[]): Record<string, unknown> {
  const { parameters } = naming;
  const pairs: [string, unknown][] = [];
  for (let i = 0; i < args.length; i++) {
    const parameter = parameters[i];
    if (parameter === undefined) {
      pairs.push([SURPLUS, new Tuple(args.slice(i))]);
      break;
    }
    if (!(i in args)) continue;
    if (parameter.ignored) {
      throw invalidArgument(`query: ${parameter.name} of ${identity.name} is ignored, so no record has it`);
    }
    if (parameter.rest) {
      pairs.push([parameter.name, new Tuple(args.slice(i))]);
      break;
    }
    pairs.push([parameter.name, args[i]]);
  }
  return Object.fromEntries(pairs);
}

function unknownArgument({ identity, naming }: QueriedFunction, name: string, known: readonly string[]): TypeError {
  if (naming.parameters.some((parameter) => parameter.name === name)) {
    return invalidArgument(`query: ${name} of ${identity.name} is ignored, so no record has it`);
  }
  const there = known.filter((one) => one !== SURPLUS);
  const list = there.length === 0 ? "it has none" : `there are ${there.join(", ")}`;
  return invalidArgument(
    `query: ${identity.name} has no argument ${JSON.stringify(name)} (${list})${didYouMean(name, there)}`,
  );
}
