/**
 * A call as one line of JSON, for programs: the record as it is, and beside each digest the value that it names, where
 * JSON holds it exactly and it is not large. What is left out is there by its digest.
 */
import { digestHex } from "../digest/digest.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { invalidArgument } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { assertOptions } from "../options.ts";
import { plainJson } from "../record/json.ts";
import { glimpse } from "./glimpse.ts";
import type { CallFacts } from "./stored-call.ts";
import { isoText } from "./table.ts";

/** Options of an export. */
export interface ExportOptions {
  /** Whether values are loaded and written beside their digests. Default `true`. */
  readonly values?: boolean;
}

/** Checks them, and fills in what is left out. */
export function exportOptions(where: string, options: ExportOptions): Required<ExportOptions> {
  assertOptions(where, options, ["values"]);
  const { values = true } = options;
  if (typeof values !== "boolean") throw invalidArgument(`${where}: values must be true or false`);
  return { values };
}

/** The line of a call, ended by a newline. */
export function* ndjsonLine(
  calls: CallCache,
  { record, lookupKey }: CallFacts,
  options: Required<ExportOptions>,
): Flow<string> {
  const { name, module, version, codeDigest, identity, rest, async, startedMs, durationMs } = record;
  const args: [string, object][] = [];
  for (const [argument, digest] of record.arguments) {
    args.push([argument, yield* described(calls, digest, options)]);
  }
  const json = {
    ...{ lookupKey, name, module, version, codeDigest, identity },
    arguments: Object.fromEntries(args),
    rest,
    result: yield* described(calls, record.result, options),
    ...{ async, started: isoText(startedMs), startedMs, durationMs },
    ...{ parent: record.parent, tags: record.tags, metadata: record.metadata },
  };
  return `${JSON.stringify(json)}\n`;
}

function* described(calls: CallCache, digest: string, { values }: Required<ExportOptions>): Flow<object> {
  const seen = values ? yield* glimpse(calls, digest) : undefined;
  if (seen?.seen !== true) return { digest };
  try {
    const value = plainJson(seen.value, "the value");
    // JSON has no -0 and no null prototypes: only what comes back under the same name is the value.
    return digestHex(value, { numbers: calls.numbers }) === digest ? { digest, value } : { digest };
  } catch {
    // A Date, a Map, a bigint: JSON would make something else of it.
    return { digest };
  }
}
