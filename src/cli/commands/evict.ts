/**
 * `fleche evict`: forgets calls, by their digests or by a search; values by their digests. What values of forgotten calls
 * nobody names any more is for `fleche gc`. Without a word on which calls nothing is forgotten.
 */
import type { Command } from "commander";
import { runAsync } from "../../flow.ts";
import { query } from "../../query/query.ts";
import { oneEntry } from "../entries.ts";
import { UsageError } from "../failure.ts";
import { addSearchOptions, isSearch, type SearchOptions, selectionOf } from "../search.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

interface EvictOptions extends SearchOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the command. */
export function addEvict(program: Command, session: () => Session): void {
  addSearchOptions(program.command("evict").description("forget calls or values"))
    .argument("[digest...]", "of calls and values, or the first characters")
    .option("--all", "every call")
    .option("--dry-run", "say what would be forgotten, and forget nothing")
    .action(async (digests: readonly string[], options: EvictOptions) => evict(session(), digests, options));
}

async function evict(session: Session, digests: readonly string[], options: EvictOptions): Promise<void> {
  const ways = [digests.length > 0, isSearch(options), options.all === true].filter(Boolean).length;
  if (ways !== 1) {
    throw new UsageError(
      ways === 0 ? "nothing says what to forget" : "digests, a search and --all exclude each other",
      "give digests, or a search such as --name, or --all: fleche help evict",
    );
  }
  const { terminal } = session;
  const done = options.dryRun === true ? "would be forgotten" : "forgotten";
  if (digests.length === 0) {
    const found = query(session.calls(), selectionOf(options, Date.now()));
    const count = await (options.dryRun === true ? found.count() : found.evict());
    return terminal.write(`${counted(count, "call")} ${done}\n`);
  }
  const calls = session.calls();
  // All are found before any is forgotten: a misspelt one stops everything.
  const entries = await Promise.all(digests.map((digest) => oneEntry(calls, digest)));
  for (const { kind, name } of entries) {
    if (options.dryRun !== true) await runAsync(kind === "call" ? calls.evictRecord(name) : calls.evictValue(name));
    terminal.write(`${kind} ${name} ${done}\n`);
  }
}
