/**
 * `fleche verify`: whether every entry would be served, and which would not, and why. Decodes no value unless that is asked
 * for, and changes nothing. Ends with 1 where something is bad.
 */
import type { Command } from "commander";
import type { CallCache } from "../../engine/call-cache.ts";
import { type BadEntry, type VerifyProgress, verify } from "../../upkeep/verify.ts";
import { TroubleFound } from "../failure.ts";
import { wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Session } from "../session.ts";
import { counted, durationText } from "../words.ts";

interface VerifyOptions extends FormOptions {
  readonly contents?: boolean;
  readonly most: number;
}

/** Adds the command. */
export function addVerify(program: Command, session: () => Session): void {
  const command = program
    .command("verify")
    .description("look at every entry: is it whole, and sealed by a key in use?")
    .option("--contents", "decode every value too, and compute its digest again")
    .option("--most <count>", "how many bad entries are listed; all are counted", wholeNumber, 1000);
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: VerifyOptions) => look(session(), options));
}

async function look(session: Session, options: VerifyOptions): Promise<void> {
  const { terminal } = session;
  const cache = session.cache();
  const isText = options.json !== true && options.ndjson !== true;
  const progress = startProgress(terminal);
  const totals = terminal.watched ? await totalsOf(session.calls()) : {};
  const onProgress = (at: VerifyProgress): void => {
    if (at.finished) progress.clear();
    else progress.at(at.step, at.done, totals[at.step]);
    if (at.finished && isText) terminal.write(`${stepText(at)}\n`);
  };
  const { contents = false, most } = options;
  const result = await verify(cache, { contents, most, onProgress });
  if (options.json === true) terminal.write(`${JSON.stringify(result, undefined, 2)}\n`);
  for (const entry of result.bad) {
    if (options.ndjson === true) terminal.write(`${JSON.stringify(entry)}\n`);
    if (isText) terminal.write(`${terminal.styled("red", "bad")} ${badText(entry)}\n`);
  }
  if (result.ok) return;
  const all = Object.values(result.counts).reduce((sum, count) => sum + count, 0);
  if (all > result.bad.length) terminal.remark(`fleche: ${all - result.bad.length} more are bad; --most lists them`);
  if (isText) terminal.remark("fleche: what is bad is never served; why an entry is: fleche explain <digest>");
  throw new TroubleFound();
}

/** How many entries there are, for the bar: names alone are quick to list. */
async function totalsOf(calls: CallCache): Promise<Readonly<Record<string, number>>> {
  const [records, values] = [await count(calls.listRecords()), await count(calls.listValues())];
  return { records, values, contents: values };
}

async function count(names: Iterable<string> | AsyncIterable<string>): Promise<number> {
  let found = 0;
  for await (const _ of names) found++;
  return found;
}

function stepText({ step, done, bad, durationMs }: VerifyProgress): string {
  return `${step}: ${counted(done, "entry", "entries")}, ${bad === 0 ? "all good" : `${bad} bad`}, ${durationText(durationMs)}`;
}

function badText({ kind, entry, reason, keyId, namedBy }: BadEntry): string {
  const key = keyId === undefined ? "" : `, key ${keyId}`;
  return `${kind} ${entry}: ${reason}${key}${namedBy === undefined ? "" : `, named by ${namedBy.slice(0, 12)}`}`;
}
