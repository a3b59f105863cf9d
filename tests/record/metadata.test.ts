import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test, vi } from "vitest";
import { environment } from "../../src/record/environment.ts";
import { git } from "../../src/record/git.ts";
import { MAX_JSON_DEPTH, plainJson } from "../../src/record/json.ts";
import { assertMetadata, type Metadata, type MetadataCall, startMetadata } from "../../src/record/metadata.ts";
import { runtime } from "../../src/record/runtime.ts";

const call: MetadataCall = { name: "f", module: null, lookupKey: "0".repeat(64) };
const folder = realpathSync(mkdtempSync(join(tmpdir(), "fleche-metadata-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function collected(...collectors: Metadata[]): ReturnType<ReturnType<typeof startMetadata>> {
  return startMetadata(collectors, call)("result");
}

describe("collecting metadata", () => {
  test("gives what post makes of what pre returned, or else what pre returned", () => {
    const pair: Metadata<number> = { name: "pair", pre: () => 1, post: (state) => ({ state }) };
    const before: Metadata = { name: "before", pre: ({ name }) => ({ name }) };
    const after: Metadata = {
      name: "after",
      post: (_, end) => ({ result: String(end.result), key: end.call.lookupKey.length }),
    };
    expect(collected(pair as Metadata, before, after)).toEqual({
      metadata: { pair: { state: 1 }, before: { name: "f" }, after: { result: "result", key: 64 } },
      faults: [],
    });
  });

  test("lies around the body with the first collector closest to it", () => {
    const steps: string[] = [];
    const noting = (name: string): Metadata => ({
      name,
      pre: () => steps.push(`pre ${name}`),
      post: () => {
        steps.push(`post ${name}`);
        return {};
      },
    });
    const end = startMetadata([noting("a"), noting("b")], call);
    steps.push("body");
    expect(Object.keys(end(1).metadata)).toEqual(["a", "b"]);
    expect(steps).toEqual(["pre b", "pre a", "body", "post a", "post b"]);
  });

  test("leaves out collectors that fail and says so; the others are there", () => {
    const bad = new Error("bad");
    const fails = (): never => {
      throw bad;
    };
    const good: Metadata = { name: "good", pre: () => ({ a: 1 }) };
    const { metadata, faults } = collected(
      { name: "pre", pre: fails, post: () => ({}) },
      { name: "post", post: fails },
      good,
      { name: "no JSON", pre: () => new Map() },
      { name: "nothing", pre: () => undefined },
      { name: "a list", pre: () => [1] },
      { name: "a promise", post: (() => Promise.reject(bad)) as unknown as () => never },
    );
    expect(metadata).toEqual({ good: { a: 1 } });
    expect(faults.map(({ name, phase }) => `${name}: ${phase}`)).toEqual([
      "pre: pre",
      "post: post",
      "no JSON: post",
      "nothing: post",
      "a list: post",
      "a promise: post",
    ]);
    expect(faults[0]?.error).toBe(bad);
    expect(String(faults[5]?.error)).toContain("is a promise: collectors are synchronous");
    expect(faults[2]?.error).toMatchObject({
      message: "metadata.no JSON is not plain JSON: found an instance of a class",
    });
  });

  test("keeps a collector called __proto__ an entry like others", () => {
    const { metadata } = collected({ name: "__proto__", pre: () => ({ polluted: true }) });
    expect(Object.keys(metadata)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("copies: what a collector changes later is not in the record", () => {
    const shared = { list: [1] };
    const { metadata } = collected({ name: "a", pre: () => shared });
    shared.list.push(2);
    expect(metadata).toEqual({ a: { list: [1] } });
  });

  test("is never so deep that the record could not be written", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
    const { metadata, faults } = collected(
      { name: "deep", pre: () => nested(MAX_JSON_DEPTH - 1) },
      { name: "too deep", pre: () => nested(MAX_JSON_DEPTH) },
    );
    expect(Object.keys(metadata)).toEqual(["deep"]);
    expect(faults).toHaveLength(1);
    expect(plainJson(metadata, "metadata")).toEqual(metadata);
  });

  const wrong = [
    [null, "must be an array"],
    [[null], "must have a name"],
    [[{ name: "", pre() {} }], "must have a name"],
    [[{ name: "a" }], "pre, post or both"],
    [[{ name: "a", pre: 1 }], "pre, post or both"],
    [[runtime(), runtime()], 'two metadata collectors are called "runtime"'],
  ] as const;
  test.each(wrong)("refuses %o", (collectors, message) => {
    expect(() => assertMetadata(collectors as unknown as Metadata[])).toThrowError(message);
    assertMetadata([runtime(), environment(), git()]);
  });
});

describe("plain JSON", () => {
  test.each([[null], [true], [0.5], ["\ud800"], [[1, [2]]], [{ a: { b: [] } }], [Object.create(null)], [[]]])(
    "%o",
    (value) => {
      expect(plainJson(value, "x")).toEqual(JSON.parse(JSON.stringify(value)));
      expect(Object.is(plainJson(-0, "x"), 0)).toBe(true);
    },
  );

  test("of another realm is plain too", () => {
    expect(plainJson(runInNewContext("({ a: [1, {}] })"), "x")).toEqual({ a: [1, {}] });
  });

  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const wrong: readonly (readonly [value: unknown, message: string])[] = [
    [undefined, "x is not plain JSON: found undefined"],
    [{ a: [1, undefined] }, "x.a[1] is not plain JSON: found undefined"],
    [Number.NaN, "found NaN"],
    [{ a: Infinity }, "x.a is not plain JSON: found Infinity"],
    [1n, "found a bigint"],
    [() => 1, "found a function"],
    [Symbol("s"), "found a symbol"],
    [new Date(), "an instance of a class"],
    [new Map(), "an instance of a class"],
    [Object(1), "an instance of a class"],
    [new (class A {})(), "an instance of a class"],
    [Math, "a hidden property"],
    [[1, , 2], "holes"],
    [Object.assign([1], { extra: 1 }), "extra properties"],
    // As many properties as a plain array of two has.
    [Object.assign([1, ,], { length: 2, extra: 1 }), "x[1] is not plain JSON"],
    [Object.defineProperty([1], "0", { enumerable: false }), "x[0] is not plain JSON: found a hidden property"],
    [new Array(2 ** 32 - 1), "holes"],
    // As many keys as an array of one element has.
    [Object.assign(new Array(1), { extra: 1 }), "is not plain JSON"],
    [{ [Symbol.for("a")]: 1 }, "a symbol key"],
    [Object.defineProperty({}, "a", { get: () => 1, enumerable: true }), "an accessor"],
    [Object.defineProperty({}, "a", { value: 1 }), "a hidden property"],
    [{ toJSON: () => 1 }, "x.toJSON is not plain JSON: found a function"],
    [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("run");
          },
        },
      ),
      "a proxy",
    ],
    [cycle, "levels deep"],
    [nested(MAX_JSON_DEPTH + 1), "levels deep"],
  ];
  test.each(wrong.map(([value, message]) => [message, value]))("is not what is refused as: %s", (message, value) => {
    expect(() => plainJson(value, "x")).toThrowError(message as string);
  });

  test("may be as deep as it is said", () => {
    expect(plainJson(nested(MAX_JSON_DEPTH), "x")).toEqual(nested(MAX_JSON_DEPTH));
  });
});

describe("runtime", () => {
  test("records start, stop, wall and processor time by the clocks given", () => {
    let time = 0;
    const clocks = { now: () => 1000 + time, elapsedMs: () => 50 + time, cpuMs: () => 7 + time / 4 };
    const end = startMetadata([runtime(clocks) as Metadata], call);
    time = 10;
    expect(end(1).metadata).toEqual({ runtime: { startedMs: 1000, stoppedMs: 1010, wallMs: 10, cpuMs: 2.5 } });
  });

  test("measures by itself", () => {
    const { runtime: times } = collected(runtime() as Metadata).metadata;
    expect(times?.startedMs).toBeGreaterThan(1.7e12);
    expect(times?.wallMs).toBeGreaterThanOrEqual(0);
    expect(times?.cpuMs).toBeGreaterThanOrEqual(0);
  });
});

describe("environment", () => {
  test("records where it runs, and versions of the packages asked for", () => {
    const packages = ["vitest", "no-such-package", "../vitest", "..", "@types/node", ""];
    const { metadata, faults } = collected(environment({ packages }));
    expect(faults).toEqual([]);
    expect(metadata.environment).toMatchObject({
      cwd: process.cwd(),
      node: process.versions.node,
      platform: process.platform,
      packages: {
        vitest: expect.stringMatching(/^\d/),
        "no-such-package": null,
        "../vitest": null,
        "..": null,
        "": null,
      },
    });
    expect(Object.keys(collected(environment()).metadata.environment ?? {})).toEqual([
      "host",
      "user",
      "cwd",
      "node",
      "platform",
      "arch",
    ]);
  });

  test("says null for a working directory that is gone", () => {
    const gone = join(folder, "gone");
    const script = `
      import { chdir } from "node:process";
      import { rmSync } from "node:fs";
      chdir(${JSON.stringify(gone)});
      rmSync(${JSON.stringify(gone)}, { recursive: true });
      try { process.cwd(); console.log("there"); } catch { console.log("gone"); }`;
    mkdirSync(gone);
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).trim()).toBe(
      "gone",
    );
    const cwd = process.cwd;
    process.cwd = () => {
      throw new Error("ENOENT");
    };
    try {
      expect(collected(environment({ packages: ["vitest"] }))).toMatchObject({
        metadata: { environment: { cwd: null } },
        faults: [],
      });
      expect(collected(git())).toMatchObject({ faults: [{ name: "git", phase: "pre" }] });
    } finally {
      process.cwd = cwd;
    }
  });
});

describe("git", () => {
  const repository = join(folder, "repository");
  const inRepository = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: repository,
      encoding: "utf8",
    });
  const state = (options = {}): unknown => collected(git({ cwd: repository, ...options })).metadata.git;

  test("records root, commit, branch and whether there are changes", () => {
    mkdirSync(join(repository, "sub"), { recursive: true });
    inRepository("init", "-q", "-b", "main");
    expect(state()).toEqual({ root: repository, commit: null, branch: "main", dirty: false });
    writeFileSync(join(repository, "a"), "1");
    inRepository("add", "a");
    inRepository("commit", "-q", "-m", "first");
    const commit = inRepository("rev-parse", "HEAD").trim();
    expect(state()).toEqual({ root: repository, commit, branch: "main", dirty: false });
    expect(state({ cwd: join(repository, "sub") })).toEqual({ root: repository, commit, branch: "main", dirty: false });
    writeFileSync(join(repository, "a"), "2");
    expect(state()).toMatchObject({ dirty: true });
    inRepository("checkout", "-q", "--detach", "-f");
    writeFileSync(join(repository, "new"), "");
    expect(state()).toEqual({ root: repository, commit, branch: null, dirty: false });
  });

  test("uses an answer again for a while, in the same directory", () => {
    let time = 0;
    const collector = git({ reuseMs: 100, now: () => time, cwd: repository });
    const dirty = (): unknown => (collector.pre?.(call) as { dirty: boolean } | undefined)?.dirty;
    expect(dirty()).toBe(false);
    writeFileSync(join(repository, "a"), "3");
    time = 99;
    expect(dirty()).toBe(false);
    time = 100;
    expect(dirty()).toBe(true);
  });

  test("asks again in another working directory", () => {
    const collector = git();
    const root = (): unknown => (collector.pre?.(call) as { root: string } | undefined)?.root;
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(repository);
    try {
      expect(root()).toBe(repository);
      cwd.mockReturnValue("/");
      expect(root()).toBeNull();
    } finally {
      cwd.mockRestore();
    }
  });

  test("says nothing, and is no fault, outside of a repository, without git and where git does not answer in time", () => {
    const nothing = { root: null, commit: null, branch: null, dirty: null };
    expect(state({ cwd: "/" })).toEqual(nothing);
    expect(state({ cwd: join(folder, "missing") })).toEqual(nothing);
    const { PATH } = process.env;
    try {
      process.env.PATH = join(folder, "bin");
      expect(state()).toEqual(nothing);
      mkdirSync(join(folder, "bin"));
      writeFileSync(join(folder, "bin", "git"), "#!/bin/sh\nwhile :; do :; done\n", { mode: 0o755 });
      const start = performance.now();
      expect(state({ timeoutMs: 100 })).toEqual(nothing);
      expect(performance.now() - start).toBeLessThan(5000);
    } finally {
      process.env.PATH = PATH;
    }
  });

  test("starts no program that the repository's settings name, writes nothing, and is not given our variables", () => {
    const seen = join(folder, "seen");
    writeFileSync(join(folder, "monitor"), `#!/bin/sh\nenv > ${seen}\n`, { mode: 0o755 });
    inRepository("config", "core.fsmonitor", join(folder, "monitor"));
    state();
    expect(() => execFileSync("cat", [seen], { stdio: "pipe" })).toThrow();

    writeFileSync(join(folder, "bin", "git"), `#!/bin/sh\n/usr/bin/env > ${seen}\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.FLECHE_SECRET_KEY = "aa".repeat(32);
    try {
      process.env.PATH = `${join(folder, "bin")}:${PATH}`;
      state();
    } finally {
      process.env.PATH = PATH;
      delete process.env.FLECHE_SECRET_KEY;
    }
    const environmentSeen = execFileSync("cat", [seen], { encoding: "utf8" });
    expect(environmentSeen).toContain("GIT_OPTIONAL_LOCKS=0");
    expect(environmentSeen).not.toContain("FLECHE_");
  });
});
