/**
 * Which calls a search is about, as people say it; checked and named here, before any store is asked. What cannot be
 * meant is an error, never "everything": a search may end in `evict()`. Matching a record against it is in `match.ts`.
 */
import { digestHex } from "../digest/digest.ts";
import type { IdentityMode } from "../digest/lookup-key.ts";
import { type Digest, hexOf } from "../digest/reference.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { assertOptions } from "../options.ts";
import { type JsonObject, plainJsonObject } from "../record/json.ts";
import type { RecordFilter } from "../store/store.ts";
import { type Moment, momentMs } from "./moment.ts";

/** Which calls; a field that is left out matches every call, one that is given must match exactly. */
export interface Selection {
  readonly name?: string;
  /** `null`: functions that belong to no module. */
  readonly module?: string | null;
  /** 1 and "1" are two versions; `null`: none was given. */
  readonly version?: string | number | null;
  readonly codeDigest?: string | Digest | null;
  readonly identity?: IdentityMode;
  /**
   * Values by the names of arguments; compared by digest, so a `Digest` stands for its value. What is named must have
   * been passed: `null` and `undefined` are values to search for. Rest arguments are a `tuple(…)`.
   */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** The value that came out, or its `Digest`. */
  readonly result?: unknown;
  /** Tags that the call has, all of them. */
  readonly tags?: readonly string[];
  /** A part of the metadata: `{ git: { dirty: false } }`. Objects match by the entries named here, all else exactly. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Calls that began at this moment or later. */
  readonly since?: Moment;
  /** Calls that began before this moment. */
  readonly until?: Moment;
  /** Lookup key of the call that made this one; `null`: calls that no other call made. */
  readonly parent?: string | Digest | null;
}

/** A selection that was checked: values by their digests. */
export interface Selected {
  /** What a store may search by. */
  readonly filter: RecordFilter;
  readonly name: string | undefined;
  readonly module: string | null | undefined;
  readonly version: string | number | null | undefined;
  readonly codeDigest: string | null | undefined;
  readonly identity: IdentityMode | undefined;
  readonly arguments: readonly (readonly [name: string, digest: string])[];
  readonly result: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: JsonObject | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly parent: string | null | undefined;
}

/** Every field of a selection. */
export const SELECTION_FIELDS: readonly (keyof Selection)[] = [
  ...(["name", "module", "version", "codeDigest", "identity", "arguments"] as const),
  ...(["result", "tags", "metadata", "since", "until", "parent"] as const),
];

/**
 * Checks a selection and names its values as this cache does. Throws a `TypeError` for unknown and misused fields, a
 * `DigestError` for values that have no name.
 */
export function selected(calls: CallCache, selection: Selection): Selected {
  assertOptions("query", selection, SELECTION_FIELDS);
  // Taken once: what is checked is what counts.
  const given: Selection = { ...plainObject("the selection", selection) };
  for (const field of SELECTION_FIELDS) {
    if (field !== "result" && field in given && given[field] === undefined) {
      throw invalidArgument(`query: ${field} is undefined; leave it out to match every call`);
    }
  }
  const { numbers, functionDigest, otherDigest } = calls;
  const options = { numbers, functionDigest, otherDigest };
  const args = Object.entries(plainObject("arguments", given.arguments ?? {}));
  const checked: Omit<Selected, "filter"> = {
    name: text("name", given.name),
    module: orNull(given.module, (module) => text("module", module)),
    version: orNull(given.version, versionOf),
    codeDigest: orNull(given.codeDigest, hexOf),
    identity: identityOf(given.identity),
    arguments: args.map(([name, value]) => [name, digestHex(value, { ...options, at: name })]),
    result: "result" in given ? digestHex(given.result, { ...options, at: "result" }) : undefined,
    tags: tagsOf(given.tags ?? []),
    metadata: given.metadata === undefined ? undefined : plainJsonObject(given.metadata, "metadata"),
    sinceMs: given.since === undefined ? Number.NEGATIVE_INFINITY : momentMs("since", given.since),
    untilMs: given.until === undefined ? Number.POSITIVE_INFINITY : momentMs("until", given.until),
    parent: orNull(given.parent, hexOf),
  };
  return { ...checked, filter: filterOf(checked) };
}

/** The part that a store may search by, and nothing in it that was not asked for. */
function filterOf(checked: Omit<Selected, "filter">): RecordFilter {
  const { name, module, version, codeDigest, result, tags, sinceMs, untilMs, parent } = checked;
  return {
    ...(name === undefined ? {} : { name }),
    ...(module === undefined ? {} : { module }),
    ...(version === undefined ? {} : { version: version === null ? null : String(version) }),
    ...(codeDigest === undefined ? {} : { codeDigest }),
    ...(checked.arguments.length === 0 ? {} : { arguments: checked.arguments }),
    ...(result === undefined ? {} : { result }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(sinceMs === Number.NEGATIVE_INFINITY ? {} : { sinceMs }),
    ...(untilMs === Number.POSITIVE_INFINITY ? {} : { untilMs }),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** A Map or an instance would look like an empty object, and match every call. */
export function plainObject(what: string, value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (isPlain && Object.getOwnPropertySymbols(value).length === 0) return value;
  }
  throw invalidArgument(`query: ${what} must be a plain object of names and values`);
}

function orNull<T, U>(value: T | null | undefined, read: (value: T) => U): U | null | undefined {
  return value === null || value === undefined ? (value as null | undefined) : read(value);
}

function text<T extends string | undefined>(field: string, value: T): T {
  if (value === undefined || typeof value === "string") return value;
  throw invalidArgument(`query: ${field} must be a text; found ${value === null ? "null" : typeof value}`);
}

function versionOf(version: string | number): string | number {
  if (typeof version === "string" || Number.isFinite(version)) return version;
  throw invalidArgument("query: version must be a text, a finite number or null");
}

function identityOf(identity: IdentityMode | undefined): IdentityMode | undefined {
  if (identity === undefined || ["closure", "source", "version"].includes(identity)) return identity;
  throw invalidArgument('query: identity must be "closure", "source" or "version"');
}

function tagsOf(tags: readonly string[]): readonly string[] {
  const copy = Array.isArray(tags) ? Array.from(tags as readonly unknown[]) : undefined;
  if (copy?.every((tag) => typeof tag === "string")) return copy as readonly string[];
  throw invalidArgument("query: tags must be an array of texts");
}
