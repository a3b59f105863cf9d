// Several processes on one file store: some call functions, forget calls and check every answer, others collect garbage
// without any patience. Children run the built package.
import { spawn } from "node:child_process";
import { once } from "node:events";

const MEMBER = `
import { fileStore, fleche, gc, limited, openCache } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
const [root, role, ms] = [process.argv[1], process.argv[2], Number(process.argv[3])];
const opened = openCache({ store: fileStore({ root }), secretKey: "0123456789abcdef".repeat(4) });
const cache = role === "limit" ? limited(opened, { maxCount: 30 }) : opened;
let runs = 0;
const text = fleche((x, big) => { runs++; return { x, big: big ? "y".repeat(80_000) + x : "", half: x / 2 }; }, { cache, name: "text", version: 1 });
const counts = { calls: 0, runs: 0, collected: 0 };
const end = Date.now() + ms;
while (Date.now() < end) {
  if (role === "gc") {
    counts.collected += gc(cache, { grace: 0 }).removed;
    continue;
  }
  const x = Math.floor(Math.random() * 50);
  const big = x % 3 === 0;
  const got = text(x, big);
  if (got.x !== x || got.half !== x / 2 || (big && !got.big.endsWith("y" + x))) throw new Error("wrong answer");
  counts.calls++;
  if (Math.random() < 0.2) text.evict(x, big);
}
counts.runs = runs;
console.log(JSON.stringify(counts));
`;

/** What became of a process: what it counted, or why it failed. */
export async function member(root: string, role: string, ms: number): Promise<Record<string, number> | string> {
  const args = ["--input-type=module", "-e", MEMBER, root, role, String(ms)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return code === 0 && err === "" ? JSON.parse(out) : `exit code ${code}: ${err}`;
}
