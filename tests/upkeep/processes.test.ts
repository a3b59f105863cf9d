/** Garbage collected, and limits kept, while other processes call: never a wrong answer, never an error. */
import { expect, test } from "vitest";
import { openCache } from "../../src/cache.ts";
import { fileStore } from "../../src/store/file/file.ts";
import { gc } from "../../src/upkeep/gc.ts";
import { verify } from "../../src/upkeep/verify.ts";
import { folder } from "../caches/kit.ts";
import { member } from "./crowd.ts";

test("three processes that call, one with a limit, two that collect garbage at once", async () => {
  const root = folder();
  const roles = ["call", "call", "call", "limit", "gc", "gc"];
  for (const outcome of await Promise.all(roles.map((role) => member(root, role, 2500)))) {
    expect(outcome).toEqual(expect.objectContaining({ calls: expect.any(Number) }));
  }
  const cache = openCache({ store: fileStore({ root }), secretKey: "0123456789abcdef".repeat(4) });
  // A result that was taken between two looks is a miss, and made again: nothing is ever damaged.
  const reasons = Object.keys(verify(cache, { contents: true }).counts).filter((reason) => reason !== "absent");
  expect(reasons).toEqual([]);
  gc(cache, { grace: 0 });
  expect(gc(cache, { grace: 0 }).removed).toBe(0);
}, 60_000);

test("with the grace period, garbage collection costs running calls nothing", async () => {
  const root = folder();
  const cache = openCache({ store: fileStore({ root }), secretKey: "0123456789abcdef".repeat(4) });
  const calling = member(root, "call", 1500);
  const until = Date.now() + 1500;
  while (Date.now() < until) {
    expect(gc(cache).removed).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await calling).toEqual(expect.objectContaining({ calls: expect.any(Number) }));
  expect(verify(cache).ok).toBe(true);
}, 60_000);
