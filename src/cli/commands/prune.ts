/**
 * `fleche prune`: makes a cache smaller: calls that are too old, then those used longest ago, with the values that only they
 * named. Which go is decided in `upkeep/prune.ts`.
 */
import type { Command } from "commander";
import { prune } from "../../upkeep/prune.ts";
import { UsageError } from "../failure.ts";
import { byteSize, lengthOfTime, wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions } from "../output.ts";
import type { Session } from "../session.ts";
import { bytesText, counted } from "../words.ts";

interface PruneOptions extends FormOptions {
  readonly maxAge?: number;
  readonly maxBytes?: number;
  readonly maxCount?: number;
  readonly dryRun?: boolean;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addPrune(program: Command, session: () => Session): void {
  const command = program
    .command("prune")
    .description("forget old calls, and those used longest ago, until the rest is within limits")
    .option("--max-age <time>", "forget calls made longer ago: 30d", lengthOfTime)
    .option("--max-bytes <size>", "leave so much: 1GiB", byteSize)
    .option("--max-count <count>", "leave so many calls", wholeNumber)
    .option("--dry-run", "say what would be removed, and remove nothing")
    .option("--unverified", "go on where records cannot be verified");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: PruneOptions) => reduce(session(), options));
}

async function reduce(session: Session, options: PruneOptions): Promise<void> {
  const { maxAge, maxBytes, maxCount, dryRun = false, unverified = false } = options;
  const limits = {
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxCount === undefined ? {} : { maxCount }),
  };
  if (Object.keys(limits).length === 0) {
    throw new UsageError("nothing says how much may stay", "as in: fleche prune --max-age 30d --max-bytes 1GiB");
  }
  const done = await prune(session.cache(), { ...limits, dryRun, unverified });
  const { terminal } = session;
  if (options.json === true || options.ndjson === true) {
    terminal.write(`${JSON.stringify(done)}\n`);
    return;
  }
  const removed = `${counted(done.removedRecords, "call")} and ${counted(done.removedValues, "value")}`;
  terminal.write(
    `${removed} ${dryRun ? "would be removed" : "removed"}, ${bytesText(done.removedBytes)}; ${counted(done.records, "call")} left, ${bytesText(done.bytes)}\n`,
  );
}
