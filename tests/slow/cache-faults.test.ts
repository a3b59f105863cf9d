import { describe, test } from "vitest";
import { ACTS, CODES, failOnce } from "../store/cache-acts.ts";

describe.each(ACTS.map((act) => [act.title, act] as const))("a cache on files: %s", (_, act) => {
  test.each(CODES)("fails at every call with %s", { timeout: 300_000 }, (code) => failOnce(act, () => code));
});
