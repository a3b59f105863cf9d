import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a typed array of 200 MiB goes into files and comes back with a peak of four times its size above the idle process", () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-large-"));
  try {
    const script = join(import.meta.dirname, "large-child.mjs");
    const child = spawnSync(process.execPath, [script, "file", "200", root], { encoding: "utf8" });
    expect(child.stderr).toBe("");
    const peak = JSON.parse(child.stdout) as { save: number; both: number };
    console.info(`peak above idle, in sizes of the array: ${peak.save} after saving, ${peak.both} after loading`);
    expect(peak.both).toBeLessThanOrEqual(4);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 120_000);
