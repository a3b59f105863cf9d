/**
 * Where the keys come from: an option, the variable FLECHE_SECRET_KEY, or the file that FLECHE_SECRET_KEY_FILE names.
 * Read once, when a storage is made; a change afterwards has no effect on it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { ConfigError } from "../errors.ts";
import { KeyRing } from "./key-ring.ts";
import { parseKeys } from "./key-text.ts";

/** No key list is longer: 16 keys of 2 KiB in hex. */
const MAX_FILE_SIZE = 64 * 1024;

/** What a caller said about keys. */
export interface KeyChoice {
  /** A key list, in the grammar of FLECHE_SECRET_KEY. */
  readonly secretKey?: string | undefined;
  /** A ring or a key list; `null`: no keys, whatever the environment says. */
  readonly keys?: KeyRing | string | null | undefined;
  /** Where the cache lies: a key file that others can read must not lie in it. */
  readonly location?: string | undefined;
}

/** The environment's part: `process.env`, or a stand-in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The keys to use, `undefined` for none. Throws a `ConfigError` for keys that cannot be used as they are. */
export function findKeys(choice: KeyChoice, env: Environment): KeyRing | undefined {
  // First, so that a misspelt requirement is told of even where there are keys.
  const required = signatureRequired(env);
  const ring = chosenKeys(choice, env);
  if (ring === undefined && required) {
    throw new ConfigError(
      "FLECHE_REQUIRE_SIGNATURE is set and there is no key; set FLECHE_SECRET_KEY, or pass secretKey",
    );
  }
  return ring;
}

function chosenKeys({ secretKey, keys, location }: KeyChoice, env: Environment): KeyRing | undefined {
  if (secretKey !== undefined && keys !== undefined) throw new ConfigError("give secretKey or keys, not both");
  if (keys === null) return undefined;
  if (keys instanceof KeyRing) return keys;
  const given = secretKey ?? keys;
  if (given !== undefined) {
    if (typeof given !== "string") throw new ConfigError(`keys must be a key list or a KeyRing; found ${typeof given}`);
    return new KeyRing(parseKeys(given, secretKey === undefined ? "keys" : "secretKey"));
  }
  const text = env.FLECHE_SECRET_KEY;
  const file = env.FLECHE_SECRET_KEY_FILE;
  if (text !== undefined && file !== undefined) {
    throw new ConfigError("FLECHE_SECRET_KEY and FLECHE_SECRET_KEY_FILE are both set; unset one of them");
  }
  if (text !== undefined) return new KeyRing(parseKeys(text, "FLECHE_SECRET_KEY"));
  return file === undefined ? undefined : new KeyRing(parseKeys(readKeyFile(file, location), "FLECHE_SECRET_KEY_FILE"));
}

function signatureRequired(env: Environment): boolean {
  const value = env.FLECHE_REQUIRE_SIGNATURE;
  if (value === undefined || value === "" || value === "0") return false;
  if (value === "1") return true;
  // Not shown: whoever mixes up the variables has put a key here.
  throw new ConfigError("FLECHE_REQUIRE_SIGNATURE must be 1 or 0; it is something else");
}

/** The text of a key file, less one final newline. */
function readKeyFile(path: string, location: string | undefined): string {
  const refuse = (problem: string, options?: ErrorOptions): never => {
    throw new ConfigError(`FLECHE_SECRET_KEY_FILE (${path}): ${problem}`, options);
  };
  if (path === "") refuse("the path is empty");
  // The likeliest mistake: the key itself. Then neither this error nor a cause may show the "path".
  if (!/[/\\]/.test(path) && /[0-9a-f]{16}/i.test(path)) {
    throw new ConfigError(
      "FLECHE_SECRET_KEY_FILE holds what looks like a key; it must be the path of a file with keys",
    );
  }
  const target = followOnce(path, refuse);
  let descriptor: number;
  try {
    // Not blocking, so that a FIFO put there cannot hang us; it is refused below.
    descriptor = openSync(target, constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    return refuse("cannot be opened", { cause: error });
  }
  try {
    const stats = fstatSync(descriptor);
    assertTrusted(stats, target, location, refuse);
    const bytes = Buffer.alloc(stats.size);
    const text = bytes.subarray(0, readSync(descriptor, bytes)).toString("latin1");
    return text.endsWith("\n") ? text.slice(0, -1) : text;
  } finally {
    closeSync(descriptor);
  }
}

/** The file itself, or what one link leads to, as mounted secrets are made. */
function followOnce(path: string, refuse: (problem: string, options?: ErrorOptions) => never): string {
  let target = path;
  let isLink: boolean;
  try {
    isLink = lstatSync(target).isSymbolicLink();
    if (isLink) {
      target = resolve(dirname(path), readlinkSync(path));
      isLink = lstatSync(target).isSymbolicLink();
    }
  } catch (error) {
    return refuse("cannot be looked at", { cause: error });
  }
  return isLink ? refuse("a link to a link; give the path of the file") : target;
}

function assertTrusted(
  stats: Stats,
  path: string,
  location: string | undefined,
  refuse: (problem: string) => never,
): void {
  if (!stats.isFile()) refuse("not a regular file");
  if (stats.size > MAX_FILE_SIZE) refuse(`${stats.size} bytes; a key list has at most ${MAX_FILE_SIZE}`);
  // No users or modes to look at on Windows.
  const us = process.geteuid?.();
  if (us === undefined) return;
  if (stats.uid !== us && stats.uid !== 0) refuse(`owned by user ${stats.uid}; must be ours (${us}) or root's`);
  if ((stats.mode & 0o022) !== 0) refuse("writable by its group or by others; chmod go-w it");
  if ((stats.mode & 0o004) === 0) return;
  if (stats.uid !== 0) refuse("readable by others; chmod o-r it");
  if (location !== undefined && `${realPath(path)}${sep}`.startsWith(`${realPath(location)}${sep}`)) {
    refuse("readable by others and inside the cache directory; keep keys elsewhere");
  }
}

/** Without links on the way, so that two paths to one place are one text. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Nothing is there yet, so nothing can lie in it.
    return resolve(path);
  }
}
