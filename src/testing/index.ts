/** What backends prove themselves with: the conformance suite and the attack suite, for any test runner. */
export type { SuiteOptions, Test } from "./runner.ts";
export type { StoreCase } from "./store/case.ts";
export { STORE_CASES, type StoreSuiteOptions, testStore } from "./store/suite.ts";
