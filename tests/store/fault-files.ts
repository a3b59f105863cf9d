/** A file system that fails, for tests: at the n-th call, from the n-th call on, or by doing less than asked. */
import { type FileSystem, nodeFileSystem } from "../../src/store/file/system.ts";

/** A file system that counts its calls. */
export interface FaultyFiles extends FileSystem {
  /** The names of the calls made so far, in order. */
  readonly calls: readonly string[];
}

/** What `node:fs` would throw. */
export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: made to fail, ${call}`), { code, syscall: call, errno: -1 });
}

/** Asks `fault` before each call, with its number from 0 and its name; what it returns is thrown. */
export function faultyFiles(
  fault: (call: number, name: string) => Error | undefined,
  real: FileSystem = nodeFileSystem,
): FaultyFiles {
  const calls: string[] = [];
  const check = (name: string): void => {
    calls.push(name);
    const error = fault(calls.length - 1, name);
    if (error !== undefined) throw error;
  };
  const wrapped: Record<string, unknown> = { calls };
  for (const [name, call] of Object.entries(real) as [string, (...args: unknown[]) => unknown][]) {
    wrapped[name] = (...args: unknown[]) => {
      check(name);
      return call(...args);
    };
  }
  wrapped.names = function* (path: string) {
    check("names");
    for (const name of real.names(path)) {
      check("next name");
      yield name;
    }
  };
  wrapped.close = (descriptor: number) => {
    // A descriptor is gone also where closing it fails.
    real.close(descriptor);
    check("close");
  };
  return wrapped as unknown as FaultyFiles;
}
