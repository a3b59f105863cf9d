import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileStore } from "../../src/store/file/file.ts";
import { killWriters } from "./killed-writers.ts";

test("writers that are killed in the middle never leave a torn entry, while eight of them share a store", async () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-killed-"));
  try {
    const { kills, reads, torn, litter } = await killWriters(root, 16);
    expect({ kills, torn, litter }).toEqual({ kills: 16, torn: 0, litter: 0 });
    expect(reads).toBeGreaterThan(20);
    // What they left behind stands in nobody's way.
    const store = fileStore({ root });
    store.blobs.put("aa".repeat(32), Buffer.from("after"));
    expect(store.blobs.get("aa".repeat(32))).toEqual(Buffer.from("after"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
