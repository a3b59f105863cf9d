/**
 * The collector of which source a run was made from: root, commit, branch and whether there were changes. Asks the `git`
 * program, bounded in time, at most every few seconds; a working directory outside of any repository is no fault.
 */
import type { Metadata } from "./metadata.ts";

/** What git said; null for what it did not. */
export interface GitState {
  readonly [name: string]: string | boolean | null;
  readonly root: string | null;
  readonly commit: string | null;
  /** Null where no branch is checked out. */
  readonly branch: string | null;
  /** Whether files under version control differ from the commit. New files do not count. */
  readonly dirty: boolean | null;
}

/** How git is asked. */
export interface GitOptions {
  /** Directory to ask about; default: the working directory at the time of the call. */
  readonly cwd?: string;
  /** How long one question may take, milliseconds, default 1,000; there are two. The call waits for them. */
  readonly timeoutMs?: number;
  /** For how long an answer (also none) is used again, milliseconds, default 10,000. */
  readonly reuseMs?: number;
  /** Milliseconds from any point, never going back; default `performance.now`. */
  readonly now?: () => number;
}

const NOTHING: GitState = { root: null, commit: null, branch: null, dirty: null };

/** Records `{ root, commit, branch, dirty }` as `git`, as they were before the run. Waits a few milliseconds for git. */
export function git(options: GitOptions = {}): Metadata<GitState> {
  const { timeoutMs = 1000, reuseMs = 10_000, now = () => performance.now() } = options;
  let last: { readonly cwd: string; readonly atMs: number; readonly state: GitState } | undefined;
  return {
    name: "git",
    pre() {
      const cwd = options.cwd ?? process.cwd();
      if (last === undefined || last.cwd !== cwd || now() - last.atMs >= reuseMs) {
        const state = askGit(cwd, timeoutMs);
        // The time after asking: else a slow answer would be old at once.
        last = { cwd, atMs: now(), state };
      }
      return last.state;
    },
  };
}

function askGit(cwd: string, timeoutMs: number): GitState {
  const root = run(["rev-parse", "--show-toplevel"], cwd, timeoutMs)?.replace(/\r?\n$/, "");
  if (root === undefined) return NOTHING;
  const status = run(["status", "--porcelain=v2", "--branch", "--untracked-files=no"], cwd, timeoutMs);
  return { ...NOTHING, ...(status === undefined ? {} : parseStatus(status)), root };
}

/** Reads `git status --porcelain=v2 --branch`: header lines begin with `#`, every other line is a change. */
function parseStatus(status: string): Omit<GitState, "root"> {
  const lines = status.split(/\r?\n/).filter((line) => line !== "");
  const header = (name: string, none: string): string | null => {
    const start = `# branch.${name} `;
    const value = lines.find((line) => line.startsWith(start))?.slice(start.length);
    return value === undefined || value === none ? null : value;
  };
  return {
    commit: header("oid", "(initial)"),
    branch: header("head", "(detached)"),
    dirty: lines.some((line) => !line.startsWith("#")),
  };
}

/** What git prints, or `undefined` where there is no git, no repository, or no answer in time. Never throws. */
function run(args: readonly string[], cwd: string, timeoutMs: number): string | undefined {
  try {
    // Loaded when first asked, so that importing the library does not load it.
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    // A repository's own settings can name a program to be started for `status`; none is. Nothing is written either.
    return execFileSync("git", ["-c", "core.fsmonitor=false", ...args], {
      cwd,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      encoding: "utf8",
      maxBuffer: 16 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
      env: environmentOfGit(),
    });
  } catch {
    return undefined;
  }
}

/** Our own variables stay here: the signing key is among them. */
function environmentOfGit(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith("FLECHE_"));
  return { ...Object.fromEntries(ours), GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
}
