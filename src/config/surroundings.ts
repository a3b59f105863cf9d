/**
 * What configuration depends on: the working directory, the home directory and the environment. Taken once, when a
 * configuration is first needed, and handed in by tests.
 */
import { homedir } from "node:os";

/** Variables by name: `process.env`, or a stand-in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a program runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
  readonly env: Environment;
  /** The one file to use, where the command line names it; wins over `FLECHE_CONFIG`. */
  readonly configOption?: string | undefined;
}

/** Those of this process, now. */
export function processSurroundings(): Surroundings {
  return { cwd: process.cwd(), home: homedir(), env: process.env };
}
