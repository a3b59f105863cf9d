/** How this folder says, from any depth, that a function cannot be named exactly; it never leaves `identity.ts`. */

/** Carries the reason, as the end of the sentence "runs uncached, because …". */
export class Unseen extends Error {}

/** Stops the look. */
export function unseen(reason: string): never {
  throw new Unseen(reason);
}

/** How what lies at a path is called in a reason. */
export function shown(path: string): string {
  return path === "" ? "it" : `"${path}"`;
}
