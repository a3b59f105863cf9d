/**
 * An error as people see it: what went wrong, and the command that would help. One or two lines; the stack only with
 * NODE_DEBUG=fleche, because it says nothing to those who only use a command.
 */
import { inspect } from "node:util";
import { CommanderError } from "commander";
import {
  AmbiguousDigestError,
  ConfigError,
  FlecheError,
  NotFoundError,
  SignatureError,
  StoreError,
} from "../errors.ts";
import { oneLine } from "../query/glimpse.ts";

/** What a command ends with. */
export const EXIT = { ok: 0, trouble: 1, usage: 2 } as const;

/** A command that was not used as it is meant to be, with the command that would help. */
export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.help = help;
  }
}

/** A command did what it was asked and found something wrong; what, it has said itself. */
export class TroubleFound extends Error {}

/** What is printed for an error, and what the process ends with. */
export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** The failure that an error is. */
export function failureOf(error: unknown, env: Readonly<Record<string, string | undefined>>): Failure {
  if (error instanceof TroubleFound) return { lines: [], exitCode: EXIT.trouble };
  if (error instanceof CommanderError) return commandFailure(error);
  const { help, exitCode } = advice(error);
  const message = `${error instanceof Error ? error.message : error}${whyRefused(error)}`;
  const lines = [`fleche: ${oneLine(message)}`, `  ${help}`];
  return { lines: wantsStack(env) ? [...lines, inspect(error)] : lines, exitCode };
}

/** Which check an entry failed. An entry that is not there failed none. */
function whyRefused(error: unknown): string {
  if (!(error instanceof SignatureError)) return "";
  return ` (${error.reason}, entry ${error.entry.slice(0, 12)}${error.keyId === undefined ? "" : `, key ${error.keyId}`})`;
}

function advice(error: unknown): { readonly help: string; readonly exitCode: number } {
  const trouble = (help: string) => ({ help, exitCode: EXIT.trouble });
  const usage = (help: string) => ({ help, exitCode: EXIT.usage });
  if (error instanceof UsageError) return usage(error.help);
  if (error instanceof ConfigError) return usage("what holds here, and why: fleche config");
  if (error instanceof AmbiguousDigestError) return usage(`give more characters: fleche show ${error.prefix}…`);
  if (error instanceof SignatureError) return trouble("which keys are in use: fleche config");
  if (error instanceof NotFoundError) return trouble("what is stored: fleche ls");
  if (error instanceof StoreError) return trouble("what is wrong with it: fleche verify");
  const isOurs = error instanceof FlecheError || Reflect.get(Object(error), "code") === "invalid-argument";
  if (isOurs) return usage("how commands are used: fleche help");
  return trouble("where it happened: set NODE_DEBUG=fleche and run it again");
}

/** What commander has to say; help and version are no failures. */
function commandFailure(error: CommanderError): Failure {
  if (error.exitCode === 0) return { lines: [], exitCode: EXIT.ok };
  if (error.code === "commander.help") return { lines: [], exitCode: EXIT.usage };
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const line = suggestion === undefined ? message : `${message} ${suggestion}`;
  return { lines: [`fleche: ${oneLine(line)}`, "  how commands are used: fleche help"], exitCode: EXIT.usage };
}

function wantsStack({ NODE_DEBUG: sections = "" }: Readonly<Record<string, string | undefined>>): boolean {
  return sections.split(",").some((section) => section.trim().toLowerCase() === "fleche");
}
