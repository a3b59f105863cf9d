/**
 * Calls as results of commands: a row for people, an object for programs. Values that may not be decoded are shown by
 * their digest.
 */
import type { CallCache } from "../engine/call-cache.ts";
import { runAsync } from "../flow.ts";
import { ndjsonLine } from "../query/ndjson.ts";
import type { AnyCall } from "../query/stored-call.ts";
import { tableRow } from "../query/table.ts";
import type { Line } from "./output.ts";
import { durationText, momentText } from "./words.ts";

/** The lines of these calls, made as they are asked for. */
export async function* callLines(
  calls: CallCache,
  found: AsyncIterable<AnyCall> | Iterable<AnyCall>,
): AsyncGenerator<Line> {
  for await (const call of found) {
    const json = JSON.parse(await runAsync(ndjsonLine(calls, call, { values: true }))) as object;
    const { name, arguments: args, result, lookupKey } = await runAsync(tableRow(calls, call));
    const row = {
      call: lookupKey,
      name,
      arguments: args,
      result,
      // Seconds are in `show`: a line has room for little.
      started: momentText(call.startedMs).slice(0, 16),
      took: durationText(call.durationMs),
      tags: call.tags.join(", "),
    };
    yield { json: { ...json, verified: call.verified }, row };
  }
}
