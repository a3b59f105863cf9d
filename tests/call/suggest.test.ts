import { describe, expect, test } from "vitest";
import { didYouMean, suggest } from "../../src/observe/suggest.ts";

describe("the suggestion for a misspelt name", () => {
  const known = ["temperature", "steps", "seed", "verbose", "x", "y"];
  const table: readonly (readonly [word: string, expected: string | undefined])[] = [
    ["stpes", "steps"],
    ["step", "steps"],
    ["Steps", "steps"],
    ["temprature", "temperature"],
    ["temp", undefined],
    ["X", "x"],
    ["z", undefined],
    ["", undefined],
    ["colour", undefined],
    ["x".repeat(1e6), undefined],
  ];
  test.each(table)("%s", (word, expected) => {
    expect(suggest(word, known)).toBe(expected);
  });

  test("is the nearest one, and has nothing to say of nothing", () => {
    expect(suggest("sees", ["seed", "steps", "sees2"])).toBe("seed");
    expect(suggest("steps", [])).toBeUndefined();
  });

  test("ends a message", () => {
    expect(didYouMean("stpes", known)).toBe('; did you mean "steps"?');
    expect(didYouMean("colour", known)).toBe("");
  });
});
