/** `fleche transfer`: copies calls with their values from one cache to another, where they are signed anew. */
import type { Command } from "commander";
import { type CopyingOptions, copyCalls } from "../copying.ts";
import { UsageError } from "../failure.ts";
import { formOptions } from "../output.ts";
import { addSearchOptions } from "../search.ts";
import type { Session } from "../session.ts";

interface TransferOptions extends CopyingOptions {
  readonly from?: string;
  readonly to: string;
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
  const { to } = options;
  const from = options.from ?? session.chosen().value;
  if (from === to) throw new UsageError(`both caches are ${JSON.stringify(to)}`, "which there are: fleche config");
  await copyCalls(session.calls(from), session.cache(to, true), options, session.terminal);
}
