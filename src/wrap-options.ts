/** What may be said about a function when it is wrapped, checked there and then, and made into a plan for the engine. */
import { types } from "node:util";
import type { CacheChoice } from "./ambient.ts";
import { binder } from "./call/binding.ts";
import { naming } from "./call/naming.ts";
import { type AnyFunction, signatureOf } from "./call/source.ts";
import { type Duration, durationMs } from "./duration.ts";
import { keptApart, wrappedBy } from "./engine/original.ts";
import type { Plan } from "./engine/plan.ts";
import { invalidArgument } from "./errors.ts";
import { functionValueDigest, type IdentityMode, identify } from "./identity/identity.ts";
import { assertOptions } from "./options.ts";
import { assertMetadata, type Metadata } from "./record/metadata.ts";

/** Options of `fleche` and `cached`. */
export interface FlecheOptions {
  /** What the function is called in keys and records. Default: its own name. */
  readonly name?: string;
  /** Which module it belongs to, `null` for none; in the key only with `version`. Default: package and path of its file. */
  readonly module?: string | null;
  /** Puts you in charge: calls of one version share results, edited code only warns. */
  readonly version?: string | number;
  /**
   * What tells the function from others. `closure` (default): its source, what it captures, the functions it uses.
   * `source`: its own source alone. `version` (default where `version` is given): name, module and version.
   */
  readonly identity?: IdentityMode;
  /** Values of captured variables, asked on every call: exact, instead of looking at them. */
  readonly captures?: () => Readonly<Record<string, unknown>>;
  /** Functions and values that count as parts of the function besides those that it names. */
  readonly uses?: readonly unknown[];
  /** For how long captured variables are taken as unchanged between hits, in ms; 0: never. Default 1,000. */
  readonly recheckMs?: number;
  /** Names of the parameters, by position, instead of those in the source. */
  readonly params?: readonly string[];
  /** Values that enter the key for parameters that a call leaves out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Parameters that are no input: left out of key and record. */
  readonly ignore?: readonly string[];
  /** Parameters without which a call runs uncached. */
  readonly require?: readonly string[];
  /** Whether arguments are stored as values of their own, beside being named in the key. Default `true`. */
  readonly storeArguments?: boolean;
  /** Collectors whose findings are recorded with each run: `runtime()`, `environment()`, `git()`, or your own. */
  readonly metadata?: readonly Metadata[];
  /** How old a result may be: ms, or a text such as `"10m"`. Default: no limit. */
  readonly maxAge?: Duration;
  /** How much longer an old result is served while it is refreshed in the background; asynchronous functions only. */
  readonly staleWhileRevalidate?: Duration;
  /** Whether the function answers with promises. Default: whether it is declared `async`. */
  readonly async?: boolean;
  /** Where its results go. Default: the active cache at the time of each call. */
  readonly cache?: CacheChoice;
}

const NAMES: readonly (keyof FlecheOptions)[] = [
  ...(["name", "module", "version", "identity", "captures", "uses", "recheckMs", "params", "defaults"] as const),
  ...(["ignore", "require", "storeArguments", "metadata", "maxAge", "staleWhileRevalidate", "async", "cache"] as const),
];

/** A function that can be wrapped, with what was said about it. */
export interface Wrapping {
  readonly plan: Plan;
  /** Whether it always answers with a promise. */
  readonly isAsync: boolean;
  readonly cache: CacheChoice | undefined;
  readonly collectors: readonly Metadata[];
}

/** Checks function and options. Throws a `TypeError` that says what is wrong. */
export function wrapping(fn: AnyFunction, options: FlecheOptions): Wrapping {
  assertFunction(fn);
  assertOptions("fleche", options, NAMES);
  const { metadata = [], storeArguments = true, cache } = options;
  const withoutModule = options.module === null;
  const module = withoutModule ? "" : options.module;
  const told = identify(fn, { ...options, module, unwrap: wrappedBy, apart: keptApart });
  const identity = withoutModule ? { ...told, module: () => null } : told;
  assertIdentity(options, identity.mode, identity.name);
  const isAsync = options.async ?? types.isAsyncFunction(fn);
  const { maxAge = Number.POSITIVE_INFINITY, staleWhileRevalidate = 0 } = options;
  const freshness = {
    maxAgeMs: durationMs("maxAge", maxAge),
    staleMs: durationMs("staleWhileRevalidate", staleWhileRevalidate),
  };
  if (freshness.staleMs > 0 && !isAsync) {
    throw invalidArgument(`staleWhileRevalidate of ${identity.name} needs an async function, or async: true`);
  }
  assertMetadata(metadata);
  const signature = signatureOf(fn);
  const warned = new Set<string>();
  const plan: Plan = {
    fn,
    identity,
    withoutModule,
    recheckMs: options.recheckMs,
    bind: binder(signature, options, identity.name),
    naming: naming(signature, options, identity.name),
    freshness,
    storeArguments,
    functionDigest: functionValueDigest(wrappedBy),
    warnOnce(to, kind, text) {
      if (warned.has(kind)) return;
      warned.add(kind);
      to.reporter.warn(`${kind}:${identity.name}`, text);
    },
  };
  return { plan, isAsync, cache, collectors: metadata };
}

function assertFunction(fn: AnyFunction): void {
  if (typeof fn !== "function") throw invalidArgument(`fleche: a function is expected; found ${typeof fn}`);
  if (wrappedBy(fn) !== undefined)
    throw invalidArgument("fleche: it is cached already; use .with({ … }) for other options");
  if (types.isProxy(fn)) return;
  if (types.isGeneratorFunction(fn)) {
    throw invalidArgument(
      `fleche: ${fn.name || "the function"} is a generator function; cache a function that returns an array instead`,
    );
  }
  if (signatureOf(fn).form === "class") {
    throw invalidArgument(
      `fleche: ${fn.name || "the function"} is a class; cache a function that makes instances instead`,
    );
  }
}

function assertIdentity(options: FlecheOptions, mode: IdentityMode, name: string): void {
  const { version, recheckMs = 1000 } = options;
  const wrong = (option: string, expected: string): never => {
    throw invalidArgument(`${option} of ${name} must be ${expected}`);
  };
  if (options.name !== undefined && (typeof options.name !== "string" || options.name === "")) {
    wrong("name", "a text that is not empty");
  }
  if (options.module !== null && !["string", "undefined"].includes(typeof options.module))
    wrong("module", "a text or null");
  if (!["closure", "source", "version"].includes(mode)) wrong("identity", '"closure", "source" or "version"');
  if (version !== undefined && mode !== "version") wrong("identity", '"version" where a version is given');
  const sound = typeof version === "string" || (Number.isFinite(version) && !Object.is(version, -0));
  if (version !== undefined && !sound) wrong("version", "a text or a finite number");
  if (mode === "version" && name === "(anonymous)") {
    throw invalidArgument(
      'a function without a name needs the option name where version or identity: "version" is given',
    );
  }
  if (options.captures !== undefined && typeof options.captures !== "function") {
    wrong("captures", "a function that returns the captured values by name");
  }
  if (options.uses !== undefined && !Array.isArray(options.uses)) wrong("uses", "an array");
  if (!(typeof recheckMs === "number" && recheckMs >= 0)) wrong("recheckMs", "a number of milliseconds, 0 or more");
  for (const option of ["storeArguments", "async"] as const) {
    if (options[option] !== undefined && typeof options[option] !== "boolean") wrong(option, "true or false");
  }
}
