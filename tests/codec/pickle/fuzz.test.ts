/** A little of what tests/slow does with a million. */
import { expect, test } from "vitest";
import { digest } from "../../../src/digest/digest.ts";
import { DecodeError } from "../../../src/errors.ts";
import { readPickle, writePickle } from "../../../src/pickle.ts";
import { mutatedPickles } from "./mutations.ts";

test("20,000 altered pickles give a value that can be written and named, or our error", () => {
  let came = 0;
  for (const body of mutatedPickles(20_260_101, 20_000)) {
    let value: unknown;
    try {
      value = readPickle(body);
    } catch (error) {
      const why = (error as Error).cause;
      // A mistake of our own, which comes to the reader as an error like any other.
      const stumbled = why instanceof TypeError && !("code" in why);
      if (!(error instanceof DecodeError) || stumbled) throw new Error(body.toString("hex"), { cause: error });
      continue;
    }
    came++;
    const name = digest(value, { numbers: "python" });
    const again = writePickle(value);
    expect(digest(readPickle(again), { numbers: "python" }), body.toString("hex")).toBe(name);
    // Writing what was read changes nothing any more.
    expect(writePickle(readPickle(again)).equals(again), body.toString("hex")).toBe(true);
  }
  expect(came).toBeGreaterThan(1000);
});
