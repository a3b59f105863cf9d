/**
 * A search for calls: lazy, and run anew by everything that asks for calls. Each method here says what it is made of;
 * the work is written once as flows and run as the cache is, synchronously or not.
 */
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, runAsync, runSync } from "../flow.ts";
import { type CallField, callbackAnswer, type KeyOf, keyBy, sameKey } from "./by.ts";
import { csvOf } from "./csv.ts";
import { comesByTime, foundCalls } from "./found-calls.ts";
import { type ExportOptions, exportOptions, ndjsonLine } from "./ndjson.ts";
import { type Direction, extremeCall, firstByTime, sortedCalls } from "./order.ts";
import type { AsyncQuery, Query } from "./query-type.ts";
import { type Selection, selected } from "./selection.ts";
import { type SkipCount, startSkipCount } from "./skipped.ts";
import { type AnyCall, type Mode, storedCall } from "./stored-call.ts";
import { chosen, dropped, forEach, iterated, iteratedAsync, type Stream, taken } from "./stream.ts";
import { tableRow } from "./table.ts";
import { countCalls, evictCalls, groupCalls, listCalls, loadResults, onlyCall } from "./terminals.ts";
import { callsOf, type TransferOptions, type TransferTarget, transferCalls, transferOptions } from "./transfer.ts";

/** Opens a search; of the calls not more than `limit` will be asked for. `order` where the search comes by time. */
type Open = (skips: SkipCount, limit: number, order?: "latest" | "earliest") => Stream<AnyCall>;

/**
 * The calls of a cache that a selection is about. Searches nothing yet. Throws a `TypeError` for a selection that cannot
 * be meant, a `DigestError` for values in it that have no name. In mode `async` it answers with promises whatever the
 * cache is; in mode `sync` the cache has to be.
 */
export function query(
  calls: CallCache,
  selection: Selection = {},
  mode: Mode = calls.sync ? "sync" : "async",
): Query | AsyncQuery {
  const wanted = selected(calls, selection);
  const open: Open = (skips, _, order) =>
    // biome-ignore lint/correctness/useYield: nothing to wait for
    chosen(foundCalls(calls, wanted, skips, order), function* (found) {
      return storedCall(calls, found, mode);
    });
  return queryOver(calls, mode, open, comesByTime(calls, wanted));
}

/** `byTime`: whether `open` can open the search in the order of time. */
function queryOver(calls: CallCache, mode: Mode, open: Open, byTime: boolean): Query | AsyncQuery {
  const sync = mode === "sync";
  const start = (): SkipCount => startSkipCount("query", calls.reporter);
  let last = start();
  const run = (limit = Number.POSITIVE_INFINITY): Stream<AnyCall> => {
    last = start();
    return open(last, limit);
  };
  const answer = <T>(flow: Flow<T>): Awaitable<T> => (sync ? runSync(flow) : runAsync(flow));
  const derived = (next: Open, stays = false): Query | AsyncQuery => queryOver(calls, mode, next, stays && byTime);
  const all = Number.POSITIVE_INFINITY;
  const searchFor = (skips: SkipCount) => ({
    skips,
    all: () => open(skips, all),
    byTime: (order: "latest" | "earliest") => open(skips, all, order),
  });
  const extreme = (direction: Direction): Flow<AnyCall | undefined> => {
    if (!byTime) return extremeCall(run(), direction);
    last = start();
    return extractFirst(firstByTime(searchFor(last), direction, 1));
  };

  const methods = {
    filter(test: (call: AnyCall) => Awaitable<boolean>) {
      if (typeof test !== "function") throw invalidArgument("filter: a function is expected");
      const passing: Open = (skips, _, order) =>
        chosen(open(skips, all, order), function* (call) {
          return (yield* callbackAnswer("filter", test(call), sync)) ? call : undefined;
        });
      return derived(passing, true);
    },
    take(count: number) {
      assertCount("take", count);
      return derived((skips, limit) => taken(open(skips, Math.min(count, limit)), count));
    },
    skip(count: number) {
      assertCount("skip", count);
      return derived((skips, limit) => dropped(open(skips, count + limit), count));
    },
    sorted(by: CallField | (() => unknown) = "startedMs", direction: Direction = "ascending") {
      const keyOf = keyBy("sorted", by, sync);
      if (direction !== "ascending" && direction !== "descending") {
        throw invalidArgument('sorted: the direction is "ascending" or "descending"');
      }
      return derived((skips, limit) =>
        byTime && by === "startedMs" && limit < all
          ? firstByTime(searchFor(skips), direction, limit)
          : sortedCalls(open(skips, all), keyOf, direction, limit),
      );
    },
    unique(by?: CallField | (() => unknown)) {
      const keyOf = by === undefined ? sameCall : keyBy("unique", by, sync);
      return derived((skips) => {
        const seen = new Set<unknown>();
        return chosen(open(skips, all), function* (call) {
          const key = sameKey(calls, yield* keyOf(call));
          return seen.size < seen.add(key).size ? call : undefined;
        });
      });
    },
    groupBy(by: CallField | (() => unknown)) {
      const keyOf = keyBy("groupBy", by, sync);
      return answer(groupCalls(calls, run(), keyOf));
    },
    first: () => answer(extractFirst(run(1))),
    only: () => answer(withSkips(() => run(2), onlyCall)),
    latest: () => answer(extreme("descending")),
    oldest: () => answer(extreme("ascending")),
    count: () => answer(countCalls(run())),
    results: () => answer(withSkips(run, (stream, skips) => loadResults(calls, stream, skips))),
    toArray: () => answer(listCalls(run(), unchanged)),
    table: () => answer(listCalls(run(), (call) => tableRow(calls, call))),
    toCsv: () => answer(csvOf(calls, run())),
    toNdjson(options: ExportOptions = {}) {
      const { values } = exportOptions("toNdjson", options);
      return answer(joined(listCalls(run(), (call) => ndjsonLine(calls, call, { values }))));
    },
    evict: () => answer(evictCalls(calls, run())),
    transfer(to: TransferTarget, options: TransferOptions = {}) {
      const target = callsOf(to, calls);
      const chosenOptions = transferOptions(options);
      const flow = withSkips(run, (stream, skips) => transferCalls(calls, target, stream, chosenOptions, skips));
      return sync && target.sync ? runSync(flow) : runAsync(flow);
    },
    skipped: () => last.counts(),
    [Symbol.asyncIterator]: () => iteratedAsync(run),
    ...(sync ? { [Symbol.iterator]: () => iterated(run) } : {}),
  };
  /** A search whose own count is added to. */
  function* withSkips<T>(
    search: () => Stream<AnyCall>,
    work: (stream: Stream<AnyCall>, skips: SkipCount) => Flow<T>,
  ): Flow<T> {
    const stream = search();
    const skips = last;
    return yield* work(stream, skips);
  }
  return methods as unknown as Query | AsyncQuery;
}

/** Names of function and arguments: one text for calls that differ in code, version or time only. */
// biome-ignore lint/correctness/useYield: nothing to wait for
const sameCall: KeyOf = function* ({ record }) {
  return JSON.stringify([record.name, record.module, record.arguments]);
};

function* extractFirst(stream: Stream<AnyCall>): Flow<AnyCall | undefined> {
  let first: AnyCall | undefined;
  // biome-ignore lint/correctness/useYield: nothing to wait for
  yield* forEach(stream, function* (call) {
    first = call;
    return false;
  });
  return first;
}

// biome-ignore lint/correctness/useYield: nothing to wait for
function* unchanged(call: AnyCall): Flow<AnyCall> {
  return call;
}

function* joined(lines: Flow<string[]>): Flow<string> {
  return (yield* lines).join("");
}

function assertCount(where: string, count: number): void {
  if ((Number.isInteger(count) && count >= 0) || count === Number.POSITIVE_INFINITY) return;
  throw invalidArgument(`${where}: a whole number, 0 or more, is expected; found ${String(count)}`);
}
