/** Which files count, which table wins, what templates hand on, and where each setting says it came from. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, resolveConfig } from "../../src/config/resolve.ts";
import { sourceText } from "../../src/config/setting.ts";
import { home } from "./folders.ts";

/** The configuration of a program in `project/deep` of a home with these files. */
function resolved(files: Record<string, string>, env: Record<string, string> = {}): Config & { readonly at: string } {
  const at = home(files);
  const cwd = join(at, "project", "deep");
  mkdirSync(cwd, { recursive: true });
  return { ...resolveConfig({ cwd, home: at, env }), at };
}

/** `key = value (source)` of each setting that is no default; paths from the home directory. */
function shown({ caches, at }: Config & { readonly at: string }, name: string): string[] {
  return [...(caches.get(name)?.settings ?? [])]
    .filter(([, { source }]) => source.from !== "default")
    .map(([key, { value, source }]) => `${key} = ${value} (${sourceText(source)})`.replaceAll(`${at}/`, ""));
}

describe("files", () => {
  test("without any, there is the default cache", () => {
    const config = resolved({});
    expect(config.files).toEqual([]);
    expect([...config.caches.keys()]).toEqual(["default"]);
    expect(config.caches.get("default")?.kind).toBe("auto");
    expect(config.defaultCache).toEqual({ value: "default", source: { from: "default" } });
  });

  test("are looked for from the working directory up to home, then in the user's configuration", () => {
    const config = resolved({
      "project/deep/fleche.toml": "",
      "project/fleche.toml": "",
      "fleche.toml": "",
      ".config/fleche/fleche.toml": "",
    });
    expect(config.files.map((file) => file.slice(config.at.length + 1))).toEqual([
      "project/deep/fleche.toml",
      "project/fleche.toml",
      "fleche.toml",
      ".config/fleche/fleche.toml",
    ]);
  });

  test("above home do not count", () => {
    const at = home({ "fleche.toml": "[default]\nkind = 'void'" });
    expect(resolveConfig({ cwd: join(at, "me", "project"), home: join(at, "me"), env: {} }).files).toEqual([]);
  });

  test("of XDG_CONFIG_HOME count where it is absolute", () => {
    const at = home({ "xdg/fleche/fleche.toml": "", ".config/fleche/fleche.toml": "" });
    const filesWith = (xdg: string) =>
      resolveConfig({ cwd: at, home: at, env: { XDG_CONFIG_HOME: xdg } }).files.map((file) =>
        file.slice(at.length + 1),
      );
    expect(filesWith(join(at, "xdg"))).toEqual(["xdg/fleche/fleche.toml"]);
    expect(filesWith("xdg")).toEqual([".config/fleche/fleche.toml"]);
  });

  test("FLECHE_CONFIG names the only one", () => {
    const config = resolved({ "project/fleche.toml": "[a]\n", "other.toml": "[b]\nkind = 'void'" }, {});
    const { caches, files } = resolveConfig({
      cwd: join(config.at, "project"),
      home: config.at,
      env: { FLECHE_CONFIG: "../other.toml" },
    });
    expect(files).toEqual([join(config.at, "other.toml")]);
    expect([...caches.keys()]).toEqual(["default", "b"]);
  });

  test("further away than one with root = true do not count", () => {
    const config = resolved({
      "project/fleche.toml": "[default]\nroot = true\nkind = 'memory'",
      "fleche.toml": "[other]\n",
      ".config/fleche/fleche.toml": "[another]\n",
    });
    expect([...config.caches.keys()]).toEqual(["default"]);
  });
});

describe("tables", () => {
  test("win whole over those of the same name further away", () => {
    const config = resolved({
      "project/fleche.toml": "[big]\nkind = 'file'\npath = 'near'",
      "fleche.toml": "[big]\nkind = 'file'\npath = 'far'\nposture = 'strict'\n\n[small]\nkind = 'memory'\n",
    });
    expect(shown(config, "big")).toEqual([
      "kind = file (project/fleche.toml:2)",
      "path = project/near (project/fleche.toml:3)",
    ]);
    expect(shown(config, "small")).toEqual(["kind = memory (fleche.toml:7)"]);
  });

  test("take over the keys of their template, and its template's, unless they have them", () => {
    const config = resolved({
      "fleche.toml": [
        "[base]",
        "kind = 'file'",
        "path = 'caches/base'",
        "posture = 'strict'",
        "[middle]",
        "template = 'base'",
        "namespace = 'team'",
        "[top]",
        "template = 'middle'",
        "path = '/somewhere'",
      ].join("\n"),
    });
    expect(shown(config, "top")).toEqual([
      "kind = file (fleche.toml:2)",
      "path = /somewhere (fleche.toml:10)",
      "namespace = team (fleche.toml:7)",
      "posture = strict (fleche.toml:4)",
    ]);
    expect(shown(config, "middle")[1]).toBe("path = caches/base (fleche.toml:3)");
  });

  test("have their lines told for dotted keys, quoted names and values of several lines", () => {
    const config = resolved({
      "fleche.toml": [
        "# [a]",
        'b.kind = "void"',
        '["a"]',
        "kind = 'stack'",
        "layers = [",
        '  "b",',
        "]",
        '"read-only" = true',
      ].join("\n"),
    });
    expect(shown(config, "a")).toEqual([
      "kind = stack (fleche.toml:4)",
      "layers = b (fleche.toml:5)",
      "read-only = true (fleche.toml:8)",
    ]);
    expect(shown(config, "b")).toEqual(["kind = void (fleche.toml:2)"]);
  });

  test("are not looked for inside a text", () => {
    const config = resolved({ "fleche.toml": '[a]\nnamespace = """\nposture = "x"\n"""\nposture = "on"' });
    expect(shown(config, "a").at(-1)).toBe("posture = on (fleche.toml:5)");
  });
});

describe("values", () => {
  test.each([
    ["max-entry-bytes", '"1GiB"', 1024 ** 3],
    ["max-entry-bytes", '"1.5 MB"', 1_500_000],
    ["max-entry-bytes", "4096", 4096],
    ["max-bytes", '"64KiB"', 65_536],
    ["max-age", '"90s"', 90_000],
    ["max-age", '"7d"', 604_800_000],
    ["max-count", "10", 10],
    ["compress", "true", true],
    ["read-only", "true", true],
  ])("%s = %s is %s", (key, text, value) => {
    const { caches } = resolved({ "fleche.toml": `[a]\nkind = "memory"\n${key} = ${text}` });
    expect(caches.get("a")?.settings.get(key)?.value).toBe(value);
  });

  test("paths count from their file, or from home", () => {
    const { caches, at } = resolved({
      "project/fleche.toml": "[a]\npath = '../x'\n[b]\npath = '~/y'\n[c]\npath = '~z'",
    });
    const path = (name: string) => caches.get(name)?.settings.get("path")?.value;
    expect(path("a")).toBe(join(at, "x"));
    expect(path("b")).not.toContain("~");
    expect(path("c")).toBe(join(at, "project/~z"));
  });

  test("FLECHE_CACHE names the default, and is its source", () => {
    const { defaultCache } = resolved({ "fleche.toml": "[big]\n" }, { FLECHE_CACHE: "big" });
    expect(defaultCache).toEqual({ value: "big", source: { from: "environment", variable: "FLECHE_CACHE" } });
  });
});
