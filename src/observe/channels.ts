/**
 * What fleche tells about itself, on `node:diagnostics_channel`: events of text and numbers, never our objects, so that a
 * listener can change nothing and learns no key. No event is made where nobody listens.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import type { Reason } from "./reason.ts";

/** What happened to an entry of a store; published on `fleche:store`. */
export interface StoreEvent {
  readonly operation: "load" | "save" | "contains" | "evict";
  /**
   * `kept`: it was stored soundly already; `repaired`: what was there was refused, and replaced; `old-key`: it was read
   * under a key that does not sign any more, told once for each such key.
   */
  readonly outcome: "hit" | "miss" | "stored" | "kept" | "repaired" | "removed" | "old-key";
  readonly entry: string;
  readonly reason?: Reason | undefined;
  /** Id of the key that the entry names. */
  readonly keyId?: string | undefined;
  /** Whether the entry was served without a signature that could be checked. */
  readonly unverified?: boolean | undefined;
}

const store: Channel<unknown, StoreEvent> = channel("fleche:store") as Channel<unknown, StoreEvent>;

/** Publishes what `describe` tells, where somebody listens. */
export function publishStore(describe: () => StoreEvent): void {
  if (store.hasSubscribers) store.publish(describe());
}
