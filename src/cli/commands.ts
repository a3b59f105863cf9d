/** The commands, in the order in which help lists them. Adding one is adding a file and a line. */
import type { Command } from "commander";
import { addConfig } from "./commands/config.ts";
import { addEvict } from "./commands/evict.ts";
import { addExplain } from "./commands/explain.ts";
import { addGc } from "./commands/gc.ts";
import { addInit } from "./commands/init.ts";
import { addKeys } from "./commands/keys.ts";
import { addLineage } from "./commands/lineage.ts";
import { addLs } from "./commands/ls.ts";
import { addPrune } from "./commands/prune.ts";
import { addPush } from "./commands/push.ts";
import { addQuery } from "./commands/query.ts";
import { addRedigest } from "./commands/redigest.ts";
import { addReseal } from "./commands/reseal.ts";
import { addShow } from "./commands/show.ts";
import { addStats } from "./commands/stats.ts";
import { addTransfer } from "./commands/transfer.ts";
import { addVerify } from "./commands/verify.ts";
import type { Session } from "./session.ts";

/** Adds a command to the program; the session is opened when the command runs. */
export type AddCommand = (program: Command, session: () => Session) => void;

/** All of them. */
export const COMMANDS: readonly AddCommand[] = [
  ...[addInit, addLs, addShow, addQuery, addExplain, addLineage, addStats],
  ...[addVerify, addGc, addPrune, addEvict, addTransfer, addPush, addRedigest, addKeys, addReseal, addConfig],
];
