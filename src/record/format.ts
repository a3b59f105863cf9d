/**
 * Call record ⇄ bytes: JSON in UTF-8, fields in a fixed order, no white space. Knows nothing of seals: bytes come here
 * after they were verified, and are checked all the same, since a key's holder may be another version or another program.
 */
import { isUtf8 } from "node:buffer";
import { DecodeError, invalidArgument } from "../errors.ts";
import type { CallRecord } from "./call-record.ts";
import { FIELD_LIST, FIELDS, problemOf } from "./field.ts";
import { isJsonObject, type JsonObject, type JsonValue, MAX_JSON_DEPTH, plainJsonObject } from "./json.ts";

/** Version of the form. A later one that this reader must not misread counts up; a new field alone does not. */
const FORM = 1;

/** A record names values and contains none, so a larger one is not a record. Bounds what is parsed at once. */
export const MAX_RECORD_BYTES: number = 16 * 1024 * 1024;

/** The bytes of a record. Throws a `TypeError` naming the field for one that could not be read back as it is. */
export function formatRecord(record: CallRecord): Uint8Array {
  const problem = problemOf(record);
  if (problem !== undefined) throw invalidArgument(`call record: ${problem}`);
  const json: Record<string, unknown> = { v: FORM };
  for (const [name] of FIELD_LIST) json[name] = record[name];
  json.metadata = plainJsonObject(record.metadata, "metadata");
  const unknownFields = plainJsonObject(record.unknownFields ?? {}, "unknownFields");
  for (const name of Object.keys(unknownFields)) {
    if (isKnown(name)) throw invalidArgument(`call record: "${name}" is not an unknown field`);
  }
  // Spreading defines entries, so one called `__proto__` stays one.
  const bytes = Buffer.from(JSON.stringify({ ...json, ...unknownFields }));
  if (bytes.length > MAX_RECORD_BYTES) {
    throw invalidArgument(`call record: ${bytes.length} bytes are more than ${MAX_RECORD_BYTES}`);
  }
  return bytes;
}

/** The record that these bytes hold. Throws a `DecodeError` naming the field for everything that is none. */
export function parseRecord(bytes: Uint8Array): CallRecord {
  if (bytes.length > MAX_RECORD_BYTES) refuse(`${bytes.length} bytes are more than ${MAX_RECORD_BYTES}`);
  if (!isUtf8(bytes)) refuse("not UTF-8");
  const json = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
  if (!isJsonObject(json)) return refuse("not a JSON object");
  if (json.v !== FORM) refuse(formProblem(json.v));
  const problem = problemOf(json);
  if (problem !== undefined) refuse(problem);
  const record = recordOf(json);
  if (isDeeper(record.metadata, MAX_JSON_DEPTH) || isDeeper(record.unknownFields, MAX_JSON_DEPTH)) {
    refuse(`more than ${MAX_JSON_DEPTH} levels deep`);
  }
  return record;
}

function formProblem(v: JsonValue | undefined): string {
  if (typeof v === "number") return `form ${v} is not known`;
  return v === undefined ? '"v" is missing' : '"v" must be a number';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: the engine's message quotes the text around the fault, which is not to be printed.
    return refuse("not JSON");
  }
}

/** The fields as a record, what is not known aside. They were checked before. */
function recordOf(json: JsonObject): CallRecord {
  const fields = json as unknown as CallRecord;
  const record: CallRecord = {
    name: fields.name,
    module: fields.module,
    version: fields.version,
    codeDigest: fields.codeDigest,
    identity: fields.identity,
    arguments: fields.arguments,
    rest: fields.rest,
    result: fields.result,
    async: fields.async,
    startedMs: fields.startedMs,
    durationMs: fields.durationMs,
    parent: fields.parent,
    parts: fields.parts,
    tags: fields.tags,
    metadata: fields.metadata,
  };
  // All known fields are there, so more of them are unknown ones.
  if (Object.keys(json).length === FIELD_LIST.length + 1) return record;
  return { ...record, unknownFields: Object.fromEntries(Object.entries(json).filter(([name]) => !isKnown(name))) };
}

function isKnown(name: string): boolean {
  return name === "v" || Object.hasOwn(FIELDS, name);
}

/** Whether JSON data has more levels than this; looks no deeper, so that it cannot overflow. */
function isDeeper(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  // What was parsed from JSON inherits nothing that could be enumerated.
  for (const key in value) {
    if (isDeeper((value as JsonObject)[key], levels - 1)) return true;
  }
  return false;
}

function refuse(problem: string): never {
  throw new DecodeError(`call record: ${problem}`);
}
