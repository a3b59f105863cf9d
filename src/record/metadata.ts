/**
 * Metadata: how a result came about, collected around the run by small collectors and kept in its call record. A
 * collector that fails is left out and reported, never felt by the call. When to collect is the engine's to decide.
 */
import { types } from "node:util";
import { invalidArgument } from "../errors.ts";
import { type JsonObject, plainJsonObject } from "./json.ts";

/** The call that metadata is collected for. */
export interface MetadataCall {
  readonly name: string;
  readonly module: string | null;
  readonly lookupKey: string;
}

/** What a collector's second half is shown. */
export interface MetadataEnd {
  readonly call: MetadataCall;
  /** What the run gave: the function's own object, not to be changed. */
  readonly result: unknown;
}

/**
 * A collector. `pre` runs just before the body, `post` just after it with what `pre` returned; both are synchronous and
 * neither runs on a hit. `post` returns what is recorded, a plain JSON object; without `post`, that is what `pre` returned.
 *
 * @example
 * ```ts
 * import type { Metadata } from "fleche";
 * const memory: Metadata<number> = {
 *   name: "memory",
 *   pre: () => process.memoryUsage().heapUsed,
 *   post: (before) => ({ grownBytes: process.memoryUsage().heapUsed - before }),
 * };
 * ```
 */
export interface Metadata<State = unknown> {
  /** The name under which it is recorded; a second collector of that name is an error. */
  readonly name: string;
  pre?(call: MetadataCall): State;
  post?(state: State, end: MetadataEnd): JsonObject;
}

/** A collector that failed. */
export interface MetadataFault {
  readonly name: string;
  readonly phase: "pre" | "post";
  readonly error: unknown;
}

/** What was collected around one run. */
export interface CollectedMetadata {
  /** For the record. */
  readonly metadata: Record<string, JsonObject>;
  /** The collectors that are missing in it, to be warned of. */
  readonly faults: readonly MetadataFault[];
}

/** Throws a `TypeError` for what is no list of collectors with different names. */
export function assertMetadata(collectors: readonly Metadata[]): void {
  if (!Array.isArray(collectors)) throw invalidArgument("metadata must be an array of collectors");
  const names = new Set<string>();
  for (const collector of collectors as readonly unknown[]) {
    const { name, pre, post } = (collector ?? {}) as Partial<Record<keyof Metadata, unknown>>;
    if (typeof name !== "string" || name === "") throw invalidArgument("a metadata collector must have a name");
    if (names.has(name)) throw invalidArgument(`two metadata collectors are called "${name}"`);
    if (![pre, post].every((half) => half === undefined || typeof half === "function") || (pre ?? post) === undefined) {
      throw invalidArgument(`the metadata collector "${name}" must have functions pre, post or both`);
    }
    names.add(name);
  }
}

/**
 * Runs the first halves, and returns what runs the second halves once the body has returned. Neither throws. Where the
 * body throws, the second halves are not run: nothing is recorded then.
 *
 * The collector listed first lies closest around the body: so times, which people list first, are not those of the others.
 */
export function startMetadata(
  collectors: readonly Metadata[],
  call: MetadataCall,
): (result: unknown) => CollectedMetadata {
  const faults: MetadataFault[] = [];
  const started: { readonly collector: Metadata; readonly state: unknown }[] = [];
  for (const collector of [...collectors].reverse()) {
    try {
      started.unshift({ collector, state: collector.pre?.(call) });
    } catch (error) {
      faults.push({ name: collector.name, phase: "pre", error });
    }
  }
  return (result) => {
    const found: [string, JsonObject][] = [];
    for (const { collector, state } of started) {
      try {
        const value = collector.post === undefined ? state : collector.post(state, { call, result });
        found.push([collector.name, recorded(value, collector.name)]);
      } catch (error) {
        faults.push({ name: collector.name, phase: "post", error });
      }
    }
    return { metadata: Object.fromEntries(found), faults };
  };
}

function recorded(value: unknown, name: string): JsonObject {
  if (types.isPromise(value)) {
    // Nobody else waits for it; its failure must not end the process.
    value.then(undefined, () => {});
    throw invalidArgument(`metadata.${name} is a promise: collectors are synchronous`);
  }
  // One level deeper than it is here: in the record, all metadata are one object.
  return plainJsonObject(value, `metadata.${name}`, 1);
}
