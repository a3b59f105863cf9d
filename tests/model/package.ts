/** The library in a folder of its own, as npm would put it there, made from the sources of now; for child processes. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { esbuild } from "../identity/esbuild.ts";

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** A new folder with `fleche` in its node_modules, and a second module, `fleche/inside`, of what attackers may know. */
export function packageFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fleche-model-")));
  const home = join(folder, "node_modules/fleche");
  mkdirSync(home, { recursive: true });
  const inside = [
    `export * from ${JSON.stringify(source("index.ts"))};`,
    `export { callShelf, findRecord, saveRecord } from ${JSON.stringify(source("vault/calls.ts"))};`,
    `export { rulesFor } from ${JSON.stringify(source("vault/value-storage.ts"))};`,
    `export { runSync } from ${JSON.stringify(source("flow.ts"))};`,
  ].join("\n");
  const options = { bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "error" };
  esbuild.buildSync({ ...options, entryPoints: [source("index.ts")], outfile: join(home, "index.js") });
  writeFileSync(join(folder, "inside.ts"), inside);
  esbuild.buildSync({ ...options, entryPoints: [join(folder, "inside.ts")], outfile: join(home, "inside.js") });
  // Loaded when it is first needed, so it is not in the bundles.
  const tokens = fileURLToPath(new URL("../../node_modules/js-tokens", import.meta.url));
  cpSync(tokens, join(folder, "node_modules/js-tokens"), { recursive: true, dereference: true });
  const exports = { ".": "./index.js", "./inside": "./inside.js" };
  writeFileSync(
    join(home, "package.json"),
    JSON.stringify({ name: "fleche", version: "0.0.0", type: "module", exports }),
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "model-program", type: "module" }));
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What a child process gave. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file in a process that knows no key and no cache of ours but what `env` says. */
export async function runNode(file: string, env: Readonly<Record<string, string>> = {}, cwd?: string): Promise<Ended> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(FLECHE_|NODE_|VITEST|XDG_)/.test(name));
  const child = spawn(process.execPath, [file], {
    cwd,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve).on("error", reject);
  });
  return { status, stdout, stderr };
}
