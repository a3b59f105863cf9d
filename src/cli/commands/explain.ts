/**
 * `fleche explain`: whether a stored call or value would be served, and the reason why not; for a call also in what it
 * differs from the most similar one. Whether a call that a program is about to make will hit is for `fn.explain(…)`, which
 * knows the function.
 */
import type { Command } from "commander";
import { Digest } from "../../digest/reference.ts";
import type { CallCache } from "../../engine/call-cache.ts";
import { nearestCall } from "../../engine/key-difference.ts";
import { runAsync } from "../../flow.ts";
import { oneLine } from "../../query/glimpse.ts";
import { query } from "../../query/query.ts";
import { oneEntry } from "../entries.ts";
import { TroubleFound } from "../failure.ts";
import { type FormOptions, formOptions } from "../output.ts";
import type { Session } from "../session.ts";
import { momentText } from "../words.ts";

/** Adds the command. */
export function addExplain(program: Command, session: () => Session): void {
  const command = program
    .command("explain")
    .description("explain whether a stored call or value is served, and what tells it from its neighbour")
    .argument("<digest>", "its digest, or the first characters of it");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (text: string, options: FormOptions) => {
    const calls = session().calls();
    const { kind, name } = await oneEntry(calls, text);
    const { json, lines, served } = await (kind === "call" ? explainCall : explainValue)(calls, name);
    const isJson = options.json === true || options.ndjson === true;
    session().terminal.write(isJson ? `${JSON.stringify(json)}\n` : `${lines.join("\n")}\n`);
    if (!served) throw new TroubleFound();
  });
}

interface Explained {
  readonly json: object;
  readonly served: boolean;
  readonly lines: readonly string[];
}

async function explainCall(calls: CallCache, lookupKey: string): Promise<Explained> {
  const title = `call ${lookupKey.slice(0, 12)}`;
  const found = await runAsync(calls.findRecord(lookupKey));
  if (found.refused !== undefined) {
    const { refused, keyId } = found;
    const json = { kind: "call", lookupKey, outcome: "miss", reason: refused, entry: lookupKey, keyId: keyId ?? null };
    return { served: false, json, lines: [`${title}: miss, its record is refused (${refused}${byKey(keyId)})`] };
  }
  const { record, verified } = found;
  const named = `${oneLine(record.name)}, ${title}`;
  const result = await runAsync(calls.findHead(record.result));
  const known = { kind: "call", lookupKey, name: record.name, verified };
  const outcome =
    result.refused === undefined
      ? { outcome: "hit" }
      : { outcome: "miss", reason: result.refused, entry: record.result, keyId: result.keyId ?? null };
  const first =
    result.refused === undefined
      ? `${named}: hit, ${verified ? "verified" : "unverified, as there is no key"}`
      : `${named}: miss, its result ${record.result.slice(0, 12)} is refused (${result.refused}${byKey(result.keyId)})`;
  const near = await runAsync(nearestCall(calls, record.name, record, lookupKey));
  if (near === undefined) {
    return {
      served: result.refused === undefined,
      json: { ...known, ...outcome, nearest: null },
      lines: [first, "no other call of this function is stored"],
    };
  }
  const { lookupKey: nearest, record: other, differences } = near;
  const lines = [first, `differs from ${nearest.slice(0, 12)}, which began ${momentText(other.startedMs)}, in:`];
  for (const { part, path, how } of differences) lines.push(`  ${part} ${oneLine(path)}: ${how}`);
  const json = { ...known, ...outcome, nearest, differences };
  return { served: result.refused === undefined, json, lines };
}

async function explainValue(calls: CallCache, digest: string): Promise<Explained> {
  const title = `value ${digest.slice(0, 12)}`;
  const head = await runAsync(calls.findHead(digest));
  const makers: string[] = [];
  for await (const { lookupKey } of query(calls, { result: new Digest(digest) }).take(5)) makers.push(lookupKey);
  const from = makers.length === 0 ? "no call that is stored gave it" : `given by ${makers.map(short).join(", ")}`;
  if (head.refused !== undefined) {
    const { refused, keyId } = head;
    const json = { kind: "value", digest, outcome: "miss", reason: refused, keyId: keyId ?? null, makers };
    return { served: false, json, lines: [`${title}: miss, it is refused (${refused}${byKey(keyId)})`, from] };
  }
  const how = head.verified ? "verified" : "unverified, as there is no key";
  const json = { kind: "value", digest, outcome: "hit", verified: head.verified, makers };
  return { served: true, json, lines: [`${title}: its header is good, ${how}`, from] };
}

function byKey(keyId: string | undefined): string {
  return keyId === undefined ? "" : `, key ${keyId}`;
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
