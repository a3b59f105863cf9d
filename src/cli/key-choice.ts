/** The keys that commands about keys work with: those of the environment, as programs find them. Shown by their ids. */

import type { KeyRing } from "../seal/key-ring.ts";
import { findKeys } from "../seal/key-source.ts";
import { UsageError } from "./failure.ts";
import type { Session } from "./session.ts";

/** The keys of the environment, `undefined` where there are none. */
export function keysHere({ surroundings }: Session): KeyRing | undefined {
  return findKeys({}, surroundings.env);
}

/** The same. A `UsageError` where there are not two at least: one to sign, one to take over from. */
export function requiredRing(session: Session, command: string): KeyRing {
  const ring = keysHere(session);
  if (ring !== undefined && ring.keyIds.length > 1) return ring;
  throw new UsageError(
    `${command} needs the new key and the old one; ${ring === undefined ? "no key is" : "one key is"} configured`,
    "put the new key before the old one: FLECHE_SECRET_KEY=<new>:<old>",
  );
}

/** A key id as it was typed. What is none is not repeated: it may be the key itself. */
export function checkedKeyId(option: string, text: string): string {
  if (/^k1:[0-9a-f]{16}$/.test(text)) return text;
  throw new UsageError(`${option}: a key id is expected, k1: and 16 hex digits`, "which there are: fleche keys status");
}
