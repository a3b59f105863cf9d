/** `fleche push`: copies what one layer of a stack holds to the next one, where it is signed anew. */
import type { Command } from "commander";
import type { CacheStack } from "../../caches/stack.ts";
import { CALLS } from "../../engine/call-cache.ts";
import { type CopyingOptions, copyCalls } from "../copying.ts";
import { UsageError } from "../failure.ts";
import { wholeNumber } from "../numbers.ts";
import { formOptions } from "../output.ts";
import { addSearchOptions } from "../search.ts";
import type { Session } from "../session.ts";

interface PushOptions extends CopyingOptions {
  readonly from: number;
}

/** Adds the command. */
export function addPush(program: Command, session: () => Session): void {
  const command = addSearchOptions(program.command("push").description("copy calls of a stack to its next layer"))
    .option("--from <layer>", "the layer that is copied; the nearest is 0", wholeNumber, 0)
    .option("--pop", "forget them in that layer, once they are in the next")
    .option("--overwrite", "write again what is there already")
    .option("--unverified", "copy what no key vouches for too");
  for (const option of formOptions()) command.addOption(option);
  command.action(async (options: PushOptions) => push(session(), options));
}

async function push(session: Session, options: PushOptions): Promise<void> {
  const { layers } = session.cache(undefined, true) as Partial<CacheStack>;
  const name = JSON.stringify(session.chosen().value);
  if (layers === undefined) {
    throw new UsageError(
      `the cache ${name} is no stack`,
      "what it is: fleche config; another one: fleche push --cache <name>",
    );
  }
  const [source, target] = [layers[options.from], layers[options.from + 1]];
  if (source === undefined || target === undefined) {
    throw new UsageError(
      `${name} has ${layers.length} layers: there is none behind layer ${options.from} to copy to`,
      "which there are: fleche config",
    );
  }
  await copyCalls(source[CALLS], target, options, session.terminal);
}
