/** What a code digest is made of, as a call record and an explanation show it. */

/** What made a code digest: where it was found, seen from the function, and the digest of what was there. */
export type Part = readonly [path: string, digest: string];

/** Something that the code digest does not cover, and what it is instead. */
export interface LeftOut {
  readonly path: string;
  readonly what: string;
}

/** What a look found. */
export interface Found {
  /** 64 hex characters, over all of the parts. */
  readonly codeDigest: string;
  readonly parts: readonly Part[];
  readonly leftOut: readonly LeftOut[];
}
