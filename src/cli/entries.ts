/** Which entry is meant: a digest, or the beginning of one, of a call or of a value. */
import type { CallCache } from "../engine/call-cache.ts";
import { AmbiguousDigestError, NotFoundError } from "../errors.ts";
import { UsageError } from "./failure.ts";

/** An entry that is there, sound or not. */
export interface Entry {
  readonly kind: "call" | "value";
  readonly name: string;
}

const SHORTEST = 4;

/** The text as the beginning of a digest; a `UsageError` for what is none. */
export function digestPrefix(text: string): string {
  if (/^[0-9a-f]{4,64}$/.test(text)) return text;
  throw new UsageError(
    `a digest is expected, or at least its first ${SHORTEST} characters (0-9, a-f); found ${JSON.stringify(text)}`,
    "what is stored: fleche ls",
  );
}

/** The entries that begin so; of many only the first few. */
export async function entriesFrom(calls: CallCache, prefix: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [kind, names] of [
    ["call", calls.listRecords(prefix)],
    ["value", calls.listValues(prefix)],
  ] as const) {
    let found = 0;
    for await (const name of names) {
      entries.push({ kind, name });
      if (++found === 2) break;
    }
  }
  return entries;
}

/** The one entry that begins so. Throws a `NotFoundError` or an `AmbiguousDigestError`. */
export async function oneEntry(calls: CallCache, text: string): Promise<Entry> {
  const prefix = digestPrefix(text);
  const [first, second] = await entriesFrom(calls, prefix);
  if (first === undefined) {
    throw new NotFoundError(`no call or value begins with "${prefix}"`, { entry: prefix, reason: "absent" });
  }
  if (second !== undefined) throw new AmbiguousDigestError(prefix);
  return first;
}
