/** What can be asked of a stored call without running it. */
import type { Flow } from "../flow.ts";
import type { Refusal } from "../seal/open.ts";
import { errorOf, isRefused, warnRefused } from "../vault/notice.ts";
import type { Outcome } from "./call.ts";
import type { CallCache } from "./call-cache.ts";
import { ageOf } from "./freshness.ts";
import { lookup } from "./lookup.ts";
import type { NamedCall } from "./name-call.ts";
import type { Plan } from "./plan.ts";

/** The stored result of a call. Throws the error of the reason why there is none. */
export function* loadCall(plan: Plan, cache: CallCache, { lookupKey }: NamedCall): Flow<Outcome> {
  const found = yield* lookup(cache, lookupKey, plan.freshness);
  if (found.refused !== undefined) {
    cache.tally.miss(found.refused);
    warnRefused(found.entry, found, cache.reporter);
    throw errorOf(found.entry, found);
  }
  cache.tally.hit(found.verified, found.record.durationMs);
  yield* cache.noteHit(lookupKey, found);
  return { value: found.value, async: found.record.async };
}

/**
 * Whether a stored result could be served: its record is sound and young enough, its value has a good header. As a value
 * storage's `contains`, it throws for I/O trouble, which is no absence, and for what posture `strict` refuses.
 */
export function* containsCall(plan: Plan, cache: CallCache, { lookupKey }: NamedCall): Flow<boolean> {
  const found = yield* cache.findRecord(lookupKey);
  if (found.refused !== undefined) return notContained(cache, lookupKey, found);
  if (ageOf(found.record, plan.freshness, Date.now()) === "expired") return false;
  const head = yield* cache.findHead(found.record.result);
  return head.refused === undefined || notContained(cache, found.record.result, head);
}

function notContained({ posture }: CallCache, entry: string, refusal: Refusal): false {
  const { refused: reason } = refusal;
  if (reason === "io-error" || (posture === "strict" && isRefused(reason))) throw errorOf(entry, refusal);
  return false;
}
