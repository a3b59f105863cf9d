/**
 * Tells, once for each key, that an entry was believed on the word of another key than the one that signs now: until this
 * is told no more, the old key cannot be dropped. Costs a reader one comparison an entry; see `read-entry.ts`.
 */
import { publishStore } from "../observe/channels.ts";
import type { Reporter } from "../observe/reporter.ts";
import { KIND } from "../seal/header.ts";
import type { EntryKind } from "../seal/key-policy.ts";
import { shownKeyId } from "../seal/key-ring.ts";
import type { OldKeyHeader } from "./entry-format.ts";

/** An entry that a key vouched for which does not sign any more. */
export interface OldKeyUse {
  /** Id of the key, as it is shown. */
  readonly keyId: string;
  /** Full digest or lookup key. */
  readonly entry: string;
  readonly kind: EntryKind;
}

/** Who is told of each such key once; `onOldKey` is the program's, and nothing that it does reaches the call. */
export function oldKeyNotice(
  onOldKey: ((use: OldKeyUse) => unknown) | undefined,
  reporter: Reporter,
): (header: OldKeyHeader) => void {
  const told = new Set<string>();
  return ({ keyId: id, entry, kind }) => {
    if (told.has(id)) return;
    // First: the hook may read from the same storage.
    told.add(id);
    const keyId = shownKeyId(id);
    publishStore(() => ({ operation: "load", outcome: "old-key", entry, keyId }));
    const failed = (error: unknown): void => {
      reporter.warn("old-key", `onOldKey failed: ${error instanceof Error ? error.message : String(error)}`);
    };
    try {
      // A promise that is rejected would end the process.
      Promise.resolve(onOldKey?.({ keyId, entry, kind: kind === KIND.record ? "record" : "value" })).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}
