/**
 * In what two stored calls differ, by their records alone: so it can be told without the program that made them, and
 * without loading a value.
 */
import type { KeyDifference } from "../engine/explain.ts";
import type { CallRecord } from "../record/call-record.ts";

type Pairs = readonly (readonly [name: string, digest: string])[];

/** The differences of a call from another one, in whatever its lookup key is made of. */
export function recordDifferences(now: CallRecord, stored: CallRecord): KeyDifference[] {
  const differences: KeyDifference[] = [];
  for (const part of ["identity", "version", "module"] as const) {
    // Module and version are in the key of this mode alone.
    const counts = part === "identity" || now.identity === "version";
    if (counts && now[part] !== stored[part]) differences.push({ part, path: part, how: "changed" });
  }
  if (now.identity !== "version" && now.codeDigest !== stored.codeDigest) {
    const parts = pairDifferences("code", now.parts, stored.parts);
    differences.push(...(parts.length > 0 ? parts : [{ part: "code", path: "code", how: "changed" } as const]));
  }
  return [...differences, ...pairDifferences("argument", now.arguments, stored.arguments)];
}

function pairDifferences(part: "code" | "argument", now: Pairs, stored: Pairs): KeyDifference[] {
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
