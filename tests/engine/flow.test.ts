import { describe, expect, test } from "vitest";
import { chosen, type Flow, runAsync, runFlow, runSync, settled } from "../../src/flow.ts";

/** A flow with a choice in it, and what was done. */
function withChoice(done: string[], before?: PromiseLike<unknown>): Flow<string> {
  return (function* () {
    if (before !== undefined) yield* settled(before);
    const way = yield* chosen({
      now: () => `${done.push("now") > 0 ? "now" : ""}`,
      later: async () => `${done.push("later") > 0 ? "later" : ""}`,
    });
    return `done ${way}`;
  })();
}

describe("an operation that can be done now or later", () => {
  test("is done now where the flow may not wait", () => {
    const done: string[] = [];
    expect(runSync(withChoice(done))).toBe("done now");
    expect(runFlow(withChoice(done))).toBe("done now");
    expect(done).toEqual(["now", "now"]);
  });

  test("is done later where the caller gets a promise anyway", async () => {
    const done: string[] = [];
    expect(await runAsync(withChoice(done))).toBe("done later");
    const given = runFlow(withChoice(done), true);
    expect(given).toBeInstanceOf(Promise);
    expect(await given).toBe("done later");
    // It had to wait before.
    expect(await runFlow(withChoice(done, Promise.resolve()))).toBe("done later");
    expect(done).toEqual(["later", "later", "later"]);
  });

  test("that fails is an error in the flow, which may go on, also to the next choice", async () => {
    const flow = function* (): Flow<string> {
      const fails = (): never => {
        throw new Error("failed");
      };
      try {
        yield* chosen({ now: fails, later: async () => fails() });
      } catch (error) {
        const way = yield* chosen({ now: () => "now", later: async () => "later" });
        return `${(error as Error).message}, then ${way}`;
      }
      return "did not fail";
    };
    expect(runSync(flow())).toBe("failed, then now");
    expect(await runAsync(flow())).toBe("failed, then later");
    const only = function* (): Flow<string> {
      return yield* chosen<string>({
        now: () => {
          throw new Error("now");
        },
        later: () => Promise.reject(new Error("later")),
      });
    };
    expect(() => runSync(only())).toThrow("now");
    await expect(runAsync(only())).rejects.toThrow("later");
  });

  test("does not make a synchronous store one that may return promises", () => {
    const done: string[] = [];
    const flow = function* (): Flow<unknown> {
      yield* withChoice(done);
      return yield* settled(Promise.resolve(1));
    };
    expect(() => runSync(flow())).toThrow("declares sync: true returned a promise");
    expect(done).toEqual(["now"]);
  });
});
