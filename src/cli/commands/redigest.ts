/**
 * `fleche redigest`: copies calls to a cache that names numbers in the other way. Every digest is computed again from its
 * value, so only what a key vouches for is read, unless that was asked for.
 */
import type { Command } from "commander";
import { cacheOver } from "../../cache.ts";
import { redigest } from "../../upkeep/redigest.ts";
import { cautious } from "../cautious.ts";
import { TroubleFound, UsageError } from "../failure.ts";
import { type FormOptions, formOptions } from "../output.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

interface RedigestOptions extends FormOptions {
  readonly from?: string;
  readonly to: string;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addRedigest(program: Command, session: () => Session): void {
  const command = program
    .command("redigest")
    .description("copy calls to a cache with other numbers")
    .option("--from <cache>", "where they are; default: the cache in use")
    .requiredOption("--to <cache>", "where they go")
    .option("--unverified", "copy what no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: RedigestOptions) => copy(session(), options));
}

async function copy(session: Session, options: RedigestOptions): Promise<void> {
  const { to, unverified = false } = options;
  const from = options.from ?? session.chosen().value;
  if (from === to) throw new UsageError(`both caches are ${JSON.stringify(to)}`, "which there are: fleche config");
  const calls = session.calls(from);
  const source = cacheOver(unverified ? calls : cautious(calls), () => undefined);
  const done = await redigest(source, session.cache(to, true));
  const { terminal } = session;
  const left = Object.entries(done.refused);
  if (options.json === true || options.ndjson === true) terminal.write(`${JSON.stringify(done)}\n`);
  else {
    const reasons = left.map(([reason, count]) => `${reason} ${count}`).join(", ");
    terminal.write(`${counted(done.copied, "call")} copied${left.length === 0 ? "" : `; left out: ${reasons}`}\n`);
  }
  if (done.refused.unsigned !== undefined && !unverified) {
    terminal.remark("fleche: no key vouches for some of them: add --unverified");
  }
  if (left.length > 0) throw new TroubleFound();
}
