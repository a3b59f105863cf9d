/** The cache, the tags and the metadata that are around a call. */
import { ConfigError, cache, fleche, type Metadata, memoryStore, metadata, openCache, tags, withCache } from "fleche";
import { describe, expect, test } from "vitest";
import { laterStore, settle, traceWarnings } from "../engine/kit.ts";

const open = () => openCache({ store: memoryStore(), keys: null });
const double = fleche((x: number) => x * 2, { name: "double" });

describe("cache(…)", () => {
  test("switches the process; handles put the previous one back, in reverse order", () => {
    const [a, b] = [open(), open()];
    const first = cache(a);
    expect(cache()).toBe(a);
    const second = cache(b);
    expect(cache()).toBe(b);
    expect(() => first.restore()).toThrow(/reverse order/);
    expect(cache()).toBe(b);
    second.restore();
    expect(cache()).toBe(a);
    // Once is enough.
    second.restore();
    first.restore();
    first.restore();
  });

  test("to the cache that is current already is a switch of its own", () => {
    const a = open();
    const before = cache("memory");
    const first = cache(a);
    const second = cache(a);
    expect(() => first.restore()).toThrow(TypeError);
    expect(cache()).toBe(a);
    second.restore();
    expect(cache()).toBe(a);
    first.restore();
    expect(cache()).not.toBe(a);
    before.restore();
  });

  test("ends with its block by using", () => {
    const a = open();
    using _outer = cache("void");
    {
      using _ = cache(a);
      double(2);
      expect(double.contains(2)).toBe(true);
    }
    expect(double.contains(2)).toBe(false);
  });

  test("knows two caches by name, each the same every time; another name is an error with a suggestion", () => {
    const named = (name: "memory" | "void") => withCache(name, () => cache());
    expect(named("memory")).toBe(named("memory"));
    expect(named("memory")).not.toBe(named("void"));
    expect(() => cache("memroy")).toThrow(/"memroy"; did you mean "memory"\?/);
    expect(() => withCache({} as "memory", () => 1)).toThrow(TypeError);
    expect(() => withCache("toString", () => 1)).toThrow(ConfigError);
    expect(() => withCache("", () => 1)).toThrow(TypeError);
    expect(() => withCache(null as unknown as "memory", () => 1)).toThrow(TypeError);
  });

  test("that is misspelt as an option is an error at the first call, when the configuration is read", () => {
    const wrapped = fleche(() => 1, { cache: "memroy" });
    expect(() => wrapped()).toThrow(/did you mean "memory"\?/);
  });
});

describe("withCache", () => {
  test("wins over the process, inner scopes over outer ones, an option over all; it returns what its body does", async () => {
    const [process, outer, inner, option] = [open(), open(), open(), open()];
    using _ = cache(process);
    expect(
      withCache(outer, () => {
        withCache(inner, () => double(1));
        double(2);
        double.with({ cache: option })(3);
        return "done";
      }),
    ).toBe("done");
    double(4);
    const found = [process, outer, inner, option].map((each) =>
      [1, 2, 3, 4].filter((x) => withCache(each, () => double.contains(x))),
    );
    expect(found).toEqual([[4], [2], [1], [3]]);
  });

  test("holds across awaits, in every branch for itself, also where the process is switched meanwhile", async () => {
    const caches = [open(), open(), openCache({ store: laterStore(), keys: null })];
    const half = fleche(async (x: number) => x / 2, { name: "half" });
    using _ = cache("void");
    const steps = caches.map((mine, i) =>
      withCache(mine, async () => {
        for (let turn = 0; turn < 3; turn++) {
          await settle();
          expect(cache()).toBe(mine);
          await half(i * 10 + turn);
        }
      }),
    );
    const handle = cache("memory");
    await Promise.all(steps);
    handle.restore();
    for (const [i, mine] of caches.entries()) {
      for (const x of [0, 1, 2, 10, 11, 12, 20, 21, 22]) {
        expect(await withCache(mine, () => half.contains(x))).toBe(Math.floor(x / 10) === i);
      }
    }
  });

  test("ends where its body throws or rejects", async () => {
    using _ = cache("void");
    const outside = cache();
    expect(() =>
      withCache(open(), () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    await expect(withCache(open(), async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(cache()).toBe(outside);
  });
});

describe("tags", () => {
  test("are recorded with the calls that run inside, nested ones added, each once", async () => {
    const mine = open();
    const f = fleche((x: number) => x, { name: "f", cache: mine });
    const tagsOf = (x: number) => mine.loadRecord(f.digest(x)).tags;
    tags(["a"], () => {
      f(1);
      tags(["b", "a"], () => f(2));
      f(3);
    });
    f(4);
    expect([1, 2, 3, 4].map(tagsOf)).toEqual([["a"], ["a", "b"], ["a"], []]);
    // A hit is no run.
    tags(["late"], () => f(4));
    expect(tagsOf(4)).toEqual([]);
  });

  test("of concurrent scopes are kept apart, and do not go into the key", async () => {
    const mine = open();
    const f = fleche(async (x: number) => x, { name: "f", cache: mine });
    await Promise.all(
      ["a", "b", "c"].map((tag, i) =>
        tags([tag], async () => {
          await settle();
          await f(i);
        }),
      ),
    );
    expect([0, 1, 2].map((x) => mine.loadRecord(f.digest(x)).tags)).toEqual([["a"], ["b"], ["c"]]);
    expect(tags(["z"], () => f.digest(1))).toBe(f.digest(1));
  });

  test.each([["a"], [[""]], [[1]], [undefined]])("%j are none", (names) => {
    expect(() => tags(names as string[], () => 1)).toThrow(TypeError);
  });
});

describe("metadata", () => {
  const collector = (name: string, said: string): Metadata => ({ name, pre: () => ({ said }) });

  test("is collected around runs, inner collectors in the place of outer ones of their name", () => {
    const mine = open();
    const f = fleche((x: number) => x, { name: "f", cache: mine, metadata: [collector("own", "option")] });
    metadata([collector("scope", "outer"), collector("other", "outer")], () => {
      f(1);
      metadata([collector("scope", "inner"), collector("own", "scope")], () => f(2));
    });
    f(3);
    const of = (x: number) => mine.loadRecord(f.digest(x)).metadata;
    expect(of(1)).toEqual({ own: { said: "option" }, scope: { said: "outer" }, other: { said: "outer" } });
    expect(of(2)).toEqual({ own: { said: "scope" }, scope: { said: "inner" }, other: { said: "outer" } });
    expect(of(3)).toEqual({ own: { said: "option" } });
  });

  test("is a pair around the body: before and after it, with the result; not run on hits or where the body throws", async () => {
    const mine = open();
    const seen: string[] = [];
    const pair: Metadata<number> = {
      name: "pair",
      pre: ({ name }) => seen.push(`pre ${name}`),
      post: (state, { result }) => {
        seen.push(`post ${state} ${JSON.stringify(result)}`);
        return { state };
      },
    };
    const f = fleche(
      async (x: number) => {
        seen.push("body");
        if (x < 0) throw new Error("no");
        return [x];
      },
      { name: "f", version: 1, cache: mine, metadata: [pair] },
    );
    await f(1);
    await f(1);
    await f(-1).catch(() => {});
    expect(seen).toEqual(["pre f", "body", "post 1 [1]", "pre f", "body"]);
    expect(mine.loadRecord(f.digest(1)).metadata).toEqual({ pair: { state: 1 } });
  });

  test("that fails is left out and said once; the call and its record are none the worse", () => {
    const warnings = traceWarnings();
    const mine = open();
    const broken: Metadata[] = [
      {
        name: "pre",
        pre: () => {
          throw new Error("no pre");
        },
      },
      {
        name: "post",
        post: () => {
          throw new Error("no post");
        },
      },
      { name: "later", post: (async () => ({ a: 1 })) as never },
      { name: "odd", post: () => ({ a: new Map() }) as never },
      collector("good", "yes"),
    ];
    const f = fleche((x: number) => x, { name: "f", cache: mine, metadata: broken });
    expect([f(1), f(2)]).toEqual([1, 2]);
    expect(mine.loadRecord(f.digest(1)).metadata).toEqual({ good: { said: "yes" } });
    expect(warnings).toHaveLength(4);
    for (const name of ["pre", "post", "later", "odd"]) expect(warnings.join("\n")).toContain(`metadata ${name} of f`);
  });

  test("of a bound call is that which was around when it was bound", () => {
    const mine = open();
    const f = fleche((x: number) => x, { name: "f", cache: mine });
    const bound = metadata([collector("scope", "then")], () => f.bind(1));
    metadata([collector("scope", "now")], () => bound());
    expect(mine.loadRecord(bound.call.lookupKey).metadata).toEqual({ scope: { said: "then" } });
  });
});
