/**
 * Copies calls from one cache to another, for the commands that do, and says what came of it. What no key vouches for is not
 * decoded, and so not copied, unless that was asked for: in the other cache it would be vouched for.
 */
import type { AsyncCache, Cache } from "../cache.ts";
import type { CallCache } from "../engine/call-cache.ts";
import { query } from "../query/query.ts";
import { cautious } from "./cautious.ts";
import { TroubleFound } from "./failure.ts";
import type { FormOptions } from "./output.ts";
import { type SearchOptions, selectionOf } from "./search.ts";
import type { Terminal } from "./terminal.ts";
import { counted } from "./words.ts";

/** Options of those commands. */
export interface CopyingOptions extends FormOptions, SearchOptions {
  readonly pop?: boolean;
  readonly overwrite?: boolean;
  readonly unverified?: boolean;
}

/** Copies the calls of a search. Throws `TroubleFound` where some had to be left out. */
export async function copyCalls(
  from: CallCache,
  to: Cache | AsyncCache,
  options: CopyingOptions,
  terminal: Terminal,
): Promise<void> {
  const { pop = false, overwrite = false, unverified = false } = options;
  const calls = unverified ? from : cautious(from);
  const found = query(calls, selectionOf(options, Date.now()));
  const done = await found.transfer(to, { pop, overwrite, unverified });
  if (options.json === true || options.ndjson === true) terminal.write(`${JSON.stringify(done)}\n`);
  else {
    const parts = [`${counted(done.transferred, "call")} copied`];
    if (done.kept > 0) parts.push(`${done.kept} there already`);
    if (done.popped > 0) parts.push(`${done.popped} forgotten here`);
    if (done.skipped > 0) parts.push(`${done.skipped} left out, as their results are not served here`);
    if (done.failed > 0) parts.push(`${done.failed} failed, as the other cache cannot hold them`);
    terminal.write(`${parts.join(", ")}\n`);
  }
  if (done.skipped > 0 && !unverified) {
    const { reasons } = found.skipped();
    const help = reasons.unsigned === undefined ? "why: fleche verify" : "no key vouches for them: add --unverified";
    terminal.remark(`fleche: ${help}`);
  }
  if (done.skipped + done.failed > 0) throw new TroubleFound();
}
