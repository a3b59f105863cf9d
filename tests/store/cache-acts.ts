/**
 * Everything that is done with a cache on files, while its n-th file-system call fails, for every n there is: it gives its
 * right result or our error, and leaves behind whole entries, no litter and one warning. Another thing that can be done is
 * a row of ACTS.
 */
import {
  type Cache,
  digest,
  fleche,
  gc,
  openCache,
  prune,
  type ResealResult,
  redigest,
  reseal,
  StoreError,
  stats,
  transfer,
  verify,
} from "fleche";
import { expect } from "vitest";
import { fileStoreOn } from "../../src/store/file/file.ts";
import type { FileSystem } from "../../src/store/file/system.ts";
import { traceWarnings } from "../engine/kit.ts";
import { faultyFiles, systemError } from "./fault-files.ts";
import { type MemoryFiles, memoryFiles } from "./memory-files.ts";

const KEY = "0123456789abcdef".repeat(4);
/** What entries are sealed with anew. */
const NEXT_KEY = "fedcba9876543210".repeat(4);
export const CODES: readonly string[] = ["ENOSPC", "EIO", "EACCES", "EMFILE", "EROFS", "ESTALE", "EINTR"];

/** More than 64 KiB: stored as a part of its own. */
const LARGE = "a long text, ".repeat(6000);
const ORPHAN = { nobody: "names this" };

/** How often the functions ran since it was last set. */
let runs = 0;
export const square = fleche((x: number) => ({ square: x * x, ran: ++runs > 0 }), { name: "square", version: 1 });
const print = fleche((text: string) => [text, text.length], { name: "print", version: 1 });

type Where = "/from" | "/to" | "/python";

export const openAt = (files: FileSystem, root: Where): Cache =>
  openCache({
    store: fileStoreOn(files, { root }),
    keys: `${KEY}:${NEXT_KEY}`,
    numbers: root === "/python" ? "python" : "exact",
  });

/** What every trial begins with: three directories, the first with calls and a value of nobody's in it. */
export const template: MemoryFiles = (() => {
  const files = memoryFiles();
  const cache = openAt(files, "/from");
  for (const x of [1, 2]) square.with({ cache })(x);
  print.with({ cache })(LARGE);
  cache.save(ORPHAN);
  openAt(files, "/to");
  openAt(files, "/python");
  return files;
})();

/** What is at hand: the cache whose files fail, and others whose files do not. */
interface World {
  readonly cache: Cache;
  readonly to: Cache;
  readonly python: Cache;
}

export interface Act {
  readonly title: string;
  run(world: World): unknown;
  /** What it gives where it does not throw; a refusal of its own is thrown by the assertion. */
  assert(result: unknown, healthy: Cache): void;
  /** Calls never throw for the cache's sake. */
  readonly never?: true;
  /** How often the function runs at most. */
  readonly mostRuns?: number;
  /** Other directories that it writes to. */
  readonly touches?: readonly Where[];
}

export const RESULT = (x: number) => ({ square: x * x, ran: true });

export const ACTS: readonly Act[] = [
  {
    title: "save",
    run: ({ cache }) => String(cache.save({ fresh: LARGE })),
    assert(name, healthy) {
      expect(name).toBe(String(digest({ fresh: LARGE })));
      expect(healthy.load(name as string)).toEqual({ fresh: LARGE });
    },
  },
  {
    title: "save what is there",
    run: ({ cache }) => String(cache.save(ORPHAN)),
    assert: (name, healthy) => expect(healthy.load(name as string)).toEqual(ORPHAN),
  },
  { title: "load", run: ({ cache }) => cache.load(digest(ORPHAN)), assert: (value) => expect(value).toEqual(ORPHAN) },
  {
    title: "load a value with parts",
    run: ({ cache }) => cache.load(digest([LARGE, LARGE.length])),
    assert: (value) => expect(value).toEqual([LARGE, LARGE.length]),
  },
  {
    title: "contains",
    run: ({ cache }) => cache.contains(digest(ORPHAN)),
    assert: (there) => expect(there).toBe(true),
  },
  {
    title: "evict",
    run: ({ cache }) => cache.evict(digest(ORPHAN)),
    assert: (removed, healthy) => expect([removed, healthy.contains(digest(ORPHAN))]).toEqual([true, false]),
  },
  {
    title: "list and expand",
    run: ({ cache }) => [[...cache.list()].length, String(cache.expand(String(digest(ORPHAN)).slice(0, 12)))],
    assert: (found) => expect(found).toEqual([expect.any(Number), String(digest(ORPHAN))]),
  },
  {
    title: "record a call",
    run: ({ cache }) => square.with({ cache })(3),
    assert: (result) => expect(result).toEqual(RESULT(3)),
    never: true,
    mostRuns: 1,
  },
  {
    title: "record a call with a large argument",
    run: ({ cache }) => print.with({ cache })(`${LARGE}!`),
    assert: (result) => expect(result).toEqual([`${LARGE}!`, LARGE.length + 1]),
    never: true,
  },
  {
    title: "serve a call",
    run: ({ cache }) => square.with({ cache })(1),
    assert: (result) => expect(result).toEqual(RESULT(1)),
    never: true,
    mostRuns: 1,
  },
  {
    title: "run a call again",
    run: ({ cache }) => square.with({ cache }).rerun(1),
    assert: (result) => expect(result).toEqual(RESULT(1)),
    never: true,
    mostRuns: 1,
  },
  {
    title: "forget a call",
    run: ({ cache }) => square.with({ cache }).evict(1),
    assert: (removed, healthy) => expect([removed, square.with({ cache: healthy }).contains(1)]).toEqual([true, false]),
  },
  {
    title: "query",
    run: ({ cache }) => cache.query({ name: "square" }).count(),
    assert: (count) => expect([0, 1, 2]).toContain(count),
  },
  {
    title: "gc",
    run: ({ cache }) => gc(cache, { grace: 0 }),
    assert(result, healthy) {
      // What cannot be read stays.
      const stays = healthy.contains(digest(ORPHAN));
      expect(result).toMatchObject({ records: 3, removed: stays ? 0 : 1, refusedValues: stays ? 1 : 0 });
    },
  },
  {
    title: "prune",
    run: ({ cache }) => prune(cache, { maxCount: 1 }),
    assert: (result, healthy) => {
      expect(result).toMatchObject({ removedRecords: 2, records: 1 });
      expect([...healthy.listRecords()]).toHaveLength(1);
    },
  },
  {
    title: "reseal",
    run: ({ cache }) => reseal(cache, { from: KEY, to: NEXT_KEY }),
    assert(result, healthy) {
      const { resealed, refused } = result as ResealResult;
      expect([{}, { "io-error": 1 }]).toContainEqual(refused);
      // A second one finds as signed what the first one said it signed, and signs the rest.
      const again = reseal(healthy, { from: KEY, to: NEXT_KEY });
      expect(again).toMatchObject({ already: resealed, resealed: refused["io-error"] ?? 0, refused: {} });
    },
  },
  {
    title: "verify",
    run: ({ cache }) => verify(cache, { contents: true }),
    // What could not be read is told as that, never as damage.
    assert: (result) => expect(Object.keys((result as Looked).counts)).toEqual(expectedOf(result)),
  },
  { title: "stats", run: ({ cache }) => stats(cache), assert: (result) => expect(result).toBeDefined() },
  {
    title: "transfer out of it",
    touches: ["/to"],
    run: ({ cache, to }) => transfer(cache, to),
    assert: (result) => expect(["transferred", "refused"].some((name) => name in (result as object))).toBe(true),
  },
  {
    title: "transfer into it",
    touches: ["/to"],
    run({ cache, to }) {
      square.with({ cache: to })(7);
      runs = 0;
      return transfer(to, cache);
    },
    assert(result, healthy) {
      expect(result).toMatchObject({ transferred: 1 });
      expect(square.with({ cache: healthy }).load(7)).toEqual(RESULT(7));
    },
  },
  {
    title: "transfer out of it, forgetting",
    touches: ["/to"],
    run: ({ cache, to }) => transfer(cache, to, { pop: true }),
    assert: (result) => expect(result).toBeDefined(),
  },
  {
    title: "redigest out of it",
    touches: ["/python"],
    run: ({ cache, python }) => redigest(cache, python),
    assert: (result) => expect(result).toBeDefined(),
  },
  {
    title: "redigest into it",
    touches: ["/python"],
    run({ cache, python }) {
      square.with({ cache: python })(7);
      runs = 0;
      return redigest(python, cache);
    },
    assert: (result) => expect(result).toMatchObject({ copied: 1 }),
  },
];

interface Looked {
  readonly ok: boolean;
  readonly counts: object;
}

function expectedOf(result: unknown): string[] {
  return (result as Looked).ok ? [] : ["io-error"];
}

const TMP = "/from/tmp";
const litterIn = (files: FileSystem): string[] => [...files.names(TMP)];

/** Everything that lies there is whole, and calls give their results. */
export function assertSound(files: FileSystem, { touches = [] }: Pick<Act, "touches"> = {}): void {
  for (const root of ["/from", ...touches] as const) {
    const healthy = openAt(files, root);
    expect(verify(healthy, { contents: true }).bad, root).toEqual([]);
    for (const x of [1, 2, 3]) expect(square.with({ cache: healthy })(x)).toEqual(RESULT(x));
  }
  expect(print.with({ cache: openAt(files, "/from") })(LARGE)).toEqual([LARGE, LARGE.length]);
}

/** What was left where the call that failed was the one that cleans up: it goes with age. */
function assertCleanedByAge(files: FileSystem): void {
  for (const name of litterIn(files)) files.lutimes(`${TMP}/${name}`, 0);
  fileStoreOn(files, { root: "/from" });
  expect(litterIn(files)).toEqual([]);
}

type Fault = (call: number, n: number, name: string) => Error | undefined;

/** What came of an act whose n-th call failed. */
interface Trial {
  readonly files: FileSystem;
  readonly error: unknown;
  /** The file-system call that failed. */
  readonly failed: string;
  readonly warnings: readonly string[];
}

/** Carries out an act, its n-th call failing, for every n; says how many there were. */
function failEach(act: Act, fault: Fault, judge: (trial: Trial) => void): number {
  const warnings = traceWarnings();
  for (let n = 0; ; n++) {
    const real = template.copy();
    let start = Number.POSITIVE_INFINITY;
    const files = faultyFiles((call, name) => (call >= start ? fault(call - start, n, name) : undefined), real);
    const world = { cache: openAt(files, "/from"), to: openAt(real, "/to"), python: openAt(real, "/python") };
    warnings.length = 0;
    runs = 0;
    start = files.calls.length;
    let error: unknown;
    let result: unknown;
    try {
      result = act.run(world);
    } catch (caught) {
      error = caught;
    }
    const made = files.calls.length - start;
    const failed = files.calls[start + n] ?? "";
    if (error === undefined) act.assert(result, openAt(real, "/from"));
    expect(runs).toBeLessThanOrEqual(act.mostRuns ?? 0);
    judge({ files: real, error, failed, warnings });
    if (made <= n) return n;
  }
}

/** Our error, and none for a call. */
function assertTold(act: Act, error: unknown, code: string): void {
  if (error === undefined) return;
  expect(act.never, String(error)).toBeUndefined();
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ code: "store", reason: "io-error" });
  expect((error as Error).message).toContain(code);
}

/** Each call fails once, with the code that `codeOf` its number gives. */
export function failOnce(act: Act, codeOf: (n: number) => string): void {
  let n = 0;
  const calls = failEach(
    act,
    (call, at, name) => (call === at ? systemError(codeOf(at), name) : undefined),
    ({ files, error, failed, warnings }) => {
      assertTold(act, error, codeOf(n++));
      expect(warnings.length, warnings.join()).toBeLessThanOrEqual(1);
      assertSound(files, act);
      if (failed !== "unlink") expect(litterIn(files)).toEqual([]);
      else assertCleanedByAge(files);
    },
  );
  expect(calls).toBeGreaterThan(0);
}

/** Each call and all that follow fail: the disk is gone. That is one fault, and one line. */
export function failFrom(act: Act): void {
  failEach(
    act,
    (call, at, name) => (call >= at ? systemError("EIO", name) : undefined),
    ({ files, error, warnings }) => {
      assertTold(act, error, "EIO");
      expect(warnings.length, warnings.join()).toBeLessThanOrEqual(1);
      assertSound(files, act);
      assertCleanedByAge(files);
    },
  );
}

/** Every read and write does less than it was asked for. */
export function doLess(act: Act, less: (length: number) => number): void {
  const real = template.copy();
  const files: FileSystem = {
    ...real,
    read: (fd, target, offset, length) => real.read(fd, target, offset, less(length)),
    write: (fd, source, offset, length) => real.write(fd, source, offset, less(length)),
  };
  const warnings = traceWarnings();
  runs = 0;
  const world = { cache: openAt(files, "/from"), to: openAt(real, "/to"), python: openAt(real, "/python") };
  act.assert(act.run(world), openAt(real, "/from"));
  expect(warnings).toEqual([]);
  assertSound(real, act);
}
