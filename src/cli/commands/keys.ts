/** `fleche keys`: makes signing keys. Prints one only when it is made, since nobody else can be told it later. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { keyRing } from "../../seal/key-ring.ts";
import { UsageError } from "../failure.ts";
import type { Session } from "../session.ts";

/** Adds the command. */
export function addKeys(program: Command, session: () => Session): void {
  const keys = program.command("keys").description("make signing keys");
  keys
    .command("generate")
    .description("make a key, and print it or write it to a new file")
    .option("-o, --output <file>", "a new file, readable by you alone, for FLECHE_SECRET_KEY_FILE")
    .action(({ output }: { readonly output?: string }) => generate(session(), output));
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
