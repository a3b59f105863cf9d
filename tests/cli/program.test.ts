/** The program itself: settings and where they come from, mistakes and what helps, forms of output, how it ends. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tableLines } from "../../src/cli/table.ts";
import { bytesText, durationText } from "../../src/cli/words.ts";
import { home } from "../config/folders.ts";
import { KEY_ID, KEYS, program, SECRET_KEY, scene } from "./kit.ts";

const run = program();

describe("config", () => {
  test("shows every setting with its source, and of keys their ids", () => {
    const at = home({ "fleche.toml": '[default]\npath = "x"\nmax-entry-bytes = "2MiB"\n\n[team]\nkind = "memory"\n' });
    const { out, exitCode } = run(["config"], at, { ...KEYS, FLECHE_CACHE: "team" });
    expect(exitCode).toBe(0);
    const rows = out.split("\n").map((line) => line.trim().split(/ {2,}/).join(" | "));
    expect(rows).toEqual(
      expect.arrayContaining([
        "files | ~/fleche.toml | default",
        "cache | team | FLECHE_CACHE",
        `keys | ${KEY_ID} | FLECHE_SECRET_KEY`,
        "default | path | ~/x | ~/fleche.toml:2",
        "default | max-entry-bytes | 2.0 MiB | ~/fleche.toml:3",
        "default | posture | on | default",
        "team | kind | memory | ~/fleche.toml:6",
      ]),
    );
    expect(out).not.toContain(SECRET_KEY.slice(0, 16));
  });

  test("says where the cache lies if nobody says", () => {
    const at = home();
    const { out } = run(["config"], at, { XDG_CACHE_HOME: `${at}/caches` });
    expect(out).toMatch(/^default {2}path +~\/caches\/fleche\/default +default$/m);
    expect(readdirSync(at)).toEqual([]);
  });

  test("says what is wrong with keys, and ends with 1", () => {
    const { out, exitCode } = run(["config"], home(), { FLECHE_SECRET_KEY: "abc" });
    expect(out).toContain("cannot be used: FLECHE_SECRET_KEY: key 1 has an odd number of hex digits (3)");
    expect(exitCode).toBe(1);
  });
});

describe("a mistake is told in two lines, the second with what helps", () => {
  test.each<[args: string[], message: string, help: string]>([
    [["lst"], "unknown command 'lst' (Did you mean ls?)", "how commands are used: fleche help"],
    [["ls", "--limt", "3"], "unknown option '--limt' (Did you mean --limit?)", "how commands are used: fleche help"],
    [
      ["ls", "--limit", "x"],
      "option '-l, --limit <count>' argument 'x' is invalid. A whole number is expected, 0 or more.",
      "how commands are used: fleche help",
    ],
    [
      ["ls", "--json", "--ndjson"],
      "option '--json' cannot be used with option '--ndjson'",
      "how commands are used: fleche help",
    ],
    [["show"], "missing required argument 'digest'", "how commands are used: fleche help"],
    [
      ["show", "zz"],
      'a digest is expected, or at least its first 4 characters (0-9, a-f); found "zz"',
      "what is stored: fleche ls",
    ],
    [
      ["ls", "--cache", "defualt"],
      '--cache: expected the name of a cache; found "defualt"; did you mean "default"?',
      "what holds here, and why: fleche config",
    ],
    [
      ["ls", "--config", "gone.toml"],
      "--config names ~/gone.toml, which is no file; correct the path, or leave it out",
      "what holds here, and why: fleche config",
    ],
    [
      ["ls", "--root", "gone"],
      "--root: there is no cache in ~/gone",
      "give the directory of a cache, or a database; where the cache in use lies: fleche config",
    ],
    [
      ["ls", "--root", ".", "--cache", "x"],
      "--cache and --root both say which cache is meant",
      "give one of them: fleche help",
    ],
    [
      ["query", "--argument", "x"],
      '--argument: expected name=value; found "x"',
      "as in: fleche query --argument temperature=300",
    ],
    [
      ["query", "--since", "yesterday"],
      'since must be a Date, Unix milliseconds or ISO text ("2025-03-01", "(moment)Z"); found "yesterday"',
      "how commands are used: fleche help",
    ],
    [
      ["query", "--sort", "nmae"],
      'sorted: a function or the name of a field is expected, not "nmae"; did you mean "name"?',
      "how commands are used: fleche help",
    ],
  ])("%j", (args, message, help) => {
    expect(run(args, home())).toMatchObject({
      exitCode: 2,
      out: "",
      err: expect.stringContaining(`fleche: ${message}\n  ${help}\n`),
    });
  });

  test("in the configuration", () => {
    expect(run(["ls"], home({ "fleche.toml": "[default]\npth = 'x'\n" }))).toEqual({
      exitCode: 2,
      out: "",
      err: 'fleche: ~/fleche.toml:2: unknown key "pth"; did you mean "path"?\n  what holds here, and why: fleche config\n',
    });
  });

  test("in keys", () => {
    const { exitCode, err } = run(["ls"], scene("file"), { FLECHE_SECRET_KEY: "" });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^fleche: FLECHE_SECRET_KEY is empty; .*\n {2}what holds here, and why: fleche config\n$/);
  });

  test("an entry that is not there ends with 1", () => {
    expect(run(["show", "abcdef"], scene("file"))).toEqual({
      exitCode: 1,
      out: "",
      err: 'fleche: no call or value begins with "abcdef"\n  what is stored: fleche ls\n',
    });
  });

  test("with the stack only where it is asked for", () => {
    expect(run(["show", "zz"], home()).err).not.toContain("    at ");
    expect(run(["show", "zz"], home(), { NODE_DEBUG: "fleche" }).err).toContain("    at ");
  });
});

describe("the program", () => {
  test("without a command shows its help, and ends with 2", () => {
    const { exitCode, err, out } = run([], home());
    expect(exitCode).toBe(2);
    expect(out + err).toContain("Usage: fleche [options] [command]");
  });

  test("has a version, and help for each command, which end with 0", () => {
    expect(run(["--version"], home())).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    const { out } = run(["help"], home());
    expect(run(["help", "query"], home())).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining("--cache <name>"),
    });
    for (const command of [
      "init",
      "ls",
      "show",
      "query",
      "explain",
      "lineage",
      "evict",
      "transfer",
      "keys",
      "config",
    ]) {
      expect(out).toMatch(new RegExp(`^  ${command} `, "m"));
    }
  });

  test("makes no cache by looking", () => {
    const at = home();
    expect(run(["ls"], at)).toEqual({
      exitCode: 0,
      out: "",
      err: "fleche: nothing is cached yet in ~/.cache/fleche/default\nfleche: no calls\n",
    });
    expect(existsSync(`${at}/.cache`)).toBe(false);
  });

  test("gives programs an empty list where there is nothing", () => {
    expect(run(["ls", "--json"], home()).out).toBe("[]\n");
    expect(run(["ls", "--ndjson"], home()).out).toBe("");
  });
});

describe("tables", () => {
  const plain = { columns: 30, styled: (_: unknown, text: string) => text };

  test("fit into the line, the widest columns giving way", () => {
    const lines = tableLines([{ name: "square", text: "x".repeat(60), count: 5 }], plain);
    expect(lines).toEqual(["name    text             count", `square  ${"x".repeat(14)}…      5`]);
    expect(lines.every((line) => line.length <= 30)).toBe(true);
  });

  test("of nothing are nothing", () => {
    expect(tableLines([], plain)).toEqual([]);
  });

  test("have sizes and times that people read", () => {
    expect([1, 1023, 1024, 1_500_000, 5e12].map(bytesText)).toEqual(["1 B", "1023 B", "1.0 KiB", "1.4 MiB", "4.5 TiB"]);
    expect([0.4567, 12.3, 1500, 200_000, 7_500_000, 1e9].map(durationText)).toEqual([
      ...["0.46 ms", "12 ms", "1.5 s", "3 m 20 s", "2 h 5 m", "11 d 13 h"],
    ]);
  });
});
