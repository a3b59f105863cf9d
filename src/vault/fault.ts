/**
 * Faults of a store, as people are told of them: of each one line, whatever it keeps from being done. A store that is down
 * fails reading, writing and locking within one call; a line for each would tell one story three times.
 */
import { FlecheError, StoreError } from "../errors.ts";
import type { Reporter } from "../observe/reporter.ts";

/** What systems and drivers call their errors: `EIO`, `ECONNREFUSED`. */
const CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/** Causes of causes are followed so far. */
const DEEPEST = 5;

/** Warns of what an error kept from being done: of the fault where the store failed, else of this kind. */
export function warnFault(reporter: Reporter, kind: string, error: unknown, text: string): void {
  const isStores = error instanceof StoreError || !(error instanceof FlecheError);
  reporter.warn(isStores ? kindOf(error) : kind, text);
}

/** What an error says. A store can throw anything, also what cannot be made a text. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an error that cannot be read";
  }
}

/** Errors without a code are of one kind: nothing tells a second fault from the first, which will be told until it is mended. */
function kindOf(error: unknown): string {
  const code = codeIn(error);
  return code === undefined ? "store" : `store:${code}`;
}

function codeIn(error: unknown): string | undefined {
  try {
    for (let at = error, i = 0; typeof at === "object" && at !== null && i < DEEPEST; i++) {
      const number: unknown = Reflect.get(at, "errcode");
      // SQLite gives all of its errors one code, and a number to each; what is above the first byte says where it happened.
      if (typeof number === "number") return `SQLITE_${number & 0xff}`;
      const code: unknown = Reflect.get(at, "code");
      if (typeof code === "string" && CODE.test(code)) return code;
      at = Reflect.get(at, "cause");
    }
  } catch {
    // Nor can it be looked at.
  }
  return undefined;
}
