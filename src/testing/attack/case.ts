/** The form of the attack cases: how the store is altered and what has to come of it. The loop is in `suite.ts`. */
import type { Awaitable } from "../../flow.ts";
import type { Reason } from "../../observe/reason.ts";
import type { Store } from "../../store/store.ts";
import type { SealOptions } from "../../vault/value-storage.ts";
import type { Scene } from "./scene.ts";

/** Options of a storage in an attack; keys are given as `keys`. */
export type Settings = Omit<SealOptions, "secretKey">;

/** Whether the store is in the state that the attack brought it into; healed, it is as good as ever. */
export interface Health {
  ill: boolean;
}

/** One thing that somebody who can write to the store may try. */
export interface AttackCase {
  /** Number in the catalogue of attacks. */
  readonly row: number;
  readonly group: string;
  /** What is done; no two cases of a row have the same. */
  readonly title: string;
  /** How the entries are written; by default under two keys with the codec `structured`. */
  readonly writer?: Settings;
  /** How they are read, where it differs from how they are written. */
  readonly reader?: Settings;
  /** The values saved as `a` and `b`. */
  readonly values?: readonly [a: unknown, b: unknown];
  /** The bytes that will lie under the name of `a`, `undefined` for none; by default they stay as they were saved. */
  alter?(scene: Scene): Uint8Array | undefined;
  /** The store as the reader sees it: one that fails, or that says other things of itself. */
  disguise?(store: Store, health: Health): Store;
  /** Why `a` is refused, or that the right value is served: vouched for, or not. */
  readonly expect: Reason | "served" | "served-unverified";
  /** What is done about it: saved again (default), the store is healed, or nothing helps. */
  readonly cure?: "save" | "heal" | "none";
  /** Whether the refusal comes after the header, so that `contains` is still true; by default the reason tells. */
  readonly behindHead?: boolean;
}

/** An attack before it is put into its group. */
export type Attack = Omit<AttackCase, "group">;

/** These attacks as cases of a group. */
export function inGroup(group: string, attacks: readonly Attack[]): AttackCase[] {
  return attacks.map((attack) => ({ group, ...attack }));
}

/** What takes several steps, and asserts what comes of each. */
export interface AttackSequence {
  readonly row: number;
  readonly title: string;
  /** Reasons that are seen to be given. */
  readonly reasons?: readonly Reason[];
  run(store: Store): Awaitable<void>;
}

/** The store with other methods for blobs, or saying other things of itself. */
export function disguised(store: Store, change: { private?: boolean; blobs?: Partial<Store["blobs"]> }): Store {
  const { blobs } = store;
  return {
    sync: store.sync,
    private: change.private ?? store.private,
    location: store.location,
    blobs: {
      get: (name, admit) => blobs.get(name, admit),
      put: (name, bytes) => blobs.put(name, bytes),
      has: (name) => blobs.has(name),
      delete: (name) => blobs.delete(name),
      list: (prefix) => blobs.list(prefix),
      ...change.blobs,
    },
    records: store.records,
    close: () => store.close(),
  };
}
