/** Runs the program as people do: a child process, in a home of its own, with a cache in which a few calls are stored. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fleche, keyRing, openCache, tags } from "fleche";
import { afterAll } from "vitest";
import { openPlace } from "../../src/config/default-store.ts";
import type { PlaceKind } from "../../src/config/place-kind.ts";
import { claimPlace } from "../../src/config/place-kind.ts";
import { home } from "../config/folders.ts";
import { esbuild } from "../identity/esbuild.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export const SECRET_KEY = "0123456789abcdef".repeat(4);
export const KEY_ID: string = keyRing(SECRET_KEY).keyIds[0] ?? "";

/** What a command did. */
export interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program, made of the sources once for each file of tests. */
export function program(): (args: readonly string[], at: string, env?: Record<string, string>) => Ran {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".build", "cli-tests-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "main.mjs");
  esbuild.buildSync({
    entryPoints: [join(ROOT, "src/cli/main.ts")],
    outfile,
    ...{ bundle: true, platform: "node", format: "esm", packages: "external" },
  });
  return (args, at, env = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile, ...args], {
      cwd: at,
      env: { PATH: process.env.PATH, HOME: at, ...env },
      encoding: "utf8",
    });
    return { exitCode: status, out: shown(stdout, at), err: shown(stderr, at) };
  };
}

/** Output that is the same every time: no times, and paths from the home directory. */
function shown(text: string, at: string): string {
  return text
    .replaceAll(at, "~")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+Z)?)?/g, "(moment)")
    .replace(/\b\d+(?:\.\d+)? m?s\b/g, "(time)")
    .replace(/("(?:startedMs|durationMs|createdMs)":\s*)[\d.]+/g, "$10");
}

/** A home with a cache of this kind in which five calls are stored, signed. */
export function scene(kind: PlaceKind, config = '[default]\npath = ".fleche"\n'): string {
  const at = home({ "fleche.toml": config });
  const place = join(at, ".fleche");
  claimPlace(place, kind);
  const opened = openPlace(place);
  if (opened.kind === "unusable") throw new Error(opened.problem);
  using cache = openCache({ store: opened.store, secretKey: SECRET_KEY });
  const square = fleche((x: number) => x * x, { cache, name: "square", module: "shapes", version: 1 });
  const scale = fleche((rows: number[], by: number) => rows.map((row) => row * by), {
    ...{ cache, name: "scale", module: "shapes", version: 1 },
  });
  square(12);
  square(13);
  scale(scale([1, 2, 3], 10), 5);
  tags(["trial"], () => scale([1, 2, 3], 7));
  return at;
}

export const KEYS = { FLECHE_SECRET_KEY: SECRET_KEY };
