/**
 * What calls are sorted, grouped and told apart by: a field of their records, or whatever a function makes of them. Keys
 * that are objects are one key where they have one digest.
 */
import { digestHex } from "../digest/digest.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import { type Awaitable, type Flow, settled } from "../flow.ts";
import { suggest } from "../observe/suggest.ts";
import type { AnyCall } from "./stored-call.ts";

/** Fields that calls can be told by; `result` is its digest. */
export type CallField =
  | "name"
  | "module"
  | "version"
  | "codeDigest"
  | "identity"
  | "startedMs"
  | "durationMs"
  | "parent"
  | "lookupKey"
  | "result";

/** The value that a field has. */
export type FieldValue = string | number | null;

const FIELDS: readonly CallField[] = [
  ...(["name", "module", "version", "codeDigest", "identity"] as const),
  ...(["startedMs", "durationMs", "parent", "lookupKey", "result"] as const),
];

/** The key of a call. */
export type KeyOf = (call: AnyCall) => Flow<unknown>;

/** A field or a function of the user's as a key; checked at once. */
export function keyBy(where: string, by: CallField | ((call: never) => unknown), sync: boolean): KeyOf {
  if (typeof by === "function") return (call) => callbackAnswer(where, (by as (call: AnyCall) => unknown)(call), sync);
  if (!FIELDS.includes(by)) {
    const near = suggest(String(by), FIELDS);
    const hint = near === undefined ? `the fields are ${FIELDS.join(", ")}` : `did you mean "${near}"?`;
    throw invalidArgument(
      `${where}: a function or the name of a field is expected, not ${JSON.stringify(by)}; ${hint}`,
    );
  }
  // biome-ignore lint/correctness/useYield: a field is there at once
  return function* (call) {
    return by === "result" ? call.record.result : call[by];
  };
}

/** What a callback answered. A promise where nobody waits would pass for an answer: it is a `TypeError`. */
export function* callbackAnswer<T>(where: string, answer: Awaitable<T>, sync: boolean): Flow<T> {
  if (sync && typeof answer === "object" && answer !== null && "then" in answer) {
    const { then } = answer;
    // Its failure is not the one to be told.
    if (typeof then === "function") then.call(answer, undefined, () => {});
    throw invalidArgument(
      `${where}: the function answered with a promise; on a synchronous cache it has to answer itself`,
    );
  }
  return yield* settled(answer);
}

/** A text or other primitive value that is the same for equal keys, and for no others. */
export function sameKey(calls: CallCache, key: unknown): unknown {
  if (typeof key === "string") return `=${key}`;
  if (!(typeof key === "object" && key !== null) && typeof key !== "function") return key;
  const { numbers, functionDigest, otherDigest } = calls;
  return `#${digestHex(key, { numbers, at: "the key", functionDigest, otherDigest })}`;
}

/** By its kind first, so that keys of several kinds have one order too; nothing comes last. */
const RANKS: Readonly<Record<string, number>> = { boolean: 0, number: 1, bigint: 1, string: 2 };
const NOTHING = 3;

/** The order of two keys: numbers by value (NaN last), texts by code unit, dates by time; `null` and `undefined` last. */
export function compareKeys(a: unknown, b: unknown): number {
  const [left, right] = [ordered(a), ordered(b)];
  const [leftRank, rightRank] = [rankOf(left), rankOf(right)];
  if (leftRank !== rightRank) return leftRank - rightRank;
  if (leftRank === NOTHING) return 0;
  if (left < right) return -1;
  if (left > right) return 1;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

type Ordered = number | bigint | string | boolean;

/** A key as something with an order; a `TypeError` for what has none. */
function ordered(key: unknown): Ordered {
  const value: unknown = key instanceof Date ? key.getTime() : key;
  if (value === null || value === undefined) return undefined as unknown as Ordered;
  if ((typeof value) in RANKS) return value as Ordered;
  throw invalidArgument(`sorted: a key must be a text, number, boolean or Date; found ${typeof value}`);
}

function rankOf(value: Ordered): number {
  return RANKS[typeof value] ?? NOTHING;
}
