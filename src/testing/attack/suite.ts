/**
 * The attack suite: what somebody who can write to a store may try, as data, run over any store. A store that hands out
 * something else than was put is found by it too.
 */
import { type SuiteOptions, withStore } from "../runner.ts";
import { ARGUMENTS } from "./arguments.ts";
import { CALLS } from "./calls.ts";
import type { AttackCase, AttackSequence } from "./case.ts";
import { DECODERS } from "./decoders.ts";
import { FAULTS } from "./faults.ts";
import { runAttack } from "./loop.ts";
import { MOVING } from "./moving.ts";
import { SEQUENCES } from "./sequences.ts";
import { TAMPERING } from "./tampering.ts";
import { TRUST, TRUST_SEQUENCES } from "./trust.ts";
import { UPKEEP } from "./upkeep.ts";

/** Every attack that is one alteration of one entry. */
export const ATTACK_CASES: readonly AttackCase[] = [...TAMPERING, ...MOVING, ...TRUST, ...DECODERS, ...FAULTS];

/** Every attack that takes more than one step. */
export const ATTACK_SEQUENCES: readonly AttackSequence[] = [
  ...SEQUENCES,
  ...CALLS,
  ...ARGUMENTS,
  ...TRUST_SEQUENCES,
  ...UPKEEP,
];

/**
 * Registers a test for every attack.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { memoryStore } from "fleche";
 * import { attackStore } from "fleche/testing";
 * attackStore({ test, open: () => memoryStore() });
 * ```
 */
export function attackStore(options: SuiteOptions): void {
  for (const attack of ATTACK_CASES) {
    const name = `${attack.row} ${attack.group}: ${attack.title} → ${attack.expect}`;
    options.test(name, () => withStore(options, (store) => runAttack(attack, store)));
  }
  for (const { row, title, run } of ATTACK_SEQUENCES) {
    options.test(`${row} ${title}`, () => withStore(options, run));
  }
}
