/** What backends prove themselves with: the conformance suite and the attack suite, for any test runner. */

export type { FileSystem } from "../store/file/system.ts";
export type { Attack, AttackCase, AttackSequence, Health, Settings } from "./attack/case.ts";
export type { DirectorySequence } from "./attack/directories.ts";
export { attackFileStore, type FileSuiteOptions } from "./attack/file-suite.ts";
export { FILE_CASES, type FileCase, type Place } from "./attack/files.ts";
export { attackKeys } from "./attack/keys.ts";
export type { SavedEntry, Scene } from "./attack/scene.ts";
export { ATTACK_CASES, ATTACK_SEQUENCES, attackStore } from "./attack/suite.ts";
export type { SuiteOptions, Test } from "./runner.ts";
export type { StoreCase } from "./store/case.ts";
export { STORE_CASES, type StoreSuiteOptions, testStore } from "./store/suite.ts";
