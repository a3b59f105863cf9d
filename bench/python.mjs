// @ts-check
// A Python that stays for one figure and times what it is asked for, in turn with the candidates of this process. It
// reads its own clock: nothing of the pipe between us is counted.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian's comes first: it has the packages diskcache and joblib where they are installed. */
const PROGRAMS = ["/usr/bin/python3", "python3"];
const SCRIPT = join(import.meta.dirname, "peers.py");

/** @typedef {{ candidates: import("./harness.mjs").Candidate[], versions: Record<string, string>, close(): void }} Python */

/**
 * Starts the tasks of peers.py that are asked for; a task is told its directory.
 * @param {readonly (readonly [task: string, name: string])[]} tasks @param {string} directory
 * @returns {Promise<Python>}
 */
export async function startPython(tasks, directory) {
  const program = PROGRAMS.find((path) => spawnSync(path, ["--version"]).status === 0);
  if (program === undefined) return absent(tasks, "there is no python3 here");
  const child = spawn(program, [SCRIPT, directory], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @param {object} request */
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("Python ended");
    return JSON.parse(value);
  };
  /** @type {import("./harness.mjs").Candidate[]} */
  const candidates = [];
  for (const [task, name] of tasks) {
    const { problem } = await ask({ prepare: task });
    if (problem) candidates.push({ name, skipped: problem });
    else candidates.push({ name, round: async (samples, batch) => (await ask({ task, samples, batch })).times });
  }
  return { candidates, versions: (await ask({ versions: true })).versions, close: () => void child.stdin.end() };
}

/** @param {readonly (readonly [task: string, name: string])[]} tasks @param {string} skipped @returns {Python} */
function absent(tasks, skipped) {
  return { candidates: tasks.map(([, name]) => ({ name, skipped })), versions: {}, close() {} };
}
