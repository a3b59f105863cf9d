/**
 * Copies the calls of one cache into another that names numbers in the other way: every digest is computed again from the
 * value itself. The code digest stays, since it does not depend on that choice. Calls with a value that is not stored stay behind.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import { digestHex } from "../digest/digest.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { signs } from "../engine/signs.ts";
import { FlecheError, invalidArgument } from "../errors.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import { type CallRecord, lookupKeyOf } from "../record/call-record.ts";
import type { Encoded } from "../vault/encoded.ts";
import { forEachName } from "../vault/names.ts";
import { digestOptionsOf } from "../vault/value-flows.ts";
import { callsOf, runOver } from "./calls-of.ts";

/** What {@link redigest} did. */
export interface RedigestResult {
  /** Calls copied under their new names. */
  readonly copied: number;
  /** Calls that were left out, since they, an argument or the result were refused or are not stored, by reason. */
  readonly refused: Readonly<Partial<Record<Reason, number>>>;
}

/**
 * Copies every call of a cache into one with another `numbers`, under the names that it has there. A call whose arguments
 * were not all stored cannot be named anew and is left out. Throws `StoreError` where the second cache cannot be written.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, redigest } from "fleche";
 * const from = openCache({ store: memoryStore(), keys: null });
 * const to = openCache({ store: memoryStore(), keys: null, numbers: "python" });
 * const half = fleche((x: number) => x / 2, { cache: from, name: "half" });
 * half(1); // 0.5
 * redigest(from, to).copied; // 1
 * half.with({ cache: to }).load(1); // 0.5
 * ```
 */
export function redigest(from: Cache, to: Cache): RedigestResult;
export function redigest(from: Cache | AsyncCache, to: Cache | AsyncCache): Awaitable<RedigestResult>;
export function redigest(from: Cache | AsyncCache, to: Cache | AsyncCache): Awaitable<RedigestResult> {
  const [source, target] = [callsOf("redigest", from), callsOf("redigest", to)];
  if (!target.writable) throw invalidArgument("redigest: the cache to copy to is read-only");
  if (source.numbers === target.numbers) {
    throw invalidArgument("redigest: both caches name numbers alike; use transfer");
  }
  return runOver([source, target], redigestCalls(source, target));
}

/** A record under its new names, with the values that it names. */
interface Renamed {
  readonly refused?: undefined;
  readonly record: CallRecord;
  readonly values: readonly Encoded[];
}

/** How many new lookup keys of parents are remembered. */
const PARENTS = 10_000;

function* redigestCalls(from: CallCache, to: CallCache): Flow<RedigestResult> {
  const refused: Partial<Record<Reason, number>> = {};
  const parents = new Map<string, string | null>();
  let copied = 0;
  yield* forEachName(from.listRecords(), function* (lookupKey) {
    const renamed = yield* rename(from, to, lookupKey);
    if (renamed.refused !== undefined) {
      if (renamed.refused !== "absent" || renamed.entry !== lookupKey) {
        refused[renamed.refused] = (refused[renamed.refused] ?? 0) + 1;
      }
      return;
    }
    const { parent } = renamed.record;
    const record = { ...renamed.record, parent: parent === null ? null : yield* newName(from, to, parent, parents) };
    for (const value of renamed.values) yield* to.saveValue(value, record);
    yield* to.saveRecord(lookupKeyOf(record, to.numbers), record);
    copied++;
  });
  return { copied, refused };
}

/** The new lookup key of a call; `null` where it cannot be told. */
function* newName(
  from: CallCache,
  to: CallCache,
  lookupKey: string,
  known: Map<string, string | null>,
): Flow<string | null> {
  let name = known.get(lookupKey);
  if (name === undefined) {
    const renamed = yield* rename(from, to, lookupKey);
    name = renamed.refused === undefined ? lookupKeyOf(renamed.record, to.numbers) : null;
    if (known.size >= PARENTS) known.clear();
    known.set(lookupKey, name);
  }
  return name;
}

function* rename(
  from: CallCache,
  to: CallCache,
  lookupKey: string,
): Flow<Renamed | { readonly refused: Reason; readonly entry: string }> {
  const found = yield* from.findRecord(lookupKey);
  if (found.refused !== undefined) return { refused: found.refused, entry: lookupKey };
  if (!found.verified && signs(to)) return { refused: "unsigned", entry: lookupKey };
  const { record } = found;
  const values: Encoded[] = [];
  const digests: string[] = [];
  for (const digest of [...record.arguments.map(([, argument]) => argument), record.result]) {
    const loaded = yield* from.findValue(digest);
    if (loaded.refused !== undefined) return { refused: loaded.refused, entry: digest };
    if (!loaded.verified && signs(to)) return { refused: "unsigned", entry: digest };
    try {
      const name = digestHex(loaded.value, digestOptionsOf(to));
      values.push(to.encode(name, loaded.value));
      digests.push(name);
    } catch (error) {
      if (error instanceof FlecheError) return { refused: "decode-failed", entry: digest };
      throw error;
    }
  }
  const result = digests.pop() as string;
  const named = record.arguments.map(([name], i) => [name, digests[i] as string] as const);
  return { record: { ...record, arguments: named, result }, values };
}
