/**
 * In what two stored calls differ, by their records alone: so it can be told without the program that made them, and
 * without loading a value.
 */
import { type KeyDifference, pairDifferences } from "../engine/explain.ts";
import type { CallRecord } from "../record/call-record.ts";

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
