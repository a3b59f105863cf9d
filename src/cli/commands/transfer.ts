/**
 * `fleche transfer`: copies calls with their values from one cache to another, where they are signed anew. What no key
 * vouches for here is not copied unless that was asked for: there it would be vouched for.
 */
import type { Command } from "commander";
import { query } from "../../query/query.ts";
import { cautious } from "../cautious.ts";
import { TroubleFound, UsageError } from "../failure.ts";
import { type FormOptions, formOptions } from "../output.ts";
import { addSearchOptions, type SearchOptions, selectionOf } from "../search.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

interface TransferOptions extends FormOptions, SearchOptions {
  readonly from?: string;
  readonly to: string;
  readonly pop?: boolean;
  readonly overwrite?: boolean;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addTransfer(program: Command, session: () => Session): void {
  const command = addSearchOptions(program.command("transfer").description("copy calls to another cache"))
    .option("--from <cache>", "where they are; default: the cache in use")
    .requiredOption("--to <cache>", "where they go")
    .option("--pop", "forget them here, once they are there")
    .option("--overwrite", "write again what is there already")
    .option("--unverified", "copy what no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: TransferOptions) => transfer(session(), options));
}

async function transfer(session: Session, options: TransferOptions): Promise<void> {
  const { to, pop = false, overwrite = false, unverified = false } = options;
  const from = options.from ?? session.chosen().value;
  if (from === to) throw new UsageError(`both caches are ${JSON.stringify(to)}`, "which there are: fleche config");
  const calls = unverified ? session.calls(from) : cautious(session.calls(from));
  const found = query(calls, selectionOf(options, Date.now()));
  const done = await found.transfer(session.cache(to, true), { pop, overwrite, unverified });
  const { terminal } = session;
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
