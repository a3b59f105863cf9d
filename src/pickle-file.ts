/**
 * Directories that a Python program shares: a value storage in one, and a store of values and calls for caches. Only the
 * entry `fleche/pickle` has them, so that nobody else loads the reader of pickles.
 */
import { join } from "node:path";
import { invalidArgument } from "./errors.ts";
import { assertOptions } from "./options.ts";
import { type FlatDirectories, flatStore } from "./store/file/flat.ts";
import type { SyncStore } from "./store/store.ts";
import { FORM } from "./vault/entry-format.ts";
import { pickleForm } from "./vault/pickle/pickle-form.ts";
import { SEAL_OPTIONS, type SealOptions, type ValueStorage, valueStorage } from "./vault/value-storage.ts";

/** How the files of {@link pickleFile} and {@link pickleStore} are written. */
export interface PickleLayout {
  /**
   * How deep a container may be that is stored in the file of what holds it; deeper ones get files of their own. As in
   * Python, default 1: every container that is not empty gets its own. Reading takes what is there.
   */
  readonly remainingDepth?: number;
  /** What an entry survives once it is put: a killed process (default), or also a power failure (slower). */
  readonly durability?: "process" | "power";
}

/** Options of {@link pickleStore}. Python keeps values and calls in two directories, which it is told each. */
export interface PickleStoreOptions extends PickleLayout {
  /** The directory with `values` and `calls` in it. Give this, or both of the others. */
  readonly root?: string;
  /** The directory of the values; default `values` in `root`. */
  readonly values?: string;
  /** The directory of the calls; default `calls` in `root`. */
  readonly calls?: string;
}

/** Options of {@link pickleFile}: those of the directory, and those of the seal. */
export interface PickleFileOptions extends PickleLayout, Omit<SealOptions, "codec" | "numbers"> {
  /** The directory, with a file for each value in it; made with mode 0700 where it is missing. */
  readonly root: string;
}

/**
 * Values as the Python library's `ValuePickleFile` keeps them: one file each, `<root>/<digest>`, a pickle with an HMAC
 * behind it. Keys come from `secretKey`, else from the environment. Reads what Python wrote and Python reads what it writes.
 *
 * @example
 * ```ts
 * import { pickleFile } from "fleche/pickle";
 * const storage = pickleFile({ root: "./cache", secretKey: "0123456789abcdef".repeat(4) });
 * const digest = storage.save({ status: "secure", data: [1, 2, 3] });
 * storage.load(digest); // { status: "secure", data: [1, 2, 3] }
 * ```
 */
export function pickleFile(options: PickleFileOptions): ValueStorage {
  const seal = SEAL_OPTIONS.filter((name) => name !== "codec" && name !== "numbers");
  assertOptions("pickleFile", options, ["root", "remainingDepth", "durability", ...seal]);
  const { root, remainingDepth = 1, durability = "process", ...rest } = options;
  assertDirectory("pickleFile", "root", root);
  return valueStorage({ ...rest, store: storeAt("pickleFile", { values: root }, remainingDepth, durability) });
}

/**
 * A store in the two directories that Python's `ValuePickleFile` and `CallPickleFile` use, for `openCache`: what is cached
 * there can be used from both languages. Names are Python's (`numbers: "python"`), so numbers that Python does not tell
 * apart share one.
 *
 * @example
 * ```ts
 * import { fleche, openCache } from "fleche";
 * import { pickleStore } from "fleche/pickle";
 * const cache = openCache({ store: pickleStore({ root: "./cache" }) });
 * const add = fleche((a: number, b: number) => a + b, { cache, name: "add", module: "__main__", identity: "version" });
 * add(2, 3); // 5
 * ```
 */
export function pickleStore(options: PickleStoreOptions): SyncStore {
  assertOptions("pickleStore", options, ["root", "values", "calls", "remainingDepth", "durability"]);
  const { root, remainingDepth = 1, durability = "process" } = options;
  if (root !== undefined) assertDirectory("pickleStore", "root", root);
  const values = options.values ?? (root === undefined ? undefined : join(root, "values"));
  const calls = options.calls ?? (root === undefined ? undefined : join(root, "calls"));
  if (values === undefined || calls === undefined) {
    throw invalidArgument("pickleStore: give root, or both values and calls");
  }
  assertDirectory("pickleStore", "values", values);
  assertDirectory("pickleStore", "calls", calls);
  return storeAt("pickleStore", { values, calls, location: root }, remainingDepth, durability);
}

function storeAt(
  where: string,
  directories: Omit<FlatDirectories, "durability">,
  remainingDepth: number,
  durability: "process" | "power",
): SyncStore {
  if (!Number.isSafeInteger(remainingDepth) || remainingDepth < 0) {
    throw invalidArgument(`${where}: remainingDepth must be a whole number from 0; found ${String(remainingDepth)}`);
  }
  if (durability !== "process" && durability !== "power") {
    throw invalidArgument(`${where}: durability must be "process" or "power"; found ${JSON.stringify(durability)}`);
  }
  const store = flatStore({ ...directories, durability });
  return Object.assign(store, { [FORM]: pickleForm(remainingDepth) });
}

function assertDirectory(where: string, name: string, path: unknown): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return;
  throw invalidArgument(`${where}: ${name} must be the path of a directory; found ${JSON.stringify(path)}`);
}
