/**
 * The fields of a call record's JSON form, in their order, and what each may hold: the one table that writing and reading
 * both check against. The version of the form itself, `v`, stands before them.
 */
import type { CallRecord } from "./call-record.ts";
import { isJsonObject } from "./json.ts";

/** What a field must be, in words, and whether a value is that. */
interface FieldRule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/** The names of the known fields. */
export type FieldName = Exclude<keyof CallRecord, "unknownFields">;

const TEXT: FieldRule = { expected: "a text", holds: isText };
const TEXT_OR_NULL: FieldRule = { expected: "a text or null", holds: (value) => value === null || isText(value) };
const DIGEST: FieldRule = { expected: "a digest", holds: isDigestText };
const DIGEST_OR_NULL: FieldRule = {
  expected: "a digest or null",
  holds: (value) => value === null || isDigestText(value),
};
const PAIRS: FieldRule = {
  expected: "an array of pairs of a text and a digest",
  holds: (value) => Array.isArray(value) && value.every(isPair),
};

/** What each known field must be, in the order in which they are written. */
export const FIELDS: Readonly<Record<FieldName, FieldRule>> = {
  name: TEXT,
  module: TEXT_OR_NULL,
  version: {
    expected: "a text, a finite number or null",
    // JSON has no -0, which as a version would be another one than the 0 that comes back.
    holds: (value) => value === null || isText(value) || (Number.isFinite(value) && !Object.is(value, -0)),
  },
  codeDigest: DIGEST_OR_NULL,
  identity: {
    expected: '"closure", "source", "version" or "python"',
    holds: (value) => ["closure", "source", "version", "python"].includes(value as string),
  },
  arguments: PAIRS,
  rest: TEXT_OR_NULL,
  result: DIGEST,
  async: { expected: "a boolean", holds: (value) => typeof value === "boolean" },
  startedMs: { expected: "a finite number", holds: (value) => Number.isFinite(value) },
  durationMs: { expected: "a number from 0", holds: (value) => Number.isFinite(value) && (value as number) >= 0 },
  parent: DIGEST_OR_NULL,
  parts: PAIRS,
  tags: { expected: "an array of texts", holds: (value) => Array.isArray(value) && value.every(isText) },
  metadata: {
    expected: "an object of objects",
    holds: (value) => isJsonObject(value) && Object.values(value).every(isJsonObject),
  },
};

/** {@link FIELDS} as a list. */
export const FIELD_LIST: readonly (readonly [FieldName, FieldRule])[] = Object.entries(FIELDS) as [
  FieldName,
  FieldRule,
][];

/** What is wrong with these fields, or `undefined`. Each may be right by itself and they still not fit each other. */
export function problemOf(fields: Readonly<Partial<Record<FieldName, unknown>>>): string | undefined {
  for (const [name, rule] of FIELD_LIST) {
    if (!Object.hasOwn(fields, name)) return `"${name}" is missing`;
    if (!rule.holds(fields[name])) return `"${name}" must be ${rule.expected}; found ${shown(fields[name])}`;
  }
  const record = fields as Pick<CallRecord, FieldName>;
  if (record.identity !== "version" && record.codeDigest === null) {
    return `"codeDigest" must be a digest where "identity" is "${record.identity}"; found null`;
  }
  if (record.rest !== null && !record.arguments.some(([name]) => name === record.rest)) {
    return `"rest" must name one of the arguments; found ${shown(record.rest)}`;
  }
  return undefined;
}

const HEX = /^[0-9a-f]{64}$/;

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isDigestText(value: unknown): boolean {
  return typeof value === "string" && HEX.test(value);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isDigestText(value[1]);
}

/** Whose bytes they are is not known where this is shown: no more than their beginning goes into a message. */
function shown(value: unknown): string {
  if (typeof value === "string")
    return value.length > 40 ? `${JSON.stringify(value.slice(0, 32))}…` : JSON.stringify(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "another array" : `${typeof value === "object" ? "another object" : typeof value}`;
}
