// Several processes on one database: each puts, reads, searches and deletes at random, and checks all that it reads. Entries
// say what they are, so that a torn or swapped one is seen by whoever reads it. Children run the built package.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** What a child does; it is given the path of the database, its number and how long. */
const MEMBER = `
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { sqliteStore } from ${JSON.stringify(new URL("../../dist/sqlite.js", import.meta.url).href)};
const [path, member, ms] = [process.argv[1], Number(process.argv[2]), Number(process.argv[3])];
const hash = (text) => createHash("sha256").update(text).digest();
const nameOf = (i) => hash("entry " + i).toString("hex");
const SIZES = [40, 300, 5000, 65000, 66000, 200000];
const make = (name) => {
  const size = SIZES[Math.floor(Math.random() * SIZES.length)];
  const body = Buffer.alloc(size, String(Math.random()));
  return Buffer.concat([Buffer.from(name, "hex"), hash(body), body]);
};
const check = (name, bytes) => {
  if (bytes === undefined) return;
  const [said, sum, body] = [bytes.subarray(0, 32), bytes.subarray(32, 64), bytes.subarray(64)];
  if (Buffer.from(said).toString("hex") !== name || hash(body).compare(sum) !== 0) throw new Error("torn entry " + name);
};
const store = sqliteStore({ path });
const counts = { puts: 0, hits: 0, misses: 0, found: 0 };
const end = Date.now() + ms;
while (Date.now() < end) {
  const i = Math.floor(Math.random() * 200);
  const name = nameOf(i);
  const act = Math.random();
  if (act < 0.3) {
    store.blobs.put(name, make(name));
    store.records.put(name, make(name), { name: "f" + (i % 3), module: null, version: null, codeDigest: null,
      arguments: [["i", name]], result: name, tags: ["m" + member], parent: null, startedMs: Date.now() });
    if (counts.puts++ === 0) writeSync(1, "put\\n");
  } else if (act < 0.8) {
    const bytes = store.blobs.get(name);
    check(name, bytes);
    check(name, store.records.get(name));
    counts[bytes === undefined ? "misses" : "hits"]++;
    const hit = store.records.hit(name, () => true, () => ({ name, admit: () => true }));
    check(name, hit?.record);
    if (hit?.result !== undefined) check(name, hit.result);
  } else if (act < 0.9) {
    store.records.delete(name);
    store.blobs.delete(name);
  } else {
    for (const found of store.records.find({ name: "f" + (i % 3), arguments: [["i", name]] })) {
      if (found !== name) throw new Error("found another record");
      counts.found++;
    }
  }
}
store.close();
console.log(JSON.stringify(counts));
`;

/** One more process. */
export function join(path: string, member: number, ms: number): ChildProcess {
  const args = ["--input-type=module", "-e", MEMBER, path, String(member), String(ms)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

/** What became of a process: what it counted, or why it failed. */
export async function outcome(child: ChildProcess): Promise<Record<string, number> | string> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  // Before it stands that something was put.
  return code === 0 ? JSON.parse(out.slice(out.indexOf("{"))) : err;
}

/** Runs many at once; what became of each. */
export async function crowd(path: string, members: number, ms: number): Promise<(Record<string, number> | string)[]> {
  return Promise.all(Array.from({ length: members }, (_, i) => outcome(join(path, i, ms))));
}

/** Starts a writer and kills it a while after it has put something, over and over; throws where one ends by itself. */
export async function killWriters(path: string, kills: number): Promise<void> {
  for (let i = 0; i < kills; i++) {
    const child = join(path, i, 60_000);
    const ended = once(child, "close");
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), ended]);
    await new Promise((resolve) => setTimeout(resolve, (i * 37) % 150));
    if (!child.kill("SIGKILL")) throw new Error(`writer ${i} ended by itself, with ${child.exitCode}`);
    await ended;
  }
}
