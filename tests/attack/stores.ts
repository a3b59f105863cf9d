/**
 * What the attack suite is run over: a column of docs/reference/attacks.md each. A store with a seal is one more row here
 * and one test file that registers it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sqliteStore } from "../../src/sqlite.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { attackFileStore } from "../../src/testing/attack/file-suite.ts";
import { attackStore } from "../../src/testing/attack/suite.ts";
import type { Test } from "../../src/testing/runner.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "fleche-attack-"));

/** Registers the cases of one kind of store. */
export const ATTACKED: { readonly [store: string]: (test: Test) => void } = {
  memory: (test) => attackStore({ test, open: () => memoryStore() }),
  files(test) {
    attackStore({
      test,
      open: () => fileStore({ root: fresh() }),
      cleanUp: ({ location = "" }) => rmSync(location, { recursive: true, force: true }),
    });
    attackFileStore({ test, entry: new URL("../../dist/index.js", import.meta.url).href });
  },
  SQLite: (test) =>
    attackStore({
      test,
      open: () => sqliteStore({ path: join(fresh(), "cache.db") }),
      cleanUp: ({ location = "" }) => rmSync(dirname(location), { recursive: true }),
    }),
};
