/**
 * Why a call hits or misses: the reason, and for a call that is not stored, in which part its key differs from the nearest
 * stored call of the function. Looks, and changes nothing; not counted as a lookup.
 */
import type { Flow } from "../flow.ts";
import { settled } from "../flow.ts";
import type { LeftOut } from "../identity/part.ts";
import type { Reason } from "../observe/reason.ts";
import type { CallRecord } from "../record/call-record.ts";
import type { CallCache } from "./call-cache.ts";
import { pathOfDifference } from "./difference.ts";
import { lookup } from "./lookup.ts";
import type { CallNamer, NamedCall } from "./name-call.ts";
import type { Plan } from "./plan.ts";

/** One part in which the key of a call differs from that of a stored one. */
export interface KeyDifference {
  /**
   * `argument`: its value, at `path`. `code`: the source, a captured variable or a function that it uses, at `path`.
   * `version`, `module`, `identity`: the option.
   */
  readonly part: "argument" | "code" | "version" | "module" | "identity";
  /** Where: `config.steps[3]`, `factor`, `helper`; for options their name. */
  readonly path: string;
  /** `changed`, or on which side alone it is. */
  readonly how: "changed" | "only now" | "only stored";
}

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
  const near = yield* nearestCall(plan, cache, call);
  if (near === undefined) return worded(plan, { ...miss, differences: [] });
  const differences = yield* located(plan, cache, call, near);
  return worded(plan, { ...miss, nearest: near.lookupKey, differences });
}

interface Near {
  readonly lookupKey: string;
  readonly record: CallRecord;
  readonly differences: readonly KeyDifference[];
}

function* nearestCall(plan: Plan, cache: CallCache, call: NamedCall): Flow<Near | undefined> {
  let nearest: Near | undefined;
  const names = cache.searchRecords({ name: plan.identity.name });
  const iterator = Symbol.iterator in names ? names[Symbol.iterator]() : names[Symbol.asyncIterator]();
  for (;;) {
    const next: IteratorResult<string> = yield* settled(iterator.next());
    if (next.done === true) return nearest;
    const found = yield* cache.findRecord(next.value);
    // A record that is refused explains nothing; one of another function was only a guess of the store.
    if (found.refused !== undefined || found.record.name !== plan.identity.name) continue;
    const differences = differencesOf(plan, call, found.record);
    if (nearest === undefined || differences.length < nearest.differences.length) {
      nearest = { lookupKey: next.value, record: found.record, differences };
    }
  }
}

function differencesOf(plan: Plan, call: NamedCall, stored: CallRecord): KeyDifference[] {
  const { mode, version } = plan.identity;
  const options: KeyDifference[] = [];
  const option = (part: "identity" | "version" | "module", differs: boolean): void => {
    if (differs) options.push({ part, path: part, how: "changed" });
  };
  option("identity", mode !== stored.identity);
  if (mode === "version") {
    option("version", version !== stored.version);
    option("module", plan.identity.module() !== stored.module);
  }
  const code =
    mode === "version" || call.seen.codeDigest === stored.codeDigest
      ? []
      : pairDifferences("code", call.seen.parts, stored.parts);
  return [...options, ...code, ...pairDifferences("argument", call.pairs, stored.arguments)];
}

/** In which names two lists of pairs differ. */
export function pairDifferences(
  part: "code" | "argument",
  now: readonly (readonly [string, string])[],
  stored: readonly (readonly [string, string])[],
): KeyDifference[] {
  const [left, right] = [new Map(now), new Map(stored)];
  const differences: KeyDifference[] = [];
  for (const [path, digest] of left) {
    const other = right.get(path);
    if (other === undefined) differences.push({ part, path, how: "only now" });
    else if (other !== digest) differences.push({ part, path, how: "changed" });
  }
  for (const path of right.keys()) if (!left.has(path)) differences.push({ part, path, how: "only stored" });
  return differences;
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
    const options = { numbers: cache.numbers, functionDigest: plan.functionDigest };
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
