/** The sources as one script for child processes, made once a run: nothing has to be built first. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { esbuild } from "../identity/esbuild.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The path of a script made of these lines, which import from `./src`. It lies in this project, so that packages are found. */
export function bundled(contents: string): string {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".build", "config-tests-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "fleche.mjs");
  esbuild.buildSync({
    stdin: { contents, resolveDir: ROOT },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  return outfile;
}
