/** `fleche gc`: removes values that no call names any more. What may be removed is decided in `upkeep/gc.ts`. */
import type { Command } from "commander";
import { gc } from "../../upkeep/gc.ts";
import { lengthOfTime } from "../numbers.ts";
import { type FormOptions, formOptions } from "../output.ts";
import type { Session } from "../session.ts";
import { bytesText, counted } from "../words.ts";

interface GcOptions extends FormOptions {
  readonly dryRun?: boolean;
  readonly unverified?: boolean;
  readonly grace?: number;
}

/** Adds the command. */
export function addGc(program: Command, session: () => Session): void {
  const command = program
    .command("gc")
    .description("remove values that no call names any more")
    .option("--dry-run", "say what would be removed, and remove nothing")
    .option(
      "--grace <time>",
      "younger values stay, since a running call may name them soon (default: 1h)",
      lengthOfTime,
    )
    .option("--unverified", "go on where records cannot be verified, and let their values go");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: GcOptions) => collect(session(), options));
}

async function collect(session: Session, options: GcOptions): Promise<void> {
  const { dryRun = false, unverified = false, grace } = options;
  const done = await gc(session.cache(), { dryRun, unverified, ...(grace === undefined ? {} : { grace }) });
  const { terminal } = session;
  if (options.json === true || options.ndjson === true) {
    terminal.write(`${JSON.stringify(done)}\n`);
    return;
  }
  const parts = [
    `${counted(done.removed, "value")} ${dryRun ? "would be removed" : "removed"}, ${bytesText(done.removedBytes)}`,
  ];
  if (done.young > 0) parts.push(`${done.young} stay, as they are young`);
  if (done.refusedValues > 0) parts.push(`${done.refusedValues} stay, as they cannot be verified`);
  terminal.write(`${parts.join("; ")}\n`);
}
