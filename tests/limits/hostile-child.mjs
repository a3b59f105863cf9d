// Loads one hostile entry in a process of its own, and tells how much memory that took and how it ended.
import { readFileSync } from "node:fs";
import { memoryStore, valueStorage } from "../../dist/index.js";

const [file = "", codec = "", name = "", maxEntryBytes] = process.argv.slice(2);
const store = memoryStore();
const entries = JSON.parse(readFileSync(file, "utf8"));
for (const [entry, bytes] of entries) store.blobs.put(entry, new Uint8Array(Buffer.from(bytes, "base64")));
entries.length = 0;
const storage = valueStorage({
  store,
  keys: process.env.TEST_KEYS ?? null,
  codec: /** @type {import("../../dist/index.js").CodecName} */ (codec),
  ...(maxEntryBytes ? { maxEntryBytes: Number(maxEntryBytes) } : {}),
});
globalThis.gc?.();
const before = process.resourceUsage().maxRSS;
let ended = "served";
try {
  storage.load(name);
} catch (error) {
  ended = Reflect.get(Object(error), "reason") ?? String(error);
}
console.log(JSON.stringify({ ended, grownMiB: (process.resourceUsage().maxRSS - before) / 1024 }));
