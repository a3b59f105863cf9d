/**
 * Which file a script came from, as the inspector tells it. Three ways: of the scripts that are on the stack it costs half
 * a millisecond to hear; of those that have been run, while the heap is small, 2 ms; the list of all needs the debugger,
 * which is on only for that moment, so nothing is slowed down and no breakpoint can stop us.
 */

/** The inspector's protocol; answers come before `post` returns. */
export interface Protocol {
  post<R>(method: string, parameters?: object): R;
  on(event: string, listener: (parameters: never) => void): void;
}

/** The scripts that V8 has compiled. */
export interface Scripts {
  /** A file URL or path, `node:…`, or nothing for code made from text. */
  urlOf(script: string): string;
  isModule(script: string): boolean;
  /** The text of a script that is not a module. */
  textOf(script: string): string;
  /** Remembers the scripts of the code that is running, so that asking for them later is cheap. */
  noteRunning(): void;
}

/**
 * Up to this heap, in bytes, it is asked which scripts were run: V8 goes through all of the heap, 0.14 ms for each MB,
 * where the list of all takes the hash of every source first, 20 to 35 ms in a fresh process.
 */
const SMALL_HEAP = 64 * 2 ** 20;

interface Covered {
  readonly result: readonly Frame[];
}

interface Thrown {
  readonly exceptionDetails?: { readonly stackTrace?: { readonly callFrames: readonly Frame[] } };
}

interface Frame {
  readonly scriptId: string;
  readonly url: string;
}

/** Whether to ask what was run before all are listed. */
function isCheap(): boolean {
  // Listing makes V8 forget which branches were taken, which somebody is counting here.
  if (process.env.NODE_V8_COVERAGE !== undefined) return true;
  try {
    return process.memoryUsage().heapUsed <= SMALL_HEAP;
  } catch {
    return false;
  }
}

/** The scripts that an inspector sees. */
export function scriptsOver({ post, on }: Protocol): Scripts {
  const urls = new Map<string, string>();
  const kinds = new Map<string, "module" | "script">();
  on("Debugger.scriptParsed", ({ scriptId, url, isModule }: Frame & { readonly isModule?: boolean }) => {
    urls.set(scriptId, url);
    kinds.set(scriptId, isModule === true ? "module" : "script");
  });
  const withDebugger = <R>(work: () => R): R => {
    // Tells of every script that is alive, each time: 20 ms the first time in a process, 2 ms after that.
    post("Debugger.enable");
    try {
      post("Debugger.setSkipAllPauses", { skip: true });
      return work();
    } finally {
      post("Debugger.disable");
    }
  };
  const noteRunning = (): void => {
    try {
      // While the domain is on, an error tells the frames below it.
      post("Runtime.enable");
      const { exceptionDetails } = post<Thrown>("Runtime.evaluate", { expression: "throw 0", silent: true });
      for (const { scriptId, url } of exceptionDetails?.stackTrace?.callFrames ?? []) {
        if (url !== "") urls.set(scriptId, url);
      }
      post("Runtime.disable");
    } catch {
      // This only spares work: what it did not find is found in the list.
    }
  };
  const noteRun = (): void => {
    try {
      // Coverage as it is at hand, nothing switched on or counted anew: somebody else's measuring goes on undisturbed.
      for (const { scriptId, url } of post<Covered>("Profiler.getBestEffortCoverage").result) urls.set(scriptId, url);
    } catch {
      // As above.
    }
  };
  return {
    urlOf(script) {
      if (!urls.has(script)) noteRunning();
      if (!urls.has(script) && kinds.size === 0 && isCheap()) noteRun();
      if (!urls.has(script)) withDebugger(() => {});
      // Of the scripts that Node itself began with, the list leaves some out in a thread.
      if (!urls.has(script)) noteRun();
      const url = urls.get(script) ?? "";
      urls.set(script, url);
      return url;
    },
    isModule(script) {
      if (!kinds.has(script)) withDebugger(() => {});
      // A script that is gone is none.
      const kind = kinds.get(script) ?? "script";
      kinds.set(script, kind);
      return kind === "module";
    },
    textOf: (script) =>
      withDebugger(() => post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId: script }).scriptSource),
    noteRunning,
  };
}
