import { describe, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { attackStore } from "../../src/testing/attack/suite.ts";
import { asyncStore } from "../conformance/async-store.ts";

describe("memoryStore", () => attackStore({ test, open: () => memoryStore() }));
describe("a store that answers later", () => attackStore({ test, open: () => asyncStore(memoryStore()) }));
