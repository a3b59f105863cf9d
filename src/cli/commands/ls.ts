/** `fleche ls`: what is stored, a page at a time. The first page comes at once, in the order in which the store lists. */
import type { Command } from "commander";
import { query } from "../../query/query.ts";
import { callLines } from "../calls.ts";
import { callsToShow } from "../cautious.ts";
import { wholeNumber } from "../numbers.ts";
import { type FormOptions, formOptions, writeLines } from "../output.ts";
import type { Session } from "../session.ts";

interface LsOptions extends FormOptions {
  readonly limit: number;
  readonly skip: number;
  readonly newest?: boolean;
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addLs(program: Command, session: () => Session): void {
  const command = program
    .command("ls")
    .description("list the calls that are stored")
    .option("-l, --limit <count>", "how many at most; 0 for all", wholeNumber, 50)
    .option("-s, --skip <count>", "how many to pass over first", wholeNumber, 0)
    .option("--newest", "those that began last first; without an index it looks at all of them")
    .option("--unverified", "decode values that no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: LsOptions) => list(session(), options));
}

async function list(session: Session, options: LsOptions): Promise<void> {
  const { terminal } = session;
  const { limit, skip, newest, unverified = false } = options;
  const calls = callsToShow(session, unverified);
  const all = newest === true ? query(calls).sorted("startedMs", "descending") : query(calls);
  let more = false;
  const page = async function* () {
    let count = 0;
    // One more than is shown tells whether there are more.
    for await (const call of limit === 0 ? all.skip(skip) : all.skip(skip).take(limit + 1)) {
      more = limit !== 0 && count++ === limit;
      if (!more) yield call;
    }
  };
  const shown = await writeLines(terminal, options, callLines(calls, page()));
  if (more)
    terminal.remark(`fleche: there are more: fleche ls${newest === true ? " --newest" : ""} --skip ${skip + limit}`);
  if (shown === 0) terminal.remark("fleche: no calls");
}
