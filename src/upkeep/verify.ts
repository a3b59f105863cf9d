/**
 * Looks at every entry of a cache, in named steps, and tells which would be refused and why. Changes nothing: what is to be
 * done about a bad entry is for people to decide.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import { digestHex } from "../digest/digest.ts";
import type { CallCache } from "../engine/call-cache.ts";
import type { Awaitable, Flow } from "../flow.ts";
import type { Reason } from "../observe/reason.ts";
import { assertOptions } from "../options.ts";
import { forEachName } from "../vault/names.ts";
import { digestOptionsOf } from "../vault/value-flows.ts";
import { callsOf, runOver } from "./calls-of.ts";

/**
 * `records`: each record opens, is that of the call that it lies under, and its result is there. `values`: each value opens
 * and its body is the one that was sealed. `parts`: what values name is there. `contents`: each value decodes and has the
 * digest that it lies under, whoever signed it.
 */
export type VerifyStep = "records" | "values" | "parts" | "contents";

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** Whether the step `contents` is made, which decodes every value. Default `false`. */
  readonly contents?: boolean;
  /** How many bad entries are listed; all are counted. Default 1,000. */
  readonly most?: number;
  /** Is told how far it is: every 1,000 entries, and at the end of each step. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** How far {@link verify} is. */
export interface VerifyProgress {
  readonly step: VerifyStep;
  /** Entries looked at in this step. */
  readonly done: number;
  /** Bad ones among them. */
  readonly bad: number;
  readonly durationMs: number;
  /** Whether the step is over. */
  readonly finished: boolean;
}

/** An entry that would not be served. */
export interface BadEntry {
  readonly kind: "record" | "value";
  readonly entry: string;
  readonly reason: Reason;
  /** Id of the key that the entry names. */
  readonly keyId?: string | undefined;
  /** For what is missing: the record or value that names it. */
  readonly namedBy?: string | undefined;
}

/** What {@link verify} found. */
export interface VerifyResult {
  /** Whether nothing is bad. */
  readonly ok: boolean;
  /** The steps in their order, as they ended. */
  readonly steps: readonly VerifyProgress[];
  /** Bad entries by reason; an entry that is bad in two steps counts in both. */
  readonly counts: Readonly<Partial<Record<Reason, number>>>;
  /** The first of them. */
  readonly bad: readonly BadEntry[];
}

/**
 * Looks at every entry of the stores behind a cache. Throws `StoreError` only where a store cannot list its entries.
 *
 * @example
 * ```ts
 * import { fleche, memoryStore, openCache, verify } from "fleche";
 * const cache = openCache({ store: memoryStore(), keys: null });
 * const square = fleche((x: number) => x * x, { cache, name: "square" });
 * square(12); // 144
 * verify(cache, { contents: true }).ok; // true
 * ```
 */
export function verify(cache: Cache, options?: VerifyOptions): VerifyResult;
export function verify(cache: AsyncCache, options?: VerifyOptions): Promise<VerifyResult>;
export function verify(cache: Cache | AsyncCache, options?: VerifyOptions): Awaitable<VerifyResult>;
export function verify(cache: Cache | AsyncCache, options: VerifyOptions = {}): Awaitable<VerifyResult> {
  assertOptions("verify", options, ["contents", "most", "onProgress"]);
  const calls = callsOf("verify", cache);
  return runOver([calls], verifyAll(calls, options));
}

/** What a look at one entry tells of. */
type Report = (bad: BadEntry) => void;

const MOST = 1000;
const PROGRESS_EVERY = 1000;

function* verifyAll(
  calls: CallCache,
  { contents = false, most = MOST, onProgress }: VerifyOptions,
): Flow<VerifyResult> {
  const steps: VerifyProgress[] = [];
  const counts: Partial<Record<Reason, number>> = {};
  const bad: BadEntry[] = [];
  const plan: [VerifyStep, (tick: () => void, report: Report) => Flow<void>][] = [
    ["records", (tick, report) => verifyRecords(calls, tick, report)],
    ["values", (tick, report) => verifyValues(calls, tick, report)],
    ["parts", (tick, report) => verifyParts(calls, tick, report)],
  ];
  if (contents) plan.push(["contents", (tick, report) => verifyContents(calls, tick, report)]);
  for (const [step, act] of plan) {
    const started = performance.now();
    let done = 0;
    let found = 0;
    const progress = (finished: boolean): VerifyProgress => {
      const durationMs = Math.round((performance.now() - started) * 1000) / 1000;
      return { step, done, bad: found, durationMs, finished };
    };
    const tick = (): void => {
      done++;
      if (done % PROGRESS_EVERY === 0) onProgress?.(progress(false));
    };
    yield* act(tick, (entry) => {
      found++;
      counts[entry.reason] = (counts[entry.reason] ?? 0) + 1;
      if (bad.length < most) bad.push(entry);
    });
    const ended = progress(true);
    steps.push(ended);
    onProgress?.(ended);
  }
  return { ok: Object.keys(counts).length === 0, steps, counts, bad };
}

function* verifyRecords(calls: CallCache, tick: () => void, report: Report): Flow<void> {
  for (const place of calls.places) {
    yield* forEachName(place.listRecords(), function* (entry) {
      tick();
      const found = yield* place.findRecord(entry);
      if (found.refused === "absent") return;
      if (found.refused !== undefined) {
        report({ kind: "record", entry, reason: found.refused, keyId: found.keyId });
        return;
      }
      // In a stack or a pool the value may lie elsewhere. What is there and refused is told in its own step.
      const result = yield* calls.findHead(found.record.result);
      if (result.refused !== "absent") return;
      report({ kind: "value", entry: found.record.result, reason: "absent", namedBy: entry });
    });
  }
}

function* verifyValues({ places }: CallCache, tick: () => void, report: Report): Flow<void> {
  for (const place of places) {
    yield* forEachName(place.listValues(), function* (entry) {
      tick();
      const outline = yield* place.outlineValue(entry, true);
      if (outline.refused === undefined || outline.refused === "absent") return;
      report({ kind: "value", entry, reason: outline.refused, keyId: outline.keyId });
    });
  }
}

function* verifyParts({ places }: CallCache, tick: () => void, report: Report): Flow<void> {
  for (const place of places) {
    yield* forEachName(place.listValues(), function* (entry) {
      const outline = yield* place.outlineValue(entry);
      if (outline.refused !== undefined) return;
      for (const part of outline.parts) {
        tick();
        // Parts are looked for in the store of their value alone.
        const found = yield* place.outlineValue(part);
        if (found.refused === "absent") report({ kind: "value", entry: part, reason: "absent", namedBy: entry });
      }
    });
  }
}

function* verifyContents(calls: CallCache, tick: () => void, report: Report): Flow<void> {
  for (const place of calls.places) {
    yield* forEachName(place.listValues(), function* (entry) {
      // What does not open was told before.
      if ((yield* place.outlineValue(entry)).refused !== undefined) return;
      tick();
      const loaded = yield* place.findValue(entry);
      if (loaded.refused === "decode-failed" || loaded.refused === "content-mismatch") {
        report({ kind: "value", entry, reason: loaded.refused, keyId: loaded.keyId });
      } else if (loaded.refused === undefined && !hasDigest(calls, loaded.value, entry)) {
        report({ kind: "value", entry, reason: "content-mismatch" });
      }
    });
  }
}

function hasDigest(calls: CallCache, value: unknown, entry: string): boolean {
  try {
    return digestHex(value, digestOptionsOf(calls)) === entry;
  } catch {
    // A value that nobody could have saved is not the one that the name stands for.
    return false;
  }
}
