/**
 * Entries that need not be verified again: a store with `sameHeads` shows the same object as long as an entry has the same
 * bytes. That leaves out three hashes of an entry, a third of a hit in memory. What is asked for is compared each time.
 */
import type { BodyCheck, Opened } from "../seal/open.ts";
import type { Asked } from "./entry-format.ts";

/** Entries whose seal held under the rules of one storage, by the head that was shown. */
export type BelievedHeads = WeakMap<Uint8Array, { readonly asked: Asked; readonly opened: Opened }>;

/** Entries that were believed when they were asked for as this one is. */
export interface Believed {
  of(head: Uint8Array): Opened | undefined;
  add(head: Uint8Array, opened: Opened): void;
}

/** Those that were asked for like this. */
export function believedAs(asked: Asked, heads: BelievedHeads): Believed {
  return {
    of(head) {
      const found = heads.get(head);
      if (found === undefined) return undefined;
      return found.asked.kind === asked.kind && found.asked.entry === asked.entry ? found.opened : undefined;
    },
    add: (head, opened) => void heads.set(head, { asked, opened }),
  };
}

/** The check of a body that is known to be the one that was sealed: only its length is asked for. */
export function countedBody(): BodyCheck {
  let at = 0;
  return {
    add(chunk) {
      at += chunk.length;
    },
    length: () => at,
    matches: () => true,
  };
}
