/**
 * Tagged records: how a tree holds what V8 alone would lose. A record is a plain object whose one key is `$fleche`, with
 * an array: the record's name, then its fields. Data that has this key itself is written as a record, so that nothing a
 * program stores can be taken for one.
 */

/** The key that makes a plain object a record. */
export const RECORD_KEY = "$fleche";

/** Names of the records; docs/reference/structured.md has their fields. */
export type RecordName =
  | "dict"
  | "null-prototype"
  | "tuple"
  | "pairs"
  | "Error"
  | "RegExp"
  | "URL"
  | "Symbol"
  | "ArrayBuffer"
  | "Float16Array"
  | "object"
  | "python"
  | "part";

/** A record in a tree. */
export interface TaggedRecord {
  readonly [RECORD_KEY]: readonly [name: RecordName, ...fields: unknown[]];
}

/** A record of these fields, which are trees already. */
export function record(name: RecordName, ...fields: unknown[]): TaggedRecord {
  return { [RECORD_KEY]: [name, ...fields] };
}
