/** Key files: what they may be, whose, and who else may read or write them. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { fileStore } from "../../store/file/file.ts";
import { valueStorage } from "../../vault/value-storage.ts";
import type { Test } from "../runner.ts";
import { KEPT_VALUE } from "./key-cases.ts";
import { KEYS } from "./scene.ts";
import { assertNoKey, inEnvironment } from "./secrets.ts";
import { watch } from "./witness.ts";

/** Somebody who is neither us nor root. */
const SOMEBODY = 65_534;

interface KeyFileCase {
  readonly title: string;
  /** Makes the file and returns its path; `undefined` where this system cannot. */
  make(directory: string): string | undefined;
  /** What the message says; left out where the keys are taken. */
  readonly refused?: RegExp;
  /** Whether it is read by another user than root. */
  readonly asSomebody?: boolean;
}

const isRoot = process.geteuid?.() === 0;

function keyFile(directory: string, mode: number, contents = KEYS.first, name = "keys"): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  chmodSync(path, mode);
  return path;
}

function link(target: string, path: string): string {
  symlinkSync(target, path);
  return path;
}

const KEY_FILES: readonly KeyFileCase[] = [
  { title: "mode 0600", make: (directory) => keyFile(directory, 0o600) },
  { title: "mode 0400", make: (directory) => keyFile(directory, 0o400) },
  { title: "readable by its group", make: (directory) => keyFile(directory, 0o640) },
  { title: "one newline at the end", make: (directory) => keyFile(directory, 0o600, `${KEYS.first}\n`) },
  {
    title: "two newlines at the end",
    make: (directory) => keyFile(directory, 0o600, `${KEYS.first}\n\n`),
    refused: /U\+000A/,
  },
  {
    title: "a line end of Windows",
    make: (directory) => keyFile(directory, 0o600, `${KEYS.first}\r\n`),
    refused: /U\+000D/,
  },
  { title: "a space at the end", make: (directory) => keyFile(directory, 0o600, `${KEYS.first} `), refused: /U\+0020/ },
  {
    title: "two lines",
    make: (directory) => keyFile(directory, 0o600, `${KEYS.first}\n${KEYS.second}\n`),
    refused: /U\+000A/,
  },
  { title: "empty", make: (directory) => keyFile(directory, 0o600, ""), refused: /is empty/ },
  { title: "a newline alone", make: (directory) => keyFile(directory, 0o600, "\n"), refused: /is empty/ },
  { title: "UTF-16", make: (directory) => keyFile(directory, 0o600, `\ufeff${KEYS.first}`), refused: /key 1/ },
  { title: "writable by its group", make: (directory) => keyFile(directory, 0o620), refused: /writable/ },
  { title: "writable by others", make: (directory) => keyFile(directory, 0o602), refused: /writable/ },
  { title: "1 MiB", make: (directory) => keyFile(directory, 0o600, "a".repeat(1 << 20)), refused: /1048576 bytes/ },
  {
    title: "64 KiB and a byte",
    make: (directory) => keyFile(directory, 0o600, "a".repeat(65_537)),
    refused: /65537 bytes/,
  },
  {
    title: "a directory",
    make: (directory) => {
      mkdirSync(join(directory, "keys"), { mode: 0o700 });
      return join(directory, "keys");
    },
    refused: /not a regular file/,
  },
  {
    title: "a FIFO",
    make: (directory) => {
      const made = spawnSync("mkfifo", ["-m", "600", join(directory, "keys")]).status === 0;
      return made ? join(directory, "keys") : undefined;
    },
    refused: /not a regular file/,
  },
  { title: "a device", make: () => "/dev/zero", refused: /not a regular file/ },
  { title: "a link to a good file", make: (directory) => link(keyFile(directory, 0o600), join(directory, "link")) },
  {
    title: "a relative link to a good file",
    make: (directory) => {
      keyFile(directory, 0o600);
      return link("keys", join(directory, "link"));
    },
  },
  {
    title: "a link to a bad file",
    make: (directory) => link(keyFile(directory, 0o666), join(directory, "link")),
    refused: /writable/,
  },
  {
    title: "a link to a link",
    make: (directory) => link(link(keyFile(directory, 0o600), join(directory, "link")), join(directory, "link2")),
    refused: /link to a link/,
  },
  { title: "a link to itself", make: (directory) => link("link", join(directory, "link")), refused: /link to a link/ },
  {
    title: "a link to nothing",
    make: (directory) => link("nothing", join(directory, "link")),
    refused: /cannot be looked at/,
  },
  {
    title: "somebody else's",
    make: (directory) => {
      const path = keyFile(directory, 0o600);
      if (!isRoot) return undefined;
      chownSync(path, SOMEBODY, SOMEBODY);
      return path;
    },
    refused: /owned by user 65534/,
  },
  {
    title: "root's, readable by others",
    make: (directory) => (isRoot ? keyFile(directory, 0o644) : undefined),
  },
  {
    title: "ours, readable by others, and we are not root",
    make: (directory) => {
      const path = keyFile(directory, 0o644);
      if (isRoot) chownSync(path, SOMEBODY, SOMEBODY);
      return path;
    },
    asSomebody: true,
    refused: /readable by others/,
  },
  {
    title: "ours alone, and we are not root",
    make: (directory) => {
      const path = keyFile(directory, 0o600);
      if (isRoot) chownSync(path, SOMEBODY, SOMEBODY);
      return path;
    },
    asSomebody: true,
  },
  {
    title: "root's, readable by others, in the cache",
    make: (directory) => (isRoot ? keyFile(join(directory, "cache"), 0o644) : undefined),
    refused: /inside the cache directory/,
  },
  {
    title: "root's, readable by others, in the cache by another way",
    make: (directory) => {
      if (!isRoot) return undefined;
      keyFile(join(directory, "cache"), 0o644);
      return join(link(directory, join(directory, "way")), "cache", "keys");
    },
    refused: /inside the cache directory/,
  },
  {
    title: "root's, readable by others, in the cache, through a link",
    make: (directory) => (isRoot ? link(keyFile(join(directory, "cache"), 0o644), join(directory, "link")) : undefined),
    refused: /inside the cache directory/,
  },
  {
    title: "root's, readable by others, beside the cache",
    make: (directory) => (isRoot ? keyFile(directory, 0o644, KEYS.first, "cache.keys") : undefined),
  },
];

/** Does something as another user, where we may become one. */
function asUser<T>(user: number | undefined, act: () => T): T {
  if (user === undefined || !isRoot || process.seteuid === undefined) return act();
  process.seteuid(user);
  try {
    return act();
  } finally {
    process.seteuid(0);
  }
}

/** Registers a test for every kind of key file. */
export function attackKeyFiles({ test }: { readonly test: Test }): void {
  if (process.platform === "win32") return;
  for (const { title, make, refused, asSomebody } of KEY_FILES) {
    test(`18 keys: a key file, ${title} → ${refused === undefined ? "taken" : "refused"}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "fleche-keys-"));
      try {
        chmodSync(directory, 0o755);
        mkdirSync(join(directory, "cache"), { mode: 0o755 });
        const path = make(directory);
        if (path === undefined) return;
        const { error, result } = await watch(() =>
          asUser(asSomebody === true ? SOMEBODY : undefined, () =>
            inEnvironment({ FLECHE_SECRET_KEY_FILE: path }, () =>
              valueStorage({ store: fileStore({ root: join(directory, "cache") }) }),
            ),
          ),
        );
        if (refused === undefined) {
          strictEqual(error, undefined, String(error));
          const storage = result as ReturnType<typeof valueStorage>;
          deepStrictEqual(await storage.load(await storage.save(KEPT_VALUE)), KEPT_VALUE);
          strictEqual(storage.stats().unverified, 0);
          return;
        }
        ok(error instanceof ConfigError, `a ConfigError was expected, not ${String(error).slice(0, 200)}`);
        match(error.message, refused);
        assertNoKey(error.message, "the message");
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
}
