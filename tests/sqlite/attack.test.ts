import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { attackStore } from "../../src/testing/index.ts";

attackStore({
  test,
  open: () => sqliteStore({ path: join(mkdtempSync(join(tmpdir(), "fleche-attack-")), "cache.db") }),
  cleanUp: ({ location = "" }) => rmSync(dirname(location), { recursive: true }),
});
