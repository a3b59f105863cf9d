import { Session } from "node:inspector";
import { createContext, runInContext } from "node:vm";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Protocol, type Scripts, scriptsOver } from "../../src/identity/scripts.ts";

/** The inspector of this thread, and what it was asked. */
function asked(): { readonly protocol: Protocol; readonly methods: string[]; locate(fn: object): string } {
  const session = new Session();
  session.connect();
  const methods: string[] = [];
  const protocol: Protocol = {
    post<R>(method: string, parameters: object = {}) {
      methods.push(method);
      let answer: unknown;
      session.post(method, parameters, (error, result) => {
        if (error) throw new Error(error.message);
        answer = result;
      });
      return answer as R;
    },
    on: (event, listener) => void session.on(event, (message: { params: never }) => listener(message.params)),
  };
  const locate = (fn: object): string => {
    Object.defineProperty(globalThis, "located", { value: fn, configurable: true });
    const { result } = protocol.post<{ result: { objectId: string } }>("Runtime.evaluate", { expression: "located" });
    const { internalProperties } = protocol.post<{
      internalProperties: { name: string; value: { value: { scriptId: string } } }[];
    }>("Runtime.getProperties", { objectId: result.objectId, ownProperties: true });
    methods.length = 0;
    return internalProperties.find(({ name }) => name === "[[FunctionLocation]]")!.value.value.scriptId;
  };
  return { protocol, methods, locate };
}

describe("the files of scripts", () => {
  let inspector: ReturnType<typeof asked>;
  let scripts: Scripts;
  beforeEach(() => {
    inspector = asked();
    scripts = scriptsOver(inspector.protocol);
  });

  it("are known of running code without the debugger", () => {
    const here = inspector.locate(() => {});
    expect(scripts.urlOf(here)).toContain("tests/identity/scripts.test.ts");
    expect(inspector.methods).not.toContain("Debugger.enable");
  });

  it("are known later of code that ran when they were noted", () => {
    const made = new Function("note", "return note();\n//# sourceURL=file:///made/here.js");
    made(() => scripts.noteRunning());
    const script = inspector.locate(made);
    expect(scripts.urlOf(script)).toBe("file:///made/here.js");
    expect(inspector.methods).toEqual([]);
  });

  it("are known of code that was run, without the debugger, and without disturbing who measures what runs", () => {
    const measuring = asked().protocol;
    measuring.post("Profiler.enable");
    measuring.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    const made = new Function("return 1;\n//# sourceURL=file:///made/measured.js");
    made();
    expect(scripts.urlOf(inspector.locate(made))).toBe("file:///made/measured.js");
    made();
    const { result } = measuring.post<{ result: { url: string; functions: { ranges: { count: number }[] }[] }[] }>(
      "Profiler.takePreciseCoverage",
    );
    const found = result.find(({ url }) => url === "file:///made/measured.js");
    expect(found?.functions.at(-1)?.ranges).toMatchObject([{ count: 2 }]);
    expect(inspector.methods).toContain("Profiler.getBestEffortCoverage");
    expect(inspector.methods).not.toContain("Debugger.enable");
  });

  it("are known from the list of all where the heap is large", () => {
    vi.spyOn(process, "memoryUsage").mockReturnValue({ ...process.memoryUsage(), heapUsed: 2 ** 30 });
    onTestFinished(() => void vi.restoreAllMocks());
    const made = new Function("return 1;\n//# sourceURL=file:///made/elsewhere.js");
    const script = inspector.locate(made);
    expect(scripts.urlOf(script)).toBe("file:///made/elsewhere.js");
    expect(inspector.methods).not.toContain("Profiler.getBestEffortCoverage");
    expect(inspector.methods).toContain("Debugger.enable");
    expect(inspector.methods.at(-1)).toBe("Debugger.disable");
    inspector.methods.length = 0;
    expect(scripts.isModule(script)).toBe(false);
    expect(scripts.urlOf(script)).toBe("file:///made/elsewhere.js");
    expect(inspector.methods).toEqual([]);
  });

  it("are named alike by all that can be asked", () => {
    const { post, on } = inspector.protocol;
    const told = new Map<string, string>();
    on("Debugger.scriptParsed", ({ scriptId, url }: { scriptId: string; url: string }) => told.set(scriptId, url));
    const context = createContext({});
    runInContext("(() => 1)()", context, { filename: "/made/with space.js" });
    runInContext("(() => 2)()", context, { filename: "relative.js" });
    new Function("return 3;\n//# sourceURL=named.js")();
    const { result } = post<{ result: { scriptId: string; url: string }[] }>("Profiler.getBestEffortCoverage");
    post("Debugger.enable");
    post("Debugger.disable");
    expect(result.map(({ url }) => url)).toEqual(
      expect.arrayContaining(["file:///made/with%20space.js", "relative.js", "named.js"]),
    );
    for (const { scriptId, url } of result) expect(told.get(scriptId)).toBe(url);
  });

  it("have no URL where the code came from text, and a script that is gone has none", () => {
    expect(scripts.urlOf(inspector.locate(new Function("return 2")))).toBe("");
    expect(scripts.urlOf("999999")).toBe("");
    expect(scripts.isModule("999999")).toBe(false);
  });

  it("are still found where errors tell no frames", () => {
    const here = inspector.locate(() => {});
    const { post, on } = inspector.protocol;
    const mute: Protocol = {
      on,
      post<R>(method: string, parameters?: object) {
        if (method === "Runtime.enable" || method.startsWith("Profiler")) throw new Error("not here");
        return post<R>(method, parameters);
      },
    };
    expect(scriptsOver(mute).urlOf(here)).toContain("tests/identity/scripts.test.ts");
  });
});
