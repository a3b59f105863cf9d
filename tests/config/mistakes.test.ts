/** Every mistake in a configuration is an error that says where it is, what was expected and what was found. */
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../src/config/resolve.ts";
import { ConfigError } from "../../src/errors.ts";
import { home } from "./folders.ts";

/** The message for a home with this `fleche.toml`, paths from there. */
function problem(text: string, env: Record<string, string> = {}): string {
  const at = home({ "fleche.toml": text });
  try {
    resolveConfig({ cwd: at, home: at, env });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).cause).toBeUndefined();
    return (error as Error).message.replaceAll(`${at}/`, "");
  }
  return "no error";
}

describe("a message names file, line, what was expected and what was found", () => {
  test.each<[what: string, text: string, message: string]>([
    [
      "broken TOML",
      "[a]\nkind = 'file\n",
      "fleche.toml:2:13: this is not TOML: control characters are not allowed in strings; a closing quote is missing",
    ],
    [
      "a text without quotes",
      "[a]\nkind = file\n",
      'fleche.toml:2:8: this is not TOML: invalid value; a text needs quotes, as in kind = "file"',
    ],
    [
      "a key twice",
      "[a]\nkind = 'file'\nkind = 'file'\n",
      "fleche.toml:3:1: this is not TOML: trying to redefine an already defined table or value",
    ],
    [
      "a key outside of tables",
      "kind = 'file'\n",
      'fleche.toml:1: "kind" stands outside of any table; put it below a header such as [default]',
    ],
    ["an unknown key", "[a]\nnamspace = 'x'\n", 'fleche.toml:2: unknown key "namspace"; did you mean "namespace"?'],
    [
      "a strange key",
      "[a]\nxyz = 1\n",
      'fleche.toml:2: unknown key "xyz"; known are: template, root, kind, path, layers, namespace, posture, numbers, check-content, codec, compress, durability, lock-wait, max-entry-bytes, read-only, max-count, max-bytes, max-age',
    ],
    [
      "a table in a table",
      "[a.b]\nkind = 'file'\n",
      'fleche.toml:1: unknown key "b"; known are: template, root, kind, path, layers, namespace, posture, numbers, check-content, codec, compress, durability, lock-wait, max-entry-bytes, read-only, max-count, max-bytes, max-age',
    ],
    [
      "a wrong kind",
      "[a]\nkind = 'sqlit'\n",
      'fleche.toml:2: kind: expected one of "auto", "file", "sqlite", "memory", "void", "stack", "pool"; found "sqlit"; did you mean "sqlite"?',
    ],
    ["a wrong type", "[a]\npath = 3\n", "fleche.toml:2: path: expected a path; found 3"],
    ["a list", "[a]\nnamespace = ['x']\n", "fleche.toml:2: namespace: expected a text that is not empty; found a list"],
    [
      "a date",
      "[a]\nnamespace = 2020-01-01\n",
      "fleche.toml:2: namespace: expected a text that is not empty; found a date",
    ],
    [
      "a size without unit",
      "[a]\nmax-bytes = '12'\n",
      'fleche.toml:2: max-bytes: expected a size such as "1GiB", "500MB" or 1048576 (bytes); found "12"',
    ],
    [
      "a duration without unit",
      "[a]\nmax-age = 600\n",
      'fleche.toml:2: max-age: expected a length of time such as "90s", "10m", "24h" or "7d"; found 600',
    ],
    [
      "a count in quotes",
      "[a]\nmax-count = '5'\n",
      'fleche.toml:2: max-count: expected a whole number, at least 1, without quotes; found "5"',
    ],
    [
      "a built-in name",
      "\n[memory]\nkind = 'file'\n",
      'fleche.toml:2: "memory" is the name of a built-in cache; choose another name',
    ],
    [
      "a misspelt template",
      "[base]\n[a]\ntemplate = 'bas'\n",
      'fleche.toml:3: template: expected the name of a table; found "bas"; did you mean "base"?',
    ],
    [
      "a circle of templates",
      "[a]\ntemplate = 'b'\n[b]\ntemplate = 'a'\n",
      "fleche.toml:4: template: a circle, a → b → a; remove one of them",
    ],
    ["its own template", "[a]\ntemplate = 'a'\n", "fleche.toml:2: template: a circle, a → a; remove one of them"],
    [
      "a missing layer",
      "[near]\n[a]\nkind = 'stack'\nlayers = ['near', 'fra']\n[far]\n",
      'fleche.toml:4: layers: expected the name of a cache; found "fra"; did you mean "far"?',
    ],
    [
      "a circle of layers",
      "[a]\nkind = 'stack'\nlayers = ['b']\n[b]\nkind = 'pool'\nlayers = ['a']\n",
      "fleche.toml:6: layers: a circle, a → b → a; remove one of them",
    ],
    ["no layers", "[a]\nkind = 'stack'\n", "fleche.toml:1: [a] is of kind stack, which needs layers; add it"],
    [
      "empty layers",
      "[a]\nkind = 'stack'\nlayers = []\n",
      'fleche.toml:3: layers: expected names of caches, such as ["local", "shared"]; found a list',
    ],
    ["no path", "[a]\nkind = 'sqlite'\n", "fleche.toml:1: [a] is of kind sqlite, which needs path; add it"],
    [
      "layers without a kind",
      "[a]\nlayers = ['default']\n",
      'fleche.toml:2: layers means nothing to a cache of kind auto; add kind = "stack" or "pool"',
    ],
    [
      "a key for another kind",
      "[a]\nkind = 'memory'\npath = 'x'\n",
      "fleche.toml:3: path means nothing to a cache of kind memory; remove it; it is for auto, file, sqlite",
    ],
    ["root elsewhere", "[a]\nroot = true\n", "fleche.toml:2: root: only [default] can have it; move it there"],
    ["root of another type", "[default]\nroot = 1\n", "fleche.toml:2: root: expected true or false; found 1"],
  ])("%s", (_, text, message) => {
    expect(problem(text)).toBe(message);
  });

  test("a misspelt FLECHE_CACHE", () => {
    expect(problem("[shared]\n", { FLECHE_CACHE: "sharde" })).toBe(
      'FLECHE_CACHE: expected the name of a cache; found "sharde"; did you mean "shared"?',
    );
    expect(problem("[shared]\n", { FLECHE_CACHE: "xyz" })).toBe(
      'FLECHE_CACHE: expected the name of a cache; found "xyz"; there are default, shared, memory, void',
    );
  });

  test.each(["gone.toml", "", "."])("FLECHE_CONFIG=%s", (path) => {
    expect(problem("", { FLECHE_CONFIG: path })).toMatch(/^FLECHE_CONFIG /);
  });

  test("a mistake in a table that is not used, in a file further away", () => {
    const at = home({ "project/fleche.toml": "[a]\n", "fleche.toml": "[a]\nkin = 'file'\n" });
    expect(() => resolveConfig({ cwd: join(at, "project"), home: at, env: {} })).toThrow('unknown key "kin"');
  });
});

describe("signing keys do not belong in the file", () => {
  const key = "0123456789abcdef".repeat(4);

  test.each([
    "secret-key",
    "secretKey",
    "secret_key",
    "keys",
    "key",
    "SECRET",
    "signing-key",
    "fleche-secret-key",
    "secret-key-file",
  ])("%s", (name) => {
    const message = problem(`[a]\n${name} = "${key}"\n`);
    expect(message).toBe(
      `fleche.toml:2: "${name}": signing keys do not belong in this file, which others can read; set FLECHE_SECRET_KEY, or FLECHE_SECRET_KEY_FILE to the path of a file with keys`,
    );
  });

  test.each([`namespac = "${key}"`, `posture = "${key}"`, `kind = ["${key}"]`, `secret = "${key}`, `a = ${key}`])(
    "and no message shows one: %s",
    (line) => {
      const message = problem(`[a]\n${line}\n`);
      expect(message).toContain("fleche.toml:2");
      expect(message).not.toContain(key.slice(0, 20));
    },
  );
});

test("a file that somebody else put where anybody can write is refused", () => {
  if (process.geteuid?.() !== 0) return;
  const at = home({ "fleche.toml": "[a]\n", "mine/x": "" });
  chmodSync(at, 0o1777);
  spawnSync("chown", ["12345", join(at, "fleche.toml")]);
  expect(() => resolveConfig({ cwd: join(at, "mine"), home: "/nowhere", env: {} })).toThrow(
    /belongs to user 12345 and lies where anybody can write/,
  );
});
