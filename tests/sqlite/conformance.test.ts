import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { testStore } from "../../src/testing/index.ts";

describe.each(["process", "power"] as const)("a store in a database, durable for the %s", (durability) => {
  testStore({
    test,
    open: () => sqliteStore({ path: join(mkdtempSync(join(tmpdir(), "fleche-sqlite-")), "cache.db"), durability }),
    cleanUp: ({ location = "" }) => rmSync(dirname(location), { recursive: true }),
  });
});
