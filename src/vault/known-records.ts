/**
 * Records that calls were served from lately, each with the bytes that it was parsed from: where the very same bytes come
 * again, read and verified again, they need not be parsed and checked field by field again. That is a seventh of a hit.
 * Nothing is believed or served from here: without the bytes in hand nobody gets a record.
 */
import type { CallRecord } from "../record/call-record.ts";

/** The record in the body of an entry; one that was met before is the same object, which nobody can change. */
export type RecordReader = (lookupKey: string, body: Uint8Array) => CallRecord;

/** How many are remembered, the latest; with the largest ones they take 5 MB. */
const MOST = 512;

/** Longer records are rare: of functions that use hundreds of others. */
const LONGEST = 4_096;

/** Parses records, remembering them. */
export function knownRecords(parse: (body: Uint8Array) => CallRecord): RecordReader {
  const known = new Map<string, { readonly body: Uint8Array; readonly record: CallRecord }>();
  return (lookupKey, body) => {
    const found = known.get(lookupKey);
    if (found !== undefined && Buffer.compare(found.body, body) === 0) return found.record;
    const record = parse(body);
    if (body.length > LONGEST) return record;
    if (found === undefined && known.size >= MOST) known.delete(known.keys().next().value as string);
    known.set(lookupKey, { body, record: frozen(record) });
    return record;
  };
}

/** The same, and all in it, for good: several readers get it, and programs may look at it. */
function frozen<T extends object>(data: T): T {
  for (const part of Object.values(data)) if (typeof part === "object" && part !== null) frozen(part);
  return Object.freeze(data);
}
