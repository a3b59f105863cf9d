/**
 * Which `fleche.toml` files count, the nearest first: those from the working directory up to the home directory, then the
 * user's. One that somebody else could have put there is refused. Nothing is read of them here, and no order of tables is known.
 */
import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import type { Surroundings } from "./surroundings.ts";

const FILE_NAME = "fleche.toml";

/** The files in order. `FLECHE_CONFIG` names one, which has to be there, and ends the search. */
export function* configFiles({ cwd, home, env, configOption }: Surroundings): Generator<string> {
  const named = configOption ?? env.FLECHE_CONFIG;
  if (named !== undefined) {
    yield namedFile(named, cwd, configOption === undefined ? "FLECHE_CONFIG" : "--config");
    return;
  }
  const places = [...directoriesUp(cwd, home), join(userConfigDirectory(home, env.XDG_CONFIG_HOME), "fleche")];
  for (const place of new Set(places)) {
    const file = join(place, FILE_NAME);
    const stats = look(file);
    if (stats === undefined) continue;
    assertOurs(file, stats);
    yield file;
  }
}

/** From a directory up to home, or to the root where home is not above it. */
function directoriesUp(from: string, home: string): string[] {
  const directories: string[] = [];
  for (let at = resolve(from); ; at = dirname(at)) {
    directories.push(at);
    if (at === resolve(home) || dirname(at) === at) return directories;
  }
}

function userConfigDirectory(home: string, xdg: string | undefined): string {
  // The specification says to ignore relative paths.
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config");
}

function namedFile(named: string, cwd: string, by: string): string {
  if (named === "") throw new ConfigError(`${by} is empty; give the path of a file, or leave it out`);
  const file = resolve(cwd, named);
  if (look(file)?.isFile() === true) return file;
  throw new ConfigError(`${by} names ${file}, which is no file; correct the path, or leave it out`);
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && ["ENOTDIR", "ELOOP"].includes(String(Reflect.get(error, "code")))) return undefined;
    throw new ConfigError(`${file} cannot be looked at: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** In a directory like /tmp anybody can put a file above ours, and so move our cache to where they can write. */
function assertOurs(file: string, { uid }: Stats): void {
  const us = process.geteuid?.();
  if (us === undefined || uid === us || uid === 0) return;
  const directory = look(dirname(file));
  if (directory === undefined || (directory.mode & 0o002) === 0) return;
  throw new ConfigError(
    `${file} belongs to user ${uid} and lies where anybody can write; remove it, or name the file to use by FLECHE_CONFIG`,
  );
}
