/**
 * Puts what old keys signed under a new one: the last step before an old key is dropped. Each entry by itself, so it can be
 * killed and started again at any moment, beside readers and writers. What does not hold is reported and left as it is. Not
 * for a key that leaked: it would vouch anew for whatever its finder wrote; see `evict-by-key.ts`.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import { assertOptions } from "../options.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import { KeyRing, keyRing } from "../seal/key-ring.ts";
import type { Refusal } from "../seal/open.ts";
import { forEachName, type NameList } from "../vault/names.ts";
import type { Resealed } from "../vault/reseal-entry.ts";
import { callsOf, runOver } from "./calls-of.ts";
import type { BadEntry } from "./verify.ts";

/** Options of {@link reseal}. */
export interface ResealOptions {
  /** The keys whose entries are signed again: a ring, or a key list. */
  readonly from: KeyRing | string;
  /** The first of these keys signs. */
  readonly to: KeyRing | string;
  /** Only count what would be signed again. Default `false`. */
  readonly dryRun?: boolean;
  /** How many refused entries are listed; all are counted. Default 1,000. */
  readonly most?: number;
  /** Is told how far it is, every 1,000 entries. */
  readonly onProgress?: (done: number) => void;
}

/** What {@link reseal} did. */
export interface ResealResult {
  /** Entries signed again, or with `dryRun` to be signed. */
  readonly resealed: number;
  /** Entries that the new key had signed before. */
  readonly already: number;
  /** Entries under keys that are in neither ring. Left as they are. */
  readonly otherKeys: number;
  /** Entries that others kept replacing; run it again. */
  readonly changed: number;
  /** Entries whose seal or body does not hold, or that the new key may not vouch for, by reason. Left as they are. */
  readonly refused: Readonly<Partial<Record<Reason, number>>>;
  /** The first of them. */
  readonly bad: readonly BadEntry[];
}

/**
 * Signs again what the keys of `from` signed, with the first key of `to`, in every writable store behind the cache; the keys
 * of the cache itself do not matter. Throws `StoreError` where a store cannot list or write.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, reseal } from "fleche";
 * const [oldKey, newKey] = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)];
 * const store = memoryStore();
 * const square = fleche((x: number) => x * x, { name: "square", cache: openCache({ store, secretKey: oldKey }) });
 * square(12); // 144
 * const after = openCache({ store, secretKey: newKey });
 * reseal(after, { from: oldKey, to: newKey }).resealed; // 3
 * square.with({ cache: after }).load(12); // 144
 * ```
 */
export function reseal(cache: Cache, options: ResealOptions): ResealResult;
export function reseal(cache: AsyncCache, options: ResealOptions): Promise<ResealResult>;
export function reseal(cache: Cache | AsyncCache, options: ResealOptions): Awaitable<ResealResult>;
export function reseal(cache: Cache | AsyncCache, options: ResealOptions): Awaitable<ResealResult> {
  assertOptions("reseal", options, ["from", "to", "dryRun", "most", "onProgress"]);
  const [from, to] = [ringOf("from", options.from), ringOf("to", options.to)];
  const calls = callsOf("reseal", cache);
  if (!calls.writable) throw invalidArgument("reseal: the cache is read-only; nothing can be signed in it");
  return runOver([calls], resealAll(calls, from, to, options));
}

function ringOf(option: string, keys: KeyRing | string): KeyRing {
  if (keys instanceof KeyRing) return keys;
  if (typeof keys === "string") return keyRing(keys);
  throw invalidArgument(`reseal: ${option} must be a key list or a KeyRing; found ${typeof keys}`);
}

const MOST = 1000;
const PROGRESS_EVERY = 1000;
/** How often an entry is tried that others replaced meanwhile. */
const ATTEMPTS = 3;

function* resealAll(
  { places }: CallCache,
  from: KeyRing,
  to: KeyRing,
  { dryRun = false, most = MOST, onProgress }: ResealOptions,
): Flow<ResealResult> {
  const counts = { resealed: 0, already: 0, otherKeys: 0, changed: 0 };
  const refused: Partial<Record<Reason, number>> = {};
  const bad: BadEntry[] = [];
  let done = 0;
  const note = (kind: EntryKind, entry: string, { refused: reason, keyId }: Refusal): void => {
    if (reason === "absent") return;
    if (reason === "unknown-key") {
      counts.otherKeys++;
      return;
    }
    refused[reason] = (refused[reason] ?? 0) + 1;
    if (bad.length < most) bad.push({ kind, entry, reason, keyId });
  };
  for (const place of places) {
    if (!place.writable) continue;
    const act = place.resealer(from, to, dryRun);
    function* each(kind: EntryKind, names: NameList): Flow<void> {
      yield* forEachName(names, function* (entry) {
        const end = yield* persistently(() => act(kind, entry));
        if (end.refused === undefined) counts[end.outcome]++;
        else note(kind, entry, end);
        if (++done % PROGRESS_EVERY === 0) onProgress?.(done);
      });
    }
    // Values first: where it ends half-way and the old key is dropped, a record without its value is only a miss.
    yield* each("value", place.listValues());
    yield* each("record", place.listRecords());
  }
  return { ...counts, refused, bad };
}

/** Tries again where somebody replaced the entry between looking and putting. */
function* persistently(act: () => Flow<Resealed | Refusal>): Flow<Resealed | Refusal> {
  let end = yield* act();
  for (let attempt = 1; attempt < ATTEMPTS && end.refused === undefined && end.outcome === "changed"; attempt++) {
    end = yield* act();
  }
  return end;
}
