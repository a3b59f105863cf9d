import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileStore } from "../../src/store/file/file.ts";
import { valueStorage } from "../../src/vault/value-storage.ts";

/** How many keys; a million takes some minutes and 4 GiB of small files. */
const KEYS = Number(process.env.FLECHE_TEST_KEYS ?? 100_000);

test(`a directory of ${KEYS} keys is a normal one: listed lazily in constant memory, asked and written as ever`, () => {
  const root = mkdtempSync(join(tmpdir(), "fleche-million-"));
  try {
    const storage = valueStorage({ store: fileStore({ root }), keys: null });
    const saved = storage.save("one that can be loaded");
    for (let i = 0; i < 256; i++) mkdirSync(join(root, "values", i.toString(16).padStart(2, "0")), { recursive: true });
    for (let i = 0; i < KEYS; i++) {
      const name = createHash("sha256").update(`${i}`).digest("hex");
      writeFileSync(join(root, "values", name.slice(0, 2), name.slice(2)), "");
    }
    const before = process.memoryUsage().heapUsed;
    let [count, most] = [0, 0];
    for (const name of storage.list()) {
      if (name.length !== 64) throw new Error("no digest");
      if (++count % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    expect(count).toBe(KEYS + 1);
    // Garbage that was not collected yet, but never all names.
    expect(most).toBeLessThan(100 * 2 ** 20);
    // The first few names cost no walk through all of them.
    let few = 0;
    for (const _ of storage.list()) if (++few === 10) break;
    expect(few).toBe(10);
    expect(storage.load(saved)).toBe("one that can be loaded");
    expect(String(storage.expand(storage.shrink(saved)))).toBe(String(saved));
    expect(storage.load(storage.save("another"))).toBe("another");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 1_200_000);
