/** Short ways to ask for an identity. */
import { expect } from "vitest";
import { type IdentityOptions, identify, type Seen } from "../../src/identity/identity.ts";

/** What a function that can be named is seen as, now. */
export function seen(fn: object, options?: IdentityOptions): Seen {
  const found = identify(fn, options).current(0, true);
  if ("unseen" in found) throw new Error(`not seen: ${found.unseen}`);
  return found;
}

export function code(fn: object, options?: IdentityOptions): string {
  const { codeDigest } = seen(fn, options);
  expect(codeDigest).toMatch(/^[0-9a-f]{64}$/);
  return codeDigest;
}

/** Why a function cannot be named. */
export function reason(fn: object, options?: IdentityOptions): string {
  const found = identify(fn, options).current(0, true);
  return "unseen" in found ? found.unseen : `seen, with parts ${found.parts.map(([path]) => path).join(" ")}`;
}

/** The paths of the parts that differ. */
export function changed(before: Seen, after: Seen): string[] {
  const paths = new Set([...before.parts, ...after.parts].map(([path]) => path));
  const digests = [before, after].map(({ parts }) => new Map(parts));
  return [...paths].filter((path) => digests[0]?.get(path) !== digests[1]?.get(path));
}
