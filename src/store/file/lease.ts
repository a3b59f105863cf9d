/**
 * Signs of life between machines, where no process can look whether another one lives: who shares a directory with another
 * machine touches its file every few seconds, from a thread of its own since a synchronous function blocks the main one.
 * Clocks are never compared: a holder is dead when its file was not touched for a while by the watcher's own clock.
 */
import type { Worker } from "node:worker_threads";

/** How often a file is touched. */
const RENEW_MS = 5_000;

/** How long nobody may touch a file until its holder counts as dead: many times over what a slow network makes late. */
export const LEASE_MS = 60_000;

const RENEWER = `
const { parentPort, workerData } = require("node:worker_threads");
const { lutimesSync } = require("node:fs");
const paths = new Set();
parentPort.on("message", (path) => paths.add(path));
setInterval(() => {
  const now = Date.now() / 1000;
  for (const path of paths) try { lutimesSync(path, now, now); } catch {}
}, workerData);
`;

/** Touches files as long as this process lives. */
export interface Renewal {
  /** Touches this file, too, once there is a reason to. */
  add(path: string): void;
  /** There is another machine: starts touching. Costs 2 ms and 9 MB, hence not without a reason. */
  start(): void;
  stop(): void;
}

/** Nothing is touched yet. */
export function startRenewal(): Renewal {
  const paths = new Set<string>();
  let worker: Worker | undefined;
  return {
    add(path) {
      paths.add(path);
      worker?.postMessage(path);
    },
    start() {
      if (worker !== undefined) return;
      try {
        // Not imported above: loading it takes 2 ms.
        const threads = process.getBuiltinModule("node:worker_threads");
        worker = new threads.Worker(RENEWER, { eval: true, workerData: RENEW_MS, execArgv: [] });
        worker.on("error", () => {});
        worker.unref();
        for (const path of paths) worker.postMessage(path);
      } catch {
        // No threads are allowed here. Others will take us for dead after a while, and run what we run.
      }
    },
    stop() {
      void worker?.terminate();
      worker = undefined;
    },
  };
}

/** What was seen of files of other machines. */
export interface Watch {
  /** Whether this file has not been touched since it was first seen so, for longer than a lease. */
  hasExpired(path: string, seen: { readonly inode: string; readonly changedMs: number }): boolean;
  forget(path: string): void;
}

/** How many files are remembered at most; more are never waited for at once. */
const MANY = 10_000;

/** Nothing was seen yet. */
export function startWatch(leaseMs: number, now: () => number = () => performance.now()): Watch {
  const known = new Map<string, { readonly mark: string; readonly sinceMs: number }>();
  return {
    hasExpired(path, { inode, changedMs }) {
      const mark = `${inode} ${changedMs}`;
      const first = known.get(path);
      if (first?.mark === mark) return now() - first.sinceMs > leaseMs;
      if (known.size >= MANY) known.clear();
      known.set(path, { mark, sinceMs: now() });
      return false;
    },
    forget: (path) => void known.delete(path),
  };
}
