import { describe, expect, test } from "vitest";
import { STORE_CASES } from "../../src/testing/store/suite.ts";
import { BROKEN_STORES } from "./broken-stores.ts";

describe("the conformance suite finds a store that", () => {
  for (const { breaks, caughtBy, open } of BROKEN_STORES) {
    test(`${breaks} (by: ${caughtBy})`, async () => {
      const cases = STORE_CASES.filter(({ title }) => title.includes(caughtBy));
      expect(cases).not.toHaveLength(0);
      const outcomes = await Promise.allSettled(cases.map(({ run }) => run(open())));
      expect(outcomes.map(({ status }) => status)).toContain("rejected");
    });
  }
});

test("most kinds of cases find something that no other does", () => {
  expect(new Set(BROKEN_STORES.map(({ caughtBy }) => caughtBy)).size).toBeGreaterThan(15);
});
