import { describe, expect, test } from "vitest";
import { digestHex } from "../../src/digest/digest.ts";
import { D } from "../../src/digest/reference.ts";
import { functionValueDigest, identify } from "../../src/identity/identity.ts";
import { changed, code, reason, seen } from "./see.ts";

describe("what cannot be seen is not guessed", () => {
  const make =
    <T>(value: T) =>
    () =>
      value;
  const ring: unknown[] = [];
  ring.push(ring);
  const proxied = new Proxy(() => {}, {});
  function method() {
    return { m: () => 1, n: { toString: () => eval("1") } };
  }

  test.each<[what: string, fn: object, text: string]>([
    [
      "this of an arrow",
      (
        () => () =>
          (globalThis as { x?: unknown }).x === (undefined as unknown as typeof globalThis) && this
      )(),
      "`this`",
    ],
    ["direct eval", () => eval("1"), "direct `eval`"],
    [
      "super",
      {
        m() {
          return super.toString();
        },
      }.m,
      "`super`",
    ],
    [
      "new.target",
      function f() {
        return new.target;
      },
      "`new.target`",
    ],
    ["a proxy", proxied, "it is a proxy"],
    ["a captured proxy", make(proxied), '"value" is a proxy'],
    ["a proxy in a value", make({ a: new Proxy({}, {}) }), '"value" is a proxy'],
    ["a promise", make(Promise.resolve(1)), '"value" is a Promise'],
    ["a weak map", make(new WeakMap()), '"value" is a WeakMap'],
    ["a generator", make((function* () {})()), '"value"'],
    ["a blob", make(new Blob([])), '"value" is a Blob'],
    ["a helper that cannot be seen", make(method), '"value" uses direct `eval`'],
    ["a symbol of its own", make(Symbol("a")), "Symbol(a)"],
    ["a getter that cannot be seen", make(Object.defineProperty({ a: 1 }, "b", { get: method })), "direct `eval`"],
    ["a Digest in a value, where it would count as what it names", make([D(digestHex(1))]), "value[0]"],
    ["a cycle", make(ring), "cycle"],
    ["a file that is loaded while it runs", () => import("./see.ts"), ""],
    ["what it loads is not known", (name: string) => import(name), ""],
  ])("%s", (_, fn, text) => {
    const found = identify(fn).current(0);
    expect("unseen" in found ? found.unseen : "seen").toContain(text);
    expect(found).toHaveProperty("unseen");
  });

  test("unless captures says it", () => {
    const secret = new WeakMap();
    const fn = () => secret;
    expect(reason(fn)).toContain("secret");
    expect(reason(fn, { captures: () => ({ secret: 1 }) })).toBe("seen, with parts source secret");
    expect(code(fn, { captures: () => ({ secret: 1 }) })).not.toBe(code(fn, { captures: () => ({ secret: 2 }) }));
    expect(
      reason(
        {
          m() {
            return super.toString();
          },
        }.m,
        { captures: () => ({ super: "Object" }) },
      ),
    ).toContain("seen");
    const helper = () => secret;
    expect(reason(() => helper(), { captures: () => ({ "helper.secret": 1 }) })).toContain("seen");
  });

  test("or version is given, or the source is all that counts", () => {
    const secret = new WeakMap();
    const fn = () => secret;
    expect(reason(fn, { version: 1 })).toBe("seen, with parts source");
    expect(reason(fn, { identity: "source" })).toBe("seen, with parts source");
    expect(reason(Math.max, { identity: "source" })).toContain("no source");
  });

  test("captures that fail, or say nothing, are no captures", () => {
    expect(
      reason(() => 1, {
        captures: () => {
          throw new Error("later");
        },
      }),
    ).toBe("captures() threw: later");
    expect(reason(() => 1, { captures: (() => 1) as never })).toBe("captures() did not return an object");
    expect(reason(() => 1, { captures: () => ({ a: new WeakMap() }) })).toContain('"a" is a WeakMap');
  });
});

describe("an identity", () => {
  test("has the function's name, or the one given", () => {
    expect(identify(function simulate() {}).name).toBe("simulate");
    expect(identify(() => 1).name).toBe("(anonymous)");
    expect(identify(() => 1, { name: "mine" }).name).toBe("mine");
  });

  test("has the package and the path of the file as its module", () => {
    expect(identify(() => 1).module()).toBe("fleche/tests/identity/identity.test");
    expect(identify(() => 1, { module: "mine" }).module()).toBe("mine");
    expect(identify(new Function("return 1")).module()).toBe(null);
    expect(identify(Math.max).module()).toBe(null);
  });

  test("has mode version where a version is given, unless told otherwise", () => {
    expect(identify(() => 1).mode).toBe("closure");
    expect(identify(() => 1, { version: 2 })).toMatchObject({ mode: "version", version: 2 });
    expect(identify(() => 1, { version: 2, identity: "source" })).toMatchObject({ mode: "source", version: 2 });
  });

  test("in mode source does not look at captures, in mode closure it does", () => {
    const make = (n: number) => () => n;
    expect(code(make(1), { identity: "source" })).toBe(code(make(2), { identity: "source" }));
    expect(code(make(1), { identity: "source" })).not.toBe(code(make(1)));
  });

  test("looks again when recheckMs have passed, when forced, and when the clock was put back", () => {
    let n = 1;
    const fn = () => n;
    const identity = identify(fn, { recheckMs: 100 });
    const at = (nowMs: number, force = false) => identity.current(nowMs, force);
    const first = at(1000);
    n = 2;
    expect(at(1099)).toBe(first);
    const second = at(1100);
    expect(second).not.toEqual(first);
    n = 1;
    expect(at(1150)).toBe(second);
    expect(at(1150, true)).toEqual(first);
    n = 2;
    expect(at(1100)).toEqual(second);
    n = 3;
    expect(at(1101)).toEqual(second);
    const always = identify(fn, { recheckMs: 0 });
    const before = always.current(5);
    n = 4;
    expect(always.current(5)).not.toEqual(before);
  });

  test("that was not seen is looked at again after a tenth of a second at most", () => {
    let value: unknown = new WeakMap();
    const identity = identify(() => value);
    expect(identity.current(1000)).toHaveProperty("unseen");
    value = 1;
    expect(identity.current(1099)).toHaveProperty("unseen");
    expect(identity.current(1100)).toHaveProperty("codeDigest");
  });

  test("asks captures on every call", () => {
    let n = 1;
    let asked = 0;
    const captures = () => {
      asked++;
      return { n };
    };
    const fn = () => n;
    const identity = identify(fn, { captures });
    const first = identity.current(0);
    n = 2;
    expect(identity.current(0)).not.toEqual(first);
    n = 1;
    expect(identity.current(0)).toEqual(first);
    expect(asked).toBe(3);
  });

  test("looks again when captures names other variables", () => {
    let told: object = { n: 1 };
    const secret = new WeakMap();
    const fn = () => secret;
    const identity = identify(fn, { captures: () => told as Record<string, unknown> });
    expect(identity.current(0)).toHaveProperty("unseen");
    told = { secret: 1 };
    expect(identity.current(0)).toHaveProperty("codeDigest");
    told = { n: 1 };
    expect(identity.current(0)).toHaveProperty("unseen");
  });

  test("counts what it is told that the function uses", () => {
    const rate = (n: number) => () => n;
    const fn = new Function("return 1");
    const using = (uses: unknown[]) => seen(fn, { uses });
    expect(changed(using([rate(1), 5]), using([rate(2), 5]))).toEqual(["uses[0].n"]);
    expect(changed(using([1, 2]), using([1, 3]))).toEqual(["uses[1]"]);
    expect(code(fn, { uses: [] })).toBe(code(fn));
    expect(code(fn, { uses: [undefined] })).not.toBe(code(fn));
  });
});

describe("a function as a value", () => {
  const functionDigest = functionValueDigest(() => undefined);
  const of = (value: unknown) => digestHex(value, { functionDigest });

  test("has the digest of its identity", () => {
    const make = (n: number) =>
      function f() {
        return n;
      };
    expect(of(make(1))).toBe(of(make(1)));
    expect(of(make(1))).not.toBe(of(make(2)));
    // A name can be read.
    expect(of(() => 1)).not.toBe(of(Object.defineProperty(() => 1, "name", { value: "f" })));
    expect(of([make(1), make(2)])).not.toBe(of([make(2), make(1)]));
  });

  test("is refused with its path where it cannot be named", () => {
    expect(() => of({ a: [() => eval("1")] })).toThrow(/direct `eval`/);
  });
});
