/**
 * Why a call hits or misses: the reason, and for a call that is not stored, in which part its key differs from the nearest
 * stored call of the function. Looks, and changes nothing; not counted as a lookup.
 */
import type { Flow } from "../flow.ts";
import type { LeftOut } from "../identity/part.ts";
import type { Reason } from "../observe/reason.ts";
import type { CallCache } from "./call-cache.ts";
import { pathOfDifference } from "./difference.ts";
import { type KeyDifference, type KeyParts, type Near, nearestCall } from "./key-difference.ts";
import { lookup } from "./lookup.ts";
import type { CallNamer, NamedCall } from "./name-call.ts";
import type { Plan } from "./plan.ts";

/** Why a call is served or not. */
export interface Explanation {
  readonly outcome: "hit" | "stale" | "miss" | "uncached";
  /** Of a miss. */
  readonly reason?: Reason | undefined;
  /** Of a call that is not cached: what cannot be named. */
  readonly problem?: string | undefined;
  readonly lookupKey?: string | undefined;
  /** What the code digest tells by class name only, or not at all. */
  readonly leftOut: readonly LeftOut[];
  /** The stored call of this function that differs least, where this one is not stored. */
  readonly nearest?: string | undefined;
  /** In what it differs; empty where there is none. */
  readonly differences: readonly KeyDifference[];
  /** All of it in a few lines for people. */
  readonly text: string;
}

/** Explains a call. */
export function* explainCall(
  plan: Plan,
  cache: CallCache,
  name: CallNamer,
  receiver: unknown,
  args: readonly unknown[],
): Flow<Explanation> {
  const call = name(receiver, args, true);
  if (call.unnamed !== undefined) {
    return worded(plan, { outcome: "uncached", problem: call.unnamed, leftOut: [], differences: [] });
  }
  const { lookupKey } = call;
  const { leftOut } = call.seen;
  const found = yield* lookup(cache, lookupKey, plan.freshness);
  if (found.refused === undefined) {
    return worded(plan, { outcome: found.stale ? "stale" : "hit", lookupKey, leftOut, differences: [] });
  }
  const miss = { outcome: "miss", reason: found.refused, lookupKey, leftOut } as const;
  if (found.refused !== "absent" || found.entry !== lookupKey) return worded(plan, { ...miss, differences: [] });
  const near = yield* nearestCall(cache, plan.identity.name, partsOf(plan, call));
  if (near === undefined) return worded(plan, { ...miss, differences: [] });
  const differences = yield* located(plan, cache, call, near);
  return worded(plan, { ...miss, nearest: near.lookupKey, differences });
}

/** What the key of a call is made of; the module counts in the key of one mode only. */
function partsOf({ identity: { mode, version, module } }: Plan, call: NamedCall): KeyParts {
  const { codeDigest, parts } = call.seen;
  const named = mode === "version" ? module() : null;
  return { identity: mode, version, module: named, codeDigest, parts, arguments: call.pairs };
}

/** The differences, those of arguments with the path inside the value, where the stored one can still be read. */
function* located(plan: Plan, cache: CallCache, call: NamedCall, near: Near): Flow<KeyDifference[]> {
  const differences: KeyDifference[] = [];
  const stored = new Map(near.record.arguments);
  for (const difference of near.differences) {
    const digest =
      difference.how === "changed" && difference.part === "argument" ? stored.get(difference.path) : undefined;
    const loaded = digest === undefined ? undefined : yield* cache.findValue(digest);
    const argument = call.arguments.find(({ name }) => name === difference.path);
    if (loaded === undefined || loaded.refused !== undefined || argument === undefined) {
      differences.push(difference);
      continue;
    }
    const { numbers, otherDigest } = cache;
    const options = { numbers, functionDigest: plan.functionDigest, otherDigest };
    const path = pathOfDifference(difference.path, argument.value, loaded.value, options);
    differences.push({ ...difference, path });
  }
  return differences;
}

function worded(plan: Plan, explanation: Omit<Explanation, "text">): Explanation {
  const { name } = plan.identity;
  const { outcome, reason, problem, nearest, differences, leftOut } = explanation;
  const lines = [
    outcome === "uncached" ? `${name} runs uncached: ${problem}` : `${name}: ${outcome}${reason ? ` (${reason})` : ""}`,
  ];
  if (outcome === "miss" && reason === "absent" && nearest === undefined)
    lines.push("no call of this function is stored");
  if (nearest !== undefined) lines.push(`compared with the nearest stored call, ${nearest.slice(0, 8)}…:`);
  for (const { part, path, how } of differences) lines.push(`  ${part} ${path}: ${how}`);
  for (const { path, what } of leftOut) lines.push(`  not told apart: ${path} (${what})`);
  return { ...explanation, text: lines.join("\n") };
}
