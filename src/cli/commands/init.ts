/**
 * `fleche init`: a `fleche.toml` with a cache in the project, and that cache kept out of Git. Changes `.gitignore` only when
 * it was told to, and never a `fleche.toml` that is there.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import type { Session } from "../session.ts";

const CONFIG = `# Where the results of function calls are kept. What holds here, and why: npx fleche config
# All keys: https://www.npmjs.com/package/fleche, docs/reference/configuration.md. Signing keys do not belong here.

[default]
path = ".fleche"
`;

const IGNORED = ".fleche/";

/** Adds the command. */
export function addInit(program: Command, session: () => Session): void {
  program
    .command("init")
    .description("keep the cache in this project: write fleche.toml, and add .fleche/ to .gitignore")
    .option("-y, --yes", "without asking")
    .action(async ({ yes = false }: { readonly yes?: boolean }) => init(session(), yes));
}

async function init({ terminal, surroundings: { cwd } }: Session, yes: boolean): Promise<void> {
  const file = join(cwd, "fleche.toml");
  try {
    writeFileSync(file, CONFIG, { flag: "wx" });
  } catch (error) {
    if (Reflect.get(Object(error), "code") !== "EEXIST") throw error;
    throw new UsageError(`${file} is there already`, "what holds here: fleche config");
  }
  terminal.write(`${file}: written; the cache will lie in ${join(cwd, ".fleche")}\n`);
  const ignore = join(cwd, ".gitignore");
  if (isIgnored(ignore)) return;
  if (!yes && !(await agreed(terminal.interactive && process.stdin.isTTY === true))) {
    terminal.write(`${ignore}: left alone; add the line ${IGNORED} to it, or the cache will be in Git\n`);
    return;
  }
  const before = existsSync(ignore) ? readFileSync(ignore, "utf8") : "";
  appendFileSync(ignore, `${before === "" || before.endsWith("\n") ? "" : "\n"}${IGNORED}\n`);
  terminal.write(`${ignore}: ${IGNORED} added\n`);
}

function isIgnored(ignore: string): boolean {
  if (!existsSync(ignore)) return false;
  const lines = readFileSync(ignore, "utf8").split(/\r?\n/);
  return lines.some((line) => /^\/?\.fleche\/?$/.test(line.trim()));
}

async function agreed(canAsk: boolean): Promise<boolean> {
  if (!canAsk) return false;
  const { confirm } = await import("@clack/prompts");
  return (await confirm({ message: `Add ${IGNORED} to .gitignore?` })) === true;
}
