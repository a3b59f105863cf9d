/** A store is signed again while eight processes read and one writes, and whoever signs is killed: see `reseal-crowd.ts`. */
import { expect, test } from "vitest";
import { folder } from "../caches/kit.ts";
import { assertNothingLost } from "./reseal-assert.ts";
import { resealBesideReaders } from "./reseal-crowd.ts";

test.each(["file", "sqlite"] as const)(
  "reseal beside eight readers, killed twice, on %s",
  async (kind) => {
    const outcome = await resealBesideReaders({ kind, root: folder(), calls: 400, kills: [1, 20] });
    expect(outcome.entries).toBeGreaterThan(800);
    assertNothingLost(outcome);
  },
  120_000,
);
