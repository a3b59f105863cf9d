// Many processes that make equal and unequal calls on one store. Each run of a body leaves a line in a log, so that it can be
// counted how often a call ran; each answer is checked by whoever got it. Children run the built package.
import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

const dist = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href);

/** What children share: the cache, and `logged`, which notes that a body ran. */
const PRELUDE = `
import { appendFileSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";
import { fileStore, fleche, openCache } from ${dist("index.js")};
import { sqliteStore } from ${dist("sqlite.js")};
const options = JSON.parse(process.argv[1]);
const { kind, path, log, lockWaitMs = 600_000 } = options;
const store = kind === "file" ? fileStore({ root: path }) : sqliteStore({ path: path + "/cache.db" });
const cache = openCache({ store, secretKey: "0123456789abcdef".repeat(4), lockWaitMs });
const logged = (line) => appendFileSync(log, line + "\\n");
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const say = (what) => process.stdout.write(JSON.stringify(what) + "\\n");
const steps = {};
let longestWaitMs = 0;
subscribe("fleche:lock", ({ step, waitedMs = 0 }) => {
  if (options.tell && step === "wait") say("waiting");
  steps[step] = (steps[step] ?? 0) + 1;
  longestWaitMs = Math.max(longestWaitMs, waitedMs);
});
`;

const MEMBER = `
const { member, calls, distinct, bodyMs } = options;
let begun = () => { if (options.doomed) say("running"); begun = () => {}; };
let state = (member * 2654435761) >>> 0 || 1;
const random = (bound) => {
  state ^= state << 13; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
  return state % bound;
};
const now = fleche((i) => { logged("now " + i); begun(); block(i % 3 === 0 ? bodyMs : 0); return { i, square: i * i }; },
  { cache, name: "now", version: 1 });
const later = fleche(async (i) => { logged("later " + i); begun(); await sleep(i % 3 === 0 ? bodyMs : 0); return { i, square: i * i }; },
  { cache, name: "later", version: 1 });
const check = (i, got) => { if (got.i !== i || got.square !== i * i) throw new Error("wrong answer to " + i + ": " + JSON.stringify(got)); };
// In the first half all want the same at the same time, in the second they meet by chance.
const next = () => (made < calls / 2 ? made % distinct : random(distinct));
let made = 0;
while (made < calls) {
  if (random(2) === 0) {
    const i = next();
    check(i, now(i));
    made++;
  } else {
    const batch = Array.from({ length: Math.min(1 + random(8), calls - made) }, next);
    await Promise.all(batch.map(async (i) => check(i, await later(i))));
    made += batch.length;
  }
}
say({ made, steps, longestWaitMs });
`;

/** Which store, and how it is used. */
export interface Shared {
  readonly kind: "file" | "sqlite";
  readonly path: string;
  readonly log: string;
  readonly lockWaitMs?: number;
}

/** What a member of a crowd does. */
export interface Load extends Shared {
  readonly calls: number;
  readonly distinct: number;
  readonly bodyMs: number;
}

/** What became of a member, or why it failed. */
export interface Member {
  readonly made: number;
  readonly steps: Readonly<Record<string, number>>;
  readonly longestWaitMs: number;
}

/** A child that runs a program after the prelude. */
export function program(text: string, options: Shared & Readonly<Record<string, unknown>>): ChildProcess {
  const args = ["--input-type=module", "-e", PRELUDE + text, JSON.stringify(options)];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

/** One more member. */
export function join(load: Load, member: number): ChildProcess {
  return program(MEMBER, { ...load, member });
}

/** Waits until a child says this. Throws what it complained of where it ends without. */
export async function heard(child: ChildProcess, line: string): Promise<void> {
  let out = "";
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  for await (const [chunk] of on(child.stdout as Readable, "data", { close: ["end"] })) {
    out += chunk;
    if (out.split("\n").includes(JSON.stringify(line))) return;
  }
  if (child.stderr?.readableEnded === false) await once(child.stderr, "end");
  throw new Error(`a child ended without saying ${line}: ${errors}`);
}

/** The lines that a child says, and what it complains of. */
export async function saidBy(child: ChildProcess): Promise<{ lines: unknown[]; errors: string }> {
  let out = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  await once(child, "close");
  const lines = out.split("\n").filter((line) => line !== "");
  return { lines: lines.map((line): unknown => JSON.parse(line)), errors };
}

/** Many at once; what became of each. Throws what one complained of. */
export async function crowd(load: Load, members: number): Promise<Member[]> {
  const children = Array.from({ length: members }, (_, i) => saidBy(join(load, i + 1)));
  return (await Promise.all(children)).map(({ lines, errors }) => {
    if (errors !== "" || lines.length !== 1) throw new Error(errors || "a child said nothing");
    return lines[0] as Member;
  });
}

/**
 * Members, of which the first so many never end by themselves and are killed, each at some moment within so many milliseconds
 * from when the first body of its own runs, and replaced; what became of those that came after, which are left alone.
 */
export async function killedCrowd(load: Load, members: number, kills: number, withinMs: number): Promise<Member[]> {
  const ended: Member[] = [];
  let started = 0;
  const one = async (): Promise<void> => {
    while (started < kills) {
      const doomed = program(MEMBER, { ...load, member: ++started, calls: Number.MAX_SAFE_INTEGER, doomed: true });
      const end = saidBy(doomed);
      await heard(doomed, "running");
      setTimeout(() => doomed.kill("SIGKILL"), withinMs * Math.random());
      const { errors } = await end;
      if (errors !== "") throw new Error(errors);
    }
    const { lines, errors } = await saidBy(join(load, ++started));
    if (errors !== "") throw new Error(errors);
    ended.push(lines[0] as Member);
  };
  await Promise.all(Array.from({ length: members }, one));
  return ended;
}

/** How often each call ran. */
export function runsIn(log: string): Map<string, number> {
  const runs = new Map<string, number>();
  for (const line of readFileSync(log, "utf8").split("\n")) {
    if (line !== "") runs.set(line, (runs.get(line) ?? 0) + 1);
  }
  return runs;
}
