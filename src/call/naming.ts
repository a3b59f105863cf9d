/**
 * What the user says about a function's parameters (`params`, `ignore`, `require`, `defaults`), checked against its
 * signature once, when wrapping. A name that means nothing is an error there: a misspelt `ignore` would otherwise
 * quietly split the cache, a misspelt `require` quietly let calls through.
 */
import { invalidArgument } from "../errors.ts";
import { didYouMean } from "../observe/suggest.ts";
import type { Parameter, Signature } from "./signature.ts";

/** The name of surplus arguments, where no rest parameter takes them. */
export const SURPLUS = "*";

/** The name of the receiver. */
export const RECEIVER = "this";

/** How arguments are named, and which of them count. */
export interface NamingOptions {
  /**
   * Names of the parameters, by position, instead of those in the source: for native, bound and minified functions, and
   * to keep keys when a parameter is renamed. Fewer than there are leave the others as they are. Each names one
   * argument, also of a function that takes the rest; only the last may be `...name`, which takes the rest.
   */
  readonly params?: readonly string[] | undefined;
  /** Arguments left out of key and record; also `this`, and `*` for surplus ones. */
  readonly ignore?: readonly string[] | undefined;
  /** Parameters without which a call is not cached: left out, or `undefined`, so that the function's default counts. */
  readonly require?: readonly string[] | undefined;
  /**
   * Values that enter key and record for parameters that a call leaves out (for a rest parameter: an array). Says to the
   * cache what the source says to the function, which is how keys are shared with Python. A parameter that is passed
   * as `undefined` was passed.
   */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
}

/** The checked form, by position. */
export interface Naming {
  readonly parameters: readonly NamedParameter[];
  /** Whether the receiver is an input of this call. */
  readonly receiver: Signature["receiver"];
  /** Whether surplus arguments are left out. */
  readonly ignoreSurplus: boolean;
}

/** A parameter with what the options say of it. */
export interface NamedParameter extends Parameter {
  readonly ignored: boolean;
  readonly required: boolean;
  /** Fills the pair where nothing was passed. */
  readonly filler: { readonly value: unknown } | undefined;
}

/** Checks the options. Throws a `TypeError` that says which option, which name and what there is; `of` names the function. */
export function naming(signature: Signature, options: NamingOptions, of: string): Naming {
  const parameters = renamed(signature.parameters, options.params ?? [], of);
  const names = parameters.map((parameter) => parameter.name);
  const ignorable = [...names];
  if (signature.receiver !== "never") ignorable.push(RECEIVER);
  if (!parameters.some((parameter) => parameter.rest)) ignorable.push(SURPLUS);

  const ignored = checked("ignore", options.ignore ?? [], ignorable, of);
  const required = checked("require", options.require ?? [], names, of);
  const defaults = options.defaults ?? {};
  checked("defaults", Object.keys(defaults), names, of);

  return {
    parameters: parameters.map((parameter) => ({
      ...parameter,
      ignored: ignored.has(parameter.name),
      required: required.has(parameter.name),
      filler: fillerOf(parameter, defaults, of),
    })),
    receiver: ignored.has(RECEIVER) ? "never" : signature.receiver,
    ignoreSurplus: ignored.has(SURPLUS),
  };
}

const IDENTIFIER = /^(?:\.\.\.)?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

function renamed(declared: readonly Parameter[], params: readonly string[], of: string): readonly Parameter[] {
  assertTexts("params", params, of);
  const given = params.map((text, i): Parameter => {
    if (!IDENTIFIER.test(text) || text === RECEIVER) {
      throw invalidArgument(`params of ${of}: ${JSON.stringify(text)} is not a name`);
    }
    const spread = text.startsWith("...");
    if (spread && (i < params.length - 1 || i < declared.length - 1)) {
      throw invalidArgument(`params of ${of}: ${JSON.stringify(text)} must be the last parameter`);
    }
    const was = declared[i];
    return {
      name: spread ? text.slice(3) : text,
      // Where the source takes the rest here, a plain name stands for its first argument alone.
      rest: spread,
      optional: was?.optional === true,
    };
  });
  const all = [...given, ...declared.slice(given.length)];
  const names = new Set<string>();
  for (const { name } of all) {
    if (names.has(name)) throw invalidArgument(`params of ${of}: two parameters would be called "${name}"`);
    names.add(name);
  }
  return all;
}

function checked(option: string, words: readonly string[], known: readonly string[], of: string): Set<string> {
  assertTexts(option, words, of);
  for (const word of words) {
    if (known.includes(word)) continue;
    const there = known.length === 0 ? "it has none" : `there are ${known.join(", ")}`;
    throw invalidArgument(
      `${option} of ${of}: no parameter is called ${JSON.stringify(word)} (${there})${didYouMean(word, known)}`,
    );
  }
  return new Set(words);
}

function assertTexts(option: string, words: readonly unknown[], of: string): void {
  if (!Array.isArray(words) || words.some((word) => typeof word !== "string")) {
    throw invalidArgument(`${option} of ${of} must be an array of parameter names`);
  }
}

function fillerOf(
  { name, rest }: Parameter,
  defaults: Readonly<Record<string, unknown>>,
  of: string,
): { readonly value: unknown } | undefined {
  if (!Object.hasOwn(defaults, name)) return undefined;
  const value = defaults[name];
  if (rest && !Array.isArray(value)) {
    throw invalidArgument(`defaults of ${of}: "${name}" takes the rest, so its default must be an array`);
  }
  return { value };
}
