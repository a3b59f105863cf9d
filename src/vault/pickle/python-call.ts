/**
 * Call record ⇄ the fields of Python's `DigestedCall`. Python has no fields for much of what a record holds, so a record of
 * ours lies whole, as its own text, in the call's metadata, where Python leaves it alone. It is believed only as long as
 * the fields around it say the same: a program that changed them, or ran the call again, knew better.
 */
import { digestOf, markerOf } from "../../codec/destructured/markers.ts";
import { PyFloat } from "../../codec/pickle/value/numbers.ts";
import type { PyObject } from "../../codec/pickle/value/py-object.ts";
import { Tuple } from "../../digest/shapes.ts";
import { DecodeError, invalidArgument } from "../../errors.ts";
import type { CallRecord } from "../../record/call-record.ts";
import { problemOf } from "../../record/field.ts";
import { formatRecord, parseRecord } from "../../record/format.ts";
import type { JsonObject, JsonValue } from "../../record/json.ts";

/** Attributes of a Python object, by their names there. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where in the metadata a record of ours lies. */
const OURS = "fleche_ts";

/** The attributes that a record has in Python, in their order; the key that Python computes from them is the record's. */
export function fieldsOf(record: CallRecord): Fields {
  if (Object.hasOwn(record.metadata, OURS)) {
    throw invalidArgument(`call record: metadata "${OURS}" is taken in files of Python; call the collector otherwise`);
  }
  const text = Buffer.from(formatRecord(record)).toString("utf8");
  const { module, version, codeDigest } = keyed(record);
  return {
    name: record.name,
    arguments: argumentsOf(record),
    result: markerOf(record.result),
    metadata: { ...record.metadata, runtime: runtimeOf(record), [OURS]: { record: text } },
    module,
    version,
    code_digest: codeDigest === null ? null : markerOf(codeDigest),
  };
}

/** What is null in the lookup key is None in Python, which makes the key of all that is there. */
function keyed({
  identity,
  module,
  version,
  codeDigest,
}: CallRecord): Pick<CallRecord, "module" | "version" | "codeDigest"> {
  const named = identity === "version" || identity === "python";
  return {
    module: named ? module : null,
    version: named ? version : null,
    codeDigest: identity === "version" ? null : codeDigest,
  };
}

function argumentsOf(record: CallRecord): Readonly<Record<string, PyObject>> {
  // Defines its entries, so that an argument called `__proto__` is one.
  const named = Object.fromEntries(record.arguments.map(([name, digest]) => [name, markerOf(digest)] as const));
  const order = Object.keys(named);
  if (record.arguments.some(([name], i) => name !== order[i])) {
    throw invalidArgument("call record: arguments whose names are numbers, or twice the same, have no order in a dict");
  }
  return named;
}

/** When it ran, as Python's own collector says it, beside what ours of that name said. */
function runtimeOf({ startedMs, durationMs, metadata }: CallRecord): JsonObject {
  const [start, wall] = [startedMs / 1000, durationMs / 1000];
  return { ...metadata.runtime, timestart: start, timestop: start + wall, walltime: wall };
}

/** The record of a `DigestedCall`. Throws `DecodeError` where the fields are not those that Python gives it. */
export function recordOf(call: Fields): CallRecord {
  const { [OURS]: own, ...metadata } = metadataOf(call.metadata);
  const record = pythonRecord(call, metadata);
  const problem = problemOf(record);
  if (problem !== undefined) throw new DecodeError(`call of Python: ${problem}`);
  if (typeof own?.record !== "string") return record;
  const ours = ownRecord(own.record);
  return ours !== undefined && saysTheSame(ours, record) ? ours : record;
}

function pythonRecord(call: Fields, metadata: Record<string, JsonObject>): CallRecord {
  const { name, module, version, code_digest: code } = call;
  const { timestart, walltime } = metadata.runtime ?? {};
  return {
    // What is none of these is told of by the caller.
    name: name as string,
    module: module as string | null,
    version: version as string | number | null,
    codeDigest: code === null ? null : hexOf("code_digest", code),
    identity: code === null ? "version" : "python",
    arguments: entriesOf("arguments", call.arguments).map(([argument, digest]) => [
      argument,
      hexOf(`arguments.${argument}`, digest),
    ]),
    rest: null,
    result: hexOf("result", call.result),
    async: false,
    startedMs: typeof timestart === "number" ? timestart * 1000 : 0,
    durationMs: typeof walltime === "number" && walltime >= 0 ? walltime * 1000 : 0,
    parent: null,
    parts: [],
    tags: [],
    metadata,
  };
}

function ownRecord(text: string): CallRecord | undefined {
  try {
    return parseRecord(Buffer.from(text));
  } catch {
    // Of a later form, or none of ours: the fields around it are what Python sees, and enough.
    return undefined;
  }
}

function saysTheSame(ours: CallRecord, found: CallRecord): boolean {
  const said = (record: CallRecord): string => {
    return JSON.stringify([record.name, record.arguments, record.result, keyed(record)]);
  };
  return said(ours) === said(found);
}

function hexOf(field: string, digest: unknown): string {
  return digestOf(digest) ?? refuse(field, "a Digest");
}

/** A dict with texts as keys. */
function entriesOf(field: string, dict: unknown): [string, unknown][] {
  const isPlain = typeof dict === "object" && dict !== null && Object.getPrototypeOf(dict) === Object.prototype;
  return isPlain ? Object.entries(dict) : refuse(field, "a dict with str keys");
}

/** Metadata as far as a record can hold it; what JSON has no place for is left out. */
function metadataOf(metadata: unknown): Record<string, JsonObject> {
  const named = entriesOf("metadata", metadata).flatMap(([name, said]) => {
    const json = jsonOf(said, 0);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? [[name, json as JsonObject] as const]
      : [];
  });
  return Object.fromEntries(named);
}

/** Deeper metadata are left out. */
const MAX_LEVELS = 90;

function jsonOf(value: unknown, level: number): JsonValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "object" || level === MAX_LEVELS) return undefined;
  if (value instanceof PyFloat) return value.value;
  const items = Tuple.is(value) ? value.items : Array.isArray(value) ? (value as unknown[]) : undefined;
  if (items !== undefined) {
    const list = items.map((item) => jsonOf(item, level + 1));
    return list.every((item) => item !== undefined) ? list : undefined;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const fields = Object.entries(value).map(([name, field]) => [name, jsonOf(field, level + 1)] as const);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined)) as JsonObject;
}

function refuse(field: string, expected: string): never {
  throw new DecodeError(`call of Python: "${field}" must be ${expected}`);
}
