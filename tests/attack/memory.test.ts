import { describe, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { attackStore } from "../../src/testing/attack/suite.ts";
import { asyncStore } from "../conformance/async-store.ts";
import { ATTACKED } from "./stores.ts";

describe("memoryStore", () => ATTACKED.memory?.(test));
describe("a store that answers later", () => attackStore({ test, open: () => asyncStore(memoryStore()) }));
