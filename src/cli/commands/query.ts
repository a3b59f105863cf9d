/** `fleche query`: the calls that are about something. All of a search is printed; nothing is changed. */
import { type Command, Option } from "commander";
import type { CallField } from "../../query/by.ts";
import { query } from "../../query/query.ts";
import { callLines } from "../calls.ts";
import { callsToShow } from "../cautious.ts";
import { wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions, writeLines } from "../output.ts";
import { addSearchOptions, type SearchOptions, selectionOf } from "../search.ts";
import type { Session } from "../session.ts";

interface QueryOptions extends FormOptions, SearchOptions {
  readonly sort?: CallField;
  readonly descending?: boolean;
  readonly limit?: number;
  readonly skip: number;
  readonly count?: boolean;
  readonly csv?: boolean;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addQuery(program: Command, session: () => Session): void {
  const command = addSearchOptions(program.command("query").description("search for calls"))
    .option("--sort <field>", "in the order of name, startedMs, durationMs, …")
    .option("--descending", "the other way round")
    .option("-l, --limit <count>", "how many at most", wholeNumber)
    .option("-s, --skip <count>", "how many to pass over first", wholeNumber, 0)
    .option("--count", "only how many there are")
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("--unverified", "decode values that no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: QueryOptions) => search(session(), options));
}

async function search(session: Session, options: QueryOptions): Promise<void> {
  const { terminal } = session;
  const { sort, descending, limit, skip, unverified = false } = options;
  const calls = callsToShow(session, unverified);
  const direction = descending === true ? "descending" : "ascending";
  const found = query(calls, selectionOf(options, Date.now()));
  const sorted = sort === undefined && descending !== true ? found : found.sorted(sort ?? "startedMs", direction);
  const page = limit === undefined ? sorted.skip(skip) : sorted.skip(skip).take(limit);
  const whole =
    options.count === true ? `${await page.count()}\n` : options.csv === true ? await page.toCsv() : undefined;
  if (whole !== undefined) {
    terminal.write(whole);
    return;
  }
  const shown = await writeLines(terminal, options, callLines(calls, page));
  if (shown === 0) terminal.remark("fleche: no calls");
}
