import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonCodec } from "../../src/codec/json.ts";
import { structuredCodec } from "../../src/codec/structured/structured.ts";
import { digest } from "../../src/digest/digest.ts";
import { DecodeError } from "../../src/errors.ts";
import { anyValue } from "../digest/values.ts";

/** How many altered bodies are decoded. */
const MUTATIONS = Number(process.env.FLECHE_TEST_MUTATIONS ?? 1_000_000);

/** Numbers that look random and can be had again: a linear congruence of 32 bits. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutate(body: Buffer, other: Buffer, next: (below: number) => number): Buffer {
  const at = next(body.length + 1);
  switch (next(5)) {
    case 0: {
      const copy = Buffer.from(body);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << next(8));
      return copy;
    }
    case 1:
      return Buffer.concat([body.subarray(0, at), Buffer.from([next(256), next(256)]), body.subarray(at)]);
    case 2:
      return Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + next(4))]);
    case 3: {
      const copy = Buffer.from(body);
      if (at < copy.length) copy[at] = next(256);
      return copy;
    }
    default:
      return Buffer.concat([body.subarray(0, at), other.subarray(next(other.length + 1))]);
  }
}

test(`${MUTATIONS} altered bodies give a value with a digest or our error, nothing else`, () => {
  const seed = Date.now() >>> 0;
  console.info(`seed ${seed}`);
  const next = numbers(seed);
  const bodies = fc.sample(anyValue, { numRuns: 500, seed }).map((value) => Buffer.from(structuredCodec.encode(value)));
  let came = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const one = bodies[next(bodies.length)] as Buffer;
    const other = bodies[next(bodies.length)] as Buffer;
    let body = mutate(one, other, next);
    if (next(3) === 0) body = mutate(body, other, next);
    const codec = next(20) === 0 ? jsonCodec : structuredCodec;
    try {
      const value = codec.decode(Buffer.from(body), { entry: "" });
      came++;
      if (i % 10 === 0) expect(digest(value)).toMatch(/^[0-9a-f]{64}$/);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw new Error(`${codec.name} ${body.toString("hex")}`, { cause: error });
    }
  }
  expect(came).toBeGreaterThan(0);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}, 1_200_000);
