/** Which calls a command is about, as options: they become the selection of a query, checked there. */
import { type Command, Option } from "commander";
import { Digest } from "../digest/reference.ts";
import { durationMs } from "../duration.ts";
import type { Selection } from "../query/selection.ts";
import { UsageError } from "./failure.ts";

/** What the options give. */
export interface SearchOptions {
  readonly name?: string;
  readonly module?: string;
  readonly functionVersion?: string;
  readonly argument?: readonly string[];
  readonly result?: string;
  readonly tag?: readonly string[];
  readonly metadata?: string;
  readonly since?: string;
  readonly until?: string;
  readonly parent?: string;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds the options to a command. */
export function addSearchOptions(command: Command): Command {
  const options = [
    new Option("-n, --name <name>", "calls of functions of this name"),
    new Option("-m, --module <module>", "of this module"),
    new Option("--function-version <version>", "of this version (JSON; what is no JSON is a text)"),
    new Option(
      "-a, --argument <name=value>",
      "passed this (JSON, a text, or digest:<64 hex>); may be repeated",
    ).argParser(collect),
    new Option("--result <value>", "that gave this (as --argument)"),
    new Option("-t, --tag <tag>", "with this tag; may be repeated").argParser(collect),
    new Option("--metadata <json>", "with this metadata"),
    new Option("--since <time>", "begun then or later: 2026-03-01, 2026-03-01T12:30Z, or 24h ago"),
    new Option("--until <time>", "begun before then"),
    new Option("--parent <digest>", "made by this call"),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** The selection that the options mean. */
export function selectionOf(options: SearchOptions, nowMs: number): Selection {
  const { name, module, functionVersion, argument = [], result, tag, metadata, since, until, parent } = options;
  return {
    ...(name === undefined ? {} : { name }),
    ...(module === undefined ? {} : { module: module === "null" ? null : module }),
    ...(functionVersion === undefined ? {} : { version: readValue(functionVersion) as string | number | null }),
    ...(argument.length === 0 ? {} : { arguments: Object.fromEntries(argument.map(pairOf)) }),
    ...(result === undefined ? {} : { result: readValue(result) }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(metadata === undefined ? {} : { metadata: jsonOf("--metadata", metadata) as Record<string, unknown> }),
    ...(since === undefined ? {} : { since: momentOf(since, nowMs) }),
    ...(until === undefined ? {} : { until: momentOf(until, nowMs) }),
    ...(parent === undefined ? {} : { parent: parent === "null" ? null : parent }),
  };
}

/** Whether any of the options was given. */
export function isSearch(options: SearchOptions): boolean {
  return Object.keys(selectionOf(options, 0)).length > 0;
}

function pairOf(text: string): [name: string, value: unknown] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), readValue(text.slice(at + 1))];
  throw new UsageError(
    `--argument: expected name=value; found ${JSON.stringify(text)}`,
    "as in: fleche query --argument temperature=300",
  );
}

/** A digest, JSON, or else the text itself. */
function readValue(text: string): unknown {
  if (text.startsWith("digest:")) return new Digest(text.slice("digest:".length));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonOf(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(
      `${option}: expected JSON; found ${JSON.stringify(text)}`,
      `as in: fleche query ${option} '{"git": {"dirty": false}}'`,
    );
  }
}

/** A moment as a query takes it; a length of time means so long ago. */
function momentOf(text: string, nowMs: number): string | number {
  return /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(text) ? nowMs - durationMs("--since", text as "1s") : text;
}
