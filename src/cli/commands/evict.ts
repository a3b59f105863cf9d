/**
 * `fleche evict`: forgets calls, by their digests or by a search; values by their digests; everything that a leaked key
 * signed. What values of forgotten calls nobody names any more is for `fleche gc`. Without a word on which calls nothing is
 * forgotten.
 */
import type { Command } from "commander";
import { runAsync } from "../../flow.ts";
import { query } from "../../query/query.ts";
import { evictByKey } from "../../upkeep/evict-by-key.ts";
import { oneEntry } from "../entries.ts";
import { TroubleFound, UsageError } from "../failure.ts";
import { checkedKeyId, keysHere } from "../key-choice.ts";
import { addSearchOptions, isSearch, type SearchOptions, selectionOf } from "../search.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

interface EvictOptions extends SearchOptions {
  readonly all?: boolean;
  readonly keyId?: string;
  readonly dryRun?: boolean;
}

/** Adds the command. */
export function addEvict(program: Command, session: () => Session): void {
  addSearchOptions(program.command("evict").description("forget calls or values"))
    .argument("[digest...]", "of calls and values, or the first characters")
    .option("--all", "every call")
    .option("--key-id <key id>", "every call and value that this key signed; it need not be configured")
    .option("--dry-run", "say what would be forgotten, and forget nothing")
    .action(async (digests: readonly string[], options: EvictOptions) => evict(session(), digests, options));
}

async function evict(session: Session, digests: readonly string[], options: EvictOptions): Promise<void> {
  const ways = [digests.length > 0, isSearch(options), options.all === true, options.keyId !== undefined].filter(
    Boolean,
  ).length;
  if (ways !== 1) {
    throw new UsageError(
      ways === 0 ? "nothing says what to forget" : "digests, a search, --key-id and --all exclude each other",
      "give digests, or a search such as --name, or --key-id, or --all: fleche help evict",
    );
  }
  if (options.keyId !== undefined) return evictKey(session, options.keyId, options.dryRun === true);
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

async function evictKey(session: Session, text: string, dryRun: boolean): Promise<void> {
  const { terminal } = session;
  const keyId = checkedKeyId("--key-id", text);
  const { records, values, unreadable } = await evictByKey(session.cache(), keyId, { dryRun });
  const done = dryRun ? "would be forgotten" : "forgotten";
  terminal.write(`${counted(records, "call")} and ${counted(values, "value")} ${done}\n`);
  if (keysHere(session)?.keyIds.includes(keyId)) {
    terminal.remark(`fleche: key ${keyId} is configured here: what it signs is believed until it is taken out`);
  }
  if (unreadable === 0) return;
  terminal.remark(`fleche: ${counted(unreadable, "entry", "entries")} could not be looked at: fleche verify`);
  throw new TroubleFound();
}
