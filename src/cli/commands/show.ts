/**
 * `fleche show`: all that is known of one call or value, named by the beginning of its digest. What is there and refused is
 * an error that says why.
 */
import { inspect } from "node:util";
import type { Command } from "commander";
import type { CallCache } from "../../engine/call-cache.ts";
import { runAsync } from "../../flow.ts";
import { glimpseText, oneLine } from "../../query/glimpse.ts";
import { ndjsonLine } from "../../query/ndjson.ts";
import { plainJson } from "../../record/json.ts";
import { errorOf } from "../../vault/notice.ts";
import { keyIdOf } from "../../vault/read-entry.ts";
import { callsToShow } from "../cautious.ts";
import { oneEntry } from "../entries.ts";
import { type FormOptions, formOptions, writeFacts } from "../output.ts";
import type { Session } from "../session.ts";
import { bytesText, durationText, momentText } from "../words.ts";

interface ShowOptions extends FormOptions {
  readonly unverified?: boolean;
}

/** Adds the command. */
export function addShow(program: Command, session: () => Session): void {
  const command = program
    .command("show")
    .description("show one call or value")
    .argument("<digest>", "its digest, or the first characters of it")
    .option("--unverified", "decode a value that no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (text: string, options: ShowOptions) => {
    const calls = callsToShow(session(), options.unverified === true);
    const { kind, name } = await oneEntry(calls, text);
    await (kind === "call" ? showCall : showValue)(session(), calls, name, options);
  });
}

const LONGEST = 60;

type Facts = [name: string, value: string][];

async function showCall(session: Session, calls: CallCache, lookupKey: string, options: ShowOptions): Promise<void> {
  const found = await runAsync(calls.findRecord(lookupKey));
  if (found.refused !== undefined) throw errorOf(lookupKey, found);
  const { record, verified } = found;
  const value = async (digest: string): Promise<string> => {
    return `${await runAsync(glimpseText(calls, digest, LONGEST))}  ${session.terminal.styled("dim", digest)}`;
  };
  const facts: Facts = [
    ["call", lookupKey],
    ["function", oneLine(record.name)],
    ["module", oneLine(record.module ?? "-")],
    ["identity", record.identity],
  ];
  if (record.version !== null) facts.push(["version", oneLine(JSON.stringify(record.version))]);
  if (record.codeDigest !== null) facts.push(["code", record.codeDigest]);
  for (const [name, digest] of record.arguments) facts.push([`argument ${oneLine(name)}`, await value(digest)]);
  facts.push(["result", await value(record.result)], ["began", momentText(record.startedMs)]);
  facts.push(["took", durationText(record.durationMs)]);
  if (record.parent !== null) facts.push(["made by", record.parent]);
  if (record.tags.length > 0) facts.push(["tags", oneLine(record.tags.join(", "))]);
  for (const [name, said] of Object.entries(record.metadata))
    facts.push([oneLine(name), oneLine(JSON.stringify(said))]);
  facts.push(["verified", verifiedText(verified)]);
  const json = JSON.parse(
    await runAsync(ndjsonLine(calls, { ...record, lookupKey, record, verified }, { values: true })),
  ) as object;
  writeFacts(session.terminal, options, { kind: "call", ...json, verified }, facts);
}

async function showValue(session: Session, calls: CallCache, digest: string, options: ShowOptions): Promise<void> {
  const head = await runAsync(calls.findHead(digest));
  if (head.refused !== undefined) throw errorOf(digest, head);
  const { header, verified } = head;
  const bytes = Number(header.rawLength);
  const createdMs = Number(header.createdMs);
  const keyId = keyIdOf(header);
  const facts: Facts = [
    ["value", digest],
    ["size", bytesText(bytes)],
    ["codec", CODEC_NAMES[header.codec] ?? String(header.codec)],
    ["saved", momentText(createdMs)],
    ["signed by", keyId ?? "-"],
    ["verified", verifiedText(verified)],
  ];
  const json = { kind: "value", digest, bytes, codec: CODEC_NAMES[header.codec] ?? header.codec, createdMs };
  if (!verified && options.unverified !== true) {
    const how = "not decoded: no key vouches for it; --unverified shows it";
    return writeFacts(session.terminal, options, { ...json, keyId: keyId ?? null, verified }, [
      ...facts,
      ["content", how],
    ]);
  }
  const found = await runAsync(calls.findValue(digest));
  if (found.refused !== undefined) throw errorOf(digest, found);
  const content = { keyId: keyId ?? null, verified, ...jsonContent(found.value) };
  writeFacts(session.terminal, options, { ...json, ...content }, facts);
  if (options.json !== true && options.ndjson !== true) session.terminal.write(`\n${valueText(found.value)}\n`);
}

const CODEC_NAMES: Readonly<Record<number, string>> = { 1: "json", 2: "bytes", 3: "structured" };

function verifiedText(verified: boolean): string {
  return verified ? "yes" : "no, there is no key to check it with";
}

/** The value where JSON holds it exactly, else its text. */
function jsonContent(value: unknown): { readonly value: unknown } | { readonly text: string } {
  try {
    return { value: plainJson(value, "the value") };
  } catch {
    return { text: valueText(value) };
  }
}

/** The value for people: texts in it cannot act on the terminal, as `inspect` escapes them. */
function valueText(value: unknown): string {
  return inspect(value, { depth: 6, maxArrayLength: 100, maxStringLength: 10_000 }).split("\n").map(oneLine).join("\n");
}
