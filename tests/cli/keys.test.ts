/** Commands about keys: which signed what, signing again, forgetting what a leaked key signed. Whole commands, as people type them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyRing } from "fleche";
import { describe, expect, test } from "vitest";
import { home } from "../config/folders.ts";
import { KEY_ID, KEYS, program, SECRET_KEY, scene } from "./kit.ts";

const run = program();
const NEW_KEY = "fedcba9876543210".repeat(4);
const NEW_ID = keyRing(NEW_KEY).keyIds[0] ?? "";
const BOTH = { FLECHE_SECRET_KEY: `${NEW_KEY}:${SECRET_KEY}` };
const ONLY_NEW = { FLECHE_SECRET_KEY: NEW_KEY };

const lines = (text: string): string[] => text.trimEnd().split("\n");

/** The path of some value in a file cache. */
function someValue(at: string): string {
  const values = join(at, ".fleche", "values");
  const shard = readdirSync(values)[0] as string;
  return join(values, shard, readdirSync(join(values, shard))[0] as string);
}

function spoil(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  writeFileSync(path, bytes);
}

describe.each(["sqlite", "file"] as const)("a planned rotation, %s", (kind) => {
  test("goes from status to reseal to dropping the old key", () => {
    const at = scene(kind);
    expect(lines(run(["keys", "status"], at, BOTH).out).map((line) => line.split(/ {2,}/))).toEqual([
      ["key", "role", "records", "values", "refused"],
      [NEW_ID, "signs", "0", "0", "0"],
      [KEY_ID, "verifies", "5", "11", "0"],
    ]);
    expect(run(["reseal", "--dry-run"], at, BOTH).out).toBe("16 entries would be signed again\n");
    expect(run(["reseal"], at, BOTH)).toEqual({ exitCode: 0, out: "16 entries signed again\n", err: "" });
    expect(run(["reseal"], at, BOTH).out).toBe("0 entries signed again; 16 signed by that key before\n");
    const { keys, refused } = JSON.parse(run(["keys", "status", "--json"], at, ONLY_NEW).out);
    expect({ keys, refused }).toEqual({
      keys: [{ keyId: NEW_ID, role: "signs", records: 5, values: 11, refused: 0 }],
      refused: {},
    });
    expect(run(["verify", "--contents"], at, ONLY_NEW).exitCode).toBe(0);
    expect(run(["query", "--count", "--argument", "x=12"], at, ONLY_NEW).out).toBe("1\n");
  });

  test("the status of entries that no key here opens ends with 1", () => {
    const at = scene(kind);
    const { out, err, exitCode } = run(["keys", "status"], at, ONLY_NEW);
    expect(exitCode).toBe(1);
    expect(lines(out)[2]?.split(/ {2,}/)).toEqual([KEY_ID, "unknown", "0", "0", "16"]);
    expect(err).toBe("fleche: 16 entries that no key here opens (unknown-key 16); which they are: fleche verify\n");
  });

  test("after a leak what the key signed is forgotten, without that key", () => {
    const at = scene(kind);
    expect(run(["evict", "--key-id", KEY_ID, "--dry-run"], at, ONLY_NEW).out).toBe(
      "5 calls and 11 values would be forgotten\n",
    );
    expect(run(["evict", "--key-id", NEW_ID], at, ONLY_NEW).out).toBe("0 calls and 0 values forgotten\n");
    expect(run(["evict", "--key-id", KEY_ID], at)).toEqual({
      exitCode: 0,
      out: "5 calls and 11 values forgotten\n",
      err: "",
    });
    expect(run(["keys", "status"], at, ONLY_NEW).exitCode).toBe(0);
  });
});

describe("reseal", () => {
  test("reports what was tampered with, signs the rest, and ends with 1", () => {
    const at = scene("file");
    spoil(someValue(at));
    const { out, exitCode } = run(["reseal"], at, BOTH);
    expect(exitCode).toBe(1);
    expect(lines(out)).toEqual([
      expect.stringMatching(new RegExp(`^bad value [0-9a-f]{64}: body-mismatch, key ${KEY_ID}$`)),
      "15 entries signed again; 1 refused, and left as they are",
    ]);
    const { bad, refused } = JSON.parse(run(["reseal", "--json"], at, BOTH).out);
    expect({ bad: bad.length, refused }).toEqual({ bad: 1, refused: { "body-mismatch": 1 } });
    expect(lines(run(["reseal", "--ndjson"], at, BOTH).out)).toHaveLength(1);
    expect(run(["reseal", "--most", "0"], at, BOTH).err).toContain("1 more are bad");
  });

  test("takes keys by their ids, from the environment alone", () => {
    const at = scene("sqlite");
    const third = { FLECHE_SECRET_KEY: `${"ab12".repeat(16)}:${NEW_KEY}:${SECRET_KEY}` };
    const [thirdId] = keyRing(third.FLECHE_SECRET_KEY).keyIds as [string];
    expect(run(["reseal", "--from", KEY_ID, "--to", NEW_ID], at, third).out).toBe("16 entries signed again\n");
    expect(run(["reseal", "--from", KEY_ID], at, third)).toEqual({
      exitCode: 0,
      out: "0 entries signed again; 16 under other keys left alone\n",
      err: "fleche: under which keys entries are: fleche keys status\n",
    });
    expect(run(["reseal", "--from", thirdId, NEW_ID], at, third).out).toBe("16 entries signed again\n");
    const strangers = { FLECHE_SECRET_KEY: `${NEW_KEY}:${SECRET_KEY}` };
    expect(run(["reseal"], at, strangers).exitCode).toBe(1);
  });

  test("refuses what names no key, and shows no key", () => {
    const at = scene("sqlite");
    for (const args of [
      ["reseal", "--from", SECRET_KEY],
      ["reseal", "--to", SECRET_KEY],
      ["evict", "--key-id", SECRET_KEY],
    ]) {
      const { out, err, exitCode } = run(args, at, BOTH);
      expect(exitCode).toBe(2);
      expect(err).toContain("a key id is expected");
      expect(out + err).not.toContain(SECRET_KEY.slice(0, 8));
    }
    const unknown = run(["reseal", "--from", "k1:0123456789abcdef"], at, BOTH);
    expect(unknown).toMatchObject({ exitCode: 2, out: "" });
    expect(unknown.err).toContain(`there is no key k1:0123456789abcdef in the ring; its keys are ${NEW_ID}, ${KEY_ID}`);
    expect(run(["reseal"], at, KEYS)).toEqual({
      exitCode: 2,
      out: "",
      err: "fleche: reseal needs the new key and the old one; one key is configured\n  put the new key before the old one: FLECHE_SECRET_KEY=<new>:<old>\n",
    });
    expect(run(["reseal"], at).err).toContain("no key is configured");
  });
});

test("evict --key-id says when the key is still believed here", () => {
  const at = scene("file");
  expect(run(["evict", "--key-id", KEY_ID], at, BOTH).err).toBe(
    `fleche: key ${KEY_ID} is configured here: what it signs is believed until it is taken out\n`,
  );
  expect(run(["evict", "--key-id", KEY_ID, "--all"], at, BOTH).exitCode).toBe(2);
});

describe("redigest", () => {
  const CONFIG = '[default]\npath = ".fleche"\n[python]\nkind = "file"\npath = "python"\nnumbers = "python"\n';

  test("copies calls under the names that they have with other numbers", () => {
    const at = scene("file", CONFIG);
    expect(run(["redigest", "--to", "python"], at, KEYS)).toEqual({ exitCode: 0, out: "5 calls copied\n", err: "" });
    expect(run(["query", "--count", "--cache", "python"], at, KEYS).out).toBe("5\n");
    expect(run(["redigest", "--to", "default"], at, KEYS).exitCode).toBe(2);
  });

  test("decodes nothing that no key vouches for, unless it is told to", () => {
    const at = scene("file", CONFIG);
    expect(run(["redigest", "--to", "python"], at)).toEqual({
      exitCode: 1,
      out: "0 calls copied; left out: unsigned 5\n",
      err: "fleche: no key vouches for some of them: add --unverified\n",
    });
    expect(run(["redigest", "--to", "python", "--unverified", "--json"], at).out).toBe('{"copied":5,"refused":{}}\n');
  });
});

describe("push", () => {
  const CONFIG = [
    '[near]\npath = ".fleche"',
    '[far]\nkind = "file"\npath = "far"',
    '[default]\nkind = "stack"\nlayers = ["near", "far"]',
  ].join("\n");

  test("copies a layer of a stack to the next one", () => {
    const at = scene("sqlite", CONFIG);
    expect(run(["push", "--name", "square"], at, KEYS).out).toBe("2 calls copied\n");
    expect(run(["push"], at, KEYS).out).toBe("3 calls copied, 2 there already\n");
    expect(run(["query", "--count", "--cache", "far"], at, KEYS).out).toBe("5\n");
    expect(run(["push", "--from", "1"], at, KEYS)).toMatchObject({ exitCode: 2, out: "" });
    expect(run(["push", "--cache", "near"], at, KEYS).err).toContain('the cache "near" is no stack');
  });

  test("decodes nothing that no key vouches for, unless it is told to", () => {
    const at = scene("file", CONFIG);
    expect(run(["push"], at)).toMatchObject({ exitCode: 1 });
    expect(run(["push", "--unverified"], at).out).toBe("5 calls copied\n");
  });
});

test("keys are made at home, and status of an empty cache is empty", () => {
  const at = home();
  expect(run(["keys", "status"], at, { ...KEYS, XDG_CACHE_HOME: `${at}/caches` }).exitCode).toBe(0);
});
