/**
 * Where a value comes from, and what became of it: since arguments and results are named by digest, a value that one call
 * gave and another was passed connects the two; so do calls made inside calls, and values that are parts of values.
 */
import { type Digest, hexOf } from "../digest/reference.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "../flow.ts";
import { assertOptions } from "../options.ts";
import { recordOrRefusal } from "./found-calls.ts";
import { type LineageGraph, type LineageNode, startGraph } from "./lineage-graph.ts";
import { lineageText } from "./lineage-text.ts";
import { callNode, valueNode, type Walking, walk } from "./lineage-walk.ts";
import { linksOf, type PartsOf } from "./record-links.ts";
import { type SkipCount, type Skipped, startSkipCount } from "./skipped.ts";

/** How much of it. */
export interface LineageOptions {
  /** How many calls far. Default: all. */
  readonly depth?: number;
  /** `up`: what it was made from; `down`: what was made of it. Default `both`. */
  readonly direction?: "up" | "down" | "both";
  /** How many calls and values at most. Default 10,000. */
  readonly limit?: number;
}

/** The calls and values that a value hangs together with; plain data, but for nothing. */
export interface Lineage extends LineageGraph {
  /** Indented lines, for people. */
  readonly text: string;
  /** Records that could not be served, and so may be missing here. */
  readonly skipped: Skipped;
}

// biome-ignore lint/correctness/useYield: nothing to wait for
const NO_PARTS: PartsOf = function* () {
  return [];
};

/**
 * The lineage of a value by its digest, or of a call by its lookup key; a promise where the cache is not synchronous.
 * Searches a store that can be searched; of others opens every record once, and those that are reached again. Small values (numbers, short texts, `null`, empty
 * containers) connect nothing. Throws a `TypeError` for what is no digest, and for options that are none.
 */
export function lineage(
  calls: CallCache,
  digest: string | Digest,
  options: LineageOptions = {},
  partsOf: PartsOf = NO_PARTS,
): Awaitable<Lineage> {
  assertOptions("lineage", options, ["depth", "direction", "limit"]);
  const { depth = Number.POSITIVE_INFINITY, direction = "both", limit = 10_000 } = options;
  const isCount = (value: number): boolean => Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (!(isCount(depth) && depth >= 0)) throw invalidArgument("lineage: depth must be a whole number, 0 or more");
  if (!(isCount(limit) && limit >= 1)) throw invalidArgument("lineage: limit must be a whole number, 1 or more");
  if (!["up", "down", "both"].includes(direction)) {
    throw invalidArgument('lineage: direction must be "up", "down" or "both"');
  }
  const flow = traced(calls, hexOf(digest), { depth, direction, limit }, partsOf);
  return calls.sync ? runSync(flow) : runAsync(flow);
}

function* traced(
  calls: CallCache,
  start: string,
  { depth, direction, limit }: Required<LineageOptions>,
  partsOf: PartsOf,
): Flow<Lineage> {
  const skips = startSkipCount("lineage", calls.reporter);
  const counting = counted(calls, skips);
  const links = linksOf(counting, partsOf === NO_PARTS ? undefined : partsOf);
  const graph = startGraph(limit);
  const walking: Walking = { calls: counting, links, partsOf, graph, depth };
  const first = yield* firstNode(walking, start);
  graph.add(first.node);
  if (!first.small) {
    if (direction !== "down") yield* walk(walking, first.node, "up");
    if (direction !== "up") yield* walk(walking, first.node, "down");
  }
  skips.tell();
  const plain = { start, nodes: [...graph.nodes.values()], edges: graph.edges(), truncated: graph.truncated() };
  const text = first.small
    ? `${first.node.text}\n  a small value: calls that share it need have nothing to do with each other\n`
    : lineageText(plain);
  return { ...plain, text, skipped: skips.counts() };
}

/** The same cache, counting each record that is refused, once. */
function counted(calls: CallCache, skips: SkipCount): CallCache {
  const seen = new Set<string>();
  return {
    ...calls,
    *findRecord(lookupKey) {
      const found = yield* recordOrRefusal(calls, lookupKey);
      if (found.refused !== undefined && !seen.has(lookupKey)) {
        seen.add(lookupKey);
        skips.record(found.refused);
      }
      return found;
    },
  };
}

function* firstNode(walking: Walking, start: string): Flow<{ node: LineageNode; small: boolean }> {
  const call = yield* callNode(walking, start);
  return call === undefined ? yield* valueNode(walking, start) : { node: call, small: false };
}
