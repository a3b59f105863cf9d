import { expect, test } from "vitest";
import { crowd, killWriters } from "../sqlite/crowd.ts";
import { problemsOf } from "../sqlite/examine.ts";
import { databasePath } from "../sqlite/folder.ts";

const path = databasePath();

test("eight processes on one database for a minute: no error, no torn entry", async () => {
  for (const outcome of await crowd(path(), 8, 60_000)) expect(outcome).toEqual(expect.any(Object));
  expect(problemsOf(path())).toEqual([]);
}, 180_000);

test("200 writers killed at any moment: the store opens, every entry is whole or absent", async () => {
  await killWriters(path(), 200);
  expect(problemsOf(path())).toEqual([]);
}, 300_000);
