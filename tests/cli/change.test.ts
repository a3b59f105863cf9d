/** The commands that change something: what they did, what they said, and that nothing happens without being asked for. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { home } from "../config/folders.ts";
import { KEYS, program, scene } from "./kit.ts";

const run = program();
const count = (at: string, ...args: string[]): string => run(["query", "--count", ...args], at, KEYS).out.trim();

describe("init", () => {
  test("puts the cache into the project, and out of Git where it may", () => {
    const at = home({ ".gitignore": "dist" });
    expect(run(["init", "--yes"], at)).toEqual({
      exitCode: 0,
      out: "~/fleche.toml: written; the cache will lie in ~/.fleche\n~/.gitignore: .fleche/ added\n",
      err: "",
    });
    expect(readFileSync(join(at, ".gitignore"), "utf8")).toBe("dist\n.fleche/\n");
    const { out } = run(["config", "default"], at);
    expect(out).toMatch(/^default {2}path +~\/\.fleche +~\/fleche\.toml:5$/m);
  });

  test("asks before it changes .gitignore; nobody there to ask means no", () => {
    const at = home();
    expect(run(["init"], at).out).toContain("~/.gitignore: left alone; add the line .fleche/ to it");
    expect(run(["init"], home({ ".gitignore": "/.fleche/\n" })).out).not.toContain(".gitignore");
  });

  test("leaves a fleche.toml alone", () => {
    const at = home({ "fleche.toml": "# mine\n" });
    expect(run(["init", "--yes"], at)).toEqual({
      exitCode: 2,
      out: "",
      err: "fleche: ~/fleche.toml is there already\n  what holds here: fleche config\n",
    });
    expect(readFileSync(join(at, "fleche.toml"), "utf8")).toBe("# mine\n");
  });
});

describe("evict", () => {
  test("forgets the calls of a search, or says which they are", () => {
    const at = scene("sqlite");
    expect(run(["evict", "--name", "square", "--dry-run"], at, KEYS).out).toBe("2 calls would be forgotten\n");
    expect(count(at)).toBe("5");
    expect(run(["evict", "--name", "square"], at, KEYS).out).toBe("2 calls forgotten\n");
    expect(count(at)).toBe("3");
    expect(run(["evict", "--all"], at, KEYS).out).toBe("3 calls forgotten\n");
  });

  test("forgets by digest, all or none", () => {
    const at = scene("file");
    const [call] = JSON.parse(run(["query", "--json", "--argument", "x=12"], at, KEYS).out);
    expect(run(["evict", call.lookupKey, "abcdef012345"], at, KEYS).exitCode).toBe(1);
    expect(count(at)).toBe("5");
    expect(run(["evict", call.lookupKey.slice(0, 10), call.result.digest], at, KEYS).out).toBe(
      `call ${call.lookupKey} forgotten\nvalue ${call.result.digest} forgotten\n`,
    );
    expect(count(at)).toBe("4");
  });

  test("forgets nothing unless it is told what", () => {
    const at = scene("file");
    expect(run(["evict"], at, KEYS)).toEqual({
      exitCode: 2,
      out: "",
      err: "fleche: nothing says what to forget\n  give digests, or a search such as --name, or --key-id, or --all: fleche help evict\n",
    });
    expect(run(["evict", "--all", "--name", "x"], at, KEYS).exitCode).toBe(2);
    expect(count(at)).toBe("5");
  });
});

describe("transfer", () => {
  const CONFIG = '[default]\npath = ".fleche"\n[archive]\nkind = "file"\npath = "archive"\n';

  test("copies the calls of a search, and forgets them where it is told to", () => {
    const at = scene("sqlite", CONFIG);
    expect(run(["transfer", "--to", "archive", "--name", "square"], at, KEYS)).toEqual({
      exitCode: 0,
      out: "2 calls copied\n",
      err: "",
    });
    expect(count(at, "--cache", "archive")).toBe("2");
    const { out } = run(["transfer", "--from", "default", "--to", "archive", "--pop", "--json"], at, KEYS);
    expect(JSON.parse(out)).toMatchObject({ transferred: 3, kept: 2, popped: 5, skipped: 0, failed: 0 });
    expect([count(at), count(at, "--cache", "archive")]).toEqual(["0", "5"]);
  });

  test("copies nothing that no key vouches for, unless it is told to", () => {
    const at = scene("file", CONFIG);
    expect(run(["transfer", "--to", "archive"], at)).toEqual({
      exitCode: 1,
      out: "0 calls copied, 5 left out, as their results are not served here\n",
      err: "fleche: query: skipped 5 results (unsigned 5)\nfleche: no key vouches for them: add --unverified\n",
    });
    expect(run(["transfer", "--to", "archive", "--unverified"], at).out).toBe("5 calls copied\n");
  });

  test("needs two caches", () => {
    const at = scene("file", CONFIG);
    expect(run(["transfer", "--to", "archvie"], at).err).toContain('did you mean "archive"?');
    expect(run(["transfer", "--to", "default"], at).err).toContain('both caches are "default"');
    expect(run(["transfer"], at).exitCode).toBe(2);
  });
});

describe("keys generate", () => {
  test("prints a key that can be used", () => {
    const at = scene("file");
    const { out, err, exitCode } = run(["keys", "generate"], at);
    expect({ out, err, exitCode }).toEqual({
      out: expect.stringMatching(/^[0-9a-f]{64}\n$/),
      err: expect.stringMatching(/^fleche: key k1:[0-9a-f]{16}; /),
      exitCode: 0,
    });
    expect(run(["config"], at, { FLECHE_SECRET_KEY: out.trim() }).exitCode).toBe(0);
  });

  test("writes one to a new file, readable by us alone", () => {
    const at = home();
    const { out, exitCode } = run(["keys", "generate", "--output", "key"], at);
    expect({ out, exitCode }).toEqual({ out: "", exitCode: 0 });
    expect(statSync(join(at, "key")).mode & 0o777).toBe(0o600);
    expect(run(["config"], at, { FLECHE_SECRET_KEY_FILE: join(at, "key") }).exitCode).toBe(0);
    writeFileSync(join(at, "mine"), "mine");
    expect(run(["keys", "generate", "--output", "mine"], at).exitCode).toBe(2);
    expect(readFileSync(join(at, "mine"), "utf8")).toBe("mine");
  });
});
