/** Pickles of Python's `DigestedCall` ⇄ call records. Which attributes stand for what is said in `python-call.ts`. */
import { DIGEST_CLASS } from "../../codec/destructured/markers.ts";
import { pythonClass } from "../../codec/pickle/classes.ts";
import { readPickle, writePickle } from "../../codec/pickle/pickle.ts";
import { PyObject } from "../../codec/pickle/value/py-object.ts";
import { DecodeError } from "../../errors.ts";
import type { CallRecord } from "../../record/call-record.ts";
import { MAX_RECORD_BYTES } from "../../record/format.ts";
import { type Fields, fieldsOf, recordOf } from "./python-call.ts";

const CALL_CLASS = { module: "fleche.call", name: "DigestedCall" } as const;
const CLASSES = [pythonClass(CALL_CLASS), pythonClass(DIGEST_CLASS)];

/** The pickle of a record. Throws a `TypeError` for one that could not be read back as it is. */
export function formatCall(record: CallRecord): Uint8Array {
  const call = new PyObject(CALL_CLASS.module, CALL_CLASS.name, { via: "new", args: [], state: fieldsOf(record) });
  return writePickle(call, { globals: CLASSES });
}

/** The record that a pickle holds. Throws a `DecodeError` for everything that is none. */
export function parseCall(pickle: Uint8Array): CallRecord {
  // With its metadata twice, as text and as Python's.
  if (pickle.length > 2 * MAX_RECORD_BYTES) throw new DecodeError(`call of Python: ${pickle.length} bytes`);
  const call = readPickle(pickle, { globals: CLASSES });
  if (!(call instanceof PyObject) || call.module !== CALL_CLASS.module || call.name !== CALL_CLASS.name) {
    throw new DecodeError("not a call of Python");
  }
  const { via, args, state } = call;
  if (via !== "new" || args.length > 0 || typeof state !== "object" || state === null) {
    throw new DecodeError("a call of Python without its attributes");
  }
  return recordOf(state as Fields);
}
