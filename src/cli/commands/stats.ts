/**
 * `fleche stats`: how many calls of which functions are stored, how long they took, and how much room they take. Counts what
 * lies in the cache; hits and misses are counted by the programs that use it (`cache.stats()`).
 */
import type { Command } from "commander";
import { query } from "../../query/query.ts";
import { stats } from "../../upkeep/stats.ts";
import { type FormOptions, formOptions, writeFacts, writeLines } from "../output.ts";
import type { Session } from "../session.ts";
import { bytesText, counted, durationText, momentText } from "../words.ts";

/** Adds the command. */
export function addStats(program: Command, session: () => Session): void {
  const command = program.command("stats").description("count what is stored, by function");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: FormOptions) => show(session(), options));
}

/** What is stored of one function. */
interface FunctionCount {
  readonly name: string;
  readonly module: string | null;
  calls: number;
  totalMs: number;
  latestMs: number;
}

async function show(session: Session, options: FormOptions): Promise<void> {
  const cache = session.cache();
  const found = query(session.calls());
  const functions = new Map<string, FunctionCount>();
  for await (const { name, module, startedMs, durationMs } of found) {
    const key = JSON.stringify([name, module]);
    const count = functions.get(key) ?? { name, module, calls: 0, totalMs: 0, latestMs: startedMs };
    functions.set(key, count);
    count.calls++;
    count.totalMs += durationMs;
    count.latestMs = Math.max(count.latestMs, startedMs);
  }
  const { records, values } = await stats(cache);
  const rows = [...functions.values()].sort((a, b) => b.totalMs - a.totalMs);
  const total = {
    calls: rows.reduce((sum, { calls }) => sum + calls, 0),
    totalMs: rows.reduce((sum, { totalMs }) => sum + totalMs, 0),
    records,
    values,
  };
  const { terminal } = session;
  if (options.json === true) {
    terminal.write(`${JSON.stringify({ ...total, functions: rows }, undefined, 2)}\n`);
    return;
  }
  const lines = rows.map((row) => ({
    json: row,
    row: {
      name: row.name,
      module: row.module ?? "-",
      calls: row.calls,
      took: durationText(row.totalMs),
      mean: durationText(row.totalMs / row.calls),
      latest: momentText(row.latestMs),
    },
  }));
  await writeLines(terminal, options, lines);
  if (options.ndjson === true) return;
  if (rows.length > 0) terminal.write("\n");
  writeFacts(terminal, {}, total, [
    [
      "calls",
      `${counted(total.calls, "call")}, ${bytesText(records.bytes)}, which took ${durationText(total.totalMs)}`,
    ],
    ["values", `${counted(values.count, "value")}, ${bytesText(values.bytes)}`],
    ["refused", `${counted(found.skipped().records, "call")}, ${counted(values.refused, "value")}`],
  ]);
}
