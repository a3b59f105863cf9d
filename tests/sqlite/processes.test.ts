import { expect, test } from "vitest";
import { sqliteStore } from "../../src/sqlite.ts";
import { crowd, killWriters } from "./crowd.ts";
import { problemsOf } from "./examine.ts";
import { databasePath } from "./folder.ts";

const path = databasePath();

test("eight processes that make one database, write, read, search and delete: no error, no torn entry", async () => {
  for (const outcome of await crowd(path(), 8, 2_000)) {
    expect(outcome).toEqual(expect.objectContaining({ puts: expect.any(Number), hits: expect.any(Number) }));
  }
  expect(problemsOf(path())).toEqual([]);
}, 60_000);

test("writers killed at any moment: the store opens, every entry is whole or absent", async () => {
  await killWriters(path(), 10);
  expect(problemsOf(path())).toEqual([]);
  const store = sqliteStore({ path: path() });
  expect([...store.blobs.list()].length).toBeGreaterThan(0);
  store.close();
}, 60_000);
