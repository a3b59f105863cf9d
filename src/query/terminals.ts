/** What ends a search: flows that go through its calls once, holding no more than they return. */
import type { CallCache } from "../engine/call-cache.ts";
import { FlecheError, NotFoundError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { Loaded } from "../vault/value-flows.ts";
import { type KeyOf, sameKey } from "./by.ts";
import { type SkipCount, skippedText } from "./skipped.ts";
import type { AnyCall } from "./stored-call.ts";
import { forEach, type Stream } from "./stream.ts";

/** What is made of each call. */
export function* listCalls<T>(stream: Stream<AnyCall>, make: (call: AnyCall) => Flow<T>): Flow<T[]> {
  const list: T[] = [];
  yield* forEach(stream, function* (call) {
    list.push(yield* make(call));
  });
  return list;
}

export function* countCalls(stream: Stream<AnyCall>): Flow<number> {
  let count = 0;
  // biome-ignore lint/correctness/useYield: nothing to wait for
  yield* forEach(stream, function* () {
    count++;
  });
  return count;
}

/** The one call; asks for two at most. */
export function* onlyCall(stream: Stream<AnyCall>, skips: SkipCount): Flow<AnyCall> {
  const found: AnyCall[] = [];
  // biome-ignore lint/correctness/useYield: nothing to wait for
  yield* forEach(stream, function* (call) {
    return found.push(call) < 2;
  });
  const [call, second] = found;
  if (call === undefined) {
    const passed = skippedText(skips.counts());
    const also = passed === "" ? "" : `; ${passed} passed over`;
    throw new NotFoundError(`only: no call matches${also}`, { entry: "", reason: "absent" });
  }
  if (second !== undefined) {
    const keys = [call, second].map(({ lookupKey, name }) => `${name} ${lookupKey.slice(0, 12)}`);
    throw new FlecheError(
      "ambiguous",
      `only: more than one call matches (${keys.join(", ")} …); narrow the search, or take latest()`,
    );
  }
  return call;
}

export function* groupCalls(calls: CallCache, stream: Stream<AnyCall>, keyOf: KeyOf): Flow<Map<unknown, AnyCall[]>> {
  const groups = new Map<unknown, { readonly key: unknown; readonly members: AnyCall[] }>();
  yield* forEach(stream, function* (call) {
    const key = yield* keyOf(call);
    const same = sameKey(calls, key);
    const group = groups.get(same);
    if (group === undefined) groups.set(same, { key, members: [call] });
    else group.members.push(call);
  });
  return new Map(Array.from(groups.values(), ({ key, members }) => [key, members]));
}

/** The results; one that cannot be served hides no other. */
export function* loadResults(calls: CallCache, stream: Stream<AnyCall>, skips: SkipCount): Flow<unknown[]> {
  const results: unknown[] = [];
  yield* forEach(stream, function* ({ record }) {
    const loaded = yield* valueOrRefusal(calls, record.result);
    if (loaded.refused === undefined) results.push(loaded.value);
    else skips.result(loaded.refused);
  });
  return results;
}

export function* evictCalls(calls: CallCache, stream: Stream<AnyCall>): Flow<number> {
  let evicted = 0;
  yield* forEach(stream, function* ({ lookupKey }) {
    if (yield* calls.evictRecord(lookupKey)) evicted++;
  });
  return evicted;
}

/** Trouble with one value is that value's trouble. */
export function* valueOrRefusal(calls: CallCache, digest: string): Flow<Loaded | Refusal> {
  try {
    return yield* calls.findValue(digest);
  } catch (error) {
    return refuse("io-error", undefined, error);
  }
}
