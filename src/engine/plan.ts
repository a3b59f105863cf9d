/**
 * What is known of a function once it is wrapped, whatever it is called with: how its calls are named, how long their
 * results are good, what is kept beside them. Made by the wrapper; the engine only reads it.
 */
import type { Binder } from "../call/binding.ts";
import type { Naming } from "../call/naming.ts";
import type { InnerDigestOptions } from "../digest/digest.ts";
import type { Identity } from "../identity/identity.ts";
import type { Metadata } from "../record/metadata.ts";
import type { CallCache } from "./call-cache.ts";
import type { Freshness } from "./freshness.ts";

/** A wrapped function. */
export interface Plan {
  readonly fn: (...args: never[]) => unknown;
  readonly identity: Identity;
  /** Whether the user said that it belongs to no module. */
  readonly withoutModule: boolean;
  /** For how long code and captured variables are taken as unchanged; the identity's own default where it is not given. */
  readonly recheckMs: number | undefined;
  readonly bind: Binder;
  readonly naming: Naming;
  readonly freshness: Freshness;
  readonly storeArguments: boolean;
  readonly functionDigest: NonNullable<InnerDigestOptions["functionDigest"]>;
  /** Prints a warning about this function, each kind once. */
  warnOnce(cache: CallCache, kind: string, text: string): void;
}

/** What a call finds around it when it is made. */
export interface Surroundings {
  readonly cache: CallCache;
  readonly tags: readonly string[];
  readonly collectors: readonly Metadata[];
}
