/**
 * The conformance suite: the whole contract of the store interface, as data, and one loop. A store that passes can stand
 * behind every cache; what an attacker puts into it is the attack suite's matter.
 */
import { type SuiteOptions, withStore } from "../runner.ts";
import { ABILITY_CASES } from "./abilities.ts";
import type { StoreCase } from "./case.ts";
import { CLOSING_CASES } from "./closing.ts";
import { ENTRY_CASES } from "./entries.ts";
import { LISTING_CASES } from "./listing.ts";
import { LOCK_CASES } from "./locking.ts";
import { NAME_CASES } from "./names.ts";
import { PIECE_CASES } from "./pieces.ts";
import { READING_CASES } from "./reading.ts";
import { REPLACING_CASES } from "./replacing.ts";

/** Every promise of the store interface. */
export const STORE_CASES: readonly StoreCase[] = [
  ...ENTRY_CASES,
  ...READING_CASES,
  ...PIECE_CASES,
  ...REPLACING_CASES,
  ...LISTING_CASES,
  ...NAME_CASES,
  ...LOCK_CASES,
  ...ABILITY_CASES,
  ...CLOSING_CASES,
];

/** Options of {@link testStore}. */
export interface StoreSuiteOptions extends SuiteOptions {
  /** Whether the store keeps what is put; without it only what holds of an empty store is tried. Default `true`. */
  readonly keeps?: boolean;
}

/**
 * Registers a test for every promise of the store interface.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { memoryStore } from "fleche";
 * import { testStore } from "fleche/testing";
 * testStore({ test, open: () => memoryStore() });
 * ```
 */
export function testStore(options: StoreSuiteOptions): void {
  for (const { title, holdsWhenNothingIsKept, run } of STORE_CASES) {
    if (options.keeps === false && !holdsWhenNothingIsKept) continue;
    options.test(title, () => withStore(options, run));
  }
}
