/**
 * In what two calls differ, by what their lookup keys are made of; and which stored call differs least from one. Works on
 * records alone: no value is loaded, and the program that made them need not be there.
 */
import type { Flow } from "../flow.ts";
import type { CallRecord } from "../record/call-record.ts";
import { forEachName } from "../vault/names.ts";
import type { CallCache } from "./call-cache.ts";

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

/** What a lookup key is made of, and the parts of the code digest; a record has it all. */
export type KeyParts = Pick<CallRecord, "identity" | "version" | "module" | "codeDigest" | "parts" | "arguments">;

/** A stored call, and in what another one differs from it. */
export interface Near {
  readonly lookupKey: string;
  readonly record: CallRecord;
  readonly differences: readonly KeyDifference[];
}

/** The stored call of the function of this name that differs least, but for the one under `except`. */
export function* nearestCall(cache: CallCache, name: string, now: KeyParts, except?: string): Flow<Near | undefined> {
  const near: { best?: Near } = {};
  yield* forEachName(cache.searchRecords({ name }), function* (lookupKey) {
    if (lookupKey === except) return;
    const found = yield* cache.findRecord(lookupKey);
    // A record that is refused explains nothing; one of another function was only a guess of the store.
    if (found.refused !== undefined || found.record.name !== name) return;
    const differences = keyDifferences(now, found.record);
    if (near.best === undefined || differences.length < near.best.differences.length) {
      near.best = { lookupKey, record: found.record, differences };
    }
  });
  return near.best;
}

/** The differences of a call from a stored one. */
export function keyDifferences(now: KeyParts, stored: KeyParts): KeyDifference[] {
  const isVersion = now.identity === "version";
  const differences: KeyDifference[] = [];
  for (const part of ["identity", "version", "module"] as const) {
    // Version and module are in the key of this mode alone.
    const counts = part === "identity" || isVersion;
    if (counts && now[part] !== stored[part]) differences.push({ part, path: part, how: "changed" });
  }
  if (!isVersion && now.codeDigest !== stored.codeDigest) {
    const parts = pairDifferences("code", now.parts, stored.parts);
    differences.push(...(parts.length > 0 ? parts : [{ part: "code", path: "code", how: "changed" } as const]));
  }
  return [...differences, ...pairDifferences("argument", now.arguments, stored.arguments)];
}

/** In which names two lists of pairs differ. */
function pairDifferences(
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
