/**
 * Caches in layers, the nearest first: a call is stored in the first that can be written and looked for in all, in order; a
 * hit further down is copied to those above it. What the layers are, and how large they get, is theirs.
 */
import { type AsyncCache, type Cache, cacheOver } from "../cache.ts";
import type { CallCache, Served } from "../engine/call-cache.ts";
import { startFlights } from "../engine/flights.ts";
import { signs } from "../engine/signs.ts";
import type { Flow } from "../flow.ts";
import type { Reporter } from "../observe/reporter.ts";
import { startTally } from "../observe/tally.ts";
import type { CallRecord } from "../record/call-record.ts";
import { messageOf, warnFault } from "../vault/fault.ts";
import { type AnyCache, agreedCalls, closeAll, readOnlyError } from "./agreement.ts";
import { evictEverywhere, findInOrder, mergeNames, partsInOrder, placesOf } from "./several.ts";

/** A {@link stack} of caches on stores that are synchronous. */
export interface CacheStack extends Cache {
  /** The layers, the nearest first. */
  readonly layers: readonly Cache[];
}

/** As {@link CacheStack}, where a layer is not synchronous. */
export interface AsyncCacheStack extends AsyncCache {
  readonly layers: readonly AnyCache[];
}

/**
 * Caches in layers, the nearest first, as one cache:
 *
 * - saving goes to the first layer that can be written;
 * - loading asks them in order, and passes over a layer that refuses or fails;
 * - a call that is served from a layer is copied (result, then record) to the writable layers above it; where that fails, one
 *   warning says so. Without a signature it is not copied into a layer that signs;
 * - `evict` forgets in all writable layers; listing merges them.
 *
 * It is synchronous where all layers are. They need the same `numbers` and `posture`, else a `TypeError`.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, readOnly, stack } from "fleche";
 * const local = openCache({ store: memoryStore(), keys: null });
 * const shared = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache: shared, name: "square" });
 * square(12); // 144
 * square.with({ cache: stack([local, readOnly(shared)]) })(12); // 144
 * square.with({ cache: local }).contains(12); // true
 * ```
 */
export function stack(layers: readonly Cache[]): CacheStack;
export function stack(layers: readonly AnyCache[]): CacheStack | AsyncCacheStack;
export function stack(layers: readonly AnyCache[]): CacheStack | AsyncCacheStack {
  const calls = agreedCalls("stack", layers);
  const cache = cacheOver(stacked(calls), () => closeAll(layers));
  return Object.assign(cache, { layers: [...layers] }) as CacheStack | AsyncCacheStack;
}

function stacked(layers: readonly [CallCache, ...CallCache[]]): CallCache {
  const [first] = layers;
  const target = layers.find(({ writable }) => writable);
  /** Records that did not come from the first layer, and from which they came. */
  const origins = new WeakMap<CallRecord, number>();
  return {
    sync: layers.every(({ sync }) => sync),
    numbers: first.numbers,
    posture: first.posture,
    functionDigest: first.functionDigest,
    otherDigest: first.otherDigest,
    reporter: first.reporter,
    tally: startTally(),
    writable: target !== undefined,
    places: placesOf(layers),
    // Whoever calls through the layer itself stores in the same place.
    flights: target?.flights ?? startFlights(),
    locksFor: (call) => target?.locksFor(call),
    encode: (target ?? first).encode,
    *saveValue(value, call) {
      if (target !== undefined) yield* target.saveValue(value, call);
      else if (call === undefined) throw readOnlyError("save");
    },
    *saveRecord(lookupKey, record) {
      if (target !== undefined) yield* target.saveRecord(lookupKey, record);
    },
    *findRecord(lookupKey, withResult) {
      const result = yield* findInOrder(layers, lookupKey, (layer) => layer.findRecord(lookupKey, withResult));
      if (result.refused !== undefined) return result;
      if (result.at > 0) origins.set(result.found.record, result.at);
      return result.found;
    },
    *findValue(digest) {
      const result = yield* findInOrder(layers, digest, (layer) => layer.findValue(digest));
      return result.refused === undefined ? result.found : result;
    },
    *findHead(digest) {
      const result = yield* findInOrder(layers, digest, (layer) => layer.findHead(digest));
      return result.refused === undefined ? result.found : result;
    },
    readParts: (digest) => partsInOrder(layers, digest),
    *noteHit(lookupKey, hit) {
      const at = origins.get(hit.record) ?? 0;
      yield* (layers[at] as CallCache).noteHit(lookupKey, hit);
      for (const layer of layers.slice(0, at)) yield* copyForward(layer, lookupKey, hit, first.reporter);
    },
    evictValue: (digest) => evictEverywhere(layers, (layer) => layer.evictValue(digest)),
    evictRecord: (lookupKey) => evictEverywhere(layers, (layer) => layer.evictRecord(lookupKey)),
    listValues: (prefix) => mergeNames(layers.map((layer) => layer.listValues(prefix))),
    listRecords: (prefix) => mergeNames(layers.map((layer) => layer.listRecords(prefix))),
    // Merged lists are in no order, and each may be of another kind.
    indexed: false,
    searchRecords: (filter) => mergeNames(layers.map((layer) => layer.searchRecords(filter))),
  };
}

/** Value first, record last. The hit is served whatever becomes of this. */
function* copyForward(
  layer: CallCache,
  lookupKey: string,
  { record, value, verified }: Served,
  reporter: Reporter,
): Flow<void> {
  // Signing it here would make a claim of ours out of one that nobody vouched for.
  if (!layer.writable || (!verified && signs(layer))) return;
  try {
    const encoded = layer.encode(record.result, value);
    // Now, before the value is handed out and changed.
    encoded.bodies();
    yield* layer.saveValue(encoded, record);
    yield* layer.saveRecord(lookupKey, record);
  } catch (error) {
    const text = `a call of ${record.name} could not be copied to a nearer layer: ${messageOf(error)}`;
    warnFault(reporter, "copy", error, text);
  }
}
