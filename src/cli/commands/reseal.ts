/**
 * `fleche reseal`: puts what old keys signed under the one that signs now. Keys are named by their ids and come from the
 * environment, never from the command line, where other users of the machine can read them.
 */
import type { Command } from "commander";
import { type ResealResult, reseal } from "../../upkeep/reseal.ts";
import { TroubleFound } from "../failure.ts";
import { checkedKeyId, requiredRing } from "../key-choice.ts";
import { wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

interface ResealOptions extends FormOptions {
  readonly from?: readonly string[];
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly most: number;
}

/** Adds the command. */
export function addReseal(program: Command, session: () => Session): void {
  const command = program
    .command("reseal")
    .description("sign again, with a new key, what old keys signed; never for a key that leaked")
    .option("--from <key id...>", "keys whose entries are signed again; default: all but the one that signs then")
    .option("--to <key id>", "the key that signs then; default: the first one")
    .option("--dry-run", "say what would be signed again, and write nothing")
    .option("--most <count>", "how many refused entries are listed; all are counted", wholeNumber, 1000);
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: ResealOptions) => signAgain(session(), options));
}

async function signAgain(session: Session, options: ResealOptions): Promise<void> {
  const { terminal } = session;
  const ring = requiredRing(session, "reseal");
  const to = options.to === undefined ? (ring.keyIds[0] as string) : checkedKeyId("--to", options.to);
  const from = options.from?.map((text) => checkedKeyId("--from", text)) ?? ring.keyIds.filter((keyId) => keyId !== to);
  const progress = startProgress(terminal);
  const { dryRun = false, most } = options;
  const done = await reseal(session.cache(), {
    from: ring.only(from),
    to: ring.only([to]),
    ...{ dryRun, most },
    onProgress: (count) => progress.at("entries", count),
  });
  progress.clear();
  if (options.json === true) terminal.write(`${JSON.stringify(done, undefined, 2)}\n`);
  for (const entry of done.bad) {
    if (options.ndjson === true) terminal.write(`${JSON.stringify(entry)}\n`);
    if (options.json === true || options.ndjson === true) continue;
    const { kind, entry: name, reason, keyId } = entry;
    const key = keyId === undefined ? "" : `, key ${keyId}`;
    terminal.write(`${terminal.styled("red", "bad")} ${kind} ${name}: ${reason}${key}\n`);
  }
  if (options.json !== true && options.ndjson !== true) terminal.write(`${summary(done, dryRun)}\n`);
  const refused = Object.values(done.refused).reduce((sum, count) => sum + count, 0);
  if (refused > done.bad.length)
    terminal.remark(`fleche: ${refused - done.bad.length} more are bad; --most lists them`);
  if (done.otherKeys > 0) terminal.remark("fleche: under which keys entries are: fleche keys status");
  // Of keys that were left out on purpose entries may stay; of keys that nobody has here, they should be known of.
  if (refused > 0 || done.changed > 0 || (options.from === undefined && done.otherKeys > 0)) throw new TroubleFound();
}

function summary({ resealed, already, otherKeys, changed, refused }: ResealResult, dryRun: boolean): string {
  const parts = [`${counted(resealed, "entry", "entries")} ${dryRun ? "would be signed" : "signed"} again`];
  if (already > 0) parts.push(`${already} signed by that key before`);
  if (otherKeys > 0) parts.push(`${otherKeys} under other keys left alone`);
  if (changed > 0) parts.push(`${changed} were being replaced: run it again`);
  const bad = Object.values(refused).reduce((sum, count) => sum + count, 0);
  if (bad > 0) parts.push(`${bad} refused, and left as they are`);
  return parts.join("; ");
}
