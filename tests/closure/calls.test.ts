/** Calls whose arguments and results are functions, closures and instances: made by one program, served in another. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleche-calls-"));
  mkdirSync(join(folder, "node_modules"));
  // Linked, as `npm link` and workspaces do.
  symlinkSync(repository, join(folder, "node_modules/fleche"), "dir");
  writeFileSync(join(folder, "package.json"), '{"name":"program","type":"module"}');
  for (const name of ["calls.mjs", "linked.mjs"]) {
    cpSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)), join(folder, name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: readonly string[]): Record<string, unknown> {
  const printed = execFileSync(process.execPath, args as string[], { cwd: folder, encoding: "utf8", timeout: 60_000 });
  return JSON.parse(printed) as Record<string, unknown>;
}

const ANSWERS = [42, 56, 10, 3, 4, 3, 4, 8];

test("are stored, served in another process, transferred, swept and checked", () => {
  const program = (act: string) => run("calls.mjs", join(folder, "one"), join(folder, "two"), act);
  const whole = { answers: ANSWERS, collected: { removed: 0, records: 8 }, verified: { ok: true }, found: 1, sums: 2 };
  const ran = ["apply", "apply", "compose", "sum", "sum", "follow", "follow", "read"];
  expect(program("first")).toMatchObject({ ...whole, ran });
  expect(program("first")).toMatchObject({ ...whole, ran: [] });
  expect(program("transfer")).toMatchObject({ ran: [], transferred: { transferred: 8, failed: 0, skipped: 0 } });
  expect(program("second")).toMatchObject({ ...whole, ran: [] });
}, 60_000);

test("a linked fleche is the package that it is, to functions that capture it", () => {
  expect(run("linked.mjs")).toEqual({ uncached: [], same: true });
}, 60_000);
