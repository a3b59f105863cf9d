#!/usr/bin/env node
/** The binary `fleche`: hands the command line to `program.ts`, and ends with its exit code. */
import { readFileSync } from "node:fs";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

// Whoever reads us may have seen enough: `fleche ls | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

runProgram(process.argv.slice(2), version, processTerminal()).then((exitCode) => {
  // Set, not called: what was written has to arrive first.
  process.exitCode = exitCode;
});
