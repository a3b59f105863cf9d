/**
 * Step 1 of a call: its inputs get their names. One synchronous step, since whoever holds an argument may change it. What
 * cannot be named exactly is not guessed: the call will run uncached.
 */
import { type ArgumentDigestOptions, type DigestedArgument, digestArguments, pairsOf } from "../call/arguments.ts";
import { digestHex, type InnerDigestOptions } from "../digest/digest.ts";
import { type KeyedFunction, lookupKeys } from "../digest/lookup-key.ts";
import type { Numbers } from "../digest/number.ts";
import { isDigest } from "../digest/reference.ts";
import type { NotSeen, Seen } from "../identity/identity.ts";
import { instanceCode } from "./instance-code.ts";
import type { Plan } from "./plan.ts";

/** A call with its name. */
export interface NamedCall {
  readonly unnamed?: undefined;
  readonly lookupKey: string;
  readonly arguments: readonly DigestedArgument[];
  readonly pairs: readonly (readonly [name: string, digest: string])[];
  readonly rest: string | null;
  /** Positions of the arguments that are Digests, to be replaced by their values before the body runs. */
  readonly references: readonly number[];
  /** The code that the key is made with: the function's, and that of the instances that it is called with. */
  readonly seen: Seen;
  /** What has changed since it was named, of the code that it was named by: a result belongs to neither state. */
  changed(): string | undefined;
}

/** A call without a name, and what stands in the way. */
export interface UnnamedCall {
  readonly unnamed: string;
  /** What kind of trouble, for warnings that are told once. */
  readonly kind: "identity" | "require" | "argument";
  /** The error that tells it, where there is one. */
  readonly cause?: unknown;
}

/** Names calls of one function. */
export type CallNamer = (receiver: unknown, args: readonly unknown[], force: boolean) => NamedCall | UnnamedCall;

/** What a cache says of how values are named in it. */
export interface CallNaming {
  readonly numbers: Numbers;
  readonly otherDigest?: InnerDigestOptions["otherDigest"];
}

/** A namer of calls; keeps what does not depend on the arguments. */
export function callNamer(plan: Plan, { numbers, otherDigest }: CallNaming): CallNamer {
  const { identity } = plan;
  let keys: { readonly codeDigest: string; readonly of: ReturnType<typeof lookupKeys> } | undefined;
  const keysFor = (codeDigest: string): ReturnType<typeof lookupKeys> => {
    if (keys === undefined || keys.codeDigest !== codeDigest) {
      const { mode, name, version } = identity;
      // Only in mode `version` is the module a part of the key; asking for it may open the inspector.
      const module = mode === "version" ? identity.module() : null;
      const fn: KeyedFunction = { identity: mode, name, module, version, codeDigest };
      keys = { codeDigest, of: lookupKeys(fn, numbers) };
    }
    return keys.of;
  };
  const withInstances = instanceCode(plan.recheckMs);
  return (receiver, args, force) => {
    try {
      const seen = identity.current(Date.now(), force);
      if ("unseen" in seen) return { unnamed: seen.unseen, kind: "identity" };
      if (identity.mode === "version" && !plan.withoutModule && identity.module() === null) {
        // Without it, two functions of one name and version would share their results.
        return { unnamed: "its module cannot be told; give the option module, null for none", kind: "identity" };
      }
      const binding = plan.bind(receiver, args);
      if (binding.missing.length > 0) {
        return { unnamed: `${binding.missing.join(", ")} left to its default, and required`, kind: "require" };
      }
      if (isDigest(receiver) && binding.arguments[0]?.value === receiver) {
        // It would share the key of what it names, and the body would see the Digest.
        return { unnamed: "it is called on a Digest; call it on the value", kind: "argument" };
      }
      const instances: object[] = [];
      // What they capture, they may change: two counters over one variable are named as two over equal ones are.
      const functions = new Map<object, string>();
      const options: ArgumentDigestOptions = {
        numbers,
        refuseReferences: true,
        functionDigest(fn, child, refuse) {
          const digest = plan.functionDigest(fn, child, refuse);
          functions.set(fn, digest);
          return digest;
        },
        otherDigest,
        instance: (value: object) => void instances.push(value),
      };
      const digested = digestArguments(binding, options);
      const whole = identity.mode === "closure" ? withInstances(seen, instances, Date.now(), force) : seen;
      const pairs = pairsOf(digested);
      const lookupKey = keysFor(whole.codeDigest)(pairs);
      return {
        lookupKey,
        arguments: digested,
        pairs,
        rest: binding.rest,
        references: binding.references,
        seen: whole,
        changed() {
          const now = identity.current(Date.now(), true);
          if ("unseen" in now || now.codeDigest !== seen.codeDigest) return changedPart(seen, now);
          const anew = { ...options, functionDigest: plan.functionDigest };
          for (const [fn, digest] of functions) {
            if (digestOrNone(fn, anew) !== digest) return `what the argument's function ${nameOf(fn)} captures`;
          }
          if (whole === seen) return undefined;
          const { codeDigest } = withInstances(now, instances, Date.now(), true);
          return codeDigest === whole.codeDigest ? undefined : "what the class of an argument captures";
        },
      };
    } catch (error) {
      return { unnamed: error instanceof Error ? error.message : String(error), kind: "argument", cause: error };
    }
  };
}

function changedPart({ parts }: Seen, after: Seen | NotSeen): string {
  if ("unseen" in after) return "what it captures";
  const before = new Map(parts);
  return after.parts.find(([path, digest]) => before.get(path) !== digest)?.[0] ?? "what it captures";
}

function digestOrNone(value: object, options: ArgumentDigestOptions): string | undefined {
  try {
    return digestHex(value, options);
  } catch {
    // What it captures now has no exact name.
    return undefined;
  }
}

function nameOf(fn: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "without a name";
}
