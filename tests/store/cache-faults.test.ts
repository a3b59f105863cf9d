/** A cache on files in trouble; what is tried is in `cache-acts.ts`, and each error at each call in tests/slow. */
import { describe, expect, test } from "vitest";
import { traceWarnings } from "../engine/kit.ts";
import {
  ACTS,
  assertSound,
  CODES,
  doLess,
  failFrom,
  failOnce,
  openAt,
  RESULT,
  square,
  template,
} from "./cache-acts.ts";
import { faultyFiles, systemError } from "./fault-files.ts";

describe.each(ACTS.map((act) => [act.title, act] as const))("a cache on files: %s", (_, act) => {
  // ENOSPC, EIO, EACCES, EMFILE, EROFS, ESTALE and EINTR, in turn.
  test("fails at every call", { timeout: 60_000 }, () => failOnce(act, (n) => CODES[n % CODES.length] as string));

  test("fails from every call on", { timeout: 60_000 }, () => failFrom(act));

  test.each([
    ["a third", (length: number) => Math.ceil(length / 3)],
    // A byte at a time would take a second for each large one.
    ["a byte", (length: number) => (length > 5_000 ? 1_000 : 1)],
    ["a page", (length: number) => Math.min(length, 4_095)],
  ])("reads and writes less than it asked for: %s", (__, less) => doLess(act, less));
});

test("a directory that turns read-only serves what it has, and a call that cannot be stored says so once", () => {
  const warnings = traceWarnings();
  const real = template.copy();
  const writing = ["mkdir", "chmod", "fchmod", "rename", "unlink", "write", "lutimes"];
  const files = faultyFiles((_, name) => (writing.includes(name) ? systemError("EROFS", name) : undefined), real);
  const cached = square.with({ cache: openAt(files, "/from") });
  for (let i = 0; i < 3; i++) expect([cached(1), cached(5), cached(6)]).toEqual([RESULT(1), RESULT(5), RESULT(6)]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("EROFS");
  assertSound(real);
});
