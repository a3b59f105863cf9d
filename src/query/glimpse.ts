/**
 * A look at a value that is only to be shown: one that is large is not loaded, one that cannot be served is no trouble.
 * What is shown then is the beginning of its digest.
 */
import { inspect } from "node:util";
import { Tuple } from "../digest/shapes.ts";
import type { CallCache } from "../engine/call-cache.ts";
import type { Flow } from "../flow.ts";
import { valueOrRefusal } from "./terminals.ts";

/** The largest stored body, in bytes, that is loaded to be shown. */
export const MAX_SHOWN_BYTES: bigint = 65_536n;

/** What was seen. */
export type Glimpse = { readonly seen: true; readonly value: unknown } | { readonly seen: false };

const UNSEEN: Glimpse = { seen: false };

/** The value, unless it is large or cannot be served. Never throws. */
export function* glimpse(calls: CallCache, digest: string): Flow<Glimpse> {
  try {
    const head = yield* calls.findHead(digest);
    if (head.refused !== undefined || head.header.rawLength > MAX_SHOWN_BYTES) return UNSEEN;
  } catch {
    return UNSEEN;
  }
  const loaded = yield* valueOrRefusal(calls, digest);
  return loaded.refused === undefined ? { seen: true, value: loaded.value } : UNSEEN;
}

/** The longest text of a value in a table. */
const MAX_SHOWN = 40;

/** The value as a short text of one line, or the beginning of its digest in angle brackets, which no value's text has. */
export function* glimpseText(calls: CallCache, digest: string, longest: number = MAX_SHOWN): Flow<string> {
  const seen = yield* glimpse(calls, digest);
  return seen.seen ? shownValue(seen.value, longest) : shownDigest(digest);
}

/** A digest for people. */
export function shownDigest(digest: string): string {
  return `<${digest.slice(0, 8)}…>`;
}

/** A value as a short text of one line. */
export function shownValue(value: unknown, longest: number): string {
  if (value instanceof Tuple)
    return shortened(`(${Array.from(value.items as readonly unknown[], inspected).join(", ")})`, longest);
  return shortened(inspected(value), longest);
}

function inspected(value: unknown): string {
  try {
    return inspect(value, {
      depth: 2,
      maxArrayLength: 8,
      maxStringLength: 80,
      breakLength: Number.POSITIVE_INFINITY,
      compact: true,
    });
  } catch {
    // A class of the user's may show itself, and fail.
    return typeof value;
  }
}

/** One line without characters that a terminal would act on, cut with an ellipsis. */
export function shortened(text: string, longest: number): string {
  const line = oneLine(text);
  return line.length <= longest ? line : `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
const ACTING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** Names and texts in a record are anybody's: no line breaks, terminal commands or turns of direction. */
export function oneLine(text: string): string {
  return text.replace(ACTING, " ");
}
