/** Kills writers of one store in the middle of their work, again and again, and looks at what they left. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileStore } from "../../src/store/file/file.ts";

const NAMES = Array.from({ length: 4 }, (_, i) => `${i}${i}`.repeat(32));

function start(root: string, writer: number): ChildProcess {
  const script = join(import.meta.dirname, "writer-child.mjs");
  return spawn(process.execPath, [script, root, `${writer}`, ...NAMES], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Whether an entry is one that a writer wrote, from its first byte to its last. */
function isWhole(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes);
  if (buffer.length < 5 || buffer.readUInt32BE(0) !== buffer.length) return false;
  return buffer.subarray(4).every((byte) => byte === buffer[4]);
}

/** What came of it. */
export interface Outcome {
  readonly kills: number;
  readonly reads: number;
  readonly torn: number;
  readonly litter: number;
}

/** Eight writers on one store, each killed and replaced until `kills` were killed, while entries are read. */
export async function killWriters(root: string, kills: number): Promise<Outcome> {
  const store = fileStore({ root });
  let writers = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const child = start(root, i);
      await once(child.stdout as NodeJS.ReadableStream, "data");
      return child;
    }),
  );
  let [reads, torn, killed] = [0, 0, 0];
  const look = (): void => {
    for (const name of store.blobs.list()) {
      const bytes = store.blobs.get(name);
      if (bytes === undefined) continue;
      reads++;
      if (!isWhole(bytes)) torn++;
    }
  };
  while (killed < kills) {
    for (let i = 0; i < 5; i++) {
      look();
      await wait(Math.random() * 8);
    }
    const victims = writers.slice(0, Math.min(4, kills - killed));
    const ends = victims.map((child) => once(child, "exit"));
    for (const child of victims) child.kill("SIGKILL");
    killed += victims.length;
    await Promise.all(ends);
    look();
    const successors = killed < kills ? victims.map((_, i) => start(root, killed + i)) : [];
    await Promise.all(successors.map((child) => once(child.stdout as NodeJS.ReadableStream, "data")));
    writers = [...writers.slice(victims.length), ...successors];
  }
  const ends = writers.map((child) => once(child, "exit"));
  for (const child of writers) child.kill("SIGKILL");
  await Promise.all(ends);
  look();
  const litter = [...store.blobs.list()].length - NAMES.length;
  return { kills: killed, reads, torn, litter };
}
