import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { fileStore } from "../../src/store/file/file.ts";
import { attackFileStore } from "../../src/testing/attack/file-suite.ts";
import { attackStore } from "../../src/testing/attack/suite.ts";

attackStore({
  test,
  open: () => fileStore({ root: mkdtempSync(join(tmpdir(), "fleche-attack-")) }),
  cleanUp: (store) => rmSync(store.location ?? "", { recursive: true, force: true }),
});

attackFileStore({ test, entry: new URL("../../dist/index.js", import.meta.url).href });
