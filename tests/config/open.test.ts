/** Caches by name: opened once, on first use, with the options that their tables say. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, fleche } from "fleche";
import { expect, test, vi } from "vitest";
import { namedCaches } from "../../src/config/named.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { home } from "./folders.ts";

/** The caches of a program in a home with this `fleche.toml`. */
function caches(toml: string, env: Record<string, string> = {}) {
  const at = home({ "fleche.toml": toml });
  const surroundings = { cwd: at, home: at, env: { XDG_CACHE_HOME: join(at, "cache"), ...env } };
  const config = vi.fn(() => resolveConfig(surroundings));
  return { at, config, ...namedCaches({ config }) };
}

test("nothing is read before a cache is asked for, and then once", () => {
  const { config, open, openDefault } = caches("[a]\nkind = 'memory'\n");
  expect(config).not.toHaveBeenCalled();
  expect(open("a")).toBe(open("a"));
  openDefault();
  expect(config).toHaveBeenCalledTimes(1);
});

test("built-in caches need no configuration that can be read", () => {
  const { config, open } = caches("broken");
  const cache = open("memory");
  expect(cache).toBe(open("memory"));
  expect(open("void")).not.toBe(cache);
  expect(config).not.toHaveBeenCalled();
});

test("a misspelt name and a broken file are errors each time, never another cache", () => {
  const { at, open, openDefault } = caches("[shared]\nkind = 'memory'\nx = 1\n");
  for (const attempt of [() => open("shared"), openDefault, () => open("default")]) {
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow('unknown key "x"');
  }
  // Once it is put right, it holds.
  writeFileSync(join(at, "fleche.toml"), "[shared]\nkind = 'memory'\n");
  expect(() => open("sharde")).toThrow('expected the name of a cache; found "sharde"; did you mean "shared"?');
  expect(open("shared")).toBeDefined();
});

test("lock-wait is how long calls wait for other processes; none where it is nought", () => {
  const { at, open } = caches(
    "[waits]\nkind = 'file'\npath = 'waits'\n[runs]\nkind = 'file'\npath = 'runs'\nlock-wait = '0s'",
  );
  for (const name of ["waits", "runs"]) {
    fleche((x: number) => 2 * x, { cache: open(name), name: "double", version: 1, module: "m" })(4);
  }
  expect(["waits", "runs"].map((path) => existsSync(join(at, path, "locks")))).toEqual([true, false]);
});

test("each kind keeps its entries where its table says", () => {
  const { at, open, openDefault } = caches(
    [
      "[default]\npath = 'auto'",
      "[files]\nkind = 'file'\npath = 'files'\ndurability = 'power'",
      "[database]\nkind = 'sqlite'\npath = 'data/base.db'",
    ].join("\n"),
  );
  for (const cache of [openDefault(), open("files"), open("database")]) {
    const double = fleche((x: number) => 2 * x, { cache, name: "double", version: 1, module: "m" });
    expect([double(4), double.contains(4)]).toEqual([8, true]);
    cache.close();
  }
  expect(existsSync(join(at, "auto", "kind"))).toBe(true);
  expect(existsSync(join(at, "files", "values"))).toBe(true);
  expect(existsSync(join(at, "data", "base.db"))).toBe(true);
});

test("options reach the cache", () => {
  const { at, open } = caches(
    [
      "[one]\nkind = 'file'\npath = 'same'\nnamespace = 'one'\ncodec = 'json'\nmax-entry-bytes = '1KiB'\ncompress = true",
      "[two]\ntemplate = 'one'\nnamespace = 'two'\nposture = 'strict'",
      "[python]\nkind = 'memory'\nnumbers = 'python'\ncheck-content = 'always'",
    ].join("\n"),
  );
  const [one, two, python] = [open("one"), open("two"), open("python")];
  const digest = String(one.save([1, 2]));
  // Another namespace, and strict about it.
  vi.spyOn(console, "warn").mockReturnValueOnce();
  expect(() => two.contains(digest)).toThrow("failed signature check");
  expect(() => one.save("x".repeat(5000))).toThrow("more than maxEntryBytes (1024)");
  expect(() => one.save(new Map())).toThrow();
  expect(String(python.save(0.5))).toBe(String(python.save(2 ** 60)));
  expect(existsSync(join(at, "same", "values"))).toBe(true);
});

test("a store that cannot be is an error with its place", () => {
  const { at, open } = caches("[a]\nkind = 'file'\npath = 'fleche.toml'\n");
  expect(() => open("a")).toThrow(`${at}/fleche.toml:3: [a]: the cache directory ${at}/fleche.toml is not a directory`);
});

test("a directory of a kind that this process cannot use keeps nothing, and is told of once", () => {
  const place = home({ "fleche.toml": "[a]\npath = 'x'\n", "x/kind": "lmdb\n" });
  const told = vi.fn();
  const named = namedCaches({ config: () => resolveConfig({ cwd: place, home: place, env: {} }), unusable: told });
  const cache = named.open("a");
  expect(named.open("a")).toBe(cache);
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("a later version of fleche"));
  const runs = vi.fn((x: number) => x);
  const same = fleche(runs, { cache, name: "same", version: 1, module: "m" });
  expect([same(1), same(1), runs.mock.calls.length]).toEqual([1, 1, 2]);
});

test("layers, limits and read-only caches are what their tables say", () => {
  const { open } = caches(
    [
      "[near]\nkind = 'memory'\nmax-count = 2",
      "[far]\nkind = 'memory'",
      "[guest]\nkind = 'stack'\nlayers = ['near', 'far']\nread-only = true",
      "[both]\nkind = 'stack'\nlayers = ['near', 'far']",
      "[side]\nkind = 'pool'\nlayers = ['near', 'far']",
    ].join("\n"),
  );
  const square = fleche((x: number) => x * x, { cache: open("far"), name: "square", version: 1, module: "m" });
  square(7);
  const both = square.with({ cache: open("both") });
  expect([both.contains(7), square.with({ cache: open("near") }).contains(7), both(7)]).toEqual([true, false, 49]);
  expect(square.with({ cache: open("near") }).contains(7)).toBe(true);
  expect(square.with({ cache: open("side") }).contains(7)).toBe(true);
  for (const x of [1, 2, 3]) both(x);
  expect([7, 1, 2, 3].map((x) => square.with({ cache: open("near") }).contains(x))).toEqual([false, false, true, true]);
  expect(() => open("guest").save(1)).toThrow("the cache is read-only");
});

test("layers that do not agree are an error with its place", () => {
  const { at, open } = caches(
    "[a]\nkind = 'memory'\nposture = 'strict'\n[b]\nkind = 'memory'\n[c]\nkind = 'stack'\nlayers = ['a', 'b']\n",
  );
  expect(() => open("c")).toThrow(`${at}/fleche.toml:8: [c]: stack: all caches need the same posture`);
});
