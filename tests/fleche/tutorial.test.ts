/** The tutorial, followed as a reader follows it: each file, each edit, each command; what it prints is what the page says. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { packageFolder, removeFolder } from "../model/package.ts";

const PAGE = fileURLToPath(new URL("../../docs/tutorial/first-cache.md", import.meta.url));

/** Applies a diff whose old lines are found once in the text. */
function patched(text: string, diff: string): string {
  const lines = diff.split("\n").filter((line) => line !== "");
  const side = (mark: string) => lines.filter((line) => !line.startsWith(mark)).map((line) => line.slice(1));
  const [before, after] = [side("+"), side("-")].map((some) => `\n${some.join("\n")}\n`) as [string, string];
  const parts = `\n${text}`.split(before);
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times, not once:${before}`);
  return parts.join(after).slice(1);
}

function follow(page: string, folder: string): { page: string; claims: [said: number, runs: number][] } {
  let printed: string | undefined;
  const claims: [number, number][] = [];
  const told = page.replace(
    /^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm,
    (block, language: string, mark: string, text: string) => {
      const file = /^file=(\S+)$/.exec(mark)?.[1];
      if (file !== undefined) {
        const path = join(folder, file);
        writeFileSync(path, language === "diff" ? patched(readFileSync(path, "utf8"), text) : text);
      } else if (mark === "run") {
        const { FLECHE_SECRET_KEY: _, FLECHE_SECRET_KEY_FILE: __, NODE_OPTIONS: ___, ...env } = process.env;
        const { status, stdout, stderr } = spawnSync("sh", ["-ec", text], { cwd: folder, encoding: "utf8", env });
        expect([text, status, stderr]).toEqual([text, 0, ""]);
        printed = stdout;
      } else if (mark === "output") {
        return `\`\`\`text output\n${printed}\`\`\``;
      }
      return block;
    },
  );
  for (const [, output = "", said] of told.matchAll(/^```text output\n([\s\S]*?)^```\n\n(\d+) runs?\b/gm)) {
    claims.push([Number(said), output.split("\n").filter((line) => /^ {2}(?:simulate|prepare)/.test(line)).length]);
  }
  return { page: told, claims };
}

test("the tutorial prints what it says, and takes as many runs as it says", { timeout: 120_000 }, async () => {
  const home = packageFolder();
  try {
    const folder = join(home, "bar");
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "bar", "type": "module" }');
    cpSync(join(home, "node_modules"), join(folder, "node_modules"), { recursive: true });
    const { page, claims } = follow(readFileSync(PAGE, "utf8"), folder);
    expect(claims.length).toBe(8);
    for (const [said, runs] of claims) expect(runs).toBe(said);
    await expect(page).toMatchFileSnapshot(PAGE);
  } finally {
    removeFolder(home);
  }
});
