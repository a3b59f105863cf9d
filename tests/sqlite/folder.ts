// A folder for each test, and a second pair of hands in the database: the driver itself, as an attacker would use it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Database, findDriver } from "../../src/store/sqlite/driver.ts";

/** Says where the database of the running test lies, in a directory that does not exist yet. */
export function databasePath(): () => string {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fleche-sqlite-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, "cache", "fleche.db");
}

/** Does something to a database behind the store's back. */
export function edit<T>(path: string, work: (database: Database) => T): T {
  const database = findDriver().open(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}
