/** `fleche lineage`: which calls made a value, from what, and what was made of it. Calls and values by their digests. */
import { type Command, Option } from "commander";
import { lineage } from "../../query/lineage.ts";
import { callsToShow } from "../cautious.ts";
import { oneEntry } from "../entries.ts";
import { wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions } from "../output.ts";
import type { Session } from "../session.ts";

interface LineageOptions extends FormOptions {
  readonly up?: boolean;
  readonly down?: boolean;
  readonly depth?: number;
  readonly limit: number;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addLineage(program: Command, session: () => Session): void {
  const command = program
    .command("lineage")
    .description("show what made a value, and what was made of it")
    .argument("<digest>", "of a value or a call, or the first characters of it")
    .addOption(new Option("--up", "only what it was made from").conflicts("down"))
    .addOption(new Option("--down", "only what was made of it"))
    .option("--depth <count>", "how many calls far", wholeNumber)
    .option("-l, --limit <count>", "how many calls and values at most", wholeNumber, 10_000)
    .option("--unverified", "decode values that no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (text: string, options: LineageOptions) => show(session(), text, options));
}

async function show(session: Session, text: string, options: LineageOptions): Promise<void> {
  const { up, down, depth, limit } = options;
  const calls = callsToShow(session, options.unverified === true);
  const { name } = await oneEntry(calls, text);
  const direction = up === true ? "up" : down === true ? "down" : "both";
  const wanted = { direction, limit, ...(depth === undefined ? {} : { depth }) } as const;
  const found = await lineage(calls, name, wanted, calls.readParts);
  const { text: lines, ...graph } = found;
  const isJson = options.json === true || options.ndjson === true;
  session.terminal.write(isJson ? `${JSON.stringify(graph)}\n` : lines);
}
