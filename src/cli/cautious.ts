/**
 * A cache as commands look at it: values that no key vouches for are not decoded, unless that was asked for. Records are
 * read either way: they are JSON, and say themselves whether they were verified.
 */
import type { CallCache } from "../engine/call-cache.ts";
import { type Refusal, refuse } from "../seal/open.ts";
import type { Session } from "./session.ts";

/** The cache in use, as it may be looked at; that values are held back is said once. */
export function callsToShow(session: Session, unverified: boolean): CallCache {
  if (unverified) return session.calls();
  let said = false;
  return cautious(session.calls(), () => {
    if (said) return;
    said = true;
    session.terminal.remark(
      "fleche: no key vouches for these values, so they are not decoded; --unverified decodes them",
    );
  });
}

/** The same cache, serving only values that a key vouches for; `heldBack` is told of each other one. */
export function cautious(calls: CallCache, heldBack: () => void = () => {}): CallCache {
  const unsigned = (): Refusal => {
    heldBack();
    return refuse("unsigned");
  };
  return {
    ...calls,
    *findValue(digest) {
      const head = yield* calls.findHead(digest);
      if (head.refused !== undefined) return head;
      if (!head.verified) return unsigned();
      const found = yield* calls.findValue(digest);
      return found.refused === undefined && !found.verified ? unsigned() : found;
    },
  };
}
