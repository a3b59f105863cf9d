/** The records of this codec: as those of codec `structured`, with names of its own. */
import { RECORD_KEY } from "../codec/structured/record.ts";
import type { ClosureRecord } from "./body.ts";

/** A record of these fields, which are trees already. */
export function closureRecord(name: ClosureRecord, ...fields: readonly unknown[]): object {
  return { [RECORD_KEY]: [name, ...fields] };
}
