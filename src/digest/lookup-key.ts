/**
 * The lookup key: the digest that names a call's inputs and is the name of its call record. Computed from digests alone,
 * by the wrapper before a call and again from every record that is read, so that a record signed under another key is
 * found out. Which parts identify a function is decided by its mode; what they are is decided elsewhere.
 */
import { invalidArgument } from "../errors.ts";
import { digestHex } from "./digest.ts";
import { hashChildren, hashText } from "./hash.ts";
import type { Numbers } from "./number.ts";
import { rememberedPair } from "./remembered.ts";

/** How a function is told from others: by code with captured values, by its own source, or by the version given. */
export type IdentityMode = "closure" | "source" | "version";

/** What identifies the function of a record: as `fleche` did, or as Python does: by module, version and code together. */
export type RecordIdentity = IdentityMode | "python";

/** What a lookup key needs to know of the function. */
export interface KeyedFunction {
  readonly identity: RecordIdentity;
  readonly name: string;
  /** In the key only in the modes `version` and `python`. */
  readonly module: string | null;
  /** In the key only in the modes `version` and `python`; 1 and "1" are two versions. */
  readonly version: string | number | null;
  /** In the key in every mode but `version`; these must have one. */
  readonly codeDigest: string | null;
}

/** The arguments that enter a key, by name and digest, in the order in which they do. */
export type NamedDigests = readonly (readonly [name: string, digest: string])[];

/** How many names a function keeps the digests of: its own parameters, unless records make names up. */
const MOST_NAMES = 64;

/**
 * A function from argument digests to lookup keys. What does not depend on the arguments is computed here, once; a key
 * then costs one hash for each argument that was not met lately, and three more. Throws a `TypeError` where the function is not identified.
 */
export function lookupKeys(fn: KeyedFunction, numbers: Numbers): (named: NamedDigests) => string {
  const [before, after] = aroundArguments(fn, numbers);
  const nameDigests = new Map<string, string>();
  const pairDigest = ([name, digest]: readonly [string, string]): string => {
    let nameDigest = nameDigests.get(name);
    if (nameDigest === undefined) {
      nameDigest = hashText("str", name);
      if (nameDigests.size < MOST_NAMES) nameDigests.set(name, nameDigest);
    }
    return rememberedPair(nameDigest, digest, hashPair);
  };
  return (named) => {
    if (isLast(before, after, named)) return last.key;
    // The neighbours of the arguments are joined beforehand: hashing takes text of several children as it takes each.
    const dict = hashChildren("dict", [before, hashChildren("tuple", named.map(pairDigest)), after]);
    const key = hashChildren("Call", [dict]);
    keepLast(before, after, named, key);
    return key;
  };
}

const hashPair = (pair: readonly string[]): string => hashChildren("tuple", pair);

/**
 * The inputs of the key that was computed last, and the key. A call is named, and mostly at once the record that is found
 * under its name is named again from what it says: the same inputs, told from texts alone, for 0.2 µs instead of 3.
 */
const last = { before: "", after: "", named: [] as (readonly [name: string, digest: string])[], key: "" };

function isLast(before: string, after: string, named: NamedDigests): boolean {
  if (named.length !== last.named.length || after !== last.after || before !== last.before) return false;
  return last.named.every(([name, digest], i) => named[i]?.[0] === name && named[i]?.[1] === digest);
}

function keepLast(before: string, after: string, named: NamedDigests, key: string): void {
  last.before = before;
  last.after = after;
  // Copies: whoever has the pairs may change them.
  last.named = named.map(([name, digest]) => [name, digest]);
  last.key = key;
}

/** The lookup key of one call; see {@link lookupKeys}, which is faster for many calls of one function. */
export function lookupKey(fn: KeyedFunction, named: NamedDigests, numbers: Numbers): string {
  return lookupKeys(fn, numbers)(named);
}

const NONE = hashText("NoneType", "__None__");

/** The fields of the dict with their digests, in a dict's order: that of the digests. */
const FIELDS = (["name", "arguments", "metadata", "module", "version", "code_digest", "result"] as const)
  .map((field) => [field, hashText("str", field)] as const)
  .sort(([, a], [, b]) => (a < b ? -1 : 1));

/** The digests that lie before and after that of the arguments. */
function aroundArguments(fn: KeyedFunction, numbers: Numbers): [before: string, after: string] {
  const byVersion = fn.identity === "version";
  const named = byVersion || fn.identity === "python";
  if (!byVersion && fn.codeDigest === null) {
    // Without it, two functions of one name would share their keys.
    throw invalidArgument(`identity "${fn.identity}" of ${fn.name} needs a code digest`);
  }
  const digests = {
    name: hashText("str", fn.name),
    arguments: "",
    metadata: NONE,
    module: named && fn.module !== null ? hashText("str", fn.module) : NONE,
    version: named ? versionDigest(fn.version, numbers) : NONE,
    code_digest: byVersion ? NONE : (fn.codeDigest as string),
    result: NONE,
  };
  const children = FIELDS.map(([field, digest]) => digest + digests[field]);
  const end = FIELDS.findIndex(([field]) => field === "arguments") + 1;
  return [children.slice(0, end).join(""), children.slice(end).join("")];
}

/** A version is text or a number that JSON brings back as it was: in records it is stored, and keyed again from there. */
function versionDigest(version: string | number | null, numbers: Numbers): string {
  if (typeof version === "number" && (!Number.isFinite(version) || Object.is(version, -0))) {
    throw invalidArgument(`a version is a text or a finite number; found ${Object.is(version, -0) ? "-0" : version}`);
  }
  return digestHex(version, { numbers });
}
