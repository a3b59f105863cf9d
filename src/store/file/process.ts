/**
 * Which process this is, and whether another one still lives: what tells a lock that is held from one that was left behind.
 * A process id alone is not enough, since ids are used again; nor is a host name, since machines restart and containers
 * share names. Knows nothing of locks.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf } from "./system.ts";

/** Tells this thread from others of its process. Not its number: `node:worker_threads` takes 2 ms to load. */
export const THREAD: string = randomBytes(8).toString("hex");

/** One process among those of all machines. Texts are empty where a system does not tell. */
export interface ProcessName {
  readonly host: string;
  /** Of this start of the machine. */
  readonly boot: string;
  /** Of the space in which process ids are counted: containers have their own. */
  readonly space: string;
  readonly pid: number;
  /** When the process started, in ticks since the machine did. */
  readonly start: string;
}

/** `elsewhere`: it counts its process ids apart from us, so that only its own signs of life can tell. */
export type Fate = "lives" | "gone" | "elsewhere";

/** This process. Without `/proc` (not Linux) it has a host and an id alone: a process id that was used again looks alive. */
export function thisProcess(): ProcessName {
  return {
    host: hostname(),
    boot: quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()),
    space: quietly(() => readlinkSync("/proc/self/ns/pid")),
    pid: process.pid,
    start: quietly(() => statusOf("self").start),
  };
}

/** What became of a process, seen from `here`. Where it cannot be told, it lives. */
export function fateOf(other: ProcessName, here: ProcessName): Fate {
  if (other.host !== here.host || other.boot !== here.boot || other.space !== here.space) return "elsewhere";
  let visible = true;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return "gone";
    // Another user's.
    visible = false;
  }
  if (other.start === "" || here.start === "") return "lives";
  try {
    const { state, start } = statusOf(String(other.pid));
    // Killed, and not yet noticed by its parent: it will never run again.
    if (state === "Z" || state === "X") return "gone";
    return start === other.start ? "lives" : "gone";
  } catch (error) {
    // Ended between the two looks; of other users' processes `/proc` may show nothing.
    return visible && ["ENOENT", "ESRCH"].includes(codeOf(error)) ? "gone" : "lives";
  }
}

function statusOf(process: string): { readonly state: string; readonly start: string } {
  const text = readFileSync(`/proc/${process}/stat`, "latin1");
  // The name of the program, in parentheses, may hold anything; the fields behind it are counted from the third.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

function quietly(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
