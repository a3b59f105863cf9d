/**
 * `fleche keys`: makes signing keys, and counts what they signed. A key is printed only when it is made, since nobody else
 * can be told it later.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { keyRing } from "../../seal/key-ring.ts";
import { type KeyUse, keyStatus } from "../../upkeep/key-status.ts";
import { TroubleFound, UsageError } from "../failure.ts";
import { type FormOptions, formOptions, writeLines } from "../output.ts";
import type { Session } from "../session.ts";
import { counted } from "../words.ts";

/** Adds the commands. */
export function addKeys(program: Command, session: () => Session): void {
  const keys = program.command("keys").description("make signing keys, and count what they signed");
  keys
    .command("generate")
    .description("make a key, and print it or write it to a new file")
    .option("-o, --output <file>", "a new file, readable by you alone, for FLECHE_SECRET_KEY_FILE")
    .action(({ output }: { readonly output?: string }) => generate(session(), output));
  const status = keys.command("status").description("count the entries of each key, and those that no key here opens");
  for (const option of formOptions()) status.addOption(option);
  status.action(async (options: FormOptions) => show(session(), options));
}

function generate({ terminal }: Session, output: string | undefined): void {
  const key = randomBytes(32).toString("hex");
  const [keyId] = keyRing(key).keyIds;
  if (output === undefined) {
    terminal.write(`${key}\n`);
    terminal.remark(`fleche: key ${keyId}; keep it secret, and use it by: export FLECHE_SECRET_KEY=…`);
    return;
  }
  try {
    writeFileSync(output, `${key}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const exists = Reflect.get(Object(error), "code") === "EEXIST";
    const problem = exists ? "is there already, and may hold a key that is in use" : "cannot be written";
    throw new UsageError(`${output} ${problem}`, "choose another file: fleche keys generate --output <file>");
  }
  terminal.remark(`fleche: key ${keyId} is in ${output}; use it by: export FLECHE_SECRET_KEY_FILE=${output}`);
}

async function show(session: Session, options: FormOptions): Promise<void> {
  const { terminal } = session;
  const { keys, refused } = await keyStatus(session.cache());
  const lines = keys.map((use) => ({ json: use, row: rowOf(use) }));
  if (options.json === true) terminal.write(`${JSON.stringify({ keys, refused }, undefined, 2)}\n`);
  else await writeLines(terminal, options, lines);
  const unopened = Object.values(refused).reduce((sum, count) => sum + count, 0);
  if (unopened === 0) return;
  const reasons = Object.entries(refused).map(([reason, count]) => `${reason} ${count}`);
  const what = counted(unopened, "entry", "entries");
  terminal.remark(`fleche: ${what} that no key here opens (${reasons.join(", ")}); which they are: fleche verify`);
  throw new TroubleFound();
}

function rowOf({ keyId, role, records, values, refused }: KeyUse) {
  return { key: keyId ?? "none", role, records, values, refused };
}
