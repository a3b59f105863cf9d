import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testStore } from "fleche/testing";
import { describe, expect, test } from "vitest";
import { pickleStore } from "../../src/pickle-file.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { voidStore } from "../../src/store/void.ts";
import { STORE_CASES } from "../../src/testing/store/suite.ts";
import { asyncStore } from "./async-store.ts";
import { locked } from "./broken-stores.ts";

const open = (): Store => fileStore({ root: mkdtempSync(join(tmpdir(), "fleche-conformance-")) });
const cleanUp = (store: Store): void => rmSync(store.location ?? "", { recursive: true, force: true });

describe("memoryStore", () => testStore({ test, open: () => memoryStore() }));
describe("voidStore", () => testStore({ test, open: () => voidStore(), keeps: false }));
describe("fileStore", () => testStore({ test, open, cleanUp }));
describe("fileStore, durable", () =>
  testStore({
    test,
    open: () => fileStore({ root: mkdtempSync(join(tmpdir(), "fleche-conformance-")), durability: "power" }),
    cleanUp,
  }));
describe("a store in memory with locks", () => testStore({ test, open: () => locked() }));
describe("pickleStore", () => {
  const openFlat = (): Store => {
    const root = mkdtempSync(join(tmpdir(), "fleche-conformance-"));
    return pickleStore({ values: root, calls: join(root, ".calls") });
  };
  testStore({ test, open: openFlat, cleanUp });
});
describe("a store that answers later", () => testStore({ test, open: () => asyncStore(memoryStore()) }));

test("no two cases have the same title", () => {
  const titles = STORE_CASES.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
