/**
 * Whether a record is one of those asked for, by its own verified content. What a store's index said is not looked at:
 * somebody may have edited it.
 */
import type { CallRecord } from "../record/call-record.ts";
import { isJsonObject, type JsonValue } from "../record/json.ts";
import type { Selected } from "./selection.ts";

/** Whether the record matches every field of the selection. */
export function matches(record: CallRecord, wanted: Selected): boolean {
  return (
    isWanted(record.name, wanted.name) &&
    isWanted(record.module, wanted.module) &&
    isWanted(record.version, wanted.version) &&
    isWanted(record.codeDigest, wanted.codeDigest) &&
    isWanted(record.identity, wanted.identity) &&
    isWanted(record.result, wanted.result) &&
    isWanted(record.parent, wanted.parent) &&
    record.startedMs >= wanted.sinceMs &&
    record.startedMs < wanted.untilMs &&
    wanted.tags.every((tag) => record.tags.includes(tag)) &&
    wanted.arguments.every(([name, digest]) =>
      record.arguments.some((pair) => pair[0] === name && pair[1] === digest),
    ) &&
    (wanted.metadata === undefined || holds(record.metadata, wanted.metadata))
  );
}

function isWanted<T>(value: T, wanted: T | undefined): boolean {
  return wanted === undefined || value === wanted;
}

/** Objects by the entries that are wanted, each deeply; arrays item by item; all else exactly. */
function holds(value: JsonValue | undefined, wanted: JsonValue): boolean {
  if (isJsonObject(wanted)) {
    if (!isJsonObject(value)) return false;
    return Object.keys(wanted).every(
      (name) => Object.hasOwn(value, name) && holds(value[name], wanted[name] as JsonValue),
    );
  }
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((item: JsonValue, i) => equals(value[i] as JsonValue, item))
    );
  }
  return value === wanted;
}

/** Equal JSON data, whatever the order of an object's entries. */
function equals(a: JsonValue, b: JsonValue): boolean {
  if (isJsonObject(a) && isJsonObject(b)) return Object.keys(a).length === Object.keys(b).length && holds(a, b);
  return holds(a, b);
}
