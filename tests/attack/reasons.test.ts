import { expect, test } from "vitest";
import { REASONS } from "../../src/observe/reason.ts";
import { FILE_CASES } from "../../src/testing/attack/files.ts";
import { casesOf, reasonsPage } from "../../src/testing/attack/reasons.ts";
import { ATTACK_CASES, ATTACK_SEQUENCES } from "../../src/testing/attack/suite.ts";

test("every reason of the closed list is given by some case", () => {
  const without = REASONS.filter((reason) => casesOf(reason).length === 0);
  expect(without).toEqual([]);
});

test("no two cases have the same row and title", () => {
  const titles = [...ATTACK_CASES, ...FILE_CASES, ...ATTACK_SEQUENCES].map(({ row, title }) => `${row} ${title}`);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});

// `npx vitest run tests/attack/reasons -u` writes it anew.
test("the page about reasons is what the suite's data make of it", async () => {
  await expect(reasonsPage()).toMatchFileSnapshot("../../docs/reference/reasons.md");
});
