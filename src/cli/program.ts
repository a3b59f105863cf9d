/**
 * The program `fleche`: its commands, the options that all of them have, and how it ends. What a command does is in its own
 * file; it is given a session, and whatever it throws becomes one or two lines and an exit code here.
 */
import { Command, Option } from "commander";
import { COMMANDS } from "./commands.ts";
import { EXIT, failureOf } from "./failure.ts";
import { type GlobalOptions, openSession, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Runs one command; gives the exit code: 0 done, 1 trouble was found, 2 not used as it is meant to be. */
export async function runProgram(args: readonly string[], version: string, terminal: Terminal): Promise<number> {
  let session: Session | undefined;
  const program = programOf(version, terminal, (options) => {
    session ??= openSession(terminal, options);
    return session;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    const { lines, exitCode } = failureOf(error, process.env);
    for (const line of lines) terminal.remark(line);
    return exitCode;
  } finally {
    await session?.close();
  }
}

function programOf(version: string, terminal: Terminal, open: (options: GlobalOptions) => Session): Command {
  const program = new Command("fleche");
  // Before the commands are made: they take this over.
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      // Errors are told once, by whoever ends the program; what is left is help that was not asked for.
      writeErr: (text) => (text.startsWith("error: ") ? undefined : terminal.remark(text.trimEnd())),
      outputError: () => undefined,
    })
    .showSuggestionAfterError(true)
    .helpCommand("help [command]", "how a command is used");
  program
    .description("Looks into caches of function calls, and keeps them in order.")
    .version(version, "-V, --version", "the version of fleche")
    .helpOption("-h, --help", "how it is used")
    .addOption(new Option("--cache <name>", "the cache of this name in fleche.toml, memory, or void"))
    .addOption(new Option("--config <file>", "the one fleche.toml to use"))
    .addOption(new Option("--root <path>", "the cache in this directory or database"))
    .addHelpText("after", "\nExit codes: 0 done, 1 trouble was found, 2 not used as it is meant to be.");
  for (const addTo of COMMANDS) addTo(program, () => open(program.opts<GlobalOptions>()));
  for (const command of program.commands) command.configureHelp({ showGlobalOptions: true });
  return program;
}
