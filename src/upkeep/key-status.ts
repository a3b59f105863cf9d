/**
 * How many entries each key vouches for, and how many none of the keys here opens: what has to be known before a key is
 * dropped. Headers alone are read, so a damaged body counts with its key; `verify` finds it.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import { forEachName, type NameList } from "../vault/names.ts";
import type { Place } from "../vault/place.ts";
import { keyIdOf } from "../vault/read-entry.ts";
import { callsOf, runOver } from "./calls-of.ts";

/** The entries that name one key. */
export interface KeyUse {
  /** Id of the key, as it is shown; `null` for entries that name none, and `"others"` for keys beyond the first 100 unknown ones. */
  readonly keyId: string | null;
  /** `signs` and `verifies` for keys of the cache; `unknown` for any other. */
  readonly role: "signs" | "verifies" | "unknown";
  /** Call records that open. */
  readonly records: number;
  /** Values that open. */
  readonly values: number;
  /** Entries that do not. */
  readonly refused: number;
}

/** What {@link keyStatus} counts. */
export interface KeyStatus {
  /** The cache's own keys first, in their order. */
  readonly keys: readonly KeyUse[];
  /** Entries that do not open, by reason. */
  readonly refused: Readonly<Partial<Record<Reason, number>>>;
}

/**
 * Counts the entries of each key. Without keys no signature can be checked: then the counts are of what the headers say.
 *
 * @example
 * ```ts
 * import { fleche, keyStatus, memoryStore, openCache } from "fleche";
 * const cache = openCache({ store: memoryStore(), secretKey: "0123456789abcdef".repeat(4) });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12); // 144
 * const [key] = keyStatus(cache).keys;
 * [key?.role, key?.records, key?.values, key?.refused]; // ["signs", 1, 2, 0]
 * ```
 */
export function keyStatus(cache: Cache): KeyStatus;
export function keyStatus(cache: AsyncCache): Promise<KeyStatus>;
export function keyStatus(cache: Cache | AsyncCache): Awaitable<KeyStatus>;
export function keyStatus(cache: Cache | AsyncCache): Awaitable<KeyStatus> {
  const calls = callsOf("keyStatus", cache);
  return runOver([calls], count(calls));
}

type Count = { -readonly [Field in keyof KeyUse]: KeyUse[Field] };

/** Headers can name any number of keys: memory must not grow with what somebody writes there. */
const MOST_UNKNOWN = 100;

function* count({ places }: CallCache): Flow<KeyStatus> {
  const counts = new Map<string | null, Count>();
  const refused: Partial<Record<Reason, number>> = {};
  const start = (keyId: string | null, role: Count["role"]): Count => {
    const made = { keyId, role, records: 0, values: 0, refused: 0 };
    counts.set(keyId, made);
    return made;
  };
  for (const { keyIds } of places) {
    for (const [i, keyId] of keyIds.entries()) {
      const known = counts.get(keyId) ?? start(keyId, "verifies");
      if (i === 0) known.role = "signs";
    }
  }
  const own = counts.size;
  const countOf = (keyId: string | undefined): Count => {
    const named = keyId ?? null;
    const known = counts.get(named);
    if (known !== undefined) return known;
    if (named === null || counts.size - own <= MOST_UNKNOWN) return start(named, "unknown");
    return counts.get("others") ?? start("others", "unknown");
  };
  function* look(place: Place, kind: EntryKind, names: NameList): Flow<void> {
    yield* forEachName(names, function* (entry) {
      const head = yield* place.findHead(kind, entry);
      if (head.refused === undefined) {
        countOf(keyIdOf(head.header))[kind === "record" ? "records" : "values"]++;
      } else if (head.refused !== "absent") {
        countOf(head.keyId).refused++;
        refused[head.refused] = (refused[head.refused] ?? 0) + 1;
      }
    });
  }
  for (const place of places) {
    yield* look(place, "record", place.listRecords());
    yield* look(place, "value", place.listValues());
  }
  return { keys: [...counts.values()], refused };
}
